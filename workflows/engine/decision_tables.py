"""Decision tables are asked here: FEEL over process variables, within one budget for the table.

SpiffWorkflow's own DMN engine evaluates Python and is not used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bpmn.decisions import AGGREGATIONS, HIT_POLICIES, LISTS, TYPES, Decision, Input, Rule
from forms import feel
from workflows.engine.expressions import expression
from workflows.engine.problems import UnusableDiagram

BUDGET = 200_000  # steps in one evaluation of a table
AGGREGATES = {name: feel.parse(f"{name.lower()}(resultater)") for name in AGGREGATIONS}
AS_DATE = feel.parse("date(verdi)")

Results = dict[str, Any]
Hit = tuple[int, Results]  # the rule's number, from 1, and what it gives


@dataclass(frozen=True)
class Row:
    """A rule: a test for each input, a result for each output."""

    tests: tuple[feel.Expression, ...]
    results: tuple[feel.Expression, ...]

    @classmethod
    def compile(cls, rule: Rule, element: str) -> "Row":
        """Ready to be asked; an empty result is null."""
        return cls(
            tuple(expression(cell.text, element, feel.parse_tests) for cell in rule.tests),
            tuple(expression(cell.text or "null", element) for cell in rule.results),
        )

    def fits(self, run: feel.Run, data: list[Mapping[str, Any]]) -> bool:
        """Whether every test is true, each over the data of its input; null is not."""
        tests = zip(self.tests, data, strict=True)
        return all(test.evaluate_in(run, over) is True for test, over in tests)


@dataclass(frozen=True)
class Table:
    """A decision table as one business rule task asks it."""

    element: str
    decision: Decision
    inputs: tuple[tuple[feel.Expression, bool], ...]
    """The expression of each, and whether its text is to be read as a date."""
    rows: tuple[Row, ...]

    @classmethod
    def compile(cls, decision: Decision, element: str) -> "Table":
        """Ready to be asked by an element; UnusableDiagram when something in it is not valid."""
        if fault := _fault(decision):
            raise UnusableDiagram(element, f"{_titled(decision)} {fault}.")
        return cls(
            element,
            decision,
            tuple(_input(column, element) for column in decision.inputs),
            tuple(Row.compile(rule, element) for rule in decision.rules),
        )

    def decide(self, variables: Mapping[str, Any], today: date) -> Results:
        """Output name → value; UnusableDiagram when the rules contradict the hit policy.

        Null when no rule fits, or an empty list where results are listed.
        """
        try:
            hits = self._hits(feel.Run(BUDGET, today), variables)
            return self._combined(hits)
        except feel.FeelError as error:
            raise UnusableDiagram(self.element, f"{_titled(self.decision)}: {error}") from error

    def _hits(self, run: feel.Run, variables: Mapping[str, Any]) -> Iterator[Hit]:
        data = [
            feel.tested(_value(source, run, variables, dated=dated), variables)
            for source, dated in self.inputs
        ]
        for number, row in enumerate(self.rows, 1):
            if row.fits(run, data):
                values = [result.evaluate_in(run, variables) for result in row.results]
                yield number, dict(zip(self._names, values, strict=True))

    @property
    def _names(self) -> list[str]:
        return [column.name for column in self.decision.outputs]

    def _combined(self, hits: Iterator[Hit]) -> Results:
        policy = self.decision.hit_policy
        if policy in LISTS:
            return self._listed([results for _number, results in hits])
        first = next(hits, None)
        if first is None:
            return dict.fromkeys(self._names)
        for other in hits if policy != "FIRST" else ():
            self._agree(first, other)
        return first[1]

    def _agree(self, first: Hit, other: Hit) -> None:
        """One rule alone for UNIQUE; for ANY several that give the same."""
        if self.decision.hit_policy == "UNIQUE" or first[1] != other[1]:
            rules = f"regel {first[0]} og {other[0]} passer begge"
            reason = f"{_titled(self.decision)}: {rules}, og treffregelen er "
            raise UnusableDiagram(self.element, f"{reason}{self.decision.hit_policy}.")

    def _listed(self, found: list[Results]) -> Results:
        lists: Results = {name: [results[name] for results in found] for name in self._names}
        aggregate = AGGREGATES.get(self.decision.aggregation)
        if aggregate is None:
            return lists
        return {name: aggregate.evaluate({"resultater": lists[name]}) for name in lists}


def _input(column: Input, element: str) -> tuple[feel.Expression, bool]:
    return expression(column.expression.text, element), TYPES.get(column.type) == "date"


def _value(
    source: feel.Expression, run: feel.Run, variables: Mapping[str, Any], *, dated: bool
) -> Any:
    """An input's value. Process variables hold dates as text, so a date column reads it as one."""
    value = source.evaluate_in(run, variables)
    return AS_DATE.evaluate_in(run, {"verdi": value}) if dated else value


def _fault(decision: Decision) -> str | None:
    """What makes a table impossible to ask, of that which is no expression."""
    if decision.hit_policy not in HIT_POLICIES:
        return f"har treffregelen {decision.hit_policy}, som ikke støttes"
    if decision.aggregation not in {"", *AGGREGATIONS}:
        return f"har sammenslåingen {decision.aggregation}, som ikke støttes"
    wide = len(decision.inputs), len(decision.outputs)
    if any((len(rule.tests), len(rule.results)) != wide for rule in decision.rules):
        return "har regler med feil antall celler"
    return None


def _titled(decision: Decision) -> str:
    return f"Beslutningstabellen «{decision.title[:80]}»"
