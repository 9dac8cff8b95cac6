"""Definitions over the API: what is in use, and taking new versions into use."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from world import World

import bpmn
import forms
from tests.webapp.api.conftest import System, SystemOf
from workflows import definitions

PROCESS = (Path(bpmn.__file__).parent / "library/individuell_plan.bpmn").read_text("utf-8")
FORM = (Path(forms.__file__).parent / "library/onske.form").read_text("utf-8")


@pytest.fixture
def owner(system_of: SystemOf) -> System:
    """A system that is process owner."""
    return system_of("koordinerende_enhet", roles=("prosesseier",))


def files(**sources: str) -> dict[str, Any]:
    return {"files": [{"name": name, "source": source} for name, source in sources.items()]}


def test_list_has_the_newest_of_each(unit: System) -> None:
    """Every process is there once, with what it calls."""
    listed = unit.get("/definitions").json["definitions"]
    keys = [line["key"] for line in listed]
    assert "individuell_plan" in keys
    assert len(keys) == len(set(keys))


def test_one_is_found_by_key_and_by_version(unit: System) -> None:
    """A definition has its forms and the one that starts it, by either name."""
    by_key = unit.get("/definitions/individuell_plan").json
    assert unit.get(f"/definitions/{by_key['version']}").json == by_key
    assert by_key["start"]["id"] in by_key["forms"]


def test_source_is_the_diagram(unit: System) -> None:
    """The source is the file that was published."""
    answer = unit.get("/definitions/individuell_plan/source")
    assert answer.content_type == "application/xml; charset=utf-8"
    assert answer.text == PROCESS


@pytest.mark.parametrize("name", ["x", "%00", "%C3%A6", "%ED%A0%80", "x" * 300])
def test_unknown_is_not_found(unit: System, name: str) -> None:
    """A name of nothing is not found."""
    assert unit.get(f"/definitions/{name}").status_code == 404
    assert unit.get(f"/definitions/{name}/source").status_code == 404


def test_new_version_is_taken_into_use(world: World, owner: System) -> None:
    """A changed diagram becomes the newest version, and the old one stays for those on it."""
    before = owner.get("/definitions/individuell_plan").json["version"]
    changed = PROCESS.replace('name="Vurder behov"', 'name="Vurder behovet"')
    answer = owner.post("/definitions", files(**{"individuell_plan.bpmn": changed}))
    assert answer.status_code == 201, answer.text
    [line] = [one for one in answer.json["published"] if one["key"] == "individuell_plan"]
    assert line["new"] is (changed != PROCESS)
    assert owner.get("/definitions/individuell_plan").json["version"] == line["version"]
    assert owner.get(f"/definitions/{before}").status_code == 200


def test_what_calls_it_gets_a_new_version_too(world: World, owner: System) -> None:
    """A process is addressed by all it calls, so its callers follow."""
    rows = definitions.latest_definitions(world.session, world.municipality.id)
    caller = next(row for row in rows if row.calls)
    called = next(iter(caller.calls))
    source = next(row.source for row in rows if row.key == called).decode()
    changed = source.replace("</bpmn:process>", "<!-- ny --></bpmn:process>")
    if changed == source:
        changed = source.replace("</process>", "<!-- ny --></process>")
    name = changed.replace(f'id="{called}" name="', f'id="{called}" name="Ny: ', 1)
    answer = owner.post("/definitions", files(**{f"{called}.bpmn": name}))
    assert answer.status_code == 201, answer.text
    new = {line["key"] for line in answer.json["published"] if line["new"]}
    assert {called, caller.key} <= new


def test_files_are_taken_as_an_upload(owner: System) -> None:
    """Files come as multipart too, under their own names."""
    changed = FORM.replace('"title": "', '"title": "Ny: ', 1)
    answer = owner.post("/definitions", data={"a": (BytesIO(changed.encode()), "onske.form")})
    assert answer.status_code == 201, answer.text
    assert [(one["kind"], one["new"]) for one in answer.json["published"]] == [("form", True)]


def test_same_again_is_nothing_new(owner: System) -> None:
    """What is in use already is answered as such."""
    answer = owner.post("/definitions", files(**{"onske.form": FORM}))
    assert [one["new"] for one in answer.json["published"]] == [False]


def test_faults_are_located_and_nothing_is_taken(owner: System) -> None:
    """One faulty file holds back all that was sent with it, and says where it is wrong."""
    changed = FORM.replace('"title": "', '"title": "Ny: ', 1)
    faulty = PROCESS.replace("</bpmn:process>", "").replace("</process>", "")
    answer = owner.post(
        "/definitions", files(**{"individuell_plan.bpmn": faulty, "onske.form": changed})
    )
    assert answer.status_code == 422
    assert {each["file"] for each in answer.json["errors"]} == {"individuell_plan.bpmn"}
    assert all(each["line"] and each["detail"] for each in answer.json["errors"])
    again = owner.post("/definitions", files(**{"onske.form": changed}))
    assert again.json["published"][0]["new"] is True


def test_fault_elsewhere_does_not_hold_it_back(world: World, owner: System) -> None:
    """What else the municipality has is not asked about."""
    for table in (definitions.FormVersion, definitions.ProcessDefinition):
        broken = world.session.query(table).filter(table.key.in_(("behov", "holf"))).one()
        broken.source = b"{"
    assert owner.post("/definitions", files(**{"onske.form": FORM})).status_code == 201


@pytest.mark.parametrize(
    "name", ["../onske.form", "onske.txt", "", ".form", "onske.form\n", "Onske.form", "annet.form"]
)
def test_name_must_be_the_key(owner: System, name: str) -> None:
    """A file is called after what it holds."""
    assert owner.post("/definitions", files(**{name: FORM})).status_code == 422


def test_calls_in_a_ring_are_found(world: World, owner: System) -> None:
    """A ring that runs through what is in use already is refused."""
    rows = definitions.latest_definitions(world.session, world.municipality.id)
    caller = next(row for row in rows if row.calls)
    called = next(iter(caller.calls))
    ring = caller.source.decode().replace(f'id="{caller.key}"', f'id="{called}"')
    answer = owner.post("/definitions", files(**{f"{called}.bpmn": ring}))
    assert answer.status_code == 422
    assert any("ring" in each["detail"] for each in answer.json["errors"])


def test_only_process_owners_publish(unit: System) -> None:
    """The scope is not enough: publishing is the process owner's."""
    assert unit.post("/definitions", files(**{"onske.form": FORM})).status_code == 403


def test_token_without_the_scope_does_not_publish(system_of: SystemOf) -> None:
    """The role is not enough: the token must be for it."""
    reader = system_of("nav", "definitions:read", roles=("prosesseier",))
    answer = reader.post("/definitions", files(**{"onske.form": FORM}))
    assert answer.status_code == 403
    assert "definitions:publish" in answer.json["detail"]
