"""Telling a running case something from its page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from world import World

from tests.workflows import told_case
from workflows.tables import HistoryEntry, OpenTask

Clients = Callable[[str], FlaskClient]
SENT: dict[str, Any] = {
    "losning": "stanses",
    "begrunnelse": "Ikke lenger lov.",
    "informert": ["teamet"],
}


@pytest.fixture
def place(world: World, tmp_path: Path) -> str:
    """The address of the message's form in a case that Siri coordinates."""
    instance = told_case.start(world, tmp_path)
    return f"/forlop-i-gang/{instance.id}/meld/noe_skjedde/"


def case_of(place: str) -> str:
    return place.split("/meld/")[0]


def test_the_cases_page_leads_to_it(client_of: Clients, place: str) -> None:
    """The coordinator finds what can be told, by the name the diagram gives it."""
    page = client_of("Siri").get(case_of(place)).text
    assert f'href="{place}"' in page
    assert "Meld at noe skjedde" in page


def test_others_see_no_such_way(client_of: Clients, place: str) -> None:
    """The person's own page of the case does not offer what is the coordinator's to tell."""
    assert "/meld/" not in client_of("Mia").get(case_of(place)).text


def test_the_form_says_what_it_is_for(client_of: Clients, place: str) -> None:
    """With the diagram's own words, and who it is about."""
    page = client_of("Siri").get(place).text
    assert "Bruk dette når noe har skjedd." in page
    assert ">Mia</a>" in page


def test_sending_it_comes_back_to_the_case(client_of: Clients, world: World, place: str) -> None:
    """The case has moved, and the page says that it was told."""
    siri = client_of("Siri")
    answer = siri.post(place, data=SENT)
    assert (answer.status_code, answer.location) == (303, case_of(place))
    assert "«Meld at noe skjedde» er meldt." in siri.get(answer.location).text
    elements = set(world.session.scalars(select(OpenTask.element)))
    assert elements == {"vent", "folg_opp"}


def test_what_was_told_can_be_read_again(client_of: Clients, place: str) -> None:
    """It stands in the case's history with a link to the answers."""
    siri = client_of("Siri")
    siri.post(place, data=SENT)
    page = siri.get(case_of(place)).text
    assert ">Meld at noe skjedde</a></p>" in page


def test_faults_are_listed_and_the_text_is_kept(
    client_of: Clients, world: World, place: str
) -> None:
    """A form with faults tells the case nothing and loses nothing."""
    answer = client_of("Siri").post(place, data=SENT | {"losning": "tull"})
    assert answer.status_code == 422
    assert 'href="#losning"' in answer.text
    assert "Ikke lenger lov." in answer.text
    told = select(HistoryEntry).where(HistoryEntry.kind == "message")
    assert world.session.scalars(told).all() == []


@pytest.mark.parametrize(("name", "status"), [("Mia", 403), ("Kari", 403), ("Nils", 404)])
def test_it_is_not_for_others(client_of: Clients, place: str, name: str, status: int) -> None:
    """Neither to see nor to send."""
    assert client_of(name).get(place).status_code == status
    assert client_of(name).post(place, data=SENT).status_code == status


def test_what_the_case_does_not_wait_for_is_said_plainly(client_of: Clients, place: str) -> None:
    """A step that is no message is a page with a sentence, not a fault of ours."""
    answer = client_of("Siri").get(place.replace("noe_skjedde", "vent"))
    assert answer.status_code == 422
    assert "Forløpet kan ikke ta imot dette nå." in answer.text
