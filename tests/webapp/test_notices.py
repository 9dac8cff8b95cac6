"""The notices page."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from world import World

from workflows import notices
from workflows.tables import Notice

Browser = Callable[[str], FlaskClient]
TEXT = "Fristen nærmer seg <b>for en oppgave."


@pytest.fixture
def reminded(world: World) -> World:
    """Kari has one notice, about Mia's case."""
    instance = world.start("Kari", "Mia", plantype="individuell_plan")
    notices.send(world.session, instance, world.account_id("Kari"), TEXT)
    return world


def the_notice(world: World) -> Notice:
    return world.session.query(Notice).one()


def test_nobody_has_notices_at_first(client_of: Browser) -> None:
    """An account without notices is told so."""
    page = client_of("Kari").get("/varsler/")
    assert page.status_code == 200
    assert "Du har ingen varsler." in page.text


def test_unread_notice_is_counted_in_the_menu(client_of: Browser, reminded: World) -> None:
    """The menu says how many wait, on every page."""
    client = client_of("Kari")
    assert '<span class="count">1<span class="ds-sr-only"> uleste' in client.get("/om").text
    page = client.get("/varsler/").text
    assert "Fristen nærmer seg &lt;b&gt;for en oppgave." in page
    assert "Ny</span>" in page


def test_notice_leads_to_its_case_and_is_read(client_of: Browser, reminded: World) -> None:
    """Following a notice marks it as read."""
    client, notice = client_of("Kari"), the_notice(reminded)
    answer = client.post(f"/varsler/{notice.id}")
    assert answer.location == f"/forlop-i-gang/{notice.instance_id}"
    page = client.get("/varsler/").text
    assert "Ny</span>" not in page
    assert "uleste" not in page


def test_notice_of_no_case_leads_back(client_of: Browser, reminded: World) -> None:
    """A notice about nothing in particular is only marked."""
    the_notice(reminded).instance_id = None
    answer = client_of("Kari").post(f"/varsler/{the_notice(reminded).id}")
    assert answer.location == "/varsler/"


def test_notices_of_others_are_not_found(client_of: Browser, reminded: World) -> None:
    """Nobody reads what was sent to someone else."""
    client = client_of("Siri")
    assert "Fristen" not in client.get("/varsler/").text
    assert client.post(f"/varsler/{the_notice(reminded).id}").status_code == 404
    assert client.post(f"/varsler/{UUID(int=1)}").status_code == 404
    assert the_notice(reminded).read_at is None
