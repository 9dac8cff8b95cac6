"""Numbers and addresses that belong to nobody: synthetic national numbers, telephones, e-mail."""

import re
import unicodedata
from datetime import date
from random import Random

from forms import national_number

SYNTHETIC = 80
"""Added to the month, as Skatteetaten's Tenor does, so that the number can be nobody's."""
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "đ": "d"})


def synthetic_number(born: date, random: Random) -> str:
    """A national number with valid check digits that the month marks as synthetic."""
    while True:
        individual = random.randrange(500, 1000) if born.year >= 2000 else random.randrange(500)
        day = f"{born.day:02}{born.month + SYNTHETIC:02}{born.year % 100:02}{individual:03}"
        for check in range(100):
            number = f"{day}{check:02}"
            if national_number.fault(number, date(2026, 1, 1)) is None:
                return number


def mobile(number: int) -> str:
    """A telephone number of a private person."""
    return f"990 00 {number:03}"


def office(number: int) -> str:
    """A telephone number of a service or someone who works there."""
    return f"55 00 {number // 100:02} {number % 100:02}"


def username(name: str) -> str:
    """A name as it is typed to log in."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    without_marks = "".join(each for each in plain if not unicodedata.combining(each))
    return re.sub("[^a-z]+", ".", without_marks).strip(".")


def email(name: str, domain: str) -> str:
    """An address under `.example`, which is reserved and never delivered (RFC 2606)."""
    return f"{username(name)}@{domain}.example"
