"""Random block-structured diagrams with names of their own, and random edits of them.

Unlike those of `token_model` their elements keep their names when something is added or taken away.
`together` says which of the tasks may be open at once, from the tree alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, count, pairwise
from random import Random

from tests.workflows.engine import diagrams

LISTS = {"liste": ["x", "y"]}


@dataclass(frozen=True)
class Block:
    """A task, seq, split, choice, loop, sub or call; of a task or sub, what is at its edge."""

    kind: str
    name: str = ""
    parts: tuple[Block, ...] = ()
    many: str = ""
    """`all`, `turn`, or nothing."""
    handler: Block | None = None
    interrupting: bool = True
    time: str = "P1D"
    variable: str = "k"


class Maker:
    """Makes and edits blocks at random; the names are numbered through."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a walk that can be repeated
        self.numbers = count()

    def named(self, kind: str, *parts: Block, **more: object) -> Block:
        return Block(kind, f"{kind}{next(self.numbers)}", parts, **more)  # type: ignore[arg-type]

    def block(self, depth: int = 3) -> Block:
        kinds = ["task"] * 3 + (
            ["seq", "seq", "split", "choice", "loop", "sub", "call"] * (depth > 0)
        )
        kind = self.random.choice(kinds)
        match kind:
            case "task":
                many = self.random.choice(["", "", "", "all", "turn"])
                return self.edged(self.named("task", many=many), depth)
            case "loop":
                return self.named("loop", self.seq(self.named("task"), self.block(depth - 1)))
            case "sub" | "call":
                many = self.random.choice(["", "", "all"]) if kind == "sub" else ""
                return self.edged(self.named(kind, self.block(depth - 1), many=many), depth)
        parts = [self.block(depth - 1) for _ in range(self.random.choice([2, 2, 3]))]
        return self.named(kind, *parts)

    def seq(self, *parts: Block) -> Block:
        return self.named("seq", *parts)

    def edged(self, host: Block, depth: int) -> Block:
        if depth <= 0 or self.random.random() > 0.3:
            return host
        handler = self.block(0)
        return replace(host, handler=handler, interrupting=self.random.random() < 0.5)

    def edit(self, root: Block) -> tuple[str, Block]:
        """One edit somewhere, and what it is called."""
        blocks = [each for each in walk(root) if each.name]
        at = self.random.choice(blocks)
        changes = {
            "ahead": lambda: self.seq(self.named("task"), at),
            "behind": lambda: self.seq(at, self.named("task")),
            "beside": lambda: self.named("split", at, self.named("task")),
            "or": lambda: self.named("choice", at, self.named("task")),
        }
        if at.kind in ("split", "choice"):
            other = "choice" if at.kind == "split" else "split"
            changes["branch"] = lambda: replace(at, parts=(*at.parts, self.named("task")))
            changes["kind"] = lambda: replace(at, kind=other)
            changes["condition"] = lambda: replace(at, variable="l")
        if len(at.parts) > 2 or (at.kind == "seq" and len(at.parts) > 1):
            gone = self.random.choice(at.parts)
            changes["remove"] = lambda: replace(
                at, parts=tuple(part for part in at.parts if part is not gone)
            )
        if at.kind in ("task", "sub"):
            changes["many"] = lambda: replace(at, many=self.random.choice(["", "all", "turn"]))
            if at.handler is None:
                changes["timer"] = lambda: self.edged_for_sure(at)
        if at.handler is not None:
            changes["no timer"] = lambda: replace(at, handler=None)
            changes["time"] = lambda: replace(at, time="P3D")
            changes["interrupts"] = lambda: replace(at, interrupting=not at.interrupting)
        if at.kind in ("sub", "call") and not at.many:
            changes["call"] = lambda: replace(at, kind="sub" if at.kind == "call" else "call")
        name = self.random.choice(sorted(changes))
        return name, swapped(root, at, changes[name]())

    def edged_for_sure(self, host: Block) -> Block:
        return replace(host, handler=self.named("task"), interrupting=self.random.random() < 0.5)


def swapped(root: Block, at: Block, new: Block) -> Block:
    """The tree with `new` in the place of `at`."""
    if root is at:
        return new
    handler = root.handler and swapped(root.handler, at, new)
    return replace(root, parts=tuple(swapped(p, at, new) for p in root.parts), handler=handler)


def walk(block: Block) -> Iterator[Block]:
    yield block
    for part in block.parts:
        yield from walk(part)
    if block.handler:
        yield from walk(block.handler)


class Drawing:
    """The elements of one process or subprocess, and the processes called."""

    def __init__(self, sources: dict[str, bytes]) -> None:
        self.sources = sources
        self.parts: list[str] = []

    def whole(self, block: Block, name: str) -> list[str]:
        first, last = self.draw(block)
        begin, end = f"s_{name}", f"e_{name}"
        self.parts += [diagrams.start(begin), diagrams.end(end)]
        self.parts += [diagrams.line(begin, first), diagrams.line(last, end)]
        return self.parts

    def draw(self, block: Block) -> tuple[str, str]:
        """Adds a block; the elements it begins and ends with."""
        name, drawn = block.name, []
        if block.kind in ("task", "sub", "call"):
            return self.activity(block)
        drawn = [self.draw(part) for part in block.parts]
        if block.kind == "seq":
            for (_, last), (first, _) in pairwise(drawn):
                self.parts.append(diagrams.line(last, first))
            return drawn[0][0], drawn[-1][1]
        first, last = f"{name}_f", f"{name}_l"
        if block.kind == "split":
            self.parts += [diagrams.parallel(first), diagrams.parallel(last)]
        elif block.kind == "choice":
            self.parts += [diagrams.xor(first, f"{first}-{drawn[-1][0]}"), diagrams.xor(last)]
        else:
            check = f"{name}_c"
            self.parts += [diagrams.xor(first), diagrams.xor(check, f"{check}-{last}")]
            self.parts += [diagrams.xor(last), diagrams.flow(check, first, "b = true")]
            self.parts += [
                diagrams.line(first, drawn[0][0]),
                diagrams.line(drawn[0][1], check, last),
            ]
            return first, last
        for n, (begin, finish) in enumerate(drawn):
            asks = block.kind == "choice" and n < len(drawn) - 1
            condition = f"{block.variable} = {n}" if asks else ""
            self.parts += [diagrams.flow(first, begin, condition), diagrams.line(finish, last)]
        return first, last

    def activity(self, block: Block) -> tuple[str, str]:
        name = block.name
        many = diagrams.multi("liste", f"i_{name}", block.many == "turn") if block.many else ""
        if block.kind == "task":
            self.parts.append(diagrams.user(name, many))
        else:
            inside = Drawing(self.sources).whole(block.parts[0], name)
            if block.kind == "sub":
                self.parts.append(diagrams.node("subProcess", name, *inside, many))
            else:
                self.sources[f"p_{name}"] = diagrams.process(f"p_{name}", *inside)
                self.parts.append(diagrams.call(name, f"p_{name}"))
        if block.handler is None:
            return name, name
        edge, out = f"{name}_t", f"{name}_o"
        timer = diagrams.timer(block.time)
        self.parts.append(diagrams.boundary(edge, name, timer, interrupting=block.interrupting))
        first, last = self.draw(block.handler)
        self.parts += [diagrams.xor(out), diagrams.line(edge, first), diagrams.line(name, out)]
        end = out if block.interrupting else f"{name}_h"
        self.parts += [diagrams.line(last, end)]
        self.parts += [] if block.interrupting else [diagrams.end(end)]
        return name, out


def document(block: Block) -> dict[str, bytes]:
    """The BPMN of a block: process `p`, and those it calls."""
    sources: dict[str, bytes] = {}
    sources["p"] = diagrams.process("p", *Drawing(sources).whole(block, "p"))
    return sources


def paths(
    block: Block, road: tuple[tuple[Block, int], ...] = ()
) -> dict[str, tuple[tuple[Block, int], ...]]:
    """Task → the blocks around it from the outermost, each with which part; -1 is the handler."""
    found = {block.name: road} if block.kind == "task" else {}
    for n, part in enumerate(block.parts):
        found |= paths(part, (*road, (block, n)))
    if block.handler:
        found |= paths(block.handler, (*road, (block, -1)))
    return found


def together(block: Block, open_tasks: list[str]) -> bool:
    """Whether these tasks may be open at once."""
    known = paths(block)
    tasks = {each.name: each for each in walk(block)}
    return all(
        _beside(known[a], known[b]) if a != b else _several(tasks[a], known[a])
        for a, b in combinations(open_tasks, 2)
    )


def _beside(one: tuple[tuple[Block, int], ...], other: tuple[tuple[Block, int], ...]) -> bool:
    if _reminded(one) or _reminded(other):
        return True
    for (a, n), (b, m) in zip(one, other, strict=False):
        if a is b and n != m:
            return a.kind == "split" or bool(a.many)
        if a.many:
            return True
    return False


def _several(task: Block, road: tuple[tuple[Block, int], ...]) -> bool:
    return bool(task.many) or _reminded(road) or any(each.many for each, _n in road)


def _reminded(road: tuple[tuple[Block, int], ...]) -> bool:
    """Whether it stands beside the flow, set going by a reminder, and may do so any time after."""
    return any(n == -1 and not each.interrupting for each, n in road)
