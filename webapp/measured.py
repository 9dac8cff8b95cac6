"""What is measured over time, ready for a page: each scale in words, with a chart where it moves.

It will not compare anything itself: `workflows.measurements` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from webapp import charts
from webapp.display import date_short
from webapp.edge import translated
from workflows import measurements
from workflows.cases import CaseView
from workflows.measurements import Comparison


@dataclass(frozen=True)
class Line:
    """One scale: what has changed in words, and the chart of it when asked more than once."""

    compared: Comparison
    change: str
    chart: charts.Trend | None


def lines(case: CaseView, person_id: UUID | None = None) -> Sequence[Line]:
    """Every scale measured in a case that is shown; those of one person alone, if named."""
    return [
        Line(one, measurements.change_words(one, translated), _chart(one))
        for one in case.measured
        if person_id in (None, one.person_id)
    ]


def _chart(compared: Comparison) -> charts.Trend | None:
    taken = [(row.taken_on, row.value) for row in compared.measurements]
    first, latest = compared.first, compared.latest
    names = date_short(first.taken_on), date_short(latest.taken_on)
    return charts.over_time(taken, (latest.lowest, latest.highest), names)
