"""What a form is: form-js JSON as frozen values. It draws nothing and checks no answers."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from forms import checking, feel
from forms.checking import CHOICES, INPUTS, LONGEST
from forms.located import Object, Problem, Unreadable, load

__all__ = ["Component", "Form", "Problem", "UnreadableForm", "check", "read"]


class UnreadableForm(ValueError):
    """A definition that cannot be used; `problems` says why and where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Component:
    """One component of a form: a field, a group, a list of rows, a text or a line."""

    type: str
    id: str
    key: str = (
        ""  # a group's or list's is its path; empty when its fields stand in the answers around it
    )
    path: str = ""  # dotted from the top, rows not counted: maal.tekst
    label: str = ""
    description: str = ""
    text: str = ""  # markdown
    kind: str | None = None  # fnr, phone, email, id
    source: str | None = None
    part: str | None = None
    picture: str | None = None  # what the user-oriented picture shows it as
    voice: str | None = None  # whose own view it is: barn
    autocomplete: str = "off"
    scale: str | None = None  # what its answers are kept as measurements of
    lowest: str | None = None  # in words: what the ends of a scale mean
    highest: str | None = None
    words_of: str | None = None  # the scale whose answer these words go with
    unique_per: str | None = None  # the field of the row within whose value no two answer alike
    readonly: bool = False
    required: bool = False
    hide: feel.Expression | None = None
    min_length: int = 0
    max_length: int = 0
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    decimals: int | None = None
    options: tuple[tuple[str, str], ...] = ()
    options_from: str | None = None
    subtype: str = "date"  # or time
    default: Any = None
    prefix: str = ""
    suffix: str = ""
    allow_add_remove: bool = True
    default_rows: int = 1
    components: tuple["Component", ...] = ()

    @property
    def is_input(self) -> bool:
        return self.type in INPUTS

    @property
    def options_given(self) -> bool:
        """Whether it is answered by choosing rather than by writing."""
        return self.type in CHOICES

    def choices(self, options: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """The (value, label) pairs to choose from, given the run-time options by name."""
        if self.options_from is None:
            return self.options
        return tuple((value, label) for value, label in options.get(self.options_from, ()))

    def walk(self) -> Iterator["Component"]:
        """This component and all inside it, in the order of the page."""
        yield self
        for component in self.components:
            yield from component.walk()


@dataclass(frozen=True)
class Form:
    """One version of a form. Two forms are equal when their content is."""

    key: str = field(compare=False)
    title: str = field(compare=False)
    version: str  # SHA-256 of the canonical JSON, hex
    components: tuple[Component, ...] = field(compare=False, repr=False)
    raw: dict[str, Any] = field(compare=False, repr=False)

    @cached_property
    def fields(self) -> list[Component]:
        """Every field and every list of rows, flat, in the order of the page."""
        found = (each for component in self.components for each in component.walk())
        return [each for each in found if each.is_input or each.type == "dynamiclist"]

    @cached_property
    def field_keys(self) -> frozenset[str]:
        """The names that an answer to this form has at its top level."""
        return frozenset(each.path.split(".")[0] for each in self.fields)

    @cached_property
    def sources(self) -> dict[str, str]:
        """Where fields are prefilled from: dotted path to `form:…` or `data:…`."""
        return {each.path: each.source for each in self.fields if each.source}

    @cached_property
    def asks_the_case(self) -> bool:
        """Whether anything in it, known answers or choices, depends on the case it is about."""
        return bool(self.sources) or any(each.options_from for each in self.fields)


def read(source: bytes, name: str) -> Form:
    """The form in a file; options and sources are not looked up. Raises UnreadableForm."""
    try:
        raw = load(source)
    except Unreadable as error:
        raise UnreadableForm([_unreadable(name, error)]) from None
    problems = checking.check(raw, name, options=None, sources=None)
    if problems:
        raise UnreadableForm(problems)
    canonical = json.dumps(raw, sort_keys=True, separators=(",", ":"))
    version = hashlib.sha256(canonical.encode()).hexdigest()
    return Form(raw["id"], raw["title"].strip(), version, _components(raw, ""), raw)


def check(
    source: bytes, name: str, *, options: frozenset[str], sources: frozenset[str] | None
) -> list[Problem]:
    """Every problem in a file, never an exception.

    `options` are the known names for valuesKey, `sources` the known sources written in full
    (`form:behov.tjenester`, `data:plan.mal`); None leaves sources unchecked.
    """
    try:
        raw = load(source)
    except Unreadable as error:
        return [_unreadable(name, error)]
    return checking.check(raw, name, options=options, sources=sources)


def _unreadable(name: str, error: Unreadable) -> Problem:
    return Problem(name, error.line, "skjema", error.message)


def _components(raw: Mapping[str, Any], above: str) -> tuple[Component, ...]:
    return tuple(_component(child, above) for child in raw.get("components", ()))


def _component(raw: Object, above: str) -> Component:
    kind = raw["type"]
    key = raw.get("key") or raw.get("path") or ""
    path = f"{above}{key}"
    rules, own, look = (raw.get(name, {}) for name in ("validate", "properties", "appearance"))
    hide = raw.get("conditional", {}).get("hide")
    return Component(
        type=kind,
        id=raw["id"],
        key=key,
        path=path,
        label=_label(raw),
        description=raw.get("description", "").strip(),
        text=raw.get("text", ""),
        kind=own.get("kind") or _validation_type(rules),
        source=own.get("source"),
        part=own.get("part"),
        picture=own.get("picture"),
        voice=own.get("voice"),
        autocomplete=own.get("autocomplete", "off"),
        scale=own.get("scale"),
        lowest=own.get("lowest"),
        highest=own.get("highest"),
        words_of=own.get("words_of"),
        unique_per=own.get("unique_per"),
        readonly=bool(raw.get("readonly") or raw.get("disabled")),
        required=bool(rules.get("required")),
        hide=feel.parse(hide) if hide else None,
        min_length=rules.get("minLength", 0),
        max_length=rules.get("maxLength", LONGEST.get(kind, 0)),
        minimum=_decimal(rules.get("min")),
        maximum=_decimal(rules.get("max")),
        decimals=raw.get("decimalDigits"),
        options=tuple((each["value"], each["label"]) for each in raw.get("values", ())),
        options_from=raw.get("valuesKey") if kind in CHOICES else None,
        subtype=raw.get("subtype", "date"),
        default=raw.get("defaultValue"),
        prefix=look.get("prefixAdorner", ""),
        suffix=look.get("suffixAdorner", ""),
        allow_add_remove=raw.get("allowAddRemove", True),
        default_rows=raw.get("defaultRepetitions", 1),
        components=_components(raw, f"{path}." if key else above),
    )


def _label(raw: Object) -> str:
    names = ("label", "timeLabel" if raw.get("subtype") == "time" else "dateLabel")
    return next((raw[name].strip() for name in names if raw.get(name)), "")


def _validation_type(rules: Mapping[str, Any]) -> str | None:
    found = rules.get("validationType")
    return found if found in ("email", "phone") else None


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
