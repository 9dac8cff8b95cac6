"""Messages over the API: told by who may, by the message's own form."""

from pathlib import Path
from typing import Any

import pytest
from world import World

from tests.webapp.api.conftest import System
from tests.workflows import told_case
from workflows import accounts
from workflows.tables import ProcessInstance

ANSWERS = {"losning": "stanses", "begrunnelse": "Ikke lenger lov.", "informert": ["teamet"]}


@pytest.fixture
def case(world: World, school: System, tmp_path: Path) -> ProcessInstance:
    """A case that waits to be told something, which the school's system coordinates."""
    instance = told_case.start(world, tmp_path)
    instance.coordinator_id = accounts.find_account(world.session, school.username).id
    return instance


def message(case: ProcessInstance, **more: Any) -> dict[str, Any]:
    return {"instance_id": str(case.id), "name": "noe_skjedde", "answers": ANSWERS} | more


def test_case_says_what_can_be_told(school: System, case: ProcessInstance) -> None:
    """A case lists its messages, and each has a form with what is known."""
    [line] = school.get(f"/instances/{case.id}").json["messages"]
    assert line["event"] == "noe_skjedde"
    form = school.get(f"/messages/{case.id}/{line['event']}").json["form"]
    assert form["id"] == line["form_key"]


def test_case_is_told(world: World, school: System, case: ProcessInstance) -> None:
    """A message by the form's rules moves the case, and leaves a line."""
    answer = school.post("/messages", message(case))
    assert answer.json == {"instance_id": str(case.id), "ended": False}, answer.text
    assert "folg_opp" in world.open_elements()
    assert ("process:message", "koordinator") in school.noted


def test_message_goes_by_its_name_too(world: World, school: System, case: ProcessInstance) -> None:
    """The diagram's name of the message is as good as the event's id."""
    [line] = school.get(f"/instances/{case.id}").json["messages"]
    assert school.post("/messages", message(case, name=line["name"])).status_code == 200
    assert "folg_opp" in world.open_elements()


def test_wrong_answers_are_told(world: World, school: System, case: ProcessInstance) -> None:
    """What the form refuses is told with a pointer, and the case is not told."""
    answer = school.post("/messages", message(case, answers={"losning": "x"}))
    assert answer.status_code == 422
    assert "/answers/losning" in {each["pointer"] for each in answer.json["errors"]}
    assert "folg_opp" not in world.open_elements()


def test_what_the_case_does_not_wait_for_is_refused(school: System, case: ProcessInstance) -> None:
    """A message that nothing waits for is refused with a reason."""
    assert school.post("/messages", message(case, name="x")).status_code == 422


def test_others_may_not_tell(world: World, unit: System, case: ProcessInstance) -> None:
    """What is the coordinator's to tell is no other's, who may know of the case though."""
    assert unit.post("/messages", message(case)).status_code == 403
    assert ("process:message", "plikt") not in unit.noted
    assert "folg_opp" not in world.open_elements()
