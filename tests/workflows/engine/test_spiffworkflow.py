"""Why SpiffWorkflow is not run as it comes: each defect seen, and ours right on the same diagram.

When one of these fails after an upgrade, SpiffWorkflow has changed: look whether our part can go.
"""

import sys
from collections.abc import Iterator
from importlib.metadata import version
from itertools import product
from typing import Any

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from tests.workflows.engine.diagrams import (
    end,
    line,
    message,
    node,
    process,
    reaction,
    start,
    user,
)
from tests.workflows.engine.running import Driver
from tests.workflows.engine.test_gateways import PLAN_CYCLE

KEYS = [f"n{n}" for n in range(1_005)]
LONG = process(
    "p",
    start(),
    *[node("intermediateThrowEvent", key) for key in KEYS],
    user("a"),
    end(),
    line("start", *KEYS, "a", "end"),
)


class Plain:
    """SpiffWorkflow as its documentation runs it, with its own Python conditions."""

    def __init__(self, source: bytes) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring(source.replace(b"= true", b"== True")))
        self.case = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
        self.case.do_engine_steps()

    @property
    def tasks(self) -> list[Any]:
        found: list[Any] = self.case.get_tasks(state=TaskState.READY, manual=True)
        return found

    @property
    def open(self) -> list[str]:
        return sorted(task.task_spec.name for task in self.tasks)

    def do(self, element: str, **variables: Any) -> None:
        task = next(task for task in self.tasks if task.task_spec.name == element)
        task.data.update(variables)
        task.run()
        self.case.do_engine_steps()


@pytest.fixture
def deep() -> Iterator[None]:
    """Room for SpiffWorkflow's recursion."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(40_000)
    yield
    sys.setrecursionlimit(before)


def opened_in_rounds(case: Any, orders: Any) -> list[list[str]]:
    """What was open after each step, as far as the walk could go."""
    seen = []
    for step in [step for order in orders for step in ("a", *order, "e")]:
        if step not in case.open:
            return seen
        case.do(step, videre=True)
        seen.append(case.open)
    return seen


def test_version_is_the_one_we_looked_into() -> None:
    """We build on what SpiffWorkflow keeps to itself: another version is looked at first."""
    assert version("spiffworkflow") == "3.2.0"


def test_join_counts_the_round_before() -> None:
    """When the branches change order from round to round, plain opens the next task too early."""
    right = [["c", "d"], ["d"], ["e"], ["a"], ["c", "d"], ["c"], ["e"], ["a"]]
    walks = list(product(["cd", "dc"], repeat=3))
    plain = [opened_in_rounds(Plain(PLAN_CYCLE), orders) for orders in walks]
    ours = [opened_in_rounds(Driver(PLAN_CYCLE), orders) for orders in walks]
    assert any(["c", "e"] in seen or ["d", "e"] in seen for seen in plain)
    assert not any(["c", "e"] in seen or ["d", "e"] in seen for seen in ours)
    assert ours[walks.index(("cd", "dc", "cd"))][:8] == right


def test_join_overwrites_with_a_stale_copy() -> None:
    """Plain loses what the first branch wrote, because the other carries the old value."""
    plain, ours = Plain(PLAN_CYCLE), Driver(PLAN_CYCLE)
    for case in (plain, ours):
        case.do("a", c=0, d=[0])
        case.do("c", c=1)
        case.do("d", d=[1, 1])
    assert plain.tasks[0].data["c"] == 0
    assert plain.tasks[0].data["d"] == [1]
    assert ours.find("e").data == {"c": 1, "d": [1, 1]}


def test_long_sequence_recurses() -> None:
    """Plain cannot even read a diagram of a thousand elements in a row."""
    with pytest.raises(ValidationException, match="RecursionError"):
        Plain(LONG)
    assert Driver(LONG).open == ["a"]


@pytest.mark.usefixtures("deep")
def test_long_sequence_ends_falsely() -> None:
    """With room to recurse, plain says that the case is complete while a task is still to come."""
    plain = Plain(LONG)
    assert (plain.open, plain.case.is_completed()) == ([], True)
    assert not Driver(LONG).case.ended


def test_state_grows_with_every_round() -> None:
    """Plain keeps every task of every round; ours is as large after twenty as after two."""
    sizes = {}
    for rounds in (2, 20):
        plain, ours = Plain(PLAN_CYCLE), Driver(PLAN_CYCLE)
        for _ in range(rounds):
            for element in "acde":
                plain.do(element, videre=True)
                ours.do(element, videre=True)
        sizes[rounds] = len(plain.case.tasks), len(ours.case.dump())
    assert sizes[20][0] > 4 * sizes[2][0]
    assert sizes[20][1] == sizes[2][1]


def test_interrupting_event_subprocess_does_not_interrupt() -> None:
    """Plain never reads isInterrupting: the main flow goes on beside."""
    inner = user("r"), end("re"), line("alt_start", "r", "re")
    react = reaction("alt", message("alt"), *inner, interrupting=True)
    flows = line("start", "a", "end")
    source = process("p", start(), user("a"), end(), flows, react, messages=["alt"])
    plain, ours = Plain(source), Driver(source)
    plain.case.catch(BpmnEvent(MessageEventDefinition("alt"), {}))
    plain.case.do_engine_steps()
    ours.deliver("alt")
    assert (plain.open, ours.open) == (["a", "r"], ["r"])


def test_python_in_a_condition_runs() -> None:
    """Plain evaluates any Python in a gateway; ours refuses to read it."""
    ran = b"[k for k in ().__class__.__base__.__subclasses__()] != []"
    source = PLAN_CYCLE.replace(b"videre = true", ran.replace(b"<", b"&lt;"))
    plain = Plain(source)
    for element in "acde":
        plain.do(element)
    assert plain.open == ["a"]
    with pytest.raises(ValueError, match="ikke gyldig"):
        Driver(source)
