"""Finds what would go wrong in a decision table before anybody uses it; never raises for a table.

It knows no language of expressions: whoever calls brings one. Nothing is mended.
"""

from collections.abc import Callable, Collection, Iterator
from pathlib import PurePath

from bpmn.decision_language import Language, Understood
from bpmn.decision_overlaps import collisions
from bpmn.decisions import (
    AGGREGATIONS,
    HIT_POLICIES,
    TYPES,
    UNTYPED,
    Cell,
    Decision,
    Input,
    Output,
    Rule,
)
from bpmn.element_rules import ID, LONGEST, VARIABLE
from bpmn.problems import Problem, shown
from bpmn.rules import Fault

MOST_RULES = 500
MOST_COLUMNS = 20
MOST_TEXT = 200_000  # characters of all cells together

Reader = Callable[[str], Understood | str]


def check(decision: Decision, language: Language) -> list[Problem]:
    """Every fault of one table, by line; whether rules collide is asked of a sound table only."""
    faults = list(_size(decision)) or [
        fault for rule in RULES for fault in rule(decision, language)
    ]
    faults = faults or list(collisions(decision, language))
    found = {Problem(decision.name, line, shown(key) or "-", text) for key, line, text in faults}
    return sorted(found, key=lambda problem: (problem.line, problem.element, problem.message))


def _id(decision: Decision, _: Language) -> Iterator[Fault]:
    if not ID.fullmatch(decision.key):
        message = f"Id-en «{shown(decision.key)}» er ikke gyldig: bruk bokstaver, tall, - og _"
        yield decision.key, decision.line, message
    if PurePath(decision.name).stem != decision.key:
        message = f"Filen må hete {shown(decision.key)}.dmn, som beslutningen"
        yield decision.key, decision.line, message


def _nothing_foreign(decision: Decision, _: Language) -> Iterator[Fault]:
    for foreign in decision.foreign:
        hint = "; uttrykk skrives i FEEL" if foreign.what.startswith("Språket") else ""
        yield foreign.element, foreign.line, f"{foreign.what} støttes ikke{hint}"


def _size(decision: Decision) -> Iterator[Fault]:
    parts = {"innganger": decision.inputs, "utganger": decision.outputs, "regler": decision.rules}
    for name, found in parts.items():
        if not found:
            yield decision.key, decision.line, f"Tabellen har ingen {name}"
    if len(decision.inputs) + len(decision.outputs) > MOST_COLUMNS:
        yield decision.key, decision.line, f"Tabellen har for mange kolonner, høyst {MOST_COLUMNS}"
    if len(decision.rules) > MOST_RULES:
        yield decision.key, decision.line, f"Tabellen har for mange regler, høyst {MOST_RULES}"
    cells = (cell for rule in decision.rules for cell in (*rule.tests, *rule.results))
    if sum(len(cell.text) for cell in cells) > MOST_TEXT:
        yield decision.key, decision.line, f"Cellene har for mye tekst, høyst {MOST_TEXT} tegn"


def _hit_policy(decision: Decision, _: Language) -> Iterator[Fault]:
    policy, aggregation = decision.hit_policy, decision.aggregation
    if policy not in HIT_POLICIES:
        known = ", ".join(sorted(HIT_POLICIES))
        message = f"Treffregelen «{shown(policy)}» støttes ikke; bruk {known}"
        yield decision.key, decision.line, message
    if aggregation and aggregation not in AGGREGATIONS:
        message = f"Sammenslåingen «{shown(aggregation)}» støttes ikke"
        yield decision.key, decision.line, message
    elif aggregation and (policy != "COLLECT" or len(decision.outputs) != 1):
        message = "Bare COLLECT med én utgang kan slå sammen resultatene"
        yield decision.key, decision.line, message


def _inputs(decision: Decision, language: Language) -> Iterator[Fault]:
    for number, column in enumerate(decision.inputs, 1):
        cell = column.expression
        if not cell.text:
            yield decision.key, column.line, f"Inngang {number} mangler uttrykk"
        else:
            yield from _unread(decision.key, cell, language.expression, f"Inngang {number}")
        yield from _type(decision, column.type, column.line, f"Inngang {number}")
        yield from _allowed(decision, column.allowed, language, f"Inngang {number}")


def _outputs(decision: Decision, language: Language) -> Iterator[Fault]:
    names = [column.name for column in decision.outputs]
    for number, column in enumerate(decision.outputs, 1):
        title = f"Utgang {number}"
        for message in _output_name(column, names[: number - 1], language):
            yield decision.key, column.line, f"{title} {message}"
        yield from _type(decision, column.type, column.line, title)
        yield from _allowed(decision, column.allowed, language, title)


def _output_name(column: Output, before: Collection[str], language: Language) -> Iterator[str]:
    name = column.name
    if not name:
        yield "mangler navn; navnet er variabelen i forløpet"
    elif not VARIABLE.fullmatch(name) or language.expression(name) != Understood(frozenset({name})):
        yield f"heter «{shown(name)}», som ikke kan være navnet på en variabel"
    elif name in before:
        yield f"heter «{shown(name)}», som en annen utgang"


def _type(decision: Decision, kind: str, line: int, title: str) -> Iterator[Fault]:
    if kind not in TYPES and kind not in UNTYPED:
        known = ", ".join(sorted(set(TYPES.values())))
        yield decision.key, line, f"{title} har typen «{shown(kind)}»; bruk {known}"


def _allowed(decision: Decision, cell: Cell, language: Language, title: str) -> Iterator[Fault]:
    if cell.text:
        yield from _unread(decision.key, cell, language.tests, f"{title}, tillatte verdier")


def _number_of_cells(decision: Decision, _: Language) -> Iterator[Fault]:
    for number, rule in enumerate(decision.rules, 1):
        for name, cells, columns in (
            ("innganger", rule.tests, decision.inputs),
            ("utganger", rule.results, decision.outputs),
        ):
            if len(cells) != len(columns):
                counts = f"{len(cells)} {name}, men tabellen har {len(columns)}"
                yield rule.id, rule.line, f"Regel {number} har {counts}"


def _cells(decision: Decision, language: Language) -> Iterator[Fault]:
    known = _names_read(decision, language)
    for number, rule in enumerate(decision.rules, 1):
        for column, cell, reader in _row(decision, rule, language):
            title = f"Regel {number}, {shown(column.title)}"
            for message in _cell(cell, column, _understood(cell.text, reader), known):
                yield rule.id, cell.line, f"{title}: {message}"
            for message in _not_allowed(cell, column.allowed, language):
                yield rule.id, cell.line, f"{title}: {message}"


def _row(
    decision: Decision, rule: Rule, language: Language
) -> Iterator[tuple[Input | Output, Cell, Reader]]:
    for given, cell in zip(decision.inputs, rule.tests, strict=False):
        yield given, cell, language.tests
    for made, cell in zip(decision.outputs, rule.results, strict=False):
        yield made, cell, language.expression


def _cell(
    cell: Cell, column: Input | Output, found: Understood | str, known: frozenset[str] | None
) -> Iterator[str]:
    if isinstance(found, str):
        yield f"«{shown(cell.text)}»: {found}"
        return
    for name in sorted(found.names - known) if known is not None else ():
        yield f"«{shown(name)}» leses ikke av noen inngang; tekst skrives i doble anførselstegn"
    wanted = TYPES.get(column.type)
    for kind in sorted(found.kinds - {wanted}) if wanted else ():
        yield f"«{shown(cell.text)}» er av typen {kind}, men kolonnen er {wanted}"


def _not_allowed(cell: Cell, allowed: Cell, language: Language) -> Iterator[str]:
    """A cell with texts alone, none of which is allowed in the column."""
    if not cell.text or not allowed.text:
        return
    found = [language.tests(text) for text in (cell.text, allowed.text)]
    if found != [Understood(frozenset(), frozenset({"string"}))] * 2:
        return
    passing = language.passing([cell.text, allowed.text])
    if passing and not passing[cell.text] & passing[allowed.text]:
        yield f"«{shown(cell.text)}» er ikke blant de tillatte verdiene {shown(allowed.text)}"


def _names_read(decision: Decision, language: Language) -> frozenset[str] | None:
    """The variables the inputs read; None when one of them cannot be read."""
    found = [language.expression(column.expression.text) for column in decision.inputs]
    known = [each.names for each in found if isinstance(each, Understood)]
    return frozenset().union(*known) if len(known) == len(found) else None


def _unread(key: str, cell: Cell, reader: Reader, title: str) -> Iterator[Fault]:
    found = _understood(cell.text, reader)
    if isinstance(found, str):
        yield key, cell.line, f"{title} «{shown(cell.text)}»: {found}"


def _understood(text: str, reader: Reader) -> Understood | str:
    if len(text) > LONGEST:
        return f"er for langt, høyst {LONGEST} tegn"
    return reader(text) if text else Understood(frozenset())


RULES: tuple[Callable[[Decision, Language], Iterator[Fault]], ...] = (
    _id,
    _nothing_foreign,
    _hit_policy,
    _inputs,
    _outputs,
    _number_of_cells,
    _cells,
)
