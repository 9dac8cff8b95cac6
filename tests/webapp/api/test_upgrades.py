"""Moving a case over the API: by process owners, seen beforehand, and refused with reasons."""

from pathlib import Path

import pytest
from world import World

import bpmn
from tests.webapp.api.conftest import System, SystemOf
from tests.workflows import stories
from workflows.tables import ProcessInstance

PROCESS = (Path(bpmn.__file__).parent / "library/individuell_plan.bpmn").read_text("utf-8")


@pytest.fixture
def owner(system_of: SystemOf) -> System:
    """A system that is process owner."""
    return system_of("koordinerende_enhet", roles=("prosesseier",))


@pytest.fixture
def case(world: World, owner: System) -> ProcessInstance:
    """A case on the version before the newest."""
    instance = stories.start(world)
    publish(owner, PROCESS.replace('name="', 'name="Ny: ', 1))
    return instance


def publish(owner: System, source: str) -> None:
    sent = {"files": [{"name": "individuell_plan.bpmn", "source": source}]}
    answer = owner.post("/definitions", sent)
    assert answer.status_code == 201, answer.text


def test_case_is_moved(owner: System, case: ProcessInstance) -> None:
    """A case goes on on the newest version, and that leaves a line."""
    before = case.definition_version
    answer = owner.post(f"/instances/{case.id}/upgrade", {})
    assert (answer.status_code, answer.json["moved"]) == (200, True), answer.text
    newest = owner.get("/definitions/individuell_plan").json["version"]
    assert (answer.json["from_version"], answer.json["to_version"]) == (before, newest)
    assert case.definition_version == newest
    assert "process:upgrade" in [action for action, _basis in owner.noted]


def test_move_is_seen_beforehand(owner: System, case: ProcessInstance) -> None:
    """A dry run says what would be done, and does nothing."""
    before = case.definition_version
    answer = owner.post(f"/instances/{case.id}/upgrade", {"dry_run": True})
    assert (answer.json["moved"], case.definition_version) == (False, before)


def test_what_stands_in_the_way_is_told(owner: System, case: ProcessInstance) -> None:
    """A move that cannot be is refused with the element and a sentence."""
    renamed = PROCESS.replace("vurder_behov", "vurder_alt")
    publish(owner, renamed.replace('value="vurder_alt"', 'value="vurder_behov"'))
    answer = owner.post(f"/instances/{case.id}/upgrade", {})
    assert answer.status_code == 422
    assert [each["element"] for each in answer.json["errors"]] == ["vurder_behov"]
    mapped = owner.post(
        f"/instances/{case.id}/upgrade", {"mapping": {"vurder_behov": "vurder_alt"}}
    )
    assert mapped.status_code == 200, mapped.text


def test_newest_already_is_refused(world: World, owner: System) -> None:
    """A case that is where it should be is not moved."""
    instance = stories.start(world)
    assert owner.post(f"/instances/{instance.id}/upgrade", {}).status_code == 422


def test_only_process_owners_move(owner: System, school: System, case: ProcessInstance) -> None:
    """Others may not, whatever their token is for."""
    assert school.post(f"/instances/{case.id}/upgrade", {}).status_code == 403
