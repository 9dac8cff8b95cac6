"""Draws the blocks of `token_model` as BPMN: a document for the process and each it calls."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from tests.workflows.engine import diagrams
from tests.workflows.engine.token_model import (
    Block,
    Catch,
    Choice,
    Count,
    Guarded,
    Link,
    Loop,
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
    handler_of,
    inner,
    item_of,
    items_of,
    reaction_of,
    said_by,
)

NAMED = {
    "signal": ("s0", "s1"),
    "error": ("e0", "e1"),
    "escalation": ("c0",),
}
MESSAGES = ("m0", "m1", "m2", "m3")
DECLARED = "".join(
    f'<bpmn:{kind} id="{kind}_{name}" name="{name}"'
    + (f' {kind}Code="{name}"/>' if kind != "signal" else "/>")
    for kind, names in NAMED.items()
    for name in names
)


class Drawing:
    """Elements of one process or subprocess, and the processes it calls."""

    def __init__(self, sources: dict[str, bytes], lists: dict[str, list[str]]) -> None:
        self.parts: list[str] = []
        self.sources = sources
        self.lists = lists

    def add(self, *parts: str) -> None:
        self.parts += parts

    def whole(self, block: Block, name: str, reactions: Iterable[Watch] = ()) -> list[str]:
        """The inside of a process: start, block, end, event subprocesses."""
        begin, end = f"s{name}", f"e{name}"
        first, last = self.draw(block, inner(name, 0))
        self.add(diagrams.start(begin), diagrams.end(end), diagrams.line(begin, first))
        self.add(diagrams.line(last, end))
        for n, watch in enumerate(reactions):
            self.add(self.reaction(watch, reaction_of(name, n)))
        return self.parts

    def reaction(self, watch: Watch, name: str) -> str:
        inside = Drawing(self.sources, self.lists)
        first, last = inside.draw(watch.handler, inner(name, 0))
        inside.add(diagrams.end(f"e{name}"), diagrams.line(f"u{name}_start", first))
        inside.add(diagrams.line(last, f"e{name}"))
        trigger = definition(watch.trigger, watch.times)
        return diagrams.reaction(
            f"u{name}", trigger, *inside.parts, interrupting=watch.interrupting
        )

    def draw(self, block: Block, name: str) -> tuple[str, str]:  # noqa: C901 - one case a kind
        """Adds a block; the elements it begins and ends with."""
        match block:
            case Task() | Sub():
                self.add(self.activity(block, f"a{name}", name))
                return f"a{name}", f"a{name}"
            case Count():
                self.add(diagrams.service(f"z{name}", "count", variable=f"z{name}"))
                return f"z{name}", f"z{name}"
            case Seq(parts):
                drawn = [self.draw(part, inner(name, n)) for n, part in enumerate(parts)]
                for (_, last), (first, _) in pairwise(drawn):
                    self.add(diagrams.line(last, first))
                return drawn[0][0], drawn[-1][1]
            case Choice(variable, ways):
                conditions = [f"{variable} = {n}" for n in range(len(ways) - 1)]
                return self.choice("exclusiveGateway", conditions, ways, name)
            case Some(branches):
                conditions = [f"i{n} = true" for n in range(len(branches) - 1)]
                return self.choice("inclusiveGateway", conditions, branches, name)
            case Split(branches):
                return self.split(branches, name)
            case Loop():
                return self.loop(block, name)
            case Link(body):
                first, last = self.draw(body, inner(name, 0))
                self.link(f"k{name}", f"l{name}")
                self.add(diagrams.line(f"l{name}", first))
                return f"k{name}", last
            case Guarded():
                return self.guarded(block, name)
            case Catch(trigger):
                self.add(diagrams.node("intermediateCatchEvent", f"g{name}", definition(trigger)))
                return f"g{name}", f"g{name}"
            case Race(ways):
                return self.race(ways, name)
            case Throw(trigger):
                first, event, last = f"a{name}", f"t{name}", f"a{inner(name, 1)}"
                self.add(diagrams.user(first), diagrams.user(last))
                self.add(diagrams.line(first, event, last))
                self.add(diagrams.node("intermediateThrowEvent", event, definition(trigger)))
                return first, last
            case Stop():
                return self.stop(block, name)

    def activity(self, block: Task | Sub, key: str, name: str) -> str:
        many = ""
        if block.items is not None:
            until = "b = true" if isinstance(block, Task) and block.until else ""
            if isinstance(block.items, int):
                many = diagrams.times(str(block.items), block.sequential, until)
            else:
                self.lists[items_of(name)] = list(block.items)
                many = diagrams.multi(items_of(name), item_of(name), block.sequential, until)
        if isinstance(block, Task):
            return diagrams.user(key, many)
        inside = Drawing(self.sources, self.lists).whole(block.body, name, block.reactions)
        if not block.called:
            return diagrams.node("subProcess", key, *inside, many)
        self.sources[f"p{name}"] = process(f"p{name}", inside)
        return diagrams.call(key, f"p{name}", many)

    def link(self, throw: str, catch: str) -> None:
        """A jump without an arrow."""
        definition = f'<bpmn:linkEventDefinition name="{throw}"/>'
        self.add(diagrams.node("intermediateThrowEvent", throw, definition))
        self.add(diagrams.node("intermediateCatchEvent", catch, definition))

    def choice(
        self, gateway: str, conditions: list[str], ways: tuple[Block, ...], name: str
    ) -> tuple[str, str]:
        fork, merge = f"x{name}", f"y{name}"
        self.add(diagrams.node(gateway, fork, default=f"{fork}-{len(ways) - 1}"))
        self.add(diagrams.node(gateway, merge))
        for n, (way, condition) in enumerate(zip(ways, [*conditions, ""], strict=True)):
            first, last = self.draw(way, inner(name, n))
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

    def loop(self, block: Loop, name: str) -> tuple[str, str]:
        again, task, check, out = f"m{name}", f"a{name}", f"c{name}", f"o{name}"
        first, last = self.draw(block.body, inner(name, 0))
        self.add(diagrams.xor(again), diagrams.user(task))
        self.add(diagrams.xor(check, f"{check}-{out}"), diagrams.xor(out))
        self.add(diagrams.line(again, task, first), diagrams.line(last, check, out))
        condition = f"{block.variable} = true or {said_by(name)} = true"
        back = again
        if block.link:
            back = f"k{name}"
            self.link(back, f"l{name}")
            self.add(diagrams.line(f"l{name}", again))
        self.add(diagrams.flow(check, back, condition))
        return again, out

    def guarded(self, block: Guarded, name: str) -> tuple[str, str]:
        host, out = f"a{name}", f"o{name}"
        self.add(self.activity(block.host, host, name), diagrams.xor(out))
        self.add(diagrams.line(host, out))
        for n, watch in enumerate(block.watches):
            event, trigger = f"w{n}{name}", definition(watch.trigger, watch.times)
            self.add(diagrams.boundary(event, host, trigger, interrupting=watch.interrupting))
            first, last = self.draw(watch.handler, handler_of(name, n))
            self.add(diagrams.line(event, first))
            after = out if watch.interrupting else f"h{n}{name}"
            self.add("" if watch.interrupting else diagrams.end(after), diagrams.line(last, after))
        return host, out

    def race(self, ways: tuple[tuple[Trigger, Block], ...], name: str) -> tuple[str, str]:
        fork, merge = f"x{name}", f"y{name}"
        self.add(diagrams.node("eventBasedGateway", fork), diagrams.xor(merge))
        for n, (trigger, way) in enumerate(ways):
            event = f"g{n}{name}"
            self.add(diagrams.node("intermediateCatchEvent", event, definition(trigger)))
            first, last = self.draw(way, inner(name, n))
            self.add(diagrams.line(fork, event, first), diagrams.line(last, merge))
        return fork, merge

    def stop(self, block: Stop, name: str) -> tuple[str, str]:
        task, check, end, out = f"a{name}", f"c{name}", f"e{name}", f"o{name}"
        self.add(diagrams.user(task), diagrams.xor(check, f"{check}-{out}"), diagrams.xor(out))
        self.add(diagrams.end(end, definition(block.trigger)), diagrams.line(task, check, out))
        condition = f"{block.variable} = true or {said_by(name)} = true"
        self.add(diagrams.flow(check, end, condition))
        return task, out


def definition(trigger: Trigger, times: int = 1) -> str:
    """The event definition."""
    if trigger.kind == "timer":
        cycle = f"R{times}/P1D"
        return diagrams.timer(cycle, "timeCycle") if times > 1 else diagrams.timer("P1D")
    if trigger.kind == "message":
        return diagrams.message(str(trigger.name))
    return diagrams.event(trigger.kind, f"{trigger.kind}_{trigger.name}" if trigger.name else "")


def process(key: str, parts: Iterable[str]) -> bytes:
    return diagrams.process(key, *parts, messages=MESSAGES, declared=DECLARED)


def document(block: Sub) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The BPMN of a process, `p` and those it calls, and the lists it needs as variables."""
    sources: dict[str, bytes] = {}
    lists: dict[str, list[str]] = {}
    sources["p"] = process("p", Drawing(sources, lists).whole(block.body, "", block.reactions))
    return sources, lists
