"""A second meaning of BPMN: block-structured diagrams run as nested terms, without tokens or graph.

`document` draws a block as BPMN for the engine; `Model` runs the same block by itself; the tests
compare them. It knows user tasks, choices, loops, splits, subprocesses, calls, boundary timers and
multi-instance, and nothing of SpiffWorkflow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any

from tests.workflows.engine import diagrams


@dataclass(frozen=True)
class Task:
    """A user task; with items, one for each, in parallel or in turn."""

    items: tuple[str, ...] | None = None
    sequential: bool = False


@dataclass(frozen=True)
class Seq:
    parts: tuple[Block, ...]


@dataclass(frozen=True)
class Choice:
    """The way whose number the variable holds, else the last."""

    variable: str
    ways: tuple[Block, ...]


@dataclass(frozen=True)
class Split:
    branches: tuple[Block, ...]


@dataclass(frozen=True)
class Loop:
    """The body again while the variable is true."""

    variable: str
    body: Block


@dataclass(frozen=True)
class Sub:
    """An embedded subprocess; with items, one for each, in parallel or in turn."""

    body: Block
    items: tuple[str, ...] | None = None
    sequential: bool = False


@dataclass(frozen=True)
class Call:
    """A called process."""

    body: Block


@dataclass(frozen=True)
class Timed:
    """A task, subprocess or call with a boundary timer, and what happens when it fires."""

    host: Task | Sub | Call
    handler: Block
    interrupting: bool


Block = Task | Seq | Choice | Split | Loop | Sub | Call | Timed


# Names: the place of a block in the tree, so that drawing and running agree on them


def inner(name: str, n: int) -> str:
    return f"{name}_{n}"


def items_of(name: str) -> str:
    return f"liste{name}"


def item_of(name: str) -> str:
    return f"t{name}"


# Drawing


class Drawing:
    """Elements of one process or subprocess, and the processes it calls."""

    def __init__(self, sources: dict[str, bytes], lists: dict[str, list[str]]) -> None:
        self.parts: list[str] = []
        self.sources = sources
        self.lists = lists

    def add(self, *parts: str) -> None:
        self.parts += parts

    def whole(self, block: Block, name: str) -> list[str]:
        """The inside of a process: start, block, end."""
        begin, end = f"s{name}", f"e{name}"
        first, last = self.draw(block, inner(name, 0))
        self.add(diagrams.start(begin), diagrams.end(end), diagrams.line(begin, first))
        self.add(diagrams.line(last, end))
        return self.parts

    def draw(self, block: Block, name: str) -> tuple[str, str]:
        """Adds a block; the elements it begins and ends with."""
        match block:
            case Task() | Sub() | Call():
                self.add(self.activity(block, f"a{name}", name))
                return f"a{name}", f"a{name}"
            case Seq(parts):
                drawn = [self.draw(part, inner(name, n)) for n, part in enumerate(parts)]
                for (_, last), (first, _) in pairwise(drawn):
                    self.add(diagrams.line(last, first))
                return drawn[0][0], drawn[-1][1]
            case Choice(variable, ways):
                return self.choice(variable, ways, name)
            case Split(branches):
                return self.split(branches, name)
            case Loop(variable, body):
                return self.loop(variable, body, name)
            case Timed():
                return self.timed(block, name)

    def activity(self, block: Task | Sub | Call, key: str, name: str) -> str:
        many = ""
        if not isinstance(block, Call) and block.items is not None:
            self.lists[items_of(name)] = list(block.items)
            many = diagrams.multi(items_of(name), item_of(name), block.sequential)
        if isinstance(block, Task):
            return diagrams.user(key, many)
        inside = Drawing(self.sources, self.lists).whole(block.body, name)
        if isinstance(block, Sub):
            return diagrams.node("subProcess", key, *inside, many)
        self.sources[f"p{name}"] = diagrams.process(f"p{name}", *inside)
        return diagrams.call(key, f"p{name}")

    def choice(self, variable: str, ways: tuple[Block, ...], name: str) -> tuple[str, str]:
        fork, merge = f"x{name}", f"y{name}"
        self.add(diagrams.xor(fork, f"{fork}-{len(ways) - 1}"), diagrams.xor(merge))
        for n, way in enumerate(ways):
            first, last = self.draw(way, inner(name, n))
            condition = "" if n == len(ways) - 1 else f"{variable} = {n}"
            self.add(diagrams.flow(fork, first, condition, key=f"{fork}-{n}"))
            self.add(diagrams.line(last, merge))
        return fork, merge

    def split(self, branches: tuple[Block, ...], name: str) -> tuple[str, str]:
        fork, join = f"f{name}", f"j{name}"
        self.add(diagrams.parallel(fork), diagrams.parallel(join))
        for n, branch in enumerate(branches):
            first, last = self.draw(branch, inner(name, n))
            self.add(diagrams.line(fork, first), diagrams.line(last, join))
        return fork, join

    def loop(self, variable: str, body: Block, name: str) -> tuple[str, str]:
        again, check, out = f"m{name}", f"c{name}", f"o{name}"
        first, last = self.draw(body, inner(name, 0))
        self.add(diagrams.xor(again), diagrams.xor(check, f"{check}-{out}"), diagrams.xor(out))
        self.add(diagrams.line(again, first), diagrams.line(last, check, out))
        self.add(diagrams.flow(check, again, f"{variable} = true"))
        return again, out

    def timed(self, block: Timed, name: str) -> tuple[str, str]:
        host, timer, out = f"a{name}", f"w{name}", f"o{name}"
        definition = diagrams.timer("P1D")
        self.add(self.activity(block.host, host, name), diagrams.xor(out))
        self.add(diagrams.boundary(timer, host, definition, interrupting=block.interrupting))
        first, last = self.draw(block.handler, inner(name, 1))
        self.add(diagrams.line(timer, first), diagrams.line(host, out))
        if block.interrupting:
            self.add(diagrams.line(last, out))
        else:
            self.add(diagrams.end(f"h{name}"), diagrams.line(last, f"h{name}"))
        return host, out


def document(block: Block) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The BPMN of a block, process `p` and those it calls, and the lists it needs as variables."""
    sources: dict[str, bytes] = {}
    lists: dict[str, list[str]] = {}
    inside = Drawing(sources, lists).whole(block, "")
    sources["p"] = diagrams.process("p", *inside)
    return sources, lists


# Running


@dataclass
class Variables:
    """A layer of variables over another; `item` is seen here only."""

    outer: Variables | None = None
    item: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def seen(self) -> dict[str, Any]:
        below = self.outer.seen() if self.outer else {}
        return {**below, **self.item, **self.values}

    def write(self, values: dict[str, Any]) -> None:
        self.values.update(values)


class Term:
    """A block that has begun."""

    done = False

    def settle(self) -> None:
        """Goes on as far as it can without anybody."""

    def waiting(self) -> Iterator[Leaf | Clocked]:
        """What somebody or time can move."""
        yield from ()

    def stop(self) -> None:
        """It is interrupted."""


@dataclass
class Leaf(Term):
    """An open task."""

    name: str
    variables: Variables
    item: str | None

    def waiting(self) -> Iterator[Leaf | Clocked]:
        if not self.done:
            yield self

    def complete(self, values: dict[str, Any]) -> None:
        self.variables.write(values)
        self.done = True


class InTurn(Term):
    """Blocks one after another: a sequence, or the rounds of a loop."""

    def __init__(self, coming: Iterator[Term]) -> None:
        self.coming = coming
        self.now: Term | None = next(coming, None)

    def settle(self) -> None:
        while self.now is not None:
            self.now.settle()
            if not self.now.done:
                return
            self.now = next(self.coming, None)
        self.done = True

    def waiting(self) -> Iterator[Leaf | Clocked]:
        if self.now is not None:
            yield from self.now.waiting()

    def stop(self) -> None:
        if self.now is not None:
            self.now.stop()


class Together(Term):
    """Blocks side by side, all of which must end."""

    def __init__(self, terms: list[Term]) -> None:
        self.terms = terms

    def settle(self) -> None:
        for term in self.terms:
            term.settle()
        self.done = all(term.done for term in self.terms)

    def waiting(self) -> Iterator[Leaf | Clocked]:
        for term in self.terms:
            yield from term.waiting()

    def stop(self) -> None:
        for term in self.terms:
            term.stop()


class Inside(Together):
    """The inside of a process: its flow, and what non-interrupting timers have set going."""

    def __init__(self, block: Block, name: str, variables: Variables, item: str | None) -> None:
        super().__init__([])
        self.terms.append(begin(block, inner(name, 0), Place(variables, item, self)))


class Layered(Term):
    """Runs with a layer of its own, which is handed on when it is done."""

    def __init__(self, term: Term, layer: Variables, hand: Any) -> None:
        self.term, self.layer, self.hand = term, layer, hand

    def settle(self) -> None:
        self.term.settle()
        if self.term.done and not self.done:
            self.done = True
            self.hand(self.layer.values)

    def waiting(self) -> Iterator[Leaf | Clocked]:
        return self.term.waiting()

    def stop(self) -> None:
        self.term.stop()


class Instances(Together):
    """Multi-instance in parallel: what was written comes out at the end, or when interrupted."""

    def __init__(self, variables: Variables) -> None:
        super().__init__([])
        self.variables = variables
        self.written: dict[str, Any] = {}

    def settle(self) -> None:
        if not self.done:
            super().settle()
            if self.done:
                self.variables.write(self.written)

    def stop(self) -> None:
        self.variables.write(self.written)


class Clocked(Term):
    """A block with a timer."""

    def __init__(self, block: Timed, name: str, place: Place) -> None:
        self.block, self.name, self.place = block, f"w{name}", place
        self.handler = inner(name, 1)
        self.term = activity(block.host, name, place)
        self.armed = True

    def settle(self) -> None:
        self.term.settle()
        self.done = self.term.done
        self.armed = self.armed and not self.done

    def waiting(self) -> Iterator[Leaf | Clocked]:
        if self.armed and not self.done:
            yield self
        yield from self.term.waiting()

    def stop(self) -> None:
        self.term.stop()

    def fire(self) -> None:
        self.armed = False
        if self.block.interrupting:
            self.term.stop()
            self.term = begin(self.block.handler, self.handler, self.place)
        else:
            self.place.scope.terms.append(begin(self.block.handler, self.handler, self.place))


@dataclass(frozen=True)
class Place:
    """Where a block runs: its variables, the nearest item, the process or subprocess around."""

    variables: Variables
    item: str | None
    scope: Inside


def begin(block: Block, name: str, place: Place) -> Term:
    """A block that begins here."""
    match block:
        case Task() | Sub() | Call():
            return activity(block, name, place)
        case Seq(parts):
            return InTurn(begin(part, inner(name, n), place) for n, part in enumerate(parts))
        case Choice(variable, ways):
            number = place.variables.seen().get(variable)
            way = number if isinstance(number, int) and 0 <= number < len(ways) else len(ways) - 1
            return begin(ways[way], inner(name, way), place)
        case Split(branches):
            return Together([begin(each, inner(name, n), place) for n, each in enumerate(branches)])
        case Loop():
            return InTurn(rounds(block, name, place))
        case Timed():
            return Clocked(block, name, place)


def rounds(loop: Loop, name: str, place: Place) -> Iterator[Term]:
    """The rounds of a loop."""
    for n in count():
        if n and place.variables.seen().get(loop.variable) is not True:
            return
        yield begin(loop.body, inner(name, 0), place)


def activity(block: Task | Sub | Call, name: str, place: Place) -> Term:
    """An activity that begins here, for each item if it has items."""
    if isinstance(block, Call):
        layer = Variables(place.variables)
        return Layered(Inside(block.body, name, layer, place.item), layer, place.variables.write)
    if block.items is None:
        return one(block, name, place.variables, place.item)
    if block.sequential:
        return InTurn(
            instance(block, name, place, item, place.variables.write) for item in block.items
        )
    together = Instances(place.variables)
    for item in block.items:
        together.terms.append(instance(block, name, place, item, together.written.update))
    return together


def instance(block: Task | Sub, name: str, place: Place, item: str, hand: Any) -> Term:
    """One instance, with a layer where it sees its item."""
    layer = Variables(place.variables, {item_of(name): item})
    return Layered(one(block, name, layer, item), layer, hand)


def one(block: Task | Sub, name: str, variables: Variables, item: str | None) -> Term:
    if isinstance(block, Task):
        return Leaf(f"a{name}", variables, item)
    return Inside(block.body, name, variables, item)


class Model:
    """A block that runs from its beginning."""

    def __init__(self, block: Block, variables: dict[str, Any]) -> None:
        self.inside = Inside(block, "", Variables(values=dict(variables)), None)
        self.inside.settle()

    @property
    def tasks(self) -> list[Leaf]:
        return [each for each in self.inside.waiting() if isinstance(each, Leaf)]

    @property
    def timers(self) -> list[Clocked]:
        return [each for each in self.inside.waiting() if isinstance(each, Clocked)]

    def complete(self, task: Leaf, values: dict[str, Any]) -> None:
        task.complete(values)
        self.inside.settle()

    def fire(self, timer: Clocked) -> None:
        timer.fire()
        self.inside.settle()
