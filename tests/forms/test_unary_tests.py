"""Cells of decision tables: which values pass, what is refused, and what is known without data."""

from datetime import date

import pytest

from forms import feel
from forms.feel import cells

DAY = date(2027, 3, 3)
LIMITS = {"grense": 12}


def passes(text: str, value: object) -> object:
    return feel.parse_tests(text).evaluate(feel.tested(value, LIMITS))


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("-", 1, True),
        ("-", None, True),
        ("", "hva som helst", True),
        ("< 18", 17, True),
        ("< 18", 18, False),
        (">= 18", 18, True),
        ("[7..12)", 7, True),
        ("[7..12)", 12, False),
        ("(7..12]", 7, False),
        ("12", 12, True),
        ("-5", -5, True),
        ("1, 2, > 10", 2, True),
        ("1, 2, > 10", 11, True),
        ("1, 2, > 10", 3, False),
        ('"ja", "kanskje"', "ja", True),
        ('"ja", "kanskje"', "nei", False),
        ('["ja", "kanskje"]', "kanskje", True),
        ('not("ja", "kanskje")', "nei", True),
        ('not("ja", "kanskje")', "ja", False),
        ("not(< 18)", 18, True),
        ("true", True, True),
        ("false", True, False),
        ("null", None, True),
        ("null", 0, False),
        ("not(null)", 0, True),
        ("not(null)", None, False),
        ('date("2027-03-03")', DAY, True),
        ('< date("2027-03-03")', DAY, False),
        ('[date("2027-01-01")..date("2027-12-31")]', DAY, True),
        ("< grense", 11, True),
        ("<= grense + 1", 13, True),
    ],
)
def test_a_cell_lets_through_what_the_standard_says(
    text: str, value: object, expected: bool
) -> None:
    """Each form of unary test in the subset passes and stops the values the DMN standard says."""
    assert passes(text, value) is expected


@pytest.mark.parametrize("text", ["< 18", "[7..12)", "not(< 18)", "> ukjent"])
def test_a_comparison_with_null_is_null(text: str) -> None:
    """What is not known neither passes nor fails, also inside not(…)."""
    assert passes(text, None) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<", "ikke ferdig"),
        ("[7..", "ikke ferdig"),
        ("7..12", "Forsto ikke"),
        ("= 5", "Skriv verdien alene"),
        ("!= 5", "Skriv verdien alene"),
        ("1,", "ikke ferdig"),
        ("not(1", "Mangler"),
        ("not(1), 2", "Forsto ikke"),
        ("'ja'", "doble anførselstegn"),
        ("? > 5", "kan ikke brukes"),
        ("1; 2", "kan ikke brukes"),
        ("alder < 5", "på rad"),
        ("1 " * 3_000, "for langt"),
    ],
)
def test_a_cell_that_is_no_test_is_refused(text: str, message: str) -> None:
    """The message says what is wrong, in words."""
    with pytest.raises(feel.FeelError, match=message):
        feel.parse_tests(text)


def test_a_cell_reads_its_variables_and_not_its_input() -> None:
    """What a cell tests is no variable of the process."""
    assert feel.parse_tests("< grense, [1..andre.verdi]").names == {"grense", "andre"}


def test_expressions_can_share_a_budget() -> None:
    """A table with many small cells is stopped as one large expression would be."""
    run = feel.Run(5, DAY)
    cell = feel.parse_tests("< 18")
    cell.evaluate_in(run, feel.tested(1, {}))
    with pytest.raises(feel.FeelError, match="for lang tid"):
        cell.evaluate_in(run, feel.tested(1, {}))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("-", set()),
        ("null", set()),
        ("< 18", {"number"}),
        ('[1..3], "ja"', {"number", "string"}),
        ("not(true)", {"boolean"}),
        ('> date("2027-01-01")', {"date"}),
        ('date("2027-02-30")', {"null"}),
        ("< grense", set()),
        ('< date(frist) + duration("P1D")', set()),
    ],
)
def test_the_types_of_a_cell_are_known_before_it_is_used(text: str, kinds: set[str]) -> None:
    """Only constants tell, and not those that are parts of something that reads a variable."""
    assert cells.kinds(feel.parse_tests(text)) == kinds


def test_the_type_of_a_result_is_that_of_its_constant() -> None:
    """A result that is computed from variables may be anything."""
    assert cells.kinds(feel.parse('"ja"')) == {"string"}
    assert cells.kinds(feel.parse("grense + 1")) == set()


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("< 7", "[7..12)", False),
        ("< 7", "[6..12)", True),
        ("[7..12]", "[12..15)", True),
        ("< 3", "< 5", True),
        ("-", "> 5", True),
        ("null", "< 5", False),
        ("null", "-", True),
        ('"ja"', '"nei"', False),
        ('"ja"', 'not("nei")', True),
        ("true", "1", False),
        ('< date("2027-01-02")', '> date("2026-12-31")', True),
        ('< date("2027-01-01")', '>= date("2027-01-01")', False),
        ("< grense", "> 5", False),
    ],
)
def test_a_value_that_passes_both_is_found(one: str, other: str, together: bool) -> None:
    """Samples are taken at and beside the constants; what reads a variable passes none."""
    found = cells.passing([one, other])
    assert bool(found[one] & found[other]) is together


def test_too_many_constants_are_not_tried() -> None:
    """A column with very much in it is left alone rather than worked on for long."""
    assert cells.passing([str(number) for number in range(200)]) == {}
