"""Random diagrams walked at random: the engine, with and without saving, against the model.

More examples: RODTRAD_WALKS=2000 (and longer walks are found by hypothesis itself).
"""

import json
import os
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workflows.engine.running import Driver
from tests.workflows.engine.token_model import (
    Block,
    Call,
    Choice,
    Loop,
    Model,
    Seq,
    Split,
    Sub,
    Task,
    Timed,
    document,
)
from workflows.engine import Case

WALKS = int(os.environ.get("RODTRAD_WALKS", "200"))
ITEMS = st.sampled_from([None, None, (), ("x",), ("x", "y"), ("x", "y", "z")])
TASKS = st.builds(Task, ITEMS, st.booleans())
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "k": st.integers(0, 2),
        "l": st.integers(0, 2),
        "b": st.booleans(),
        "c": st.booleans(),
        "n": st.integers(0, 9),
    },
)


def sequences(blocks: Any) -> Any:
    return st.builds(Seq, st.lists(blocks, min_size=1, max_size=3).map(tuple))


def grow(blocks: Any, *, splits: bool = True) -> Any:
    """Larger blocks of these. A loop begins with a plain task, so that no round is empty."""
    some = st.lists(blocks, min_size=2, max_size=3).map(tuple)
    loops = st.builds(Loop, st.sampled_from("bc"), blocks.map(lambda block: Seq((Task(), block))))
    grown = [
        sequences(blocks),
        st.builds(Choice, st.sampled_from("kl"), some),
        loops,
        st.builds(Sub, blocks, ITEMS, st.booleans()),
        st.builds(Call, blocks),
        timed(blocks),
    ]
    return st.one_of(*grown, *([st.builds(Split, some)] if splits else []))


def timed(blocks: Any) -> Any:
    """No split under a timer: two half-done multi-instances interrupted at once have no order."""
    calm = st.recursive(TASKS, lambda each: grow_calm(each), max_leaves=3)
    hosts = st.one_of(TASKS, st.builds(Sub, calm, ITEMS, st.booleans()), st.builds(Call, calm))
    return st.builds(Timed, hosts, blocks, st.booleans())


def grow_calm(blocks: Any) -> Any:
    return st.one_of(
        sequences(blocks), st.builds(Sub, blocks, ITEMS, st.booleans()), st.builds(Call, blocks)
    )


BLOCKS = st.recursive(TASKS, grow, max_leaves=8)


def seen_in(driver: Driver) -> list[tuple[str, str, str, Any]]:
    """The open tasks of a case, in an order of their own."""
    tasks = [
        (task.element, task.item or "", json.dumps(task.data, sort_keys=True), task.id)
        for task in driver.case.open_tasks
    ]
    return sorted(tasks, key=lambda task: task[:3])


def seen_in_model(model: Model) -> list[tuple[str, str, str, Any]]:
    tasks = [
        (leaf.name, leaf.item or "", json.dumps(leaf.variables.seen(), sort_keys=True), leaf)
        for leaf in model.tasks
    ]
    return sorted(tasks, key=lambda task: task[:3])


def walk(block: Block, data: st.DataObject) -> None:
    sources, lists = document(block)
    model = Model(block, lists)
    drivers = [
        Driver(*sources.values(), key="p", variables=lists, saving=saving)
        for saving in (False, True)
    ]
    for _ in range(25):
        expected = seen_in_model(model)
        timers = sorted(timer.name for timer in model.timers)
        for driver in drivers:
            assert [task[:3] for task in seen_in(driver)] == [task[:3] for task in expected]
            assert sorted(each.element for each in driver.case.timers) == timers
            assert driver.case.ended == model.inside.done
        if model.inside.done:
            return
        chosen = data.draw(st.integers(0, len(expected) + len(timers) - 1))
        if chosen < len(expected):
            values = data.draw(ANSWERS)
            for driver in drivers:
                driver.step(
                    partial(Case.complete, task_id=seen_in(driver)[chosen][3], variables=values)
                )
            model.complete(expected[chosen][3], values)
        else:
            fire(model, drivers, timers[chosen - len(expected)])


def fire(model: Model, drivers: list[Driver], element: str) -> None:
    """Fires all timers of that element: those of several instances cannot be told apart."""
    for driver in drivers:
        for timer in [each for each in driver.case.timers if each.element == element]:
            if timer.id in {each.id for each in driver.case.timers}:
                driver.step(partial(Case.fire, timer_id=timer.id))
    for clocked in [each for each in model.timers if each.name == element]:
        if clocked in model.timers:
            model.fire(clocked)


@settings(max_examples=WALKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(BLOCKS, st.data())
def test_engine_walks_as_the_model(block: Block, data: st.DataObject) -> None:
    """After every step the same tasks and timers are open, with the same items and variables."""
    walk(block, data)
