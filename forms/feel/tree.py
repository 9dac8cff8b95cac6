"""An expression once it is understood: a small tree of frozen values that does nothing itself."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal

MAX_LEVELS = 100  # levels of the finished tree: a long a + b + c … is deep as well


class FeelError(SyntaxError):
    """An expression that cannot be read or costs too much; in Norwegian, for its writer."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message if position is None else f"{message} (tegn {position + 1})")


@dataclass(frozen=True)
class Literal:
    value: Decimal | str | bool | None


@dataclass(frozen=True)
class Name:
    name: str


@dataclass(frozen=True)
class Member:
    of: "Node"
    key: str


@dataclass(frozen=True)
class ListOf:
    items: tuple["Node", ...]


@dataclass(frozen=True)
class Range:
    low: "Node"
    high: "Node"
    low_open: bool
    high_open: bool


@dataclass(frozen=True)
class Logic:
    op: str  # and, or
    items: tuple["Node", ...]


@dataclass(frozen=True)
class Compare:
    op: str  # = != < <= > >=
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Within:
    value: "Node"
    tests: tuple["Node", ...]


@dataclass(frozen=True)
class Arithmetic:
    op: str  # + - * /
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class If:
    test: "Node"
    then: "Node"
    otherwise: "Node"


@dataclass(frozen=True)
class Quantified:
    word: str  # some, every
    name: str
    source: "Node"
    test: "Node"


INPUT = Name("?")  # what an input cell of a decision table tests; nobody can write this name
ANYTHING = Literal(True)  # an input cell that lets everything pass

Node = (
    Literal
    | Name
    | Member
    | ListOf
    | Range
    | Logic
    | Compare
    | Within
    | Arithmetic
    | Call
    | If
    | Quantified
)


def parts(node: Node) -> Iterator[Node]:
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from value


def reads(node: Node, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, Quantified):
        yield from reads(node.source, bound)
        yield from reads(node.test, bound | {node.name})
    elif path := _path(node):
        if path.split(".")[0] not in bound:
            yield path
    else:
        for part in parts(node):
            yield from reads(part, bound)


def _path(node: Node) -> str | None:
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Member) and (before := _path(node.of)):
        return f"{before}.{node.key}"
    return None


def too_deep(tree: Node) -> bool:
    level = [tree]
    for _ in range(MAX_LEVELS):
        level = [part for node in level for part in parts(node)]
        if not level:
            return False
    return True
