"""Tasks over the API: the list and its pages, one task with its form, and what is done with it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from world import World

from tests.webapp.api.conftest import System, SystemOf
from tests.workflows import stories
from tests.workflows.breaking import Clashing, the_incident
from workflows import database, tasks
from workflows.tables import OpenTask


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [task["id"] for task in answer.json["tasks"]]


def test_list_has_the_tasks_of_the_service_and_no_others(
    world: World, unit: System, school: System
) -> None:
    """A system sees what its service has, about those it has a basis for."""
    stories.start(world)
    task = world.open_task("vurder_behov")
    assert ids(unit.get("/tasks")) == [str(task.id)]
    assert ids(school.get("/tasks")) == []
    assert unit.noted == [("task:list", "koordinator")]
    assert school.noted == []


def test_line_has_ids_and_no_names(world: World, unit: System) -> None:
    """What a list gives is ids: the person's name is not among them."""
    stories.start(world)
    answer = unit.get("/tasks")
    assert "Mia" not in answer.text
    assert answer.json["tasks"][0]["person_id"] == str(world.persons["Mia"].id)


def test_list_is_paged_by_place(world: World, school: System) -> None:
    """Following `next` gives every task once, soonest due first, those without a date last."""
    stories.to_measures(world)
    everything = world.session.query(OpenTask).all()
    service = world.services["skole"].id
    for at, task in enumerate(everything):
        task.service_id, task.assignee_id, task.parked = service, None, None
        task.due_on = None if at == 0 else date(2027, 1, 1 + at // 2)
    place, seen = "/tasks?limit=1&assignee=unassigned", []
    while place:
        answer = school.get(place)
        seen += ids(answer)
        place = (answer.json["next"] or "").removeprefix("/api/v1")
    right = sorted(everything, key=lambda t: (t.due_on is None, t.due_on or date.min, t.id))
    assert len(seen) > 2
    assert seen == [str(task.id) for task in right]


def test_list_is_narrowed(world: World, unit: System) -> None:
    """Each filter keeps what fits and leaves out the rest."""
    stories.start(world)
    task = world.open_task("vurder_behov")
    task.due_on = date(2027, 1, 10)
    fitting = {
        "instance": task.instance_id,
        "person": task.person_id,
        "service": task.service_id,
        "process": task.process_key,
        "role": "koordinerende_enhet",
        "assignee": "unassigned",
        "due_before": "2027-01-11",
    }
    nobody = "00000000-0000-0000-0000-000000000007"
    others = {"process": "x", "role": "x", "assignee": "me", "due_before": "2027-01-10"}
    for name, value in fitting.items():
        assert ids(unit.get(f"/tasks?{name}={value}")) == [str(task.id)], name
        assert ids(unit.get(f"/tasks?{name}={others.get(name, nobody)}")) == [], name


def test_wrong_filter_is_told_where(unit: System) -> None:
    """A filter that cannot be read is named."""
    for query in ("instance=x", "limit=0", "limit=201", "due_before=x", "assignee=x", "role=%00"):
        answer = unit.get(f"/tasks?{query}")
        assert answer.status_code == 422
        assert answer.json["errors"][0]["parameter"] == query.split("=")[0]


def test_made_up_cursor_is_refused(unit: System) -> None:
    """A cursor that we have not given is no error of ours."""
    for text in ("x", "W10", "WzFd", "WyJ4IiwieCJd", "W251bGwsIDFd", "e30", "%00", "æ"):
        answer = unit.get(f"/tasks?cursor={text}")
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "cursor")


def test_task_has_its_form_and_what_is_known(world: World, unit: System) -> None:
    """One task gives the form, what is known, its choices, and leaves a line."""
    stories.start(world)
    task = world.open_task("vurder_behov")
    shown = unit.get(f"/tasks/{task.id}").json
    assert shown["asked"]["form"]["id"] == task.form_key
    assert shown["may_complete"] is True
    assert ("task:read", "koordinator") in unit.noted


def test_hidden_task_is_not_there(world: World, school: System) -> None:
    """A task that is not the service's is not found, whatever is done with it."""
    stories.start(world)
    place = f"/tasks/{world.open_task('vurder_behov').id}"
    assert school.get(place).status_code == 404
    for act in ("claim", "release", "complete"):
        sent = {"json": {"answers": {}}} if act == "complete" else {}
        assert school.post(f"{place}/{act}", **sent).status_code == 404
    assert school.noted == []


def test_task_is_claimed_and_released(world: World, unit: System) -> None:
    """A task is taken and laid back, and both leave a line."""
    stories.start(world)
    place = f"/tasks/{world.open_task('vurder_behov').id}"
    assert unit.post(f"{place}/claim").json["assignee_id"] is not None
    assert unit.post(f"{place}/release").json["assignee_id"] is None
    assert [action for action, _basis in unit.noted] == ["task:claim", "task:release"]


def test_claim_of_a_task_a_colleague_has_is_a_conflict(world: World, unit: System) -> None:
    """Who comes too late is told."""
    stories.start(world)
    task = world.open_task("vurder_behov")
    task.assignee_id = world.accounts["Kari"].id
    answer = unit.post(f"/tasks/{task.id}/claim")
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")


def test_completing_moves_the_case(world: World, unit: System) -> None:
    """Answers by the form's rules move the case on, and leave a line."""
    instance = stories.start(world)
    place = f"/tasks/{world.open_task('vurder_behov').id}/complete"
    sent = {"answers": {"vurdering": "plan", "begrunnelse": "Rett til plan."}}
    answer = unit.post(place, sent)
    assert answer.json == {"instance_id": str(instance.id), "ended": False}
    assert "vurder_behov" not in world.open_elements()
    assert unit.noted == [("task:complete", "koordinator")]
    assert unit.post(place, sent).status_code == 409


def test_wrong_answers_are_told_field_by_field(world: World, unit: System) -> None:
    """What the form refuses is told with a pointer, and nothing is done."""
    stories.start(world)
    task = world.open_task("vurder_behov")
    answer = unit.post(f"/tasks/{task.id}/complete", {"answers": {"vurdering": 1, "x": 2}})
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json["errors"]} == {
        "/answers/vurdering",
        "/answers/x",
    }
    empty = unit.post(f"/tasks/{task.id}/complete", {"answers": {}})
    assert "/answers/vurdering" in {each["pointer"] for each in empty.json["errors"]}
    assert "vurder_behov" in world.open_elements()
    assert unit.noted == []


def test_rows_are_sent_as_they_were_given(world: World, system_of: SystemOf) -> None:
    """What is prefilled can be sent back as it is, rows and ids too."""
    school = system_of("skole")
    stories.to_measures(world)
    task = stories.task_of(world, "Siri", "tiltak_status")
    task.assignee_id = None
    shown = school.get(f"/tasks/{task.id}").json["asked"]
    answers = shown["prefill"]
    for row in answers["tiltak"]:
        row["status"] = "i_gang"
    answer = school.post(f"/tasks/{task.id}/complete", {"answers": answers})
    assert answer.status_code == 200, answer.text
    assert ("task:complete", "samtykke") in school.noted


def test_an_operation_that_clashes_every_time_is_at_fault(
    world: World, unit: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on the pages: the task is done, and the step after it stands still."""
    Clashing(monkeypatch, "coordinator.appoint")
    stories.to_consent(world)
    stories.answer_consent(world)
    task = world.open_task("oppnevn_koordinator")
    answers = {
        "koordinator": str(world.account_id("Siri")),
        "begrunnelse": "Mia ønsker Siri.",
        "neste_kontakt": "2030-01-01",
    }
    answer = unit.post(f"/tasks/{task.id}/complete", {"answers": answers})
    assert answer.status_code == 200, answer.text
    assert the_incident(world).element == "registrer_koordinator"


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (StaleDataError(), "Hent det på nytt"),
        (OperationalError("update", None, Exception("database is locked")), "Vent litt"),
    ],
)
def test_who_loses_every_race_is_told(
    world: World,
    unit: System,
    monkeypatch: pytest.MonkeyPatch,
    lost: Exception,
    words: str,
) -> None:
    """A problem that says to try again, in words, and nothing is done."""
    stories.start(world)
    task = world.open_task("vurder_behov")

    def loses(*_given: object) -> None:
        raise lost

    monkeypatch.setattr(tasks, "complete_found", loses)
    monkeypatch.setattr(database, "PAUSE", 0)
    answer = unit.post(
        f"/tasks/{task.id}/complete", {"answers": {"vurdering": "plan", "begrunnelse": "x"}}
    )
    assert answer.status_code == 409
    assert answer.content_type == "application/problem+json"
    assert words in answer.json["detail"]
