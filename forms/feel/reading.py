"""From text to tree: tokens and a parser by hand, bounded in length and nesting.

The messages are for the one who writes the expression. Nothing is evaluated here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from forms.feel.functions import FUNCTIONS
from forms.feel.tree import (
    ANYTHING,
    INPUT,
    Arithmetic,
    Call,
    Compare,
    FeelError,
    If,
    ListOf,
    Literal,
    Logic,
    Member,
    Name,
    Node,
    Quantified,
    Range,
    Within,
    too_deep,
)
from forms.feel.values import NUMBERS

MAX_LENGTH = 4_000  # characters in one expression
MAX_NESTING = 30  # parentheses, lists, if … inside one another
RESERVED = frozenset(
    {"true", "false", "null", "and", "or", "in", "if", "then", "else", "some", "every"}
    | {"satisfies", "between", "for", "return", "function"}
)
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<name>[^\W\d]\w*)
    | (?P<open>")
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


def read(text: str) -> Node:
    """The tree of an expression; raises FeelError."""
    body = text.strip()
    start = 1 if body.startswith("=") and body[1:2] != "=" else 0
    return _read(body, start, _Parser.expression)


def read_tests(text: str) -> Node:
    """The tree of an input cell of a decision table: true for the INPUT that passes it.

    An empty cell and `-` let everything pass. Raises FeelError.
    """
    body = text.strip()
    return ANYTHING if body in ("", "-") else _read(body, 0, _Parser.unary_tests)


def _read(body: str, start: int, whole: "Callable[[_Parser], Node]") -> Node:
    if len(body) > MAX_LENGTH:
        raise FeelError(f"Uttrykket er for langt: høyst {MAX_LENGTH} tegn.")
    parser = _Parser(_tokens(body, start))
    tree = whole(parser)
    parser.finish()
    if too_deep(tree):
        raise FeelError("Uttrykket har for mange ledd. Del det opp.")
    return tree


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


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
    if kind == "open":
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

    def unary_tests(self) -> Node:
        """In an input cell: tests with commas between, or not(…) around them."""
        if self.here.text != "not" or self.tokens[self.at + 1].text != "(":
            return self.positive_tests()
        self.next()
        self.expect("(")
        made = self.positive_tests()
        self.expect(")")
        return Call("not", (made,))

    def positive_tests(self) -> Node:
        items = [self.positive_test()]
        while self.take(","):
            items.append(self.positive_test())
        return items[0] if len(items) == 1 else Logic("or", tuple(items))

    def positive_test(self) -> Node:
        if self.here.text in ("=", "!="):
            raise self.fail("Skriv verdien alene, eller not(…) rundt den.")
        if op := self.take("<", "<=", ">", ">="):
            return Compare(op, INPUT, self.sum())
        return Within(INPUT, (self.sum(),))

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
