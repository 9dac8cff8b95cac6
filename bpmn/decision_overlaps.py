"""Finds rules of a sound decision table that stand in one another's way, where that is certain."""

from collections.abc import Callable, Iterator
from itertools import combinations

from bpmn.decision_language import Language, Understood
from bpmn.decisions import Decision, Rule
from bpmn.rules import Fault

ANYTHING = frozenset({"", "-"})

Pair = Callable[[Rule, Rule], bool]


def collisions(decision: Decision, language: Language) -> Iterator[Fault]:
    """Rules that can fit together where one alone must, and rules that are never reached."""
    if decision.hit_policy == "UNIQUE":
        words = "kan passe samtidig, men treffregelen er UNIQUE"
        yield from _pairs(decision, _meeting(decision, language), words)
    elif decision.hit_policy == "FIRST":
        yield from _pairs(decision, _covers, "passer samtidig, så den siste blir aldri brukt")


def _pairs(decision: Decision, collide: Pair, words: str) -> Iterator[Fault]:
    told: set[int] = set()
    for (one, rule), (other, later) in combinations(enumerate(decision.rules, 1), 2):
        if other not in told and collide(rule, later):
            told.add(other)
            yield later.id, later.line, f"Regel {one} og {other} {words}"


def _covers(rule: Rule, later: Rule) -> bool:
    """Whether the rule fits whenever the later one does."""
    pairs = zip(rule.tests, later.tests, strict=True)
    return all(a.text in ANYTHING or a.text == b.text for a, b in pairs)


def _meeting(decision: Decision, language: Language) -> Pair:
    """Whether some case fits both rules; of inputs that depend on one another, if one covers."""
    if not _independent(decision, language):
        return lambda rule, later: _covers(rule, later) or _covers(later, rule)
    columns = list(zip(*(rule.tests for rule in decision.rules), strict=True))
    passing = [language.passing({cell.text for cell in cells}) for cells in columns]

    def meet(rule: Rule, later: Rule) -> bool:
        texts = ((a.text, b.text) for a, b in zip(rule.tests, later.tests, strict=True))
        return all(
            a == b or bool(known and known[a] & known[b])
            for known, (a, b) in zip(passing, texts, strict=True)
        )

    return meet


def _independent(decision: Decision, language: Language) -> bool:
    """Whether no two inputs read the same variable."""
    found = [language.expression(column.expression.text) for column in decision.inputs]
    names = [name for each in found if isinstance(each, Understood) for name in each.names]
    return len(names) == len(set(names))
