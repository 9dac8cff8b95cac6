"""Every stored state of every past release still loads; `save_states` adds those of each."""

import json
import random
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from bpmn.decision_reading import read
from tests.workflows.engine import save_states, test_library
from tests.workflows.engine.running import NOW, Driver, add
from workflows.engine import Case, Definition, plan_move

FILES = sorted(save_states.FOLDER.glob("*/*.json"))
AROUND = {"operate": test_library.operate, "calendar": add, "now": NOW}


@dataclass(frozen=True)
class Saved:
    """The states of a process in a release, and the process as it was."""

    definition: Definition
    states: list[bytes]


@cache
def saved(name: str) -> Saved:
    told: dict[str, Any] = json.loads((save_states.FOLDER / name).read_text("utf-8"))
    folder = save_states.FOLDER / "sources"
    sources = {key: (folder / each).read_bytes() for key, each in told["sources"].items()}
    tables = {
        key: read((folder / each).read_bytes(), key) for key, each in told["decisions"].items()
    }
    key = name.split("/")[1].removesuffix(".json")
    return Saved(Definition.parse(sources, key, tables), [s.encode() for s in told["states"]])


@pytest.fixture(params=[path.relative_to(save_states.FOLDER).as_posix() for path in FILES])
def past(request: pytest.FixtureRequest) -> Saved:
    """One process in one release."""
    return saved(request.param)


def test_a_past_state_loads_and_is_saved_as_it_was(past: Saved) -> None:
    """Nothing of it is lost on the way through this release."""
    assert past.states
    for state in past.states:
        assert Case.restore(past.definition, state, **AROUND).dump() == state


def test_a_case_goes_on_from_a_past_state(past: Saved) -> None:
    """People, time and messages move it as ever."""
    for seed, state in enumerate(past.states):
        case = Driver.__new__(Driver)
        case.definition, case.operate, case.saving = past.definition, test_library.operate, True
        case.now, case.history = NOW, []
        case.case = Case.restore(past.definition, state, **AROUND)
        hand = random.Random(seed)  # noqa: S311 - a walk that can be repeated
        for _ in range(15):
            if not case.case.ended:
                test_library.step(case, hand)
        assert bool(case.open or case.case.timers) is not case.case.ended


def test_a_past_case_is_moved_to_today_s_diagram_or_told_why_not(past: Saved) -> None:
    """A case on the very same diagram is moved as it stands."""
    key = past.definition.key
    library = test_library.LIBRARY if key != "alt" else save_states.everything()
    new = Definition.parse(library, key, test_library.DECISIONS)
    for state in past.states:
        move = plan_move(past.definition, new, state, calendar=add, now=NOW)
        assert bool(move.state) is not bool(move.refusals)
        same = plan_move(past.definition, past.definition, state, calendar=add, now=NOW)
        assert (same.state, same.changes) == (state, ())


def test_every_process_of_the_library_has_states_in_every_release() -> None:
    """And so has the diagram with every construct; more than one release is kept."""
    releases: dict[str, set[str]] = {}
    for path in FILES:
        releases.setdefault(path.parent.name, set()).add(path.stem)
    assert len(releases) > 1
    assert all("alt" in found for found in releases.values())
    assert set(test_library.LIBRARY) <= set.union(*releases.values())
