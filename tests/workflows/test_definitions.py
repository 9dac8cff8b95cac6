"""Published versions: what makes a new one, and that a case keeps the tables it began by."""

import re
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from world import World

from tests.workflows import deciding
from workflows import definitions
from workflows.definitions import Process
from workflows.tables import DecisionVersion, HistoryEntry, ProcessDefinition


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of three processes and a table."""
    return deciding.library(tmp_path)


def publish(world: World, folder: Path) -> int:
    return definitions.publish_library(world.session, world.municipality.id, folder, folder)


def versions(world: World, keys: str = "ruten turen roen") -> dict[str, str]:
    rows = definitions.latest_definitions(world.session, world.municipality.id)
    return {row.key: row.version for row in rows if row.key in keys.split()}


def latest(world: World, key: str) -> Process:
    return definitions.latest_process(world.session, world.municipality.id, key)


def change_table(folder: Path, old: str = "[7..18)", new: str = "[7..17)") -> None:
    file = folder / "vei.dmn"
    file.write_text(file.read_text("utf-8").replace(old, new), encoding="utf-8")


def test_what_is_published_already_is_not_published_again(world: World, folder: Path) -> None:
    """Three processes and a table are new once."""
    assert (publish(world, folder), publish(world, folder)) == (4, 0)


def test_a_changed_table_alone_makes_new_versions_of_those_that_use_it(
    world: World, folder: Path
) -> None:
    """The process that asks it and the one that calls that; the third stays as it is."""
    publish(world, folder)
    before = versions(world)
    change_table(folder)
    assert publish(world, folder) == 3
    after = versions(world)
    assert {key for key in after if after[key] != before[key]} == {"ruten", "turen"}


def test_white_space_in_a_table_changes_nothing(world: World, folder: Path) -> None:
    """Editors indent as they like."""
    publish(world, folder)
    change_table(folder, "<rule ", "\n  <rule ")
    assert publish(world, folder) == 0


def test_a_version_keeps_its_table(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case that runs on an old version is decided by the table as it was."""
    publish(world, folder)
    old = versions(world)["turen"]
    change_table(folder)
    publish(world, folder)
    monkeypatch.setattr(definitions, "_parsed", {})
    for version, cell in ((old, "[7..18)"), (versions(world)["turen"], "[7..17)")):
        process = definitions.process(world.session, world.municipality.id, version)
        assert process.decisions["vei"].rules[1].tests[0].text == cell


def test_a_process_has_the_tables_of_those_it_calls(world: World, folder: Path) -> None:
    """The engine runs them as one; a process that asks no table has none."""
    publish(world, folder)
    assert set(latest(world, "turen").decisions) == {"vei"}
    assert latest(world, "roen").decisions == {}


def test_what_a_table_reads_is_routed(world: World, folder: Path) -> None:
    """Answers that a table's inputs read reach the engine, as those of a condition do."""
    publish(world, folder)
    assert latest(world, "turen").routing == {"alder", "svar"}
    assert latest(world, "roen").routing == frozenset()


def test_rows_say_which_version_of_a_table_is_used(
    world: World, session: Session, folder: Path
) -> None:
    """The process's row names the table's version, and that row has the file as it was."""
    publish(world, folder)
    place = world.municipality.id
    row = session.get_one(ProcessDefinition, (place, versions(world)["ruten"]))
    table = session.get_one(DecisionVersion, (place, row.decisions["vei"]))
    assert (table.key, table.source) == ("vei", (folder / "vei.dmn").read_bytes())


def test_the_library_s_tables_are_published(world: World) -> None:
    """Also those that no process asks yet."""
    found = world.session.query(DecisionVersion.key).all()
    assert {row.key for row in found} == {p.stem for p in definitions.DIAGRAMS.glob("*.dmn")}


def test_a_case_is_decided_and_remembers_that_it_was(world: World, folder: Path) -> None:
    """A case runs through the table by itself, and its history has the step."""
    publish(world, folder)
    instance = world.start("Kari", "Mia", key="ruten")
    assert world.open_elements() == ["gaa"]
    told = world.session.query(HistoryEntry).filter_by(instance_id=instance.id)
    assert ("completed", "Velg vei") in [(entry.kind, entry.title) for entry in told]


def test_what_is_kept_has_an_id_on_everything(world: World, folder: Path) -> None:
    """So that the editor, the picture and a later version find what the case stands in."""
    file = folder / "ruten.bpmn"
    given = file.read_text("utf-8")
    file.write_text(re.sub(r'(<bpmn:sequenceFlow) id="[^"]+"', r"\1", given), encoding="utf-8")
    publish(world, folder)
    kept = definitions.latest_sources(world.session, world.municipality.id)["ruten.bpmn"]
    process = latest(world, "ruten")
    assert process.diagram.flows
    for key in process.diagram.flows:
        assert f'id="{key}"'.encode() in kept
    file.write_bytes(kept)
    assert publish(world, folder) == 0
