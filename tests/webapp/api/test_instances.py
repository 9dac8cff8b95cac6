"""Cases over the API: started by the form's rules, and shown as far as the basis reaches."""

from typing import Any
from uuid import UUID

from world import World

from tests.webapp.api.conftest import System, SystemOf
from tests.workflows import stories
from workflows.tables import HistoryEntry, ProcessInstance


def start(world: World, **more: Any) -> dict[str, Any]:
    answers = {
        "plantype": "individuell_plan",
        "behov": "Trenger hjelp fra flere.",
        "tjenester": [world.service_id("skole"), world.service_id("nav")],
        "person_hort": "Ja, i samtale.",
        "melder": "tjeneste",
    }
    person = str(world.persons["Mia"].id)
    return {"person_id": person, "key": "individuell_plan", "answers": answers | more}


def test_case_is_started(world: World, unit: System) -> None:
    """A case begins with the answers to its start form, and the answer says where it is."""
    answer = unit.post("/instances", start(world))
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/api/v1/instances/{answer.json['id']}"
    assert world.open_elements() == ["vurder_behov"]
    assert ("process:start", "plikt") in unit.noted


def test_second_of_the_same_is_a_conflict(world: World, unit: System) -> None:
    """One plan, one coordinator: the second is refused, and leaves nothing."""
    unit.post("/instances", start(world))
    assert unit.post("/instances", start(world)).status_code == 409
    assert world.session.query(ProcessInstance).count() == 1


def test_wrong_start_is_told_field_by_field(world: World, unit: System) -> None:
    """What the start form refuses is told with a pointer."""
    answer = unit.post("/instances", start(world, behov=None, tjenester=["x"]))
    pointers = {each["pointer"] for each in answer.json["errors"]}
    assert (answer.status_code, pointers) == (422, {"/answers/behov", "/answers/tjenester"})


def test_start_needs_a_basis(world: World, school: System, system_of: SystemOf) -> None:
    """Without a basis the person is not there; with too weak a one it is denied."""
    assert school.post("/instances", start(world)).status_code == 404
    world.own_case("nav", "Mia")
    nav = system_of("nav")
    assert nav.post("/instances", start(world)).status_code == 201
    assert school.noted == []


def test_what_is_asked_for_must_be_whole(world: World, unit: System) -> None:
    """Unknown names, missing ones and wrong kinds are each told where they stand."""
    answer = unit.post("/instances", {"key": 1, "answers": [], "x": 1})
    pointers = {each["pointer"] for each in answer.json["errors"]}
    assert pointers == {"/key", "/answers", "/x", "/person_id"}


def test_unknown_process_is_not_found(world: World, unit: System) -> None:
    """A key of nothing is not found."""
    assert unit.post("/instances", start(world) | {"key": "x"}).status_code == 404


def test_case_is_shown(world: World, school: System) -> None:
    """Who may read the plan sees where the case stands, and that leaves a line."""
    instance = stories.to_measures(world)
    shown = school.get(f"/instances/{instance.id}").json
    assert shown["definition_version"] == instance.definition_version
    assert shown["coordinator_id"] == str(world.accounts["Siri"].id)
    assert len(shown["tasks"]) == len(world.open_elements())
    assert school.noted == [("process:read", "samtykke")]


def test_who_only_knows_of_the_person_learns_little(world: World, system_of: SystemOf) -> None:
    """With a case of its own a service learns that the case runs, and no more."""
    world.service("bup")
    world.own_case("bup", "Mia")
    instance = stories.to_measures(world)
    bup = system_of("bup")
    shown = bup.get(f"/instances/{instance.id}").json
    assert (shown["basis"], shown["tasks"], shown["waiting"]) == ("egen_sak", [], [])
    assert bup.get(f"/instances/{instance.id}/history").json["history"] == []


def test_hidden_case_is_not_there(world: World, system_of: SystemOf) -> None:
    """Without a basis a case is not found, and neither is what has happened in it."""
    world.service("bup")
    instance = stories.to_measures(world)
    bup = system_of("bup")
    assert bup.get(f"/instances/{instance.id}").status_code == 404
    assert bup.get(f"/instances/{instance.id}/history").status_code == 404
    assert bup.noted == []


def test_history_is_paged_from_the_beginning(world: World, school: System) -> None:
    """Following `next` gives what has happened once each, in order."""
    instance = stories.to_measures(world)
    place, seen = f"/instances/{instance.id}/history?limit=3", []
    while place:
        answer = school.get(place).json
        assert len(answer["history"]) <= 3
        seen += [line["seq"] for line in answer["history"]]
        place = (answer["next"] or "").removeprefix("/api/v1")
    assert len(seen) > 6
    assert seen == sorted(set(seen))


def test_made_up_place_in_the_history_is_refused(world: World, school: System) -> None:
    """A cursor that we have not given is refused."""
    instance = stories.to_measures(world)
    for text in ("x", "WyJ4Il0", "Wy0xXQ", "Wzk5OTk5OTk5OTk5OTk5OTk5OV0"):
        answer = school.get(f"/instances/{instance.id}/history?cursor={text}")
        assert answer.status_code == 422


def test_answers_are_read_one_at_a_time(world: World, school: System) -> None:
    """Old answers are read where the history says, and each reading leaves a line."""
    instance = stories.to_measures(world)
    lines = school.get(f"/instances/{instance.id}/history").json["history"]
    place = next(line["answers"] for line in lines if line["form_key"] == "plan")
    read = school.get(place.removeprefix("/api/v1"))
    assert read.json["answers"]["mal"][0]["mal"] == "Sove bedre"
    assert school.noted[-1] == ("history:read", "samtykke")


def test_confided_answers_have_no_address(world: World, school: System) -> None:
    """What was answered about consent is not for the services."""
    instance = stories.to_measures(world)
    lines = school.get(f"/instances/{instance.id}/history").json["history"]
    confided = [line for line in lines if line["form_key"] == "samtykke_svar"]
    assert [line["answers"] for line in confided] == [None]
    entry = world.session.query(HistoryEntry).filter_by(form_key="samtykke_svar").one()
    assert school.get(f"/instances/{instance.id}/history/{entry.id}").status_code == 403


def test_answers_of_another_case_are_not_here(world: World, school: System) -> None:
    """An entry is found in its own case alone."""
    stories.to_measures(world)
    entry = world.session.query(HistoryEntry).filter_by(form_key="plan").one()
    assert school.get(f"/instances/{UUID(int=7)}/history/{entry.id}").status_code == 404
