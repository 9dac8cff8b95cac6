"""Fødselsnummer and D-nummer, made here by the published weights."""

from datetime import date

import pytest

from forms import national_number

TODAY = date(2027, 3, 3)
AFTER = date(2032, 1, 1)


def made(nine, first_remainder=0):
    """Eleven digits from nine, or None when this nine has no check digits."""
    weighted = sum(int(d) * w for d, w in zip(nine, (3, 7, 6, 1, 8, 9, 4, 5, 2), strict=True))
    first = (first_remainder - weighted) % 11
    ten = f"{nine}{first}"
    if first == 10:
        return None
    second = -sum(int(d) * w for d, w in zip(ten, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
    return None if second == 10 else f"{ten}{second}"


def some(date_part, **how):
    return next(found for n in range(100, 999) if (found := made(f"{date_part}{n}", **how)))


@pytest.mark.parametrize(
    "date_part",
    ["010190", "290200", "410190", "018190", "014190", "016690", "418190"],
    ids=["plain", "leap day", "D-number", "+80", "+40", "+65", "synthetic D-number"],
)
def test_a_number_with_right_digits_is_taken(date_part):
    """Born, D-number and every kind of synthetic number."""
    assert national_number.fault(some(date_part), TODAY) is None


@pytest.mark.parametrize("date_part", ["320190", "001190", "011390", "300290", "719990"])
def test_a_number_without_a_date_is_refused(date_part):
    """Right check digits do not help when no day is meant."""
    assert national_number.fault(some(date_part), TODAY) == national_number.DATE


def test_every_single_typing_error_is_found():
    """One wrong digit gives another sentence than silence, wherever it stands."""
    number = some("010190")
    for at in range(11):
        for digit in "0123456789":
            wrong = number[:at] + digit + number[at + 1 :]
            assert wrong == number or national_number.fault(wrong, TODAY)


def test_the_first_check_digit_has_four_remainders_from_2032():
    """Before 2032 a remainder of 1–3 is a typing error; afterwards it may have been issued."""
    for remainder in (1, 2, 3):
        number = some("010132", first_remainder=remainder)
        assert national_number.fault(number, TODAY) == national_number.DIGITS
        assert national_number.fault(number, AFTER) is None
    assert national_number.fault(some("010132", first_remainder=4), AFTER) == national_number.DIGITS


@pytest.mark.parametrize("typed", ["", "1", "123456789012", "0101901234x", "०१०१९०१२३४५"])
def test_other_than_eleven_digits_is_refused(typed):
    """Also digits of other scripts."""
    assert national_number.fault(national_number.digits(typed), TODAY) == national_number.LENGTH


def test_spaces_and_dashes_are_taken_away():
    """People group the digits as they like."""
    assert national_number.digits(" 010190 123-45 ") == "01019012345"
