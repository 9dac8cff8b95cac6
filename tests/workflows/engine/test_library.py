"""The diagrams we ship, walked at random: they never stop by themselves and never grow."""

import random
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bpmn.decision_reading import read
from tests.workflows.engine.running import Driver

FOLDER = Path(__file__).parents[3] / "bpmn/library"
DECISIONS = {path.stem: read(path.read_bytes(), path.name) for path in sorted(FOLDER.glob("*.dmn"))}
LIBRARY = {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.bpmn"))}
COMPARED = re.compile(r'(\w+) = (?:"(\w+)"|(true|false))')
GIVEN = {
    "tjenester": ["skole", "nav"],
    "beslutninger": ["første", "andre"],
    "medlemmer": ["kari", "ola"],
    "voksne": ["kari"],
    "barn": ["ola"],
    "spurte": ["ola"],
    "fornyes": ["kari", "ola"],
    "alder": 9,
    "kartlagt": "2026-05-01",
    "neste_evaluering": "2026-06-01T08:00:00+00:00",
    "evalueringsfrist": "2026-05-01",
    "beslutningsfrist": "2026-05-20",
    "beslutning_paaminnelse": "2026-05-20T06:00:00+00:00",
}


@cache
def answers() -> dict[str, list[Any]]:
    """By variable: what conditions compare it with, and something else."""
    found: dict[str, list[Any]] = {}
    for source in LIBRARY.values():
        for name, text, flag in COMPARED.findall(source.decode()):
            found.setdefault(name, ["annet"]).append(text or flag == "true")
    return found


def operate(*_: Any) -> Mapping[str, Any]:
    """Every operation gives the lists and dates that the diagrams read."""
    return GIVEN


def step(case: Driver, hand: random.Random) -> None:
    """Something happens: a message, a timer, or a person with some answer to every question."""
    roll = hand.random()
    if roll < 0.1 and case.case.subscriptions:
        case.deliver(hand.choice(case.case.subscriptions).message, tjeneste="nav")
    elif (roll < 0.3 or not case.open) and case.case.timers:
        case.step(lambda each: each.fire(hand.choice(each.timers).id))
    else:
        values = {name: hand.choice(known) for name, known in answers().items()}
        task = hand.choice(case.case.open_tasks)
        case.step(lambda each: each.complete(task.id, values))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("key", LIBRARY)
def test_library_can_be_walked(key: str, seed: int) -> None:
    """Whatever people answer and whenever, the case goes on, or it has ended in its main flow."""
    hand = random.Random(seed)  # noqa: S311
    around = {"operate": operate, "variables": GIVEN, "decisions": DECISIONS}
    case = Driver(*LIBRARY.values(), key=key, saving=True, **around)
    for _ in range(60):
        if case.case.ended:
            break
        step(case, hand)
    assert bool(case.open or case.case.timers) is not case.case.ended
    assert case.case.outcome is not None or not case.case.ended


def test_library_is_there() -> None:
    """The diagrams of the plan are found."""
    assert {"individuell_plan", "samtykke", "evaluering", "overlevering"} <= set(LIBRARY)
