"""Dates and times as people in Norway type them, and as we show them. It knows no holidays."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONTHS = (
    "januar",
    "februar",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "desember",
)
NAMED_DAYS = {
    "i dag": 0,
    "idag": 0,
    "i morgen": 1,
    "imorgen": 1,
    "i går": -1,
    "igår": -1,
    "i overmorgen": 2,
}
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_NUMBERS = re.compile(r"([0-9]{1,2})[./ -]+([0-9]{1,2})[./ -]+([0-9]{4}|[0-9]{2})")
_COMPACT = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4}|[0-9]{2})")
_WORDS = re.compile(r"([0-9]{1,2})[. ]+([a-zæøå]{3,9})[. ]+([0-9]{4}|[0-9]{2})")
_TIME = re.compile(r"(?:kl\.? ?)?([0-9]{1,2})(?:[.: ]?([0-9]{2}))?")


def oslo_today() -> date:
    """The date in Norway now."""
    return datetime.now(ZoneInfo("Europe/Oslo")).date()


def parse_date(typed: str, today: date) -> date | None:
    """The date somebody typed, or None when it is not one we are sure of.

    Takes dd.mm.åååå, d.m.åå, ddmmåååå, åååå-mm-dd, «3. mars 2027», «i dag», «i morgen», «i går».
    Two figures for the year mean the one from 80 years ago to 19 years ahead.
    """
    text = " ".join(typed.lower().split())
    if len(text) > 40:
        return None
    if text in NAMED_DAYS:
        return today + timedelta(days=NAMED_DAYS[text])
    if found := _ISO.fullmatch(text):
        return _day(found[1], int(found[2]), found[3], today)
    if found := _NUMBERS.fullmatch(text) or _COMPACT.fullmatch(text):
        return _day(found[3], int(found[2]), found[1], today)
    if found := _WORDS.fullmatch(text):
        return _day(found[3], _month(found[2]), found[1], today)
    return None


def _month(name: str) -> int:
    return next((at for at, month in enumerate(MONTHS, 1) if month.startswith(name)), 0)


def _day(year: str, month: int, day: str, today: date) -> date | None:
    full = int(year)
    if len(year) == 2:
        oldest = today.year - 80
        full = oldest + (full - oldest) % 100
    try:
        return date(full, month, int(day)) if 1800 <= full <= 2200 else None
    except ValueError:
        return None


def parse_time(typed: str) -> time | None:
    """The time of day somebody typed («14.30», «1430», «kl. 9»), or None."""
    found = _TIME.fullmatch(" ".join(typed.lower().split()))
    try:
        return time(int(found[1]), int(found[2] or 0)) if found else None
    except ValueError:
        return None


def show_date(iso: str) -> str:
    """«2027-03-03» as «03.03.2027»; anything else as it is."""
    try:
        return date.fromisoformat(iso).strftime("%d.%m.%Y")
    except ValueError:
        return iso
