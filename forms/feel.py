"""The subset of FEEL that conditions, forms and parameters are written in: parsed to a small tree, evaluated with a budget.

FEEL is the expression language of the DMN standard. Nothing here runs code, reads attributes of objects or takes
unbounded time. It does not do contexts, filters, `for`, user functions or powers: what cannot be expressed cannot grow.
"""

import decimal
import re
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import isodate

from forms.dates import oslo_today

MAX_LENGTH = 4_000  # characters in one expression
MAX_NESTING = 30  # parentheses, lists, if … inside one another
MAX_LEVELS = 100  # levels of the finished tree: a long a + b + c … is deep as well
MAX_TEXT = 20_000  # characters in a string made here
BUDGET = 10_000  # steps in one evaluation

# Emax keeps every number printable in a line; the standard's own 6144 would not.
NUMBERS = decimal.Context(
    prec=34,
    Emax=40,
    Emin=-40,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
RESERVED = frozenset(
    ("true", "false", "null", "and", "or", "in", "if", "then", "else", "some", "every")
    + ("satisfies", "between", "for", "return", "function")
)


class FeelError(SyntaxError):
    """An expression that cannot be read, or that costs too much; the message is Norwegian and for the one who wrote it."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message if position is None else f"{message} (tegn {position + 1})")


# ── the tree ──────────────────────────────────────────────────────────────────────────────────────────────────


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


@dataclass(frozen=True)
class Expression:
    """An expression that was understood."""

    source: str
    tree: Node

    @cached_property
    def paths(self) -> frozenset[str]:
        """What it reads, as written: `plan.mal` and `svar`, without names bound by some/every."""
        return frozenset(_reads(self.tree, frozenset()))

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables it reads: the first part of every path."""
        return frozenset(path.split(".")[0] for path in self.paths)

    def evaluate(
        self, data: Mapping[str, Any], *, today: date | None = None, budget: int = BUDGET
    ) -> Any:
        """The value over this data: None, bool, int, float, str, date, datetime, timedelta, isodate.Duration, list or dict.

        A missing name, a wrong type or a division by zero is None, as the standard says. Raises FeelError over budget.
        """
        try:
            return _give(_Run(budget, today or oslo_today()).value(self.tree, data))
        except RecursionError as error:
            raise FeelError("Uttrykket eller verdiene er for dypt nøstet.") from error

    def holds(self, data: Mapping[str, Any], *, today: date | None = None) -> bool:
        """Whether a condition is taken: only when it is exactly true, never when it is null."""
        return self.evaluate(data, today=today) is True

    def as_lists(self) -> list[Any]:
        """The tree as nested lists for JSON, so that a page can show and hide fields as you type."""
        made: list[Any] = _lists(self.tree)
        return made


def _parts(node: Node) -> Iterator[Node]:
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from value


def _reads(node: Node, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, Quantified):
        yield from _reads(node.source, bound)
        yield from _reads(node.test, bound | {node.name})
    elif path := _path(node):
        if path.split(".")[0] not in bound:
            yield path
    else:
        for part in _parts(node):
            yield from _reads(part, bound)


def _path(node: Node) -> str | None:
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Member) and (before := _path(node.of)):
        return f"{before}.{node.key}"
    return None


def _lists(value: Any) -> Any:
    if isinstance(value, Node):
        name = type(value).__name__.lower()
        return [name, *(_lists(getattr(value, field.name)) for field in fields(value))]
    if isinstance(value, tuple):
        return [_lists(item) for item in value]
    return _give(value)


def _too_deep(tree: Node) -> bool:
    level = [tree]
    for _ in range(MAX_LEVELS):
        level = [part for node in level for part in _parts(node)]
        if not level:
            return False
    return True


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
    | (?P<string>"(?:[^"\\]|\\.)*"?)
    | (?P<name>[^\W\d]\w*)
    | (?P<wrong>==|<>|&&|\|\||\*\*|[!](?!=)|['’‘´`“”«»%{}^:;@?&|])
    | (?P<op>\.\.|<=|>=|!=|[=<>()\[\],+*/.-])
    )""",
    re.VERBOSE | re.DOTALL,
)
_QUOTES = 'Skriv tekst i doble anførselstegn, "slik".'
_HELP = {
    "==": "Bruk ett likhetstegn (=).",
    "!": "Skriv not(…) for ikke, og != for ulik.",
    "<>": "Skriv != for ulik.",
    "&&": "Skriv and.",
    "&": "Skriv and.",
    "||": "Skriv or.",
    "|": "Skriv or.",
    "**": "Potenser støttes ikke.",
    "^": "Potenser støttes ikke.",
    "{": "Krøllparenteser støttes ikke.",
    "}": "Krøllparenteser støttes ikke.",
} | dict.fromkeys("'’‘´`“”«»", _QUOTES)
_NAME_HELP = {
    "True": "Skriv true med liten bokstav.",
    "False": "Skriv false med liten bokstav.",
    "None": "Skriv null.",
    "lambda": "Uttrykk er FEEL, ikke Python.",
    "import": "Uttrykk er FEEL, ikke Python.",
    "for": "«for» støttes ikke. Bruk some, every, count eller sum.",
    "function": "Egne funksjoner støttes ikke.",
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "/": "/"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Expression:
    """Read an expression; a leading `=` is allowed. Raises FeelError with a Norwegian message and the position."""
    if len(text) > MAX_LENGTH:
        raise FeelError(f"Uttrykket er for langt: høyst {MAX_LENGTH} tegn.")
    body = text.strip()
    parser = _Parser(_tokens(body, 1 if body.startswith("=") and body[1:2] != "=" else 0))
    tree = parser.expression()
    parser.finish()
    if _too_deep(tree):
        raise FeelError("Uttrykket har for mange ledd. Del det opp.")
    return Expression(text, tree)


def _tokens(text: str, at: int) -> list[_Token]:
    found: list[_Token] = []
    end = len(text)
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise FeelError(f"Uventet tegn {text[at]!r}.", at)
        kind, value = match.lastgroup, match[match.lastgroup]
        _refuse(kind, value, match.start(kind))
        found.append(_Token(kind, value, match.start(kind)))
        at = match.end()
    return [*found, _Token("end", "", end)]


def _refuse(kind: str, value: str, at: int) -> None:
    if kind == "wrong":
        raise FeelError(_HELP.get(value, f"Tegnet {value} kan ikke brukes her."), at)
    if kind == "string" and (len(value) < 2 or not value.endswith('"')):
        raise FeelError("Teksten mangler anførselstegn til slutt.", at)
    if kind == "number" and len(value) > NUMBERS.prec:
        raise FeelError("Tallet er for stort.", at)
    if kind == "name" and value.startswith("_"):
        raise FeelError("Navn kan ikke begynne med understrek.", at)
    if kind == "name" and value in _NAME_HELP:
        raise FeelError(_NAME_HELP[value], at)


def _unescaped(text: str, at: int) -> str:
    def one(found: re.Match[str]) -> str:
        escape = found[0][1:]
        if len(escape) == 5:
            return chr(int(escape[1:], 16))
        if escape in _ESCAPES:
            return _ESCAPES[escape]
        raise FeelError(f"Ukjent skrivemåte i tekst: \\{escape}", at + found.start())

    made = re.sub(r"\\(?:u[0-9A-Fa-f]{4}|.)", one, text[1:-1], flags=re.DOTALL)
    if any("\ud800" <= letter <= "\udfff" for letter in made):
        raise FeelError("Teksten har et ugyldig tegn.", at)
    return made


class _Parser:
    """Recursive descent over the tokens, weakest binding first."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.nesting = 0

    @property
    def here(self) -> _Token:
        return self.tokens[self.at]

    def fail(self, message: str) -> FeelError:
        return FeelError(message, self.here.at)

    def next(self) -> _Token:
        token = self.here
        self.at += token.kind != "end"
        return token

    def take(self, *texts: str) -> str | None:
        """The token here when it is one of these symbols or words, and step past it."""
        if self.here.kind in ("op", "name") and self.here.text in texts:
            return self.next().text
        return None

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.fail(f"Mangler {text}")

    def name(self) -> str:
        if self.here.kind != "name" or self.here.text in RESERVED:
            raise self.fail("Her må det stå et navn.")
        return self.next().text

    def finish(self) -> None:
        if self.here.text in ("=", "!=", "<", "<=", ">", ">="):
            raise self.fail("Sammenligninger kan ikke stå på rad. Bruk between … and …, eller and.")
        if self.here.kind != "end":
            raise self.fail(f"Forsto ikke «{self.here.text[:20]}» her.")

    def deeper(self) -> None:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.fail("Uttrykket er for dypt nøstet.")

    def expression(self) -> Node:
        self.deeper()
        word = self.take("if", "some", "every")
        made = self.if_() if word == "if" else self.quantified(word) if word else self.logic("or")
        self.nesting -= 1
        return made

    def if_(self) -> Node:
        test = self.expression()
        self.expect("then")
        then = self.expression()
        self.expect("else")
        return If(test, then, self.expression())

    def quantified(self, word: str) -> Node:
        name = self.name()
        self.expect("in")
        source = self.expression()
        if self.take(","):
            self.deeper()
            test = self.quantified(word)
            self.nesting -= 1
        else:
            self.expect("satisfies")
            test = self.expression()
        return Quantified(word, name, source, test)

    def logic(self, op: str) -> Node:
        part: Callable[[], Node] = self.comparison if op == "and" else lambda: self.logic("and")
        items = [part()]
        while self.take(op):
            items.append(part())
        return items[0] if len(items) == 1 else Logic(op, tuple(items))

    def comparison(self) -> Node:
        left = self.sum()
        if op := self.take("=", "!=", "<", "<=", ">", ">="):
            return Compare(op, left, self.sum())
        if self.take("between"):
            low = self.sum()
            self.expect("and")
            return Within(left, (Range(low, self.sum(), False, False),))
        if self.take("in"):
            return Within(left, self.tests())
        return left

    def tests(self) -> tuple[Node, ...]:
        """After `in`: one list, range or value, or several in parentheses."""
        if self.here.text != "(":
            return (self.sum(),)
        found = self.bracketed()
        return (found,) if isinstance(found, Range) else found

    def sum(self) -> Node:
        made = self.product()
        while op := self.take("+", "-"):
            made = Arithmetic(op, made, self.product())
        return made

    def product(self) -> Node:
        made = self.unary()
        while op := self.take("*", "/"):
            made = Arithmetic(op, made, self.unary())
        return made

    def unary(self) -> Node:
        if not self.take("-"):
            return self.member()
        self.deeper()
        made = Arithmetic("-", Literal(Decimal(0)), self.unary())
        self.nesting -= 1
        return made

    def member(self) -> Node:
        made = self.primary()
        while self.take("."):
            made = Member(made, self.name())
        if self.here.text == "[" and self.here.kind == "op":
            raise self.fail("Filtre med [ ] støttes ikke. Bruk some … satisfies.")
        return made

    def primary(self) -> Node:
        token = self.here
        if token.kind == "number":
            return Literal(NUMBERS.create_decimal(self.next().text))
        if token.kind == "string":
            return Literal(_unescaped(self.next().text, token.at))
        if token.kind == "name":
            return self.word()
        if token.text == "[":
            return self.list_or_range()
        if token.text == "(":
            found = self.bracketed()
            if not isinstance(found, tuple):
                return found
            if len(found) == 1:
                return found[0]
            raise self.fail("Flere verdier i parentes kan bare stå etter «in».")
        raise self.fail(f"Uventet «{token.text}»." if token.text else "Uttrykket er ikke ferdig.")

    def word(self) -> Node:
        word = self.here.text
        if word in ("true", "false", "null"):
            self.next()
            return Literal({"true": True, "false": False, "null": None}[word])
        name = self.name()
        if f"{name} {self.here.text}" in FUNCTIONS:
            name = f"{name} {self.next().text}"
        if self.take("("):
            return self.call(name)
        if name == "not":
            raise self.fail("Skriv not(…) med parentes.")
        if " " in name:
            raise self.fail("Mangler (")
        return Name(name)

    def call(self, name: str) -> Node:
        start = self.here.at
        arguments = () if self.take(")") else self.items(")")
        if name not in FUNCTIONS:
            raise FeelError(f"Ukjent funksjon: {name[:40]}.", start)
        low, high, _ = FUNCTIONS[name]
        if not low <= len(arguments) <= high:
            raise FeelError(f"Feil antall verdier til {name}().", start)
        return Call(name, arguments)

    def items(self, end: str) -> tuple[Node, ...]:
        items = [self.expression()]
        while self.take(","):
            items.append(self.expression())
        self.expect(end)
        return tuple(items)

    def bracketed(self) -> tuple[Node, ...] | Range:
        """Values in parentheses, or a range that is open at its low end: (0..5]."""
        self.expect("(")
        first = self.expression()
        if self.take(".."):
            return self.range(first, low_open=True)
        if self.take(","):
            return (first, *self.items(")"))
        self.expect(")")
        return (first,)

    def list_or_range(self) -> Node:
        self.expect("[")
        if self.take("]"):
            return ListOf(())
        first = self.expression()
        if self.take(".."):
            return self.range(first, low_open=False)
        if self.take(","):
            return ListOf((first, *self.items("]")))
        self.expect("]")
        return ListOf((first,))

    def range(self, low: Node, *, low_open: bool) -> Range:
        high = self.expression()
        end = self.take("]", ")", "[")
        if not end:
            raise self.fail("Mangler ] etter området.")
        return Range(low, high, low_open, end != "]")


# ── evaluating ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Bounds:
    low: Any
    high: Any
    low_open: bool
    high_open: bool

    def hold(self, value: Any) -> bool | None:
        above = _order(">" if self.low_open else ">=", value, self.low)
        below = _order("<" if self.high_open else "<=", value, self.high)
        return _and([above, below])


class _Run:
    """One evaluation: counts its steps, and never more than its budget."""

    def __init__(self, budget: int, today: date) -> None:
        self.left = budget
        self.today = today

    def pay(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise FeelError("Uttrykket tar for lang tid å regne ut.")

    def value(self, node: Node, scope: Mapping[str, Any]) -> Any:
        self.pay()
        match node:
            case Literal(value):
                return value
            case Name(name):
                return self.known(scope.get(name))
            case Member(of, key):
                return self.member(self.value(of, scope), key)
            case ListOf(items):
                return [self.value(item, scope) for item in items]
            case Range(low, high, low_open, high_open):
                return _Bounds(self.value(low, scope), self.value(high, scope), low_open, high_open)
            case Logic(op, items):
                values = (self.value(item, scope) for item in items)
                return _and(values) if op == "and" else _or(values)
            case Compare(op, left, right):
                return self.compare(op, self.value(left, scope), self.value(right, scope))
            case Within(value, tests):
                return self.within(self.value(value, scope), [self.value(t, scope) for t in tests])
            case Arithmetic(op, left, right):
                return _arithmetic(op, self.value(left, scope), self.value(right, scope))
            case Call(name, arguments):
                return FUNCTIONS[name][2](self, *[self.value(a, scope) for a in arguments])
            case If(test, then, otherwise):
                return self.value(then if self.value(test, scope) is True else otherwise, scope)
            case Quantified():
                return self.quantified(node, scope)

    def known(self, value: Any) -> Any:
        """A value from the data as FEEL sees it; what FEEL has no word for is null."""
        self.pay()
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return _number(value)
        if isinstance(value, list | tuple):
            return [self.known(item) for item in value]
        return value if _kind(value) else None

    def member(self, value: Any, key: str) -> Any:
        if isinstance(value, Mapping):
            return self.known(value.get(key))
        if isinstance(value, list):
            self.pay(len(value))
            return [self.member(item, key) for item in value]
        return None

    def compare(self, op: str, left: Any, right: Any) -> bool | None:
        if op in ("<", "<=", ">", ">="):
            return _order(op, left, right)
        same = self.equal(left, right)
        return same if op == "=" or same is None else not same

    def equal(self, left: Any, right: Any) -> bool | None:
        self.pay()
        if left is None or right is None:
            return left is right
        if _kind(left) != _kind(right) or isinstance(left, Mapping | _Bounds):
            return None
        if not isinstance(left, list):
            return bool(left == right)
        if len(left) != len(right):
            return False
        return _and(self.equal(a, b) for a, b in zip(left, right, strict=True))

    def within(self, value: Any, tests: list[Any]) -> bool | None:
        return _or(self.passes(value, test) for test in tests)

    def passes(self, value: Any, test: Any) -> bool | None:
        if isinstance(test, _Bounds):
            return test.hold(value)
        if isinstance(test, list) and not isinstance(value, list):
            return _or(self.passes(value, item) for item in test)
        return self.equal(value, test)

    def quantified(self, node: Quantified, scope: Mapping[str, Any]) -> bool | None:
        source = self.value(node.source, scope)
        if source is None:
            return None
        items = source if isinstance(source, list) else [source]
        values = (self.value(node.test, ChainMap({node.name: item}, scope)) for item in items)  # type: ignore[arg-type]
        return _or(values) if node.word == "some" else _and(values)


def _kind(value: Any) -> str | None:
    """The FEEL type of a value; None for null and for what FEEL does not know."""
    for kind, types in _KINDS:
        if isinstance(value, types):
            return kind
    return None


_KINDS: tuple[tuple[str, Any], ...] = (
    ("boolean", bool),
    ("number", Decimal),
    ("string", str),
    ("date and time", datetime),
    ("date", date),
    ("duration", timedelta | isodate.Duration),
    ("list", list),
    ("context", Mapping),
    ("range", _Bounds),
)


def _and(values: Iterator[Any] | Sequence[Any]) -> bool | None:
    """Ternary and: false wins, then null."""
    found: bool | None = True
    for value in values:
        if value is False:
            return False
        if value is not True:
            found = None
    return found


def _or(values: Iterator[Any] | Sequence[Any]) -> bool | None:
    """Ternary or: true wins, then null."""
    found: bool | None = False
    for value in values:
        if value is True:
            return True
        if value is not False:
            found = None
    return found


def _order(op: str, left: Any, right: Any) -> bool | None:
    if _kind(left) != _kind(right) or isinstance(left, bool | list | Mapping | _Bounds):
        return None
    try:
        less, equal = left < right, left == right
    except TypeError:  # null; months against days; a time with a zone against one without
        return None
    return bool({"<": less, "<=": less or equal, ">": not (less or equal), ">=": not less}[op])


def _arithmetic(op: str, left: Any, right: Any) -> Any:
    kinds = (_kind(left), _kind(right))
    try:
        if kinds == ("number", "number"):
            return _OPERATIONS[op](left, right)
        if kinds == ("string", "string") and op == "+":
            return left + right if len(left) + len(right) <= MAX_TEXT else None
        if op in "+-" and kinds in _DATE_SUMS[op]:
            return left + right if op == "+" else left - right
    except (decimal.DecimalException, ValueError, OverflowError, TypeError):
        return None
    return None


_OPERATIONS: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
}
_DATE_SUMS = {
    "+": {
        ("date", "duration"),
        ("date and time", "duration"),
        ("duration", "date"),
        ("duration", "date and time"),
        ("duration", "duration"),
    },
    "-": {
        ("date", "duration"),
        ("date and time", "duration"),
        ("duration", "duration"),
        ("date", "date"),
        ("date and time", "date and time"),
    },
}


def _number(value: float | Decimal) -> Decimal | None:
    try:
        made = NUMBERS.create_decimal(repr(value) if isinstance(value, float) else value)
    except decimal.DecimalException:
        return None
    return made if made.is_finite() else None


def _give(value: Any) -> Any:
    """A result as plain Python: whole numbers as int, others as float."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [_give(item) for item in value]
    return None if isinstance(value, _Bounds) else value


# ── functions ─────────────────────────────────────────────────────────────────────────────────────────────────


def _not(run: _Run, value: Any) -> bool | None:
    return not value if isinstance(value, bool) else None


def _listed(value: Any) -> list[Any] | None:
    """The standard's coercion: one value where a list is asked for is a list of one."""
    return value if isinstance(value, list) or value is None else [value]


def _count(run: _Run, value: Any) -> Decimal | None:
    items = _listed(value)
    return None if items is None else Decimal(len(items))


def _list_contains(run: _Run, items: Any, value: Any) -> bool | None:
    found = _listed(items)
    return None if found is None else any(run.equal(item, value) is True for item in found)


def _values(arguments: tuple[Any, ...]) -> list[Any]:
    return arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list) else [*arguments]


def _sum(run: _Run, *arguments: Any) -> Any:
    total: Any = None
    for item in _values(arguments):
        if not isinstance(item, Decimal):
            return None
        total = item if total is None else _arithmetic("+", total, item)
    return total


def _extreme(op: str) -> Callable[..., Any]:
    def found(run: _Run, *arguments: Any) -> Any:
        best: Any = None
        for at, item in enumerate(_values(arguments)):
            better = True if at == 0 and _kind(item) else _order(op, item, best)
            if better is None:
                return None
            best = item if better else best
        return best

    return found


def _is_defined(run: _Run, value: Any) -> bool:
    return value is not None


def _string_length(run: _Run, value: Any) -> Decimal | None:
    return Decimal(len(value)) if isinstance(value, str) else None


def _contains(run: _Run, text: Any, part: Any) -> bool | None:
    return part in text if isinstance(text, str) and isinstance(part, str) else None


def _starts_with(run: _Run, text: Any, part: Any) -> bool | None:
    return text.startswith(part) if isinstance(text, str) and isinstance(part, str) else None


def _date(run: _Run, *parts: Any) -> date | None:
    try:
        if len(parts) == 3:
            return date(*(int(part) for part in parts))
        if isinstance(parts[0], datetime):
            return parts[0].date()
        if isinstance(parts[0], date):
            return parts[0]
        found = _DATE.match(parts[0])
        return date.fromisoformat(found[1]) if found else None
    except (ValueError, TypeError, OverflowError):
        return None


_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T|$)")
_DURATION = re.compile(r"-?P(?=[0-9T])(?:[0-9]{1,5}[YMWD])*(?:T(?:[0-9]{1,5}[HMS])+)?")


def _duration(run: _Run, text: Any) -> Any:
    if not isinstance(text, str) or not _DURATION.fullmatch(text[:60]):
        return None
    try:
        return isodate.parse_duration(text)
    except ValueError:
        return None


def _today(run: _Run) -> date:
    return run.today


FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., Any]]] = {
    "not": (1, 1, _not),
    "count": (1, 1, _count),
    "list contains": (2, 2, _list_contains),
    "sum": (1, 50, _sum),
    "min": (1, 50, _extreme("<")),
    "max": (1, 50, _extreme(">")),
    "is defined": (1, 1, _is_defined),
    "string length": (1, 1, _string_length),
    "contains": (2, 2, _contains),
    "starts with": (2, 2, _starts_with),
    "date": (1, 3, _date),
    "duration": (1, 1, _duration),
    "today": (0, 0, _today),
}
