"""A second meaning of BPMN: block-structured diagrams run as nested terms, without tokens or graph.

`Model` runs a block by itself; `drawing.document` draws the same block as BPMN for the engine; the
tests compare them. It knows nothing of SpiffWorkflow, of the engine or of drawing.

What is thrown is thrown when all else has come to rest, so a block that throws begins with a task:
then nothing else moves in that step, and there is no race whose winner BPMN leaves open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

# Blocks


@dataclass(frozen=True)
class Task:
    """A user task; with items, one for each, in parallel or in turn, perhaps until one says b.

    With a number of items, as many times.
    """

    items: tuple[str, ...] | int | None = None
    sequential: bool = False
    until: bool = False


@dataclass(frozen=True)
class Count:
    """An operation that counts how often it was called."""


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
class Some:
    """Every branch whose flag (`i0`, `i1` …) is true, else the last."""

    branches: tuple[Block, ...]


@dataclass(frozen=True)
class Loop:
    """A task and the body, again while the variable is true or the task said so."""

    variable: str
    body: Block
    link: bool = False


@dataclass(frozen=True)
class Link:
    """The body, come to by a link."""

    body: Block


@dataclass(frozen=True)
class Trigger:
    """What is waited for or thrown: timer, message, signal, error or escalation; None for any."""

    kind: str
    name: str | None = None


@dataclass(frozen=True)
class Watch:
    """A trigger and what happens when it comes; a timer may come several times."""

    trigger: Trigger
    handler: Block
    interrupting: bool
    times: int = 1


@dataclass(frozen=True)
class Sub:
    """An embedded subprocess or called process with its event subprocesses; perhaps for items."""

    body: Block
    items: tuple[str, ...] | int | None = None
    sequential: bool = False
    reactions: tuple[Watch, ...] = ()
    called: bool = False


@dataclass(frozen=True)
class Guarded:
    """An activity with boundary events."""

    host: Task | Sub
    watches: tuple[Watch, ...]


@dataclass(frozen=True)
class Catch:
    """Waits for what comes."""

    trigger: Trigger


@dataclass(frozen=True)
class Race:
    """The way whose trigger comes first."""

    ways: tuple[tuple[Trigger, Block], ...]


@dataclass(frozen=True)
class Throw:
    """A task, then a signal or an escalation, then a task."""

    trigger: Trigger


@dataclass(frozen=True)
class Stop:
    """A task, then an end by error or terminate if the variable is true or the task said so."""

    trigger: Trigger
    variable: str


Block = (
    Task
    | Count
    | Seq
    | Choice
    | Split
    | Some
    | Loop
    | Link
    | Sub
    | Guarded
    | Catch
    | Race
    | Throw
    | Stop
)


# Names: the place of a block in the tree, so that drawing and running agree on them


def inner(name: str, n: int) -> str:
    return f"{name}_{n}"


def handler_of(name: str, n: int) -> str:
    return f"{name}_h{n}"


def reaction_of(name: str, n: int) -> str:
    return f"{name}_r{n}"


def items_of(name: str) -> str:
    return f"liste{name}"


def item_of(name: str) -> str:
    return f"t{name}"


def said_by(name: str) -> str:
    """The variable that only the task of this name writes."""
    return f"v{name}"


def payload_of(message: str) -> dict[str, Any]:
    """What a message brings along: always the same, for several may write it at once."""
    return {f"q{message}": True, "k": 1} if message == "m0" else {f"q{message}": True}


# Running


@dataclass
class Variables:
    """A layer of variables over another; `own` is seen here only, and written here when it can."""

    outer: Variables | None = None
    own: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def seen(self) -> dict[str, Any]:
        below = self.outer.seen() if self.outer else {}
        return {**below, **self.own, **self.values}

    def write(self, values: dict[str, Any]) -> None:
        self.values.update(values)


class Payload(Variables):
    """What came with the message of an event subprocess; all else is written outside."""

    def write(self, values: dict[str, Any]) -> None:
        self.own.update({name: values[name] for name in values if name in self.own})
        assert self.outer
        self.outer.write({name: values[name] for name in values if name not in self.own})


class Term:
    """A block that has begun."""

    done = False

    def settle(self) -> None:
        """Goes on as far as it can without anybody."""

    def waiting(self) -> Iterator[Leaf | Listener]:
        """What somebody, time or an event can move."""
        yield from ()

    def stop(self) -> None:
        """It is interrupted."""


@dataclass
class Place:
    """Where a block runs: its variables, the nearest item, the process or subprocess around.

    `beside` other things, and `among` instances or in a call: what is written there waits to be
    handed out, and when two such end at once BPMN gives them no order.
    """

    variables: Variables
    item: str | None
    scope: Inside
    run: Run
    beside: bool = False
    among: bool = False

    def but(self, **changes: Any) -> Place:
        return Place(**{**self.__dict__, **changes})


@dataclass
class Listener:
    """Something that waits for a trigger."""

    name: str
    trigger: Trigger
    depth: int
    near: bool
    alive: Callable[[], bool]
    act: Callable[[dict[str, Any]], None]

    def fire(self, payload: dict[str, Any]) -> None:
        self.act(payload)


@dataclass
class Run:
    """What all of a run share: what is to be thrown, and which constructs have been walked."""

    thrown: list[Thrown] = field(default_factory=list)
    walked: set[str] = field(default_factory=set)


class Leaf(Term):
    """An open task."""

    def __init__(self, name: str, place: Place) -> None:
        self.name, self.place, self.item = f"a{name}", place, place.item
        self.own = said_by(name)
        self.quiet = place.beside and place.among

    @property
    def variables(self) -> Variables:
        return self.place.variables

    def waiting(self) -> Iterator[Leaf | Listener]:
        if not self.done:
            yield self

    def complete(self, values: dict[str, Any]) -> None:
        self.variables.write(values)
        self.done = True


class Counted(Term):
    """An operation, run as soon as it is come to."""

    def __init__(self, name: str, variables: Variables) -> None:
        self.name, self.variables = f"z{name}", variables

    def settle(self) -> None:
        if not self.done:
            before = self.variables.seen().get(self.name, 0)
            self.variables.write({self.name: before + 1})
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

    def waiting(self) -> Iterator[Leaf | Listener]:
        if self.now is not None:
            yield from self.now.waiting()

    def stop(self) -> None:
        if self.now is not None and not self.done:
            self.now.stop()


class Together(Term):
    """Blocks side by side, all of which must end."""

    def __init__(self, terms: list[Term]) -> None:
        self.terms = terms

    def settle(self) -> None:
        for term in self.terms:
            term.settle()
        self.done = all(term.done for term in self.terms)

    def waiting(self) -> Iterator[Leaf | Listener]:
        for term in self.terms:
            yield from term.waiting()

    def stop(self) -> None:
        for term in self.terms:
            if not term.done:
                term.stop()


class Inside(Together):
    """The inside of a process: its flow and its event subprocesses, and what these have set going.

    What a non-interrupting boundary event sets going is here too.
    """

    def __init__(
        self,
        block: Sub,
        name: str,
        variables: Variables,
        around: Place | None,
        guard: Any,
        run: Run,
    ) -> None:
        super().__init__([])
        self.outer = around.scope if around else None
        self.guard: Guard | None = guard
        self.depth: int = self.outer.depth + 1 if self.outer else 0
        item = around.item if around else None
        self.place = Place(variables, item, self, run)
        if around:
            self.place = around.but(variables=variables, scope=self)
        if block.called:
            run.walked.add("call activity")
        self.reactions = [
            Reaction(watch, reaction_of(name, n), self.place)
            for n, watch in enumerate(block.reactions)
        ]
        self.terms.append(begin(block.body, inner(name, 0), self.place))

    def settle(self) -> None:
        super().settle()
        if self.done:
            self.quieten()

    def waiting(self) -> Iterator[Leaf | Listener]:
        if not self.done:
            yield from (each.listener for each in self.reactions if each.armed)
        yield from super().waiting()

    def quieten(self) -> None:
        for each in self.reactions:
            each.armed = False

    def clear(self) -> None:
        """All that goes on here is over."""
        self.stop()
        self.terms.clear()
        self.quieten()


class Layered(Term):
    """Runs with a layer of its own, which is handed on when it is done."""

    def __init__(self, term: Term, layer: Variables, hand: Any) -> None:
        self.term, self.layer, self.hand = term, layer, hand

    def settle(self) -> None:
        self.term.settle()
        if self.term.done and not self.done:
            self.done = True
            self.hand(self.layer.values)

    def waiting(self) -> Iterator[Leaf | Listener]:
        return self.term.waiting()

    def stop(self) -> None:
        self.term.stop()


class Instances(Together):
    """Multi-instance in parallel: what was written comes out at the end, or when interrupted."""

    def __init__(self, variables: Variables, until: bool, run: Run) -> None:
        super().__init__([])
        self.variables, self.until, self.run = variables, until, run
        self.written: dict[str, Any] = {}

    def settle(self) -> None:
        if self.done:
            return
        before = sum(term.done for term in self.terms)
        super().settle()
        some = sum(term.done for term in self.terms) > before
        said = {**self.variables.seen(), **self.written}.get("b")
        if some and self.until and said is True:
            self.run.walked.add("completion condition")
            self.terms = [term for term in self.terms if term.done]
            self.done = True
        if self.done:
            self.variables.write(self.written)

    def stop(self) -> None:
        if not self.done:
            super().stop()
            self.variables.write(self.written)


class Guard(Term):
    """An activity with boundary events; when one interrupts, what it leads to takes its place."""

    def __init__(self, block: Guarded, name: str, place: Place) -> None:
        self.place = place
        self.left = [watch.times for watch in block.watches]
        self.watches = block.watches
        self.name = name
        self.watching = True
        self.term = activity(block.host, name, place, self)

    def settle(self) -> None:
        self.term.settle()
        self.done = self.term.done
        self.watching = self.watching and not self.done

    def armed(self, n: int) -> bool:
        return self.watching and not self.done and self.left[n] > 0

    def listeners(self) -> Iterator[Listener]:
        for n, watch in enumerate(self.watches):
            if self.armed(n):
                yield Listener(
                    f"w{n}{self.name}",
                    watch.trigger,
                    self.place.scope.depth,
                    True,
                    lambda n=n: self.armed(n),  # type: ignore[misc]
                    lambda payload, n=n: self.fire(n, payload),  # type: ignore[misc]
                )

    def waiting(self) -> Iterator[Leaf | Listener]:
        yield from self.listeners()
        yield from self.term.waiting()

    def stop(self) -> None:
        self.watching = False
        self.term.stop()

    def fire(self, n: int, payload: dict[str, Any]) -> None:
        watch, place = self.watches[n], self.place
        place.run.walked.add(f"boundary {watch.trigger.kind} {how(watch)}")
        place.variables.write(payload)
        if watch.trigger.kind == "timer":
            self.left[n] -= 1
        if watch.interrupting:
            self.term.stop()
            self.watching = False
            self.term = begin(watch.handler, handler_of(self.name, n), place)
        else:
            beside = place.but(beside=True)
            place.scope.terms.append(begin(watch.handler, handler_of(self.name, n), beside))


class Reaction:
    """An event subprocess that listens."""

    def __init__(self, watch: Watch, name: str, place: Place) -> None:
        self.watch, self.name, self.place = watch, name, place
        self.armed, self.left = True, watch.times

    @property
    def listener(self) -> Listener:
        scope = self.place.scope
        return Listener(
            f"u{self.name}", self.watch.trigger, scope.depth, False, lambda: self.armed, self.fire
        )

    def fire(self, payload: dict[str, Any]) -> None:
        watch, scope, run = self.watch, self.place.scope, self.place.run
        run.walked.add(f"event subprocess {watch.trigger.kind} {how(watch)}")
        self.left -= watch.trigger.kind == "timer"
        self.armed = self.left > 0
        if watch.interrupting:
            scope.clear()
        outer = self.place.variables
        variables = Payload(outer, dict(payload)) if payload else outer
        place = self.place.but(beside=True)
        scope.terms.append(Inside(Sub(watch.handler), self.name, variables, place, None, run))


class Caught(Term):
    """An event in the flow."""

    def __init__(self, name: str, trigger: Trigger, place: Place) -> None:
        self.name, self.trigger, self.place = name, trigger, place

    def fire(self, payload: dict[str, Any]) -> None:
        self.place.run.walked.add(f"catch {self.trigger.kind}")
        self.place.variables.write(payload)
        self.done = True

    def waiting(self) -> Iterator[Leaf | Listener]:
        if not self.done:
            alive, depth = (lambda: not self.done), self.place.scope.depth
            yield Listener(self.name, self.trigger, depth, True, alive, self.fire)


class Raced(Term):
    """Several events in the flow, of which one will come first."""

    def __init__(self, block: Race, name: str, place: Place) -> None:
        self.block, self.name, self.place = block, name, place
        self.chosen: Term | None = None

    def settle(self) -> None:
        if self.chosen:
            self.chosen.settle()
            self.done = self.chosen.done

    def fire(self, n: int, payload: dict[str, Any]) -> None:
        self.place.run.walked.add(f"race {self.block.ways[n][0].kind}")
        self.place.variables.write(payload)
        self.chosen = begin(self.block.ways[n][1], inner(self.name, n), self.place)

    def waiting(self) -> Iterator[Leaf | Listener]:
        if self.chosen:
            yield from self.chosen.waiting()
            return
        for n, (trigger, _) in enumerate(self.block.ways):
            yield Listener(
                f"g{n}{self.name}",
                trigger,
                self.place.scope.depth,
                True,
                lambda: self.chosen is None,
                lambda payload, n=n: self.fire(n, payload),  # type: ignore[misc]
            )

    def stop(self) -> None:
        if self.chosen:
            self.chosen.stop()


class Thrown(Term):
    """Waits, until all is at rest, to be thrown; an `end` never goes on."""

    def __init__(self, trigger: Trigger, end: bool, place: Place) -> None:
        self.trigger, self.end, self.place = trigger, end, place
        self.asked = self.stopped = False

    def settle(self) -> None:
        if not self.asked:
            self.asked = True
            self.place.run.thrown.append(self)

    def stop(self) -> None:
        self.stopped = True


def how(watch: Watch) -> str:
    return "interrupting" if watch.interrupting else "beside"


# Beginning


def begin(block: Block, name: str, place: Place) -> Term:  # noqa: C901 - one case a kind
    """A block that begins here."""
    match block:
        case Task() | Sub():
            return activity(block, name, place, None)
        case Count():
            return Counted(name, place.variables)
        case Seq(parts):
            return InTurn(begin(part, inner(name, n), place) for n, part in enumerate(parts))
        case Choice(variable, ways):
            number = place.variables.seen().get(variable)
            way = number if isinstance(number, int) and 0 <= number < len(ways) else len(ways) - 1
            return begin(ways[way], inner(name, way), place)
        case Split(branches):
            place.run.walked.add("parallel split")
            return side_by_side(branches, range(len(branches)), name, place)
        case Some(branches):
            return side_by_side(branches, taken(branches, place), name, place)
        case Loop():
            return InTurn(rounds(block, name, place))
        case Link(body):
            place.run.walked.add("link")
            return begin(body, inner(name, 0), place)
        case Guarded():
            return Guard(block, name, place)
        case Catch(trigger):
            return Caught(f"g{name}", trigger, place)
        case Race():
            return Raced(block, name, place)
        case Throw(trigger):
            thrown = Thrown(trigger, False, place)
            return InTurn(iter([Leaf(name, place), thrown, Leaf(inner(name, 1), place)]))
        case Stop():
            return InTurn(stopping(block, name, place))


def side_by_side(branches: Any, numbers: Any, name: str, place: Place) -> Term:
    place = place.but(beside=True)
    return Together([begin(branches[n], inner(name, n), place) for n in numbers])


def taken(branches: tuple[Block, ...], place: Place) -> list[int]:
    seen, last = place.variables.seen(), len(branches) - 1
    found = [n for n in range(last) if seen.get(f"i{n}") is True]
    place.run.walked.add(f"inclusive split in {'several' if len(found) > 1 else 'one'}")
    return found or [last]


def rounds(loop: Loop, name: str, place: Place) -> Iterator[Term]:
    """The rounds of a loop."""
    for n in count():
        seen = place.variables.seen()
        if n and not (seen.get(loop.variable) is True or seen.get(said_by(name)) is True):
            return
        if n:
            place.run.walked.add("loop by a link" if loop.link else "loop")
        yield Leaf(name, place)
        yield begin(loop.body, inner(name, 0), place)


def stopping(block: Stop, name: str, place: Place) -> Iterator[Term]:
    yield Leaf(name, place)
    seen = place.variables.seen()
    if seen.get(block.variable) is True or seen.get(said_by(name)) is True:
        yield Thrown(block.trigger, True, place)


def activity(block: Task | Sub, name: str, place: Place, guard: Guard | None) -> Term:
    """An activity that begins here, for each item if it has items."""
    if block.items is None:
        return one(block, name, place, guard)
    kind = type(block).__name__.lower()
    place.run.walked.add(f"multi-instance {kind} {'in turn' if block.sequential else 'at once'}")
    if isinstance(block.items, int):
        place.run.walked.add(f"a number of times {kind}")
    if block.sequential:
        return InTurn(in_turn(block, name, place.but(among=True), guard))
    together = Instances(place.variables, isinstance(block, Task) and block.until, place.run)
    place = place.but(among=True)
    for item in numbered(block.items):
        together.terms.append(instance(block, name, place, item, together.written.update, guard))
    return together


def in_turn(block: Task | Sub, name: str, place: Place, guard: Guard | None) -> Iterator[Term]:
    for item in numbered(block.items or ()):
        yield instance(block, name, place, item, place.variables.write, guard)
        if isinstance(block, Task) and block.until and place.variables.seen().get("b") is True:
            return


def numbered(items: tuple[str, ...] | int) -> tuple[str, ...] | range:
    """The items, or the numbers from 1."""
    return range(1, items + 1) if isinstance(items, int) else items


def instance(
    block: Task | Sub, name: str, place: Place, item: str | int, hand: Any, guard: Guard | None
) -> Term:
    """One instance, with a layer where it sees its item, or which one it is."""
    if isinstance(item, int):
        layer = Variables(place.variables, {"loopCounter": item})
        place = place.but(variables=layer)
    else:
        layer = Variables(place.variables, {item_of(name): item})
        place = place.but(variables=layer, item=item)
    return Layered(one(block, name, place, guard), layer, hand)


def one(block: Task | Sub, name: str, place: Place, guard: Guard | None) -> Term:
    if isinstance(block, Task):
        return Leaf(name, place)
    if not block.called:
        return Inside(block, name, place.variables, place, guard, place.run)
    layer = Variables(place.variables)
    inside = Inside(block, name, layer, place.but(among=True), guard, place.run)
    return Layered(inside, layer, place.variables.write)


class Model:
    """A process that runs from its beginning."""

    def __init__(self, process: Sub, variables: dict[str, Any]) -> None:
        self.run = Run()
        layer = Variables(values=dict(variables))
        self.inside = Inside(process, "", layer, None, None, self.run)
        self._settle()

    @property
    def done(self) -> bool:
        return self.inside.done

    @property
    def tasks(self) -> list[Leaf]:
        return [each for each in self.inside.waiting() if isinstance(each, Leaf)]

    @property
    def can_move(self) -> bool:
        """Whether anything but a signal can bring it on."""
        return bool(self.tasks or self.listeners("timer") or self.listeners("message"))

    def listeners(self, kind: str, name: str | None = None) -> list[Listener]:
        """Those that wait for a kind of trigger, the outermost first."""
        found = [
            each
            for each in self.inside.waiting()
            if isinstance(each, Listener)
            and each.trigger.kind == kind
            and name in (None, each.trigger.name)
        ]
        return sorted(found, key=lambda each: each.depth)

    def complete(self, task: Leaf, values: dict[str, Any]) -> None:
        task.complete(values)
        self._settle()

    def fire(self, timer: Listener) -> None:
        timer.fire({})
        self._settle()

    def deliver(self, message: str) -> None:
        """Gives a message to the innermost that wait for it."""
        found = self.listeners("message", message)
        inmost = max((each.depth, each.near) for each in found)
        self._fire([each for each in found if (each.depth, each.near) == inmost], message)
        self._settle()

    @staticmethod
    def _fire(found: list[Listener], message: str | None = None) -> None:
        for each in found:
            if each.alive():
                each.fire(payload_of(message) if message else {})

    def _settle(self) -> None:
        self.inside.settle()
        while self.run.thrown:
            thrown = self.run.thrown.pop(0)
            if not thrown.stopped:
                self._throw(thrown)
            self.inside.settle()

    def _throw(self, thrown: Thrown) -> None:
        kind, scope = thrown.trigger.kind, thrown.place.scope
        thrown.done = not thrown.end
        self.run.walked.add(f"{'end' if thrown.end else 'throw'} {kind}")
        if kind == "terminate":
            scope.clear()
        elif kind == "signal":
            self._fire(self.listeners("signal", thrown.trigger.name))
        elif catcher := self._catcher(scope, thrown.trigger):
            catcher.fire({})
        elif kind == "error":
            self.run.walked.add("error that nobody catches")
            self.inside.clear()

    @staticmethod
    def _catcher(scope: Inside | None, trigger: Trigger) -> Listener | None:
        """Outwards: the event subprocesses of a scope, then what watches it from outside."""
        while scope is not None:
            reactions = [each.listener for each in scope.reactions if each.armed]
            guard = list(scope.guard.listeners()) if scope.guard else []
            for group in (reactions, guard):
                for name in (trigger.name, None):
                    for each in group:
                        if each.trigger == Trigger(trigger.kind, name):
                            return each
            scope = scope.outer
        return None
