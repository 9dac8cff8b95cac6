"""Each fault that a decision table can have is found, alone, on its line and in words."""

from typing import NamedTuple

import pytest

from bpmn import decision_checking
from bpmn.decision_reading import read
from tests.bpmn.decision_samples import TABLE, planted, problems_in
from tests.bpmn.samples import line_of
from workflows.cells import Feel

B1, C2 = '<inputEntry id="b1"><text>[7..18)', '<inputEntry id="c2"><text>not("ja")'
A4, B3 = '<outputEntry id="a4"><text>1', '<outputEntry id="b3"><text>"lang"'
NOT_NUMBER = "«{}» er av typen {}, men kolonnen er number"
UNREAD = "«{}» leses ikke av noen inngang; tekst skrives i doble anførselstegn"
TWICE = "Regel {} og {} kan passe samtidig, men treffregelen er UNIQUE"


class Planted(NamedTuple):
    """A change of the sample, the element it is told at and the one message it must give."""

    old: str
    new: str
    element: str
    message: str


FAULTS = {
    "id": Planted(
        '<decision id="vei"',
        '<decision id="v ei"',
        "v ei",
        "Id-en «v ei» er ikke gyldig: bruk bokstaver, tall, - og _",
    ),
    "another standard's expression": Planted(
        B1,
        B1.replace("b1", 'b1" expressionLanguage="juel'),
        "b1",
        "Språket «juel» støttes ikke; uttrykk skrives i FEEL",
    ),
    "default result": Planted(
        "</outputValues>",
        "</outputValues><defaultOutputEntry><text>1</text></defaultOutputEntry>",
        "ut_1",
        "Elementet defaultOutputEntry støttes ikke",
    ),
    "hit policy": Planted(
        '"UNIQUE"',
        '"PRIORITY"',
        "vei",
        "Treffregelen «PRIORITY» støttes ikke; bruk ANY, COLLECT, FIRST, RULE ORDER, UNIQUE",
    ),
    "aggregation unknown": Planted(
        '"UNIQUE"', '"COLLECT" aggregation="AVG"', "vei", "Sammenslåingen «AVG» støttes ikke"
    ),
    "aggregation of two outputs": Planted(
        '"UNIQUE"',
        '"COLLECT" aggregation="SUM"',
        "vei",
        "Bare COLLECT med én utgang kan slå sammen resultatene",
    ),
    "input without expression": Planted(
        '<inputExpression id="uttrykk_1" typeRef="number"><text>alder</text></inputExpression>',
        '<inputExpression id="uttrykk_1" typeRef="number"><text></text></inputExpression>',
        "vei",
        "Inngang 1 mangler uttrykk",
    ),
    "input not FEEL": Planted(
        "<text>alder</text>",
        "<text>alder == 5</text>",
        "vei",
        "Inngang 1 «alder == 5»: Bruk ett likhetstegn (=). (tegn 7)",
    ),
    "allowed values not FEEL": Planted(
        '"kort","lang"',
        '"kort" eller',
        "vei",
        'Utgang 1, tillatte verdier «"kort" eller»: Forsto ikke «eller» her. (tegn 8)',
    ),
    "type of input": Planted(
        'typeRef="number"',
        'typeRef="time"',
        "vei",
        "Inngang 1 har typen «time»; bruk boolean, date, number, string",
    ),
    "type of output": Planted(
        'typeRef="integer"',
        'typeRef="dateTime"',
        "vei",
        "Utgang 2 har typen «dateTime»; bruk boolean, date, number, string",
    ),
    "output without name": Planted(
        'name="poeng" ', "", "vei", "Utgang 2 mangler navn; navnet er variabelen i forløpet"
    ),
    "output with an odd name": Planted(
        'name="poeng"',
        'name="mange poeng"',
        "vei",
        "Utgang 2 heter «mange poeng», som ikke kan være navnet på en variabel",
    ),
    "output with a word of the language": Planted(
        'name="poeng"',
        'name="in"',
        "vei",
        "Utgang 2 heter «in», som ikke kan være navnet på en variabel",
    ),
    "output twice": Planted(
        'name="poeng"', 'name="vei"', "vei", "Utgang 2 heter «vei», som en annen utgang"
    ),
    "too few inputs": Planted(
        '<inputEntry id="b2"><text>"ja"</text></inputEntry>',
        "",
        "regel_b",
        "Regel 2 har 1 innganger, men tabellen har 2",
    ),
    "too many outputs": Planted(
        '<outputEntry id="c4"><text>null</text></outputEntry>',
        '<outputEntry id="c4"><text>null</text></outputEntry>' * 2,
        "regel_c",
        "Regel 3 har 3 utganger, men tabellen har 2",
    ),
    "test that is none": Planted(
        B1,
        B1.replace("[7..18)", "7..18"),
        "regel_b",
        "Regel 2, Alder: «7..18»: Forsto ikke «..» her. (tegn 2)",
    ),
    "result that is none": Planted(
        A4,
        A4.replace(">1", ">-"),
        "regel_a",
        "Regel 1, poeng: «-»: Uttrykket er ikke ferdig. (tegn 2)",
    ),
    "test without quotes": Planted(
        C2, C2.replace('not("ja")', "nei"), "regel_c", f"Regel 3, Svar: {UNREAD.format('nei')}"
    ),
    "result without quotes": Planted(
        B3, B3.replace('"lang"', "lang"), "regel_b", f"Regel 2, Vei: {UNREAD.format('lang')}"
    ),
    "test of another type": Planted(
        B1,
        B1.replace("[7..18)", '"7"'),
        "regel_b",
        "Regel 2, Alder: " + NOT_NUMBER.format('"7"', "string"),
    ),
    "result of another type": Planted(
        A4,
        A4.replace(">1", ">true"),
        "regel_a",
        "Regel 1, poeng: " + NOT_NUMBER.format("true", "boolean"),
    ),
    "test that is not allowed": Planted(
        C2,
        C2.replace('not("ja")', '"kanskje"'),
        "regel_c",
        'Regel 3, Svar: «"kanskje"» er ikke blant de tillatte verdiene "ja","nei"',
    ),
    "result that is not allowed": Planted(
        B3,
        B3.replace("lang", "laang"),
        "regel_b",
        'Regel 2, Vei: «"laang"» er ikke blant de tillatte verdiene "kort","lang"',
    ),
    "cell too long": Planted(
        A4,
        A4.replace(">1", ">" + "1+" * 1_000 + "1"),
        "regel_a",
        f"Regel 1, poeng: «{('1+' * 40)[:79]}…»: er for langt, høyst 2000 tegn",
    ),
    "rules that overlap": Planted(C2, C2.replace('not("ja")', "-"), "regel_c", TWICE.format(2, 3)),
    "rules that overlap at an end": Planted(
        B1, B1.replace("[7..18)", "[6..18)"), "regel_b", TWICE.format(1, 2)
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_the_one_problem_found(fault: Planted) -> None:
    """One fault gives one message, on the line where it stands, that says what to do."""
    text = planted(fault.old, fault.new)
    name = "v ei.dmn" if fault.element == "v ei" else "vei.dmn"
    [(line, element, message)] = problems_in(text, name)
    assert (element, message) == (fault.element, fault.message)
    assert 3 <= line <= text.count("\n")


def test_a_sound_table_has_no_problems() -> None:
    """The sample, with something of everything that is supported, checks clean."""
    assert list(problems_in(TABLE)) == []


def test_a_fault_is_told_on_the_line_of_the_cell() -> None:
    """Rules may be long; the cell is what must be mended."""
    text = planted(B3, B3.replace('"lang"', "lang"))
    assert [line for line, _, _ in problems_in(text)] == [line_of(text, 'id="b3"')]


def test_the_file_is_named_for_its_decision() -> None:
    """A business rule task finds the file by the decision's id."""
    wanted = [(3, "vei", "Filen må hete vei.dmn, som beslutningen")]
    assert list(problems_in(TABLE, "mappe/veien.dmn")) == wanted


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ("FIRST", ["Regel 2 og 3 passer samtidig, så den siste blir aldri brukt"]),
        ("ANY", []),
        ("COLLECT", []),
        ("RULE ORDER", []),
    ],
)
def test_a_rule_that_is_never_used_is_told(policy: str, found: list[str]) -> None:
    """With FIRST an earlier rule takes it all; where several may count, nothing is wrong."""
    text = planted('"b2"><text>"ja"', '"b2"><text>-').replace("UNIQUE", policy)
    assert [message for _, _, message in problems_in(text)] == found


def test_inputs_that_depend_on_one_another_are_not_guessed_about() -> None:
    """Two columns over the same variable exclude one another in ways the checker does not see."""
    text = planted("<text>=svar</text>", '<text>if alder &lt; 10 then "ja" else "nei"</text>')
    text = text.replace(B1, B1.replace("[7..18)", "[6..18)"))
    assert list(problems_in(text)) == []


@pytest.mark.parametrize("cell", ['"b2"><text>"ja"', '"c2"><text>not("ja")'])
def test_a_rule_that_covers_another_is_told_whatever_the_inputs(cell: str) -> None:
    """A rule that fits whenever the other does is certain, whichever of them stands first."""
    text = planted("<text>=svar</text>", '<text>if alder &lt; 10 then "ja" else "nei"</text>')
    text = text.replace(cell, cell[: cell.index(">") + 1] + "<text>-")
    assert [message for _, _, message in problems_in(text)] == [TWICE.format(2, 3)]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("inputs", "Tabellen har ingen innganger"),
        ("outputs", "Tabellen har ingen utganger"),
        ("rules", "Tabellen har ingen regler"),
    ],
)
def test_a_table_without_a_part_is_no_table(part: str, message: str) -> None:
    """Something is read, something is given, and there is a rule."""
    table = read(TABLE.encode(), "vei.dmn")
    bare = decision_checking.Decision(**{**vars(table), part: ()})
    assert [p.message for p in decision_checking.check(bare, Feel())] == [message]


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("MOST_RULES", "Tabellen har for mange regler, høyst 2"),
        ("MOST_COLUMNS", "Tabellen har for mange kolonner, høyst 2"),
        ("MOST_TEXT", "Cellene har for mye tekst, høyst 2 tegn"),
    ],
)
def test_a_table_has_a_bounded_size(
    monkeypatch: pytest.MonkeyPatch, limit: str, message: str
) -> None:
    """A table is for people to read, and for the engine to ask in no time."""
    monkeypatch.setattr(decision_checking, limit, 2)
    assert [found for _, _, found in problems_in(TABLE)] == [message]
