"""ISO 8601 times as timers and due dates write them; computes no instants."""

import re
from datetime import datetime

LITERAL = re.compile(r"""["']|\d|P[\dT]|R\d*/""")
DURATION = re.compile(
    r"P(?=\d|T\d)(\d{1,4}Y)?(\d{1,4}M)?(\d{1,4}W)?(\d{1,4}D)?"
    r"(T(?=\d)(\d{1,4}H)?(\d{1,5}M)?(\d{1,6}S)?)?"
)
CYCLE = re.compile(r"R\d{0,4}/(?:([^/]+)/)?([^/]+)")


def literal(text: str) -> str | None:
    """The literal in a timer or due date, without quotes; None for an expression."""
    text = text.strip()
    return text.strip("\"'") if LITERAL.match(text) else None


def is_duration(text: str) -> bool:
    """Whole numbers only, each part at most once, as P1Y2M, P14D or PT36H."""
    return bool(DURATION.fullmatch(text))


def is_date(text: str) -> bool:
    """A date, with or without time and offset."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_cycle(text: str) -> bool:
    """R3/P7D, R/P7D, or R3/<start>/P7D; an interval of nothing would never rest."""
    parts = CYCLE.fullmatch(text)
    if not parts:
        return False
    start, interval = parts.groups()
    moves = is_duration(interval) and bool(re.search("[1-9]", interval))
    return moves and (not start or is_date(start))
