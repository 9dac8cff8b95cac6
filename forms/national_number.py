"""Fødselsnummer and D-nummer: whether eleven digits can be one. It looks nobody up, derives no sex.

Month + 80 (Skatteetaten's Tenor), + 40 and + 65 mark synthetic numbers. Numbers issued from 2032 on
allow a remainder of 0–3 for the first check digit; until then those can only be typing errors.
"""

import re
from datetime import date

from forms.texts import _

FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
SYNTHETIC_MONTHS = (80, 65, 40)
NEW_RULE_FROM = 2032

LENGTH = _("Et fødselsnummer har elleve sifre.")
DATE = _("Fødselsnummeret begynner ikke med en gyldig dato. Se etter skrivefeil.")
DIGITS = _("Fødselsnummeret er ikke gyldig. Se etter skrivefeil.")


def digits(typed: str) -> str:
    """The digits of a number typed with spaces or a dash: «010190 12345»."""
    return re.sub(r"[\s.-]", "", typed)


def fault(number: str, today: date) -> str | None:
    """Why these digits cannot be a fødselsnummer or D-nummer, to translate; None when they can."""
    if not re.fullmatch("[0-9]{11}", number):
        return LENGTH
    if not _has_date(number):
        return DATE
    allowed = (0, 1, 2, 3) if today.year >= NEW_RULE_FROM else (0,)
    if _remainder(number, FIRST) not in allowed or _remainder(number, SECOND):
        return DIGITS
    return None


def _remainder(number: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False)) % 11


def _has_date(number: str) -> bool:
    day, month, year = int(number[:2]), int(number[2:4]), int(number[4:6])
    day -= 40 if day > 40 else 0  # D-nummer
    month -= next((added for added in SYNTHETIC_MONTHS if month > added), 0)
    # The century no longer follows from the digits after 2032, and only 29 February depends on it.
    return any(_is_day(century + year, month, day) for century in (1800, 1900, 2000))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
