"""Random diagrams walked at random: the engine, with and without saving, against the model.

More examples: RODTRAD_WALKS=20000. Then other examples than the usual are tried as well.
"""

import json
import os
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.workflows.engine.drawing import document
from tests.workflows.engine.running import Driver
from tests.workflows.engine.token_model import (
    Block,
    Catch,
    Choice,
    Count,
    Guarded,
    Leaf,
    Link,
    Loop,
    Model,
    Race,
    Seq,
    Some,
    Split,
    Stop,
    Sub,
    Task,
    Throw,
    Trigger,
    Watch,
    payload_of,
)
from workflows.engine import Case, UnusableDiagram

USUAL = 120
WALKS = int(os.environ.get("RODTRAD_WALKS", USUAL))
LONGEST = 30  # steps of a walk
WEIGHTS: dict[Any, float] = {"m2": 0.2, "m3": 0.2}  # of the messages that bring about signals
SHARED: tuple[tuple[str, tuple[Any, ...]], ...] = (
    *((number, (0, 1, 2)) for number in ("k", "l")),
    *((flag, (True, False, False)) for flag in ("b", "c")),
    *((flag, (True, True, False)) for flag in ("i0", "i1")),
    ("n", tuple(range(10))),
)

ITEMS = st.sampled_from([None, None, (), ("x",), ("x", "y"), ("x", "y", "z"), 0, 2, 3])
TASKS = st.builds(Task, ITEMS, st.booleans(), st.booleans())
TIMER = Trigger("timer")
MESSAGE = st.sampled_from([Trigger("message", name) for name in ("m0", "m1")])
SIGNAL = st.sampled_from([Trigger("signal", "s0"), Trigger("signal", "s1")])
ERROR = st.sampled_from([Trigger("error", name) for name in ("e0", "e1", None)])
ESCALATION = st.sampled_from([Trigger("escalation", name) for name in ("c0", None)])
THROWN = st.sampled_from(
    [Trigger("signal", "s0"), Trigger("signal", "s1"), Trigger("escalation", "c0")]
)
STOPS = st.sampled_from([Trigger("error", "e0"), Trigger("error", "e1"), Trigger("terminate")])
SEVERAL = {"message", "signal", "escalation"}


def after(trigger: Trigger, block: Block) -> Block:
    """What can wake several at once leads to a task: else the order of what follows is open."""
    return Seq((Task(), block)) if trigger.kind in SEVERAL else block


def caught(trigger: Trigger) -> Block:
    """An event in the flow, likewise."""
    return Seq((Catch(trigger), Task())) if trigger.kind in SEVERAL else Catch(trigger)


LEAVES = st.one_of(
    TASKS,
    TASKS,
    st.just(Count()),
    st.just(Catch(TIMER)),
    st.builds(caught, st.one_of(MESSAGE, SIGNAL)),
    st.builds(Throw, THROWN),
    st.builds(Stop, STOPS, st.sampled_from("bc")),
)


def watches(blocks: Any, triggers: Any) -> Any:
    """Errors interrupt, as BPMN says."""
    return st.builds(
        lambda trigger, handler, interrupting, times: Watch(
            trigger,
            after(trigger, handler),
            interrupting or trigger.kind == "error",
            1 if interrupting else times,
        ),
        triggers,
        blocks,
        st.booleans(),
        st.sampled_from([1, 1, 3]),
    )


OUTSIDE = st.one_of(st.just(TIMER), MESSAGE, SIGNAL)
ANY = st.one_of(OUTSIDE, ERROR, ERROR, ESCALATION)


def subs(blocks: Any) -> Any:
    reactions = st.lists(watches(blocks, ANY), max_size=2).map(tuple)
    return st.builds(Sub, blocks, ITEMS, st.booleans(), reactions, st.booleans())


def grow(blocks: Any) -> Any:
    """Larger blocks of these."""
    some = st.lists(blocks, min_size=2, max_size=3).map(tuple)
    sequence = st.lists(blocks, min_size=1, max_size=3).map(tuple)
    tasks = st.builds(
        Guarded, TASKS, st.lists(watches(blocks, OUTSIDE), min_size=1, max_size=2).map(tuple)
    )
    scopes = st.builds(
        Guarded, subs(blocks), st.lists(watches(blocks, ANY), min_size=1, max_size=3).map(tuple)
    )
    ways = st.lists(
        OUTSIDE.flatmap(lambda t: st.tuples(st.just(t), blocks.map(partial(after, t)))),
        min_size=2,
        max_size=3,
    ).map(tuple)
    return st.one_of(
        st.builds(Seq, sequence),
        st.builds(Choice, st.sampled_from("kl"), some),
        st.builds(Loop, st.sampled_from("bc"), blocks, st.booleans()),
        st.builds(Split, some),
        st.builds(Some, some),
        st.builds(Link, blocks),
        st.builds(Race, ways),
        subs(blocks),
        tasks,
        tasks,
        scopes,
        scopes,
        scopes,
    )


SMALL = st.one_of(LEAVES, grow(LEAVES))
BLOCKS = st.one_of(grow(SMALL), grow(st.one_of(LEAVES, grow(SMALL))))
"""Two and three levels of blocks in blocks."""
SIGNALLING = tuple(
    Watch(Trigger("message", message), Throw(Trigger("signal", signal)), False)
    for message, signal in (("m2", "s0"), ("m3", "s1"))
)
"""Event subprocesses from which the signals can be thrown that a process waits for."""
PROCESSES = st.builds(
    lambda body, reactions: Sub(body, reactions=(*reactions, *SIGNALLING)),
    BLOCKS,
    st.lists(watches(SMALL, ANY), max_size=2).map(tuple),
)


def counted(name: str, given: Mapping[str, Any], seen: Mapping[str, Any], _: Any) -> dict[str, Any]:
    """The operation of a `Count`."""
    variable = given["variable"]
    return {variable: seen.get(variable, 0) + 1}


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


class Walk:
    """The model and cases of the same process, with and without saving, moved together."""

    def __init__(self, process: Sub, seed: int, savings: Iterable[bool] = (False, True)) -> None:
        sources, lists = document(process)
        self.chance = random.Random(seed)  # noqa: S311 - a walk, no secret
        variables = {**lists, **self.answers()}
        self.model = Model(process, variables)
        self.stuck = 0
        self.drivers = [
            Driver(*sources.values(), key="p", variables=variables, operate=counted, saving=saving)
            for saving in savings
        ]

    def go(self, steps: int = LONGEST) -> set[str]:
        """The constructs that were walked."""
        for _ in range(steps):
            moves = self.compare()
            if self.model.done:
                break
            act, what = self.chance.choices(moves, [WEIGHTS.get(what, 1) for _, what in moves])[0]
            act(what)
            if self.stuck:
                assert self.stuck == len(self.drivers)
                assert not self.model.can_move
                break
        return self.model.run.walked

    def move(self, driver: Driver, act: Callable[[Case], Any]) -> None:
        """One step of a case. One that can only wait in vain says so, and is over here."""
        try:
            driver.step(act)
        except UnusableDiagram as refused:
            if refused.reason != "Venter på noe som ikke kan skje.":
                raise
            self.stuck += 1

    def compare(self) -> list[tuple[Callable[[Any], None], Any]]:
        """The same tasks, timers and messages are waited for in all; the moves there are."""
        tasks = [task[:3] for task in seen_in_model(self.model)]
        timers = sorted(timer.name for timer in self.model.listeners("timer"))
        waiting = self.model.listeners("message")
        messages = sorted((each.name, str(each.trigger.name)) for each in waiting)
        for driver in self.drivers:
            assert [task[:3] for task in seen_in(driver)] == tasks
            assert sorted(each.element for each in driver.case.timers) == timers
            found = [(each.element, each.message) for each in driver.case.subscriptions]
            assert sorted(found) == messages
            assert driver.case.ended == self.model.done
        return [
            *((self.complete, number) for number in range(len(tasks))),
            *((self.fire, element) for element in sorted(set(timers))),
            *((self.deliver, message) for message in sorted({name for _, name in messages})),
        ]

    def answers(self) -> dict[str, Any]:
        """Some of the variables that several tasks write and conditions read."""
        return {key: self.chance.choice(of) for key, of in SHARED if self.chance.random() < 0.5}

    def complete(self, chosen: int) -> None:
        leaf: Leaf = seen_in_model(self.model)[chosen][3]
        values = {} if leaf.quiet else self.answers()
        values[leaf.own] = self.chance.random() < 0.4
        for driver in self.drivers:
            task = seen_in(driver)[chosen][3]
            self.move(driver, partial(Case.complete, task_id=task, variables=values))
        self.model.complete(leaf, values)

    def fire(self, element: str) -> None:
        """Fires all timers of that element: those of several instances cannot be told apart."""
        for driver in self.drivers:
            for timer in [each for each in driver.case.timers if each.element == element]:
                if timer.id in {each.id for each in driver.case.timers}:
                    self.move(driver, partial(Case.fire, timer_id=timer.id))
        for timer in [each for each in self.model.listeners("timer") if each.name == element]:
            if timer.alive():
                self.model.fire(timer)

    def deliver(self, message: str) -> None:
        for driver in self.drivers:
            given = payload_of(message)
            self.move(driver, partial(Case.deliver, message=message, variables=given))
        self.model.deliver(message)


@settings(
    max_examples=WALKS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=WALKS == USUAL,
)
@given(PROCESSES, st.integers(0, 2**32))
def test_engine_walks_as_the_model(process: Sub, seed: int) -> None:
    """After every step the same is open and waited for, with the same items and variables."""
    for construct in Walk(process, seed).go():
        event(construct)


CAUSES: dict[Trigger, Block] = {
    TIMER: Task(),
    Trigger("message", "m0"): Task(),
    Trigger("signal", "s0"): Throw(Trigger("signal", "s0")),
    Trigger("escalation", "c0"): Throw(Trigger("escalation", "c0")),
    Trigger("error", "e0"): Stop(Trigger("error", "e0"), "b"),
}
LIST = ("x", "y")


def constructs() -> Iterator[tuple[str, Block]]:
    """What must be walked, and a block in which it is."""
    for trigger, cause in CAUSES.items():
        for interrupting in (True, False) if trigger.kind != "error" else (True,):
            watches = (Watch(trigger, after(trigger, Task()), interrupting),)
            name = f"{trigger.kind} {'interrupting' if interrupting else 'beside'}"
            yield f"boundary {name}", Guarded(Sub(Split((cause, Task()))), watches)
            yield f"boundary {name}", Guarded(Sub(cause, LIST, called=True), watches)
            yield f"event subprocess {name}", Sub(Split((cause, Task())), reactions=watches)
            yield f"event subprocess {name}", Guarded(Sub(cause, None, False, watches), watches)
        if trigger.kind in ("timer", "message", "signal"):
            yield f"catch {trigger.kind}", Split((caught(trigger), cause))
            yield f"race {trigger.kind}", Split((Race(((trigger, Task()), (TIMER, Task()))), cause))
    yield "end terminate", Sub(Split((Stop(Trigger("terminate"), "b"), Task(LIST))))
    yield "error that nobody catches", Sub(Stop(Trigger("error", "e0"), "b"), called=True)
    yield "inclusive split in several", Some((Task(), Link(Task()), Task()))
    yield "inclusive split in one", Some((Task(), Guarded(Task(), (Watch(TIMER, Task(), True),))))
    yield "parallel split", Split((Task(), Choice("k", (Task(), Count()))))
    yield "link", Link(Task())
    yield "loop by a link", Loop("b", Split((Task(), Task())), link=True)
    yield "loop", Loop("b", Loop("c", Split((Task(), Task()))))
    yield "call activity", Sub(Sub(Task(), called=True), called=True)
    yield "completion condition", Task(LIST, until=True)
    yield "a number of times task", Sub(Guarded(Task(2), (Watch(TIMER, Task(), False),)), LIST)
    yield "a number of times sub", Sub(Sub(Task(2, True), 2), 2, called=True)
    for turn in (True, False):
        name = "in turn" if turn else "at once"
        yield f"multi-instance task {name}", Task(LIST, turn)
        yield f"multi-instance sub {name}", Sub(Split((Task(), Task())), LIST, turn)
        yield f"multi-instance sub {name}", Sub(Sub(Task(LIST), LIST), LIST, turn, (), True)


CONSTRUCTS = list(constructs())
NAMES = [f"{number} {name}" for number, (name, _) in enumerate(CONSTRUCTS)]


@pytest.mark.parametrize(("construct", "block"), CONSTRUCTS, ids=NAMES)
def test_every_construct_is_walked_in_loops_and_nested(construct: str, block: Block) -> None:
    """Beside itself in a called process for each item, round after round."""
    inside = Sub(block, LIST, called=True)
    process = Sub(Loop("c", Split((block, inside))), reactions=SIGNALLING)
    walked: set[str] = set()
    for seed in range(30):
        walked |= Walk(process, seed, (True,)).go(60)
        if {construct, "loop"} <= walked:
            return
    pytest.fail(f"not walked: {construct}, but {sorted(walked)}")
