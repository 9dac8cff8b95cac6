"""When a timer is due. The time is what the caller says: nothing here reads the wall clock."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import isodate

from bpmn.problems import shown
from forms import feel
from workflows.engine.expressions import expression
from workflows.engine.problems import UnusableDiagram

Calendar = Callable[[datetime, timedelta | isodate.Duration], datetime]
LOCAL = ZoneInfo("Europe/Oslo")  # of dates and times written without a zone
BASES = frozenset({"person", "plan"})
"""What the surroundings can tell of and change while a timer waits. Own variables go before."""
Bases = Callable[[str | None], Mapping[str, Any]]
"""Multi-instance item → the bases of a timer there."""
LITERAL = re.compile(r"R\d*/|P[\dT]|\d{4}-\d\d")


def no_bases(_: str | None) -> Mapping[str, Any]:
    """Nothing to reckon from."""
    return {}


@dataclass(frozen=True)
class Clock:
    """The instant a case lives in, the rule that makes (instant, duration) a due instant, and what

    times are reckoned from.
    """

    now: datetime
    calendar: Calendar
    bases: Bases = no_bases

    def at(self, instant: str) -> "Clock":
        """The same at another instant."""
        return replace(self, now=datetime.fromisoformat(instant))

    def evaluate(self, expression: feel.Expression, variables: Mapping[str, Any]) -> Any:
        """The value of an expression, today being the day of this instant."""
        return expression.evaluate(variables, today=self.today)

    @property
    def today(self) -> date:
        """The day of this instant."""
        return self.now.astimezone(LOCAL).date()


@dataclass(frozen=True)
class Time:
    """The time of a timer event: an ISO 8601 literal, or FEEL over variables that hold one."""

    element: str
    source: str | feel.Expression

    @classmethod
    def read(cls, text: str, element: str) -> "Time":
        """From the body of timeDuration, timeDate or timeCycle, with or without quotes."""
        literal = text.strip().strip("\"'").strip()
        if not LITERAL.match(literal) or '"' in literal:
            return cls(element, expression(text, element))
        _parsed(literal, element, literal)
        return cls(element, literal)

    @property
    def follows(self) -> bool:
        """Whether it is reckoned from something that may change while it waits."""
        return not isinstance(self.source, str) and not BASES.isdisjoint(self.source.names)

    def set(
        self, variables: Mapping[str, Any], clock: Clock, item: str | None = None
    ) -> dict[str, Any]:
        """As `due`, also of what is reckoned from a base; not known, it has no instant yet."""
        if not self.follows:
            return self.due(variables, clock)
        seen = {**clock.bases(item), **variables}
        if not isinstance(self.source, str) and clock.evaluate(self.source, seen) is None:
            return {"due": None, "since": _text(clock.now)}
        return self.due(seen, clock)

    def due(self, variables: Mapping[str, Any], clock: Clock) -> dict[str, Any]:
        """The due instant (`due`), and what it is counted from (`since`).

        Of a cycle also its interval (`every`) and how many are left (`left`).
        """
        return self._due(variables, clock) | {"since": _text(clock.now)}

    def _due(self, variables: Mapping[str, Any], clock: Clock) -> dict[str, Any]:
        source = self.source
        value = source if isinstance(source, str) else clock.evaluate(source, variables)
        match _parsed(value, self.element, source if isinstance(source, str) else source.source):
            case (left, None, str(every)):
                return {
                    "due": _text(clock.calendar(clock.now, isodate.parse_duration(every))),
                    "every": every,
                    "left": left,
                }
            case (left, datetime() as start, str(every)):
                return {"due": _text(start), "every": every, "left": left}
            case datetime() as at:
                return {"due": _text(at)}
            case duration:
                return {"due": _text(clock.calendar(clock.now, duration))}


def again(armed: Mapping[str, Any], clock: Clock) -> dict[str, Any] | None:
    """The next occurrence of a timer that has just fired, counted from now, or None."""
    every, left = armed.get("every"), armed.get("left")
    if every is None or left == 1:
        return None
    due = _text(clock.calendar(clock.now, isodate.parse_duration(every)))
    return {"due": due, "every": every, "left": left and left - 1, "since": _text(clock.now)}


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def _parsed(value: Any, element: str, written: str) -> Any:
    """The time a value says. The fault names what is written, not the value: that may be told."""
    try:
        return _moment(value)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        reason = f"«{shown(written)}» er ikke et tidspunkt eller en varighet."
        raise UnusableDiagram(element, reason) from error


def _moment(value: Any) -> Any:
    match value:
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=LOCAL)
        case date():
            return datetime(value.year, value.month, value.day, tzinfo=LOCAL)
        case timedelta() | isodate.Duration():
            return value
        case str() if value.startswith("R"):
            return _cycle(value)
        case str() if value.startswith("P"):
            return isodate.parse_duration(value)
        case str():
            return _moment(datetime.fromisoformat(value))
    raise TypeError(value)


def _cycle(value: str) -> tuple[int | None, datetime | None, str]:
    count, *rest = value.removeprefix("R").split("/")
    start, every = _moment(rest[0]) if len(rest) == 2 else None, rest[-1]
    wrong = len(rest) > 2 or count == "0" or isinstance(start, timedelta | isodate.Duration)
    if wrong or isodate.parse_duration(every) == timedelta(0):
        raise ValueError(value)
    return int(count) if count else None, start, every
