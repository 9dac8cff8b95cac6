"""Graphs without structure: gateways of all kinds joined at will, against tokens on arrows.

`token_model` runs blocks, where a split and its join belong together. Here nothing does: arrows
lead back into branches, joins wait for what may never come, tokens queue up. `Game` plays by the
words of the standard (BPMN 2.0, 13.4) and knows nothing of the engine.
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workflows.engine import diagrams
from tests.workflows.engine.running import Driver
from workflows.engine import UnusableDiagram

USUAL = 150
WALKS = int(os.environ.get("RODTRAD_WALKS", USUAL))
TAGS = {
    "task": "userTask",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
}
MOST_OPEN = 8  # more tokens only repeat what is seen already


@dataclass(frozen=True)
class Arrow:
    source: str
    target: str
    name: str


@dataclass(frozen=True)
class Graph:
    """Kinds by node, and arrows; the last arrow out of a choice is its default."""

    kinds: dict[str, str]
    arrows: tuple[Arrow, ...]

    def out(self, node: str) -> list[Arrow]:
        return [arrow for arrow in self.arrows if arrow.source == node]

    def into(self, node: str) -> list[Arrow]:
        return [arrow for arrow in self.arrows if arrow.target == node]

    def drawn(self) -> bytes:
        parts = [diagrams.start(), diagrams.end()]
        for node, kind in self.kinds.items():
            last = self.out(node)[-1].name
            default = {"default": last} if kind in ("xor", "or") else {}
            parts.append(diagrams.node(TAGS[kind], node, **default))
        for arrow in self.arrows:
            chosen = self.kinds.get(arrow.source) in ("xor", "or")
            asked = chosen and arrow != self.out(arrow.source)[-1]
            condition = f"{arrow.name} = true" if asked else ""
            parts.append(diagrams.flow(arrow.source, arrow.target, condition, key=arrow.name))
        return diagrams.process("p", *parts)


def graph_of(size: int, chance: random.Random) -> Graph:
    """Only to a task may an arrow lead back: then nothing goes round without waiting."""
    kinds = {
        f"n{at}": chance.choice(["task", "task", "xor", "and", "or", "or"]) for at in range(size)
    }
    kinds["n0"] = chance.choice(["and", "or"])
    arrows = [("start", "n0")]
    for at in range(size):
        onward = [f"n{each}" for each in range(at + 1, min(at + 4, size))] or ["end"]
        back = [f"n{each}" for each in range(at + 1) if kinds[f"n{each}"] == "task"]
        for _ in range(1 if kinds[f"n{at}"] == "task" else chance.randint(1, 3)):
            target = chance.choice(back if back and chance.random() < 0.15 else onward)
            arrows.append((f"n{at}", target))
    return Graph(kinds, tuple(Arrow(*ends, f"f{n}") for n, ends in enumerate(arrows)))


class Unclear(Exception):
    """Several inclusive gateways could go on: the standard does not say which is first."""


class Game:
    """Tokens on arrows (before a node) and in tasks."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.said: dict[str, bool] = {}
        self.waiting: Counter[Arrow] = Counter(graph.out("start"))
        self.open: Counter[str] = Counter()
        self.settle()

    def complete(self, task: str, said: dict[str, bool]) -> None:
        self.said.update(said)
        self.open[task] -= 1
        self.send(self.graph.out(task))
        self.settle()

    def send(self, arrows: list[Arrow]) -> None:
        self.waiting.update(arrows)

    def settle(self) -> None:
        """Everything that need not wait for others first, then one inclusive gateway."""
        while self.step() or self.unite():
            pass
        self.open, self.waiting = +self.open, +self.waiting

    def step(self) -> bool:
        for arrow in list(+self.waiting):
            node, kind = arrow.target, self.graph.kinds.get(arrow.target, "end")
            needed = self.graph.into(node) if kind == "and" else [arrow]
            alone = kind != "or" or len(self.graph.into(node)) == 1
            if alone and all(self.waiting[each] for each in needed):
                self.waiting.subtract(needed)
                self.leave(node, kind)
                return True
        return False

    def unite(self) -> bool:
        nodes = [node for node, kind in self.graph.kinds.items() if kind == "or"]
        ready = [node for node in nodes if self.complete_at(node)]
        if len(ready) > 1:
            raise Unclear
        for node in ready:
            self.waiting.subtract([each for each in self.graph.into(node) if self.waiting[each]])
            self.leave(node, "or")
        return bool(ready)

    def complete_at(self, node: str) -> bool:
        """Whether nothing can come to an empty arrow that cannot as well come to a full one."""
        full = {each for each in self.graph.into(node) if self.waiting[each]}
        empty = {*self.graph.into(node)} - full
        others = [each for each in +self.waiting if each.target != node]
        begins = [[each] for each in others] + [self.graph.out(task) for task in +self.open]
        ways = [self.reached(begin, node) for begin in begins]
        return bool(full) and not any(way & empty and not way & full for way in ways)

    def reached(self, begin: list[Arrow], node: str) -> set[Arrow]:
        """The arrows on the ways from here that do not pass the node."""
        found: set[Arrow] = set()
        todo = list(begin)
        while todo:
            arrow = todo.pop()
            if arrow not in found:
                found.add(arrow)
                todo += [] if arrow.target == node else self.graph.out(arrow.target)
        return found

    def leave(self, node: str, kind: str) -> None:
        ways = self.graph.out(node)
        held = [way for way in ways[:-1] if self.said.get(way.name)]
        match kind:
            case "task":
                self.open[node] += 1
            case "and":
                self.send(ways)
            case "xor":
                self.send((held or ways[-1:])[:1])
            case "or":
                self.send(held or ways[-1:])


def play(graph: Graph, chance: random.Random, *, saving: bool) -> None:
    """Completes tasks at random in both, and compares what is open."""
    game = Game(graph)
    case = unless_stuck(lambda: Driver(graph.drawn(), saving=saving))
    for _ in range(25):
        if case is None or not game.open:
            break
        assert Counter(case.open) == game.open
        if game.open.total() > MOST_OPEN:
            return
        task = chance.choice(sorted(game.open))
        said = {arrow.name: chance.random() < 0.5 for arrow in graph.arrows}
        game.complete(task, said)
        case = unless_stuck(partial(done, case, task, said))
    assert (case is None) == bool(not game.open and game.waiting)
    assert case is None or case.case.ended == (not game.open)


def done(case: Driver, task: str, said: dict[str, bool]) -> Driver:
    case.do(task, **said)
    return case


def unless_stuck(act: Callable[[], Driver]) -> Driver | None:
    """The case after a step, or None when it can only wait in vain."""
    try:
        return act()
    except UnusableDiagram as stuck:
        if stuck.reason != "Venter på noe som ikke kan skje.":
            raise
        return None


@settings(
    max_examples=WALKS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=WALKS == USUAL,
)
@given(st.integers(3, 9), st.integers(0, 2**32), st.booleans())
def test_engine_plays_as_the_standard_says(size: int, seed: int, saving: bool) -> None:
    """Whatever leads where: the same tasks are open, and the same cases are stuck."""
    chance = random.Random(seed)  # noqa: S311 - a walk, no secret
    with suppress(Unclear):
        play(graph_of(size, chance), chance, saving=saving)
