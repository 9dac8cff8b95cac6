"""Our FEEL beside feelin's, on random expressions of the subset: the same value, or a known reason.

More expressions: RODTRAD_FEEL=20000.
"""

import json
import os
import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import isodate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import browser
from forms import feel

COUNT = int(os.environ.get("RODTRAD_FEEL", "400"))
SCRIPT = Path(__file__).with_name("feelin.mjs")
DATA: dict[str, Any] = {
    "n": 3,
    "halv": 2.5,
    "s": "ja",
    "flagg": True,
    "tom": None,
    "tall": [1, 2, 3.5],
    "ord": ["nav", "bup", "ja"],
    "ingen": [],
    "rader": [{"status": "a", "verdi": 1}, {"status": "b", "verdi": 2}],
    "person": {"alder": 14, "navn": "Kim"},
}

# Powers of two divide without a rest in both kinds of number.
NUMBERS = st.one_of(
    st.integers(0, 5).map(str),
    st.sampled_from(["n", "halv", "person.alder", "0.25", "1.5", "100", "-2", "-n"]),
)
TEXTS = st.sampled_from(["s", '"ja"', '"nei"', '""', '"nav"', "person.navn", '"æ"', '"a\\"b"'])
FLAGS = st.sampled_from(["true", "false", "flagg"])
DATES = st.sampled_from(
    [
        'date("2027-01-31")',
        'date("2027-02-28")',
        'date("2028-02-29")',
        "date(2027, 3, 3)",
        'date("2027-02-30")',
    ]
)
DAYS = st.sampled_from([f'duration("{text}")' for text in ("P1D", "-P3D", "P0D", "P10D")])
HOURS = st.one_of(DAYS, st.sampled_from(['duration("PT36H")', 'duration("PT90M")']))
MONTHS = st.sampled_from([f'duration("{text}")' for text in ("P1M", "P12M", "P1Y2M", "-P1Y")])
DURATIONS = st.one_of(HOURS, MONTHS)
NULLS = st.sampled_from(["null", "tom", "borte", "person.borte"])
LISTS = st.one_of(
    st.sampled_from(["tall", "ord", "ingen", "rader.verdi", "rader.status", "[]"]),
    st.lists(st.one_of(NUMBERS, TEXTS, NULLS), max_size=3).map(lambda of: f"[{', '.join(of)}]"),
)
LEAVES = st.one_of(NUMBERS, TEXTS, FLAGS, DATES, DURATIONS, NULLS, LISTS)
SINGLE = st.one_of(NUMBERS, TEXTS, FLAGS, DATES, DURATIONS, NULLS)
ORDERED = st.one_of(
    *[st.tuples(of, of) for of in (NUMBERS, TEXTS, DATES, HOURS, MONTHS)],
    st.tuples(NUMBERS, NULLS),
    st.tuples(NULLS, DATES),
)
ENDS = st.sampled_from([("0", "5"), ("-2", "n"), ("1.5", "3"), ("n", "3")])
RANGED = st.one_of(
    st.tuples(ENDS, NUMBERS),
    st.tuples(st.just(('date("2027-01-31")', 'date("2028-02-29")')), DATES),
    st.tuples(st.just(('"a"', '"k"')), TEXTS),
).map(lambda found: (*found[0], found[1]))
ALIKE = st.one_of(*[st.tuples(of, of, of) for of in (NUMBERS, TEXTS, FLAGS, DATES, DURATIONS)])
COMPARED = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def form(text: str, *parts: Any) -> Any:
    return st.tuples(*parts).map(lambda of: text.format(*of))


def calls(names: str, *parts: Any) -> Any:
    return form(f"{{}}({', '.join('{}' for _ in parts)})", st.sampled_from(names.split()), *parts)


def pairs(text: str, of: Any, *parts: Any) -> Any:
    return st.tuples(of, *parts).map(lambda found: text.format(*found[0], *found[1:]))


def numeric(each: Any) -> Any:
    half = st.sampled_from(["2", "4", "0.5", "0"])
    return st.one_of(
        form("({} {} {})", each, st.sampled_from("+-*"), each),
        form("({} / {})", each, half),
        form("-({})", each),
        form("(if {} then {} else {})", SIMPLE, each, each),
        calls("min max sum", each, each),
        calls("min max sum count", st.sampled_from(["tall", "rader.verdi", "[]", "[n, halv]"])),
        form("count({})", LISTS),
        form("string length({})", TEXTS),
    )


def truths(each: Any) -> Any:
    return st.one_of(
        form("({} {} {})", each, st.sampled_from(["and", "or"]), each),
        form("not({})", each),
        form("(if {} then {} else {})", each, each, each),
    )


RANGES = pairs("{2}{0}..{1}{3}", ENDS, st.sampled_from("[("), st.sampled_from("])"))
SIMPLE = st.one_of(
    form("({} {} {})", SINGLE, st.sampled_from(["=", "!="]), SINGLE),
    pairs("({0} {2} {1})", ORDERED, COMPARED),
    pairs("({2} between {0} and {1})", RANGED),
    pairs("({2} in {3}{0}..{1}{4})", RANGED, st.sampled_from("[("), st.sampled_from("])")),
    form("({} in {})", st.one_of(NUMBERS, TEXTS, FLAGS, DATES, NULLS), LISTS),
    pairs("({} in ({}, {}))", ALIKE),
    form("({} in ({}, {}))", NUMBERS, RANGES, NUMBERS),
    form("list contains({}, {})", LISTS, LEAVES),
    form("contains({}, {})", TEXTS, TEXTS),
    form("starts with({}, {})", TEXTS, TEXTS),
    FLAGS,
    NULLS,
)
SUMS = st.one_of(
    form("({} {} {})", DATES, st.sampled_from("+-"), st.one_of(DAYS, MONTHS)),
    form("({} {} {})", DURATIONS, st.sampled_from("+-"), DURATIONS),
    form("({} - {})", DATES, DATES),
    form("({} + {})", TEXTS, LEAVES),
    form("({} {} {})", NUMBERS, st.sampled_from("+-*/"), st.one_of(TEXTS, NULLS, LISTS, DATES)),
)
QUANTIFIED = st.sampled_from(
    [
        *("some x in tall", "every x in tall", "some x in ingen", "every x in ingen"),
        *("every x in [1, 2]", "some x in rader.verdi, y in tall"),
    ]
)
KNOWN = st.one_of(
    form("(x {} {})", COMPARED, NUMBERS),
    form("list contains({}, x)", LISTS),
    form("(x + {} > 3 and {})", NUMBERS, FLAGS),
    FLAGS,
)
TRUTHS = st.one_of(SIMPLE, truths(SIMPLE), form("({} satisfies {})", QUANTIFIED, KNOWN))
EXPRESSIONS = st.one_of(
    TRUTHS,
    truths(TRUTHS),
    SUMS,
    numeric(NUMBERS),
    numeric(st.one_of(NULLS, numeric(NUMBERS))),
    form("({} {} {})", numeric(NUMBERS), COMPARED, numeric(NUMBERS)),
)


def cells(values: Any, ends: Any) -> Any:
    """Cells over values of one type."""
    test = st.one_of(
        form("{} {}", st.sampled_from(["<", "<=", ">", ">="]), values),
        pairs("{2}{0}..{1}{3}", ends, st.sampled_from("[("), st.sampled_from("])")),
        values,
    )
    few = st.one_of(test, form("{}, {}", test, test), form("{}, {}, {}", test, test, test))
    return st.one_of(few, form("not({})", few))


CELLS = st.one_of(
    st.tuples(cells(NUMBERS, ENDS), st.sampled_from([0, 1, 3, 2.5, -2, 100])),
    st.tuples(cells(TEXTS, st.just(('"a"', '"k"'))), st.sampled_from(["ja", "nei", "", "bup"])),
    st.tuples(FLAGS, st.just(True)),
    st.tuples(st.sampled_from(["-", "null", "not(null)"]), st.sampled_from([1, "ja", None, True])),
)


def asked_of_feelin(asked: list[Any]) -> list[Any]:
    """feelin's answers, by one run of Node."""
    library = browser.installed() / "feelin/dist/index.js"
    done = subprocess.run(
        [browser.node_path(), str(SCRIPT), str(library)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return [theirs(json.loads(line)) for line in done.stdout.splitlines()]


def theirs(answer: Any) -> Any:
    return ("error",) if "error" in answer else same(answer["value"])


def same(value: Any) -> Any:  # noqa: C901 - one case a kind
    """A value in a form in which both can be compared; numbers to twelve digits."""
    match value:
        case bool() | None | str():
            return value
        case int() | float():
            return float(f"{value:.12g}")
        case datetime() | date():
            return ("date", value.isoformat())
        case timedelta():
            return ("duration", 0, value.total_seconds())
        case isodate.Duration():
            months = value.years * 12 + value.months
            return ("duration", int(months), value.tdelta.total_seconds())
        case {"kind": "FeelDuration", "text": text}:
            return same(isodate.parse_duration(text))
        case {"kind": "FeelDate", "text": text}:
            return ("date", text)
        case {"kind": _}:
            return None
        case tuple():
            return value
        case list():
            return [same(each) for each in value]
        case dict():
            return {key: same(each) for key, each in value.items()}
    raise TypeError(value)


def ours(text: str, data: dict[str, Any], unary: bool) -> Any:
    try:
        made = feel.parse_tests(text) if unary else feel.parse(text)
        return same(made.evaluate(feel.tested(data["?"], data) if unary else data))
    except feel.FeelError:
        return ("error",)


def collected(strategy: Any, count: int) -> list[Any]:
    """That many different examples, always the same ones."""
    found: dict[str, Any] = {}

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: Any) -> None:
        found[json.dumps(example)] = example

    collect()
    return list(found.values())


def told_apart(asked: list[Any]) -> list[tuple[str, Any, Any]]:
    """What we answer otherwise than feelin, the shortest first. A cell lets through or does not."""
    found = []
    for (text, data, unary), answer in zip(asked, asked_of_feelin(asked), strict=True):
        pair = ours(text, data, unary), answer
        pair = (pair[0] is True, pair[1] is True) if unary else pair
        if pair[0] != pair[1]:
            found.append((text, *pair))
    return sorted(found, key=lambda each: len(each[0]))


def test_expressions_have_feelins_values() -> None:
    """Over numbers, texts, days, durations, lists and null, well typed and not."""
    asked = [[text, DATA, False] for text in collected(EXPRESSIONS, COUNT)]
    assert len(asked) > COUNT / 3
    assert told_apart(asked) == []


def test_cells_let_through_what_feelins_do() -> None:
    """Unary tests of numbers, texts and days."""
    asked = [[text, {**DATA, "?": value}, True] for text, value in collected(CELLS, COUNT)]
    assert len(asked) > COUNT / 3
    assert told_apart(asked) == []


ERROR = ("error",)
DIFFERENT = [
    # expression, ours, feelin's, why ours is so
    ("0.1 + 0.2 = 0.3", True, False, "numbers are decimal, as the standard says"),
    ("1 / 3 * 3 = 1", False, True, "numbers are decimal, with 34 digits"),
    ("if 1 then 2 else 3", 3, 2, "only true is true"),
    ("1 >= true", None, ERROR, "what cannot be compared is null"),
    ("tall < 1", None, False, "lists have no order"),
    ("flagg < flagg", None, ERROR, "truth has no order"),
    ('min("b", "a")', "a", None, "all that has an order has a least"),
    ('max(date("2027-01-01"))', ("date", "2027-01-01"), None, "so too days"),
    ("3 in [5..1]", False, True, "a range is from its low end to its high end"),
    ("3 between 5 and 1", False, True, "between too"),
    ('"a" in [1..3]', None, True, "what cannot be compared is null"),
    ("2 in [null..3]", None, True, "what is beyond null is not known"),
    ("3 in (1, true)", None, False, "or is ternary: perhaps it is the other"),
    ("tall in tall", True, False, "a list is in what it equals"),
    ("[1] = []", False, None, "lists of different lengths differ"),
    ("some x in [1, null] satisfies x > 2", None, False, "some is or, which is ternary"),
    ("every x in [1, null] satisfies x < 2", None, False, "every is and"),
    ('duration("P1Y") > duration("P1D")', None, True, "how many days a year has is not known"),
    ('date("2027-01-31") + duration("PT36H")', ("date", "2027-02-01"), None, "from midnight"),
    ('date("2027-01-31") - duration("PT1H")', ("date", "2027-01-30"), None, "from midnight"),
    ('date("2027-03-10T12:00:00Z")', ("date", "2027-03-10"), None, "a moment has a day"),
    ('duration("P1W") = duration("P7D")', True, False, "weeks are ISO 8601; timers have them"),
    ('date("2027-01-31") < "2027"', None, False, "what cannot be compared is null"),
    ("is defined(tom)", False, None, "Camunda's function, which feelin lacks"),
    ("[1, 2, 3][1]", ERROR, 1, "filters are left out: they have no bound"),
    ("for x in tall return x", ERROR, [1, 2, 3.5], "loops are left out: they can grow"),
    ("{a: 1}.a", ERROR, 1, "contexts are left out"),
    ("2 ** 3", ERROR, 8, "powers are left out: they can grow"),
    ('matches("aa", "a+")', ERROR, True, "regular expressions are left out: they can hang"),
    ("_x", ERROR, None, "no name begins so"),
    ("1 = 1 = true", ERROR, True, "comparisons in a row are mistakes"),
]


def test_every_known_difference_is_one() -> None:
    """Both answers, so that a new feelin or a change of ours is noticed."""
    answers = asked_of_feelin([[text, DATA, False] for text, *_ in DIFFERENT])
    for (text, own, others, why), answer in zip(DIFFERENT, answers, strict=True):
        assert (ours(text, DATA, False), answer) == (same(own), same(others)), (text, why)


DIFFERENT_CELLS = [
    # cell, value, whether it passes with us, with feelin, why
    ("< 4", True, False, True, "truth has no order"),
    ("flagg", 1, False, True, "a cell is compared with the value, also when it is true by itself"),
    ("not(3)", "ja", False, True, "what cannot be compared is null, and so its opposite"),
]


def test_every_known_difference_of_cells_is_one() -> None:
    """Likewise."""
    asked = [[text, {**DATA, "?": value}, True] for text, value, *_ in DIFFERENT_CELLS]
    answers = asked_of_feelin(asked)
    for (text, value, own, others, why), answer in zip(DIFFERENT_CELLS, answers, strict=True):
        found = ours(text, {**DATA, "?": value}, True) is True
        assert (found, answer is True) == (own, others), (text, why)
