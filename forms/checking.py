"""Finds what is wrong in a form definition, and on which line. It never raises and draws nothing.

What the server cannot draw and check exactly as written is refused here: no rule in a form is
silently ignored.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from forms import feel
from forms.located import Object, Problem, strings

MAX_COMPONENTS = 500
MAX_LEVELS = 6  # groups and lists inside one another
MAX_OPTIONS = 300
MAX_PROBLEMS = 100
MAX_ROWS = 50
LONGEST = {"textfield": 500, "textarea": 20_000}

KEY = re.compile(r"[a-z][A-Za-z0-9_]{0,59}")
SOURCE = re.compile(r"form:([a-z][A-Za-z0-9_]*)\.([A-Za-z0-9_.]+)|data:[a-z][a-z0-9_.]*")
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,4}")
SCALED = frozenset({"number", "select", "radio"})
WORDS = frozenset({"textfield", "textarea"})
KINDS = {"textfield": {"fnr", "phone", "email", "id"}}
PARTS = frozenset("abcdefghi")
AUTOCOMPLETE = frozenset(
    {"off", "name", "given-name", "family-name", "email", "tel", "bday", "street-address"}
    | {"postal-code", "organization", "organization-title"}
)
CHOICES = frozenset({"radio", "select", "checklist"})
INPUTS = frozenset({"textfield", "textarea", "number", "datetime", "checkbox"}) | CHOICES

_ANY = {"type", "id", "layout", "conditional", "properties"}
_INPUT = _ANY | {"key", "label", "description", "validate", "readonly", "disabled", "defaultValue"}
ALLOWED: dict[str, set[str]] = {
    "text": _ANY | {"text"},
    "separator": _ANY,
    "textfield": _INPUT | {"appearance"},
    "textarea": _INPUT,
    "number": _INPUT | {"appearance", "decimalDigits"},
    "datetime": _INPUT | {"subtype", "dateLabel", "timeLabel"},
    "radio": _INPUT | {"values", "valuesKey"},
    "select": _INPUT | {"values", "valuesKey", "searchable"},
    "checklist": _INPUT | {"values", "valuesKey"},
    "checkbox": _INPUT,
    "group": _ANY | {"label", "description", "path", "components", "showOutline"},
    "dynamiclist": _ANY
    | {"label", "description", "path", "components", "showOutline", "isRepeating"}
    | {"allowAddRemove", "defaultRepetitions", "disableCollapse", "nonCollapsedItems"},
}
RULES: dict[str, set[str]] = {
    "textfield": {"required", "minLength", "maxLength", "validationType"},
    "textarea": {"required", "minLength", "maxLength"},
    "number": {"required", "min", "max"},
}
PICTURED = frozenset({"faktor", "arena", "tiltak"})
VOICES = frozenset({"barn"})  # whose own view an answer can be
GIVER = "tjeneste"  # who gives the measure, in a row of a list of them
ENDS = {"lowest", "highest"}
PROPERTIES = ENDS | {
    *("kind", "source", "part", "autocomplete"),
    *("picture", "voice", "unique_per", "scale", "words_of"),
}
TOP = {"type", "id", "title", "schemaVersion", "components", "exporter", "versionTag"} | {
    "executionPlatform",
    "executionPlatformVersion",
}
_BOOLEANS = ("readonly", "disabled", "searchable", "allowAddRemove", "isRepeating", "showOutline")


@dataclass
class Scope:
    """The keys seen so far in one object of answers: the form, a group with a path, or a row."""

    above: "Scope | None" = None
    in_rows: bool = False
    rows_are: Any = None  # what the picture shows the rows as
    is_row: bool = False
    keys: dict[str, "Scope | None"] = field(default_factory=dict)

    def knows(self, path: str) -> bool:
        name, *rest = path.split(".")
        scope: Scope | None = self
        while scope is not None and name not in scope.keys:
            scope = scope.above
        if scope is None:
            return False
        for part in rest:
            inner = scope.keys[name]
            if inner is None or part not in inner.keys:
                return False
            scope, name = inner, part
        return True


def check(
    raw: Object, name: str, *, options: frozenset[str] | None, sources: frozenset[str] | None
) -> list[Problem]:
    """Every problem in a form, by line; options or sources that are None are not looked up."""
    checker = _Checker(name, options, sources)
    checker.form(raw)
    return sorted(checker.problems, key=lambda problem: problem.line)[:MAX_PROBLEMS]


class _Checker:
    def __init__(
        self, name: str, options: frozenset[str] | None, sources: frozenset[str] | None
    ) -> None:
        self.name = name
        self.options = options
        self.sources = sources
        self.problems: list[Problem] = []
        self.ids: set[str] = set()
        self.scales: set[str] = set()
        self.words_of: dict[str, Callable[[str], None]] = {}
        self.count = 0

    def say(self, at: Object, element: str, message: str) -> None:
        self.problems.append(Problem(self.name, at.line, element, message))

    def form(self, raw: Object) -> None:
        def say(message: str) -> None:
            self.say(raw, "skjema", message)

        if not _text(raw.get("id")) or not KEY.fullmatch(raw["id"]):
            say("Skjemaet mangler en gyldig id: små bokstaver, tall og understrek.")
        if not _text(raw.get("title")):
            say("Skjemaet mangler tittel (title).")
        for unknown in _unknown(raw, TOP):
            say(f"«{unknown}» støttes ikke her.")
        if any(bad_characters(text) for text in strings(raw)):
            say("Skjemaet har tegn som ikke kan vises.")
        self.components(raw, "skjema", Scope(), 1)
        for scale in self.words_of.keys() - self.scales:
            self.words_of[scale](f"«words_of» nevner skalaen «{_shown(scale)}», som ikke finnes.")

    def components(self, parent: Object, element: str, scope: Scope, level: int) -> None:
        children = parent.get("components")
        if not isinstance(children, list) or not children:
            self.say(parent, element, "Mangler felt (components).")
            return
        if level > MAX_LEVELS:
            self.say(parent, element, f"For dypt nøstet: høyst {MAX_LEVELS} nivåer.")
            return
        for child in children:
            self.count += 1
            if self.count > MAX_COMPONENTS:
                self.say(parent, element, f"For mange felt: høyst {MAX_COMPONENTS}.")
                return
            if isinstance(child, Object):
                self.component(child, scope, level)
            else:
                self.say(parent, element, "Et felt må være et objekt.")

    def component(self, raw: Object, scope: Scope, level: int) -> None:
        kind = raw.get("type")
        element = _shown(raw.get("id") or raw.get("key") or raw.get("path") or "felt")
        if not isinstance(kind, str) or kind not in ALLOWED:
            self.say(raw, element, f"Felttypen «{_shown(kind)}» støttes ikke.")
            return

        def say(message: str, at: Object = raw) -> None:
            self.say(at, element, message)

        for unknown in _unknown(raw, ALLOWED[kind]):
            say(f"«{unknown}» støttes ikke på {kind}.")
        self.identity(raw, say)
        self.words(raw, kind, say)
        self.condition(raw, scope, say)
        self.properties(raw, kind, scope, say)
        if kind in INPUTS:
            self.rules(raw, kind, say)
        if kind in CHOICES:
            self.choices(raw, say)
        self.place(raw, kind, element, scope, level, say)

    def identity(self, raw: Object, say: Callable[..., None]) -> None:
        name = raw.get("id")
        if not _text(name):
            say("Feltet mangler id.")
        elif name in self.ids:
            say("To felt har samme id.")
        else:
            self.ids.add(name)

    def words(self, raw: Object, kind: str, say: Callable[..., None]) -> None:
        names = {
            "text": ("text",),
            "separator": (),
            "datetime": ("label", "dateLabel", "timeLabel"),
        }
        wanted = names.get(kind, ("label",))
        if wanted and not any(_text(raw.get(name)) for name in wanted):
            say("Feltet mangler tekst." if kind == "text" else "Feltet mangler ledetekst (label).")
        for name in (*wanted, "description"):
            said = raw.get(name, "")
            if not isinstance(said, str):
                say(f"«{name}» må være tekst.")
            elif said.startswith("=") or "{{" in said:
                say(f"Uttrykk i «{name}» støttes ikke.")

    def condition(self, raw: Object, scope: Scope, say: Callable[..., None]) -> None:
        if "conditional" not in raw:
            return
        conditional = raw["conditional"]
        hide = conditional.get("hide") if isinstance(conditional, Object) else None
        if not _text(hide) or set(conditional) != {"hide"}:
            say("Bare «hide» med et FEEL-uttrykk støttes i conditional.")
            return
        try:
            read = feel.parse(hide)
        except feel.FeelError as error:
            say(f"Betingelsen kan ikke leses: {error}", conditional)
            return
        for path in sorted(read.paths):
            if not scope.knows(path):
                say(f"Betingelsen leser «{path}», som ikke er et felt lenger opp.", conditional)

    def properties(self, raw: Object, kind: str, scope: Scope, say: Callable[..., None]) -> None:
        own = raw.get("properties", Object())
        if not isinstance(own, Object):
            say("«properties» må være et objekt.")
            return
        for unknown in _unknown(own, PROPERTIES):
            say(f"Egenskapen «{unknown}» er ukjent.", own)
        meaning = own.get("kind")
        if "kind" in own and not _among(meaning, KINDS.get(kind, ())):
            say(f"Ukjent kind for {kind}: «{_shown(meaning)}».", own)
        if meaning == "id" and raw.get("readonly") is not True:
            say("Et felt med kind «id» må være readonly.", own)
        if "part" in own and not _among(own["part"], PARTS):
            say("«part» må være en bokstav fra a til i.", own)
        if "autocomplete" in own and not _among(own["autocomplete"], AUTOCOMPLETE):
            say("Ukjent verdi for autocomplete.", own)
        self.places(own, kind, scope, lambda message: say(message, own))
        self.comparing(raw, own, kind, scope, lambda message: say(message, own))

    def places(self, own: Object, kind: str, scope: Scope, say: Callable[[str], None]) -> None:
        """Where an answer comes from, and what it is shown as elsewhere."""
        if "picture" in own:
            self.picture(own["picture"], kind, scope, say)
        if "voice" in own:
            self.voice(own["voice"], kind, scope, say)
        if "source" in own:
            self.source(own["source"], scope, say)

    def voice(self, whose: Any, kind: str, scope: Scope, say: Callable[[str], None]) -> None:
        if kind not in INPUTS or scope.in_rows:
            say("«voice» kan bare stå på et felt utenfor lister.")
        elif not _among(whose, VOICES):
            say("«voice» må være barn.")

    def picture(self, shown: Any, kind: str, scope: Scope, say: Callable[[str], None]) -> None:
        if kind not in INPUTS and kind != "dynamiclist":
            say("«picture» kan bare stå på et felt eller en liste.")
        elif not _among(shown, PICTURED | {GIVER}):
            say("«picture» må være faktor, arena, tiltak eller tjeneste.")
        elif (shown == GIVER) != (scope.rows_are == "tiltak"):
            say(
                "«picture» kan bare være «tjeneste» i en liste som selv er «tiltak»."
                if shown == GIVER
                else "I en liste med tiltak kan «picture» bare være «tjeneste»."
            )
        elif scope.in_rows and shown != GIVER:
            say("«picture» kan ikke stå på et felt i en liste: sett den på listen.")

    def comparing(
        self, raw: Object, own: Object, kind: str, scope: Scope, say: Callable[[str], None]
    ) -> None:
        """What sets an answer beside others: scales over time, and rows that may not be alike."""
        if "unique_per" in own and not _among(own["unique_per"], _beside(kind, scope)):
            say("«unique_per» må nevne et felt lenger opp i samme rad.")
        if "scale" in own:
            self.scale(own["scale"], raw, kind, scope, say)
        ends = [own[name] for name in ENDS if name in own]
        if ends and not ("scale" in own and kind == "number" and all(map(_text, ends))):
            say("«lowest» og «highest» er tekst på et tallfelt (number) med «scale».")
        if "words_of" in own:
            self.own_words(own["words_of"], kind, scope, say)

    def scale(
        self, scale: Any, raw: Object, kind: str, scope: Scope, say: Callable[[str], None]
    ) -> None:
        if not isinstance(scale, str) or not KEY.fullmatch(scale):
            say("«scale» må være en nøkkel: liten bokstav først, så a–z, tall og _.")
        elif kind not in SCALED:
            say("Bare number, select og radio kan ha «scale».")
        elif scope.in_rows or raw.get("readonly") or raw.get("disabled"):
            say("Et felt med «scale» kan ikke stå i en liste eller være readonly.")
        elif scale in self.scales:
            say(f"To felt har skalaen «{scale}».")
        elif not _is_scale(raw, kind):
            say("En skala er hele tall: values med tall, eller min, max og decimalDigits 0.")
        else:
            self.scales.add(scale)

    def own_words(self, scale: Any, kind: str, scope: Scope, say: Callable[[str], None]) -> None:
        if not isinstance(scale, str) or kind not in WORDS or scope.in_rows:
            say("«words_of» står på et tekstfelt utenfor lister, og nevner en skala.")
        elif scale in self.words_of:
            say(f"To felt har ordene til skalaen «{_shown(scale)}».")
        else:
            self.words_of[scale] = say

    def source(self, source: Any, scope: Scope, say: Callable[[str], None]) -> None:
        ways = source.split("|") if isinstance(source, str) else [""]
        if not all(map(SOURCE.fullmatch, ways)):
            say(
                "«source» må være form:<skjema>.<felt> eller data:<navn>, eller flere med | mellom."
            )
        elif scope.in_rows:
            say("«source» kan ikke stå på et felt i en liste: sett den på listen.")
        else:
            for way in ways:
                self.one_source(way, say)

    def one_source(self, source: str, say: Callable[[str], None]) -> None:
        if self.sources is None or source in self.sources:
            return
        form, _dot, field = source.removeprefix("form:").partition(".")
        if source.startswith("data:"):
            say(f"Kilden «{source}» finnes ikke.")
        elif any(known.startswith(f"form:{form}.") for known in self.sources):
            say(f"Feltet «{field}» finnes ikke i skjemaet «{form}».")
        else:
            say(f"Skjemaet «{form}» finnes ikke.")

    def rules(self, raw: Object, kind: str, say: Callable[..., None]) -> None:
        rules = raw.get("validate", Object())
        if not isinstance(rules, Object):
            say("«validate» må være et objekt.")
            return
        for unknown in _unknown(rules, RULES.get(kind, {"required"})):
            say(
                "Mønstre (pattern) støttes ikke: et uttrykk kan henge siden. Bruk kind."
                if unknown == "pattern"
                else f"Regelen «{unknown}» støttes ikke på {kind}.",
                rules,
            )
        if not isinstance(rules.get("required", False), bool):
            say("«required» må være true eller false.", rules)
        if rules.get("validationType", "") not in ("", "custom", "email", "phone"):
            say("Ukjent validationType.", rules)
        self.limits(rules, kind, lambda message: say(message, rules))
        for name in _BOOLEANS:
            if not isinstance(raw.get(name, False), bool):
                say(f"«{name}» må være true eller false.")
        self.form_of_answer(raw, kind, say)

    def limits(self, rules: Object, kind: str, say: Callable[[str], None]) -> None:
        whole = kind in LONGEST
        low, high = ("minLength", "maxLength") if whole else ("min", "max")
        found = {name: rules[name] for name in (low, high) if name in rules}
        for name, value in found.items():
            if not _number(value, whole=whole):
                say(f"«{name}» må være et {'helt tall fra 0' if whole else 'tall'}.")
                return
        if len(found) == 2 and found[low] > found[high]:
            say(f"«{low}» er større enn «{high}».")
        if whole and max(found.values(), default=0) > LONGEST[kind]:
            say(f"«{kind}» kan ha høyst {LONGEST[kind]} tegn.")

    def form_of_answer(self, raw: Object, kind: str, say: Callable[..., None]) -> None:
        if kind == "datetime" and raw.get("subtype", "date") not in ("date", "time"):
            say("Bare dato (date) eller klokkeslett (time) støttes.")
        digits = raw.get("decimalDigits", 0)
        if not _number(digits, whole=True) or digits > 6:
            say("«decimalDigits» må være et helt tall fra 0 til 6.")
        look = raw.get("appearance", Object())
        if not isinstance(look, Object) or set(look) - {"prefixAdorner", "suffixAdorner"}:
            say("«appearance» kan bare ha prefixAdorner og suffixAdorner.")
        elif not all(isinstance(text, str) for text in look.values()):
            say("«appearance» må være tekst.")
        if "defaultValue" in raw and not _fits(raw["defaultValue"], kind):
            say("«defaultValue» passer ikke til felttypen.")

    def choices(self, raw: Object, say: Callable[..., None]) -> None:
        if "valuesKey" in raw:
            name = raw["valuesKey"]
            if "values" in raw:
                say("Bruk enten values eller valuesKey, ikke begge.")
            if not _text(name) or (self.options is not None and name not in self.options):
                say(f"Ukjent valuesKey: «{_shown(name)}».")
            return
        values = raw.get("values")
        if not isinstance(values, list) or not values:
            say("Feltet mangler alternativer (values eller valuesKey).")
        elif len(values) > MAX_OPTIONS:
            say(f"For mange alternativer: høyst {MAX_OPTIONS}.")
        else:
            self.values(values, say)

    def values(self, values: list[Any], say: Callable[..., None]) -> None:
        seen: set[str] = set()
        for option in values:
            if not isinstance(option, Object) or set(option) != {"label", "value"}:
                say("Hvert alternativ må ha label og value, og ikke noe mer.")
            elif not _text(option["label"]) or not _text(option["value"]):
                say("Et alternativ mangler label eller value som tekst.", option)
            elif option["value"] in seen:
                say(f"To alternativer har verdien «{_shown(option['value'])}».", option)
            else:
                seen.add(option["value"])

    def place(
        self,
        raw: Object,
        kind: str,
        element: str,
        scope: Scope,
        level: int,
        say: Callable[..., None],
    ) -> None:
        """The key, and what stands inside; the key is known to conditions further down only."""
        if kind in ("text", "separator"):
            return
        key = raw.get("key" if kind in INPUTS else "path") or ""
        if kind == "group" and key == "":
            self.components(raw, element, scope, level + 1)
            return
        fault = self.key_fault(key, scope)
        if fault:
            say(fault)
        inner = None
        if kind not in INPUTS:
            own = raw.get("properties")
            rows_are = own.get("picture") if isinstance(own, Object) else None
            is_row = kind == "dynamiclist"
            inner = Scope(scope, scope.in_rows or is_row, rows_are, is_row)
            self.components(raw, element, inner, level + 1)
        if kind == "dynamiclist":
            repeats = raw.get("defaultRepetitions", 1)
            if not _number(repeats, whole=True) or repeats > MAX_ROWS:
                say(f"«defaultRepetitions» må være et helt tall fra 0 til {MAX_ROWS}.")
        if not fault:
            scope.keys[key] = inner

    def key_fault(self, key: str | None, scope: Scope) -> str | None:
        if not _text(key):
            return "Feltet mangler nøkkel (key eller path)."
        if not KEY.fullmatch(key) or key in feel.RESERVED:
            return (
                f"«{_shown(key)}» kan ikke være nøkkel: bruk liten bokstav først, a–z, tall og _."
            )
        if key in scope.keys:
            return f"To felt har nøkkelen «{key}»."
        return None


def _is_scale(raw: Object, kind: str) -> bool:
    """Whether the answers are whole numbers with a known lowest and highest."""
    if kind == "number":
        rules = raw.get("validate")
        low, high = (rules.get("min"), rules.get("max")) if isinstance(rules, Object) else (0, 0)
        if not isinstance(low, int) or not isinstance(high, int):
            return False
        return low < high and raw.get("decimalDigits") == 0
    values = raw.get("values")
    listed = values if isinstance(values, list) else []
    found = [each.get("value") if isinstance(each, Object) else None for each in listed]
    return len(found) > 1 and all(isinstance(v, str) and WHOLE_NUMBER.fullmatch(v) for v in found)


def _beside(kind: str, scope: Scope) -> Iterable[str]:
    """The keys of the same row that a field's answers may be unique per."""
    fits = scope.is_row and kind in INPUTS - {"checkbox", "checklist"}
    return scope.keys if fits else ()


def bad_characters(text: str) -> bool:
    """Whether a text has control characters, lone surrogates or the replacement character."""
    return _BAD.search(text) is not None


_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff]")


def _text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip())


def _among(value: Any, known: Iterable[str]) -> bool:
    return isinstance(value, str) and value in known


def _shown(value: Any) -> str:
    return "".join(c if c.isprintable() else "�" for c in str(value)[:60])


def _unknown(raw: Object, known: Iterable[str]) -> list[str]:
    return [_shown(name) for name in raw if name not in known][:10]


def _number(value: Any, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if whole:
        return isinstance(value, int) and value >= 0
    return abs(value) < 1e15


def _fits(value: Any, kind: str) -> bool:
    if kind == "checklist":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind == "number":
        return _number(value, whole=False)
    return isinstance(value, bool if kind == "checkbox" else str)
