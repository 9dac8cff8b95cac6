"""Business rule tasks: which rules count, what becomes of their results, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from bpmn.decision_reading import read
from bpmn.decisions import Decision
from tests.workflows.engine import running
from tests.workflows.engine.diagrams import (
    decide,
    end,
    flow,
    line,
    multi,
    process,
    start,
    user,
    xor,
)
from tests.workflows.engine.running import Driver
from workflows.engine import UnusableDiagram, decision_tables

Run = Callable[..., Driver]

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"
OUTPUT = '<output name="{}"/>'
SOURCE = process("p", start(), decide("d", "t"), user("a"), end(), line("start", "d", "a", "end"))
LIBRARY = Path(__file__).parents[3] / "bpmn/library"


def entry(side: str, text: str) -> str:
    return f"<{side}Entry><text>{escape(text)}</text></{side}Entry>"


def table(
    *rules: tuple[str, ...],
    policy: str = "UNIQUE",
    outputs: tuple[str, ...] = ("ut",),
    kind: str = "",
    inputs: tuple[str, ...] = ("inn",),
) -> Decision:
    """A table over `inputs`; a rule is its tests followed by its results."""
    columns = "".join(
        f'<input><inputExpression typeRef="{kind}"><text>{escape(text)}</text>'
        "</inputExpression></input>"
        for text in inputs
    )
    rows = "".join(
        "<rule>"
        + "".join(entry("input" if at < len(inputs) else "output", c) for at, c in enumerate(rule))
        + "</rule>"
        for rule in rules
    )
    return read(
        f'<definitions xmlns="{NAMESPACE}"><decision id="t" name="Tabell">'
        f'<decisionTable hitPolicy="{policy}">{columns}{"".join(map(OUTPUT.format, outputs))}'
        f"{rows}</decisionTable></decision></definitions>".encode(),
        "t.dmn",
    )


def decided(run: Run, decision: Decision, **variables: Any) -> Any:
    """What the person after the business rule task sees."""
    case = run(SOURCE, variables=variables, decisions={"t": decision})
    return dict(case.find("a").data)


def refusal(decision: Decision, **variables: Any) -> str:
    with pytest.raises(UnusableDiagram) as caught:
        Driver(SOURCE, variables=variables, decisions={"t": decision})
    assert caught.value.element == "d"
    return caught.value.reason


AGES = (("< 7", '"liten"'), ("[7..18)", '"stor"'), ("null", '"ukjent"'))


@pytest.mark.parametrize(
    ("age", "found"), [(6, "liten"), (7, "stor"), (17.5, "stor"), (None, "ukjent"), (18, None)]
)
def test_the_rule_that_fits_gives_the_result(run: Run, age: Any, found: Any) -> None:
    """One rule for each case, also for a value that is not known; where none fits, null."""
    assert decided(run, table(*AGES), inn=age)["ut"] == found


def test_a_missing_variable_is_null(run: Run) -> None:
    """What nobody has answered yet is not known."""
    assert decided(run, table(*AGES))["ut"] == "ukjent"


def test_each_output_becomes_a_variable(run: Run) -> None:
    """Results are constants, sums over what was read, dates as ISO text, or nothing."""
    row = ("> 1", '"ja"', "inn + 1", 'date("2027-03-01")', "")
    found = decided(run, table(row, outputs=("a", "b", "c", "d")), inn=2, annet="står")
    assert found == {"inn": 2, "annet": "står", "a": "ja", "b": 3, "c": "2027-03-01", "d": None}


def test_outputs_are_null_when_no_rule_fits(run: Run) -> None:
    """A result from an earlier round does not linger."""
    found = decided(run, table(("1", "1", "2"), outputs=("a", "b")), inn=5, a="før")
    assert (found["a"], found["b"]) == (None, None)


def test_every_input_must_fit(run: Run) -> None:
    """The cells of a rule are held together by «and»; an empty one or a dash lets all through."""
    rules = (("1", "-", '"en"'), ("2", "true", '"to"'), ("", "false", '"rest"'))
    asked = table(*rules, inputs=("inn", "count(liste) > 1"), policy="FIRST")
    assert decided(run, asked, inn=1, liste=[])["ut"] == "en"
    assert decided(run, asked, inn=2, liste=[1, 2])["ut"] == "to"
    assert decided(run, asked, inn=2, liste=[1])["ut"] == "rest"


def test_an_input_of_dates_reads_the_text_of_a_variable(run: Run) -> None:
    """Process variables hold dates as ISO text; a column of dates compares them as dates."""
    rules = (('< date("2027-01-01")', '"før"'), ('>= date("2027-01-01")', '"etter"'))
    assert decided(run, table(*rules, kind="date"), inn="2026-12-31")["ut"] == "før"
    assert decided(run, table(*rules, kind="date"), inn="2027-01-01T12:00:00")["ut"] == "etter"
    assert decided(run, table(*rules, kind="date"), inn="i morgen")["ut"] is None


def test_today_is_the_day_of_the_case(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table reads the clock the case is given, and no other; late at night it is tomorrow."""
    monkeypatch.setattr(running, "NOW", datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    rules = table(('date("2026-03-02")', "today()"), inputs=("today()",))
    assert decided(run, rules)["ut"] == "2026-03-02"


SEVERAL = (("> 5", "1"), ("> 3", "3"), ("> 0", "2"), ("> 9", "9"))


@pytest.mark.parametrize(
    ("policy", "found", "none"),
    [
        ("FIRST", 1, None),
        ("RULE ORDER", [1, 3, 2], []),
        ("COLLECT", [1, 3, 2], []),
        ('COLLECT" aggregation="SUM', 6, None),
        ('COLLECT" aggregation="MIN', 1, None),
        ('COLLECT" aggregation="MAX', 3, None),
        ('COLLECT" aggregation="COUNT', 3, 0),
    ],
)
def test_the_hit_policy_says_which_rules_count(
    run: Run, policy: str, found: Any, none: Any
) -> None:
    """The first alone, all in a list in the order written, or all made into one."""
    assert decided(run, table(*SEVERAL, policy=policy), inn=7)["ut"] == found
    assert decided(run, table(*SEVERAL, policy=policy), inn=0)["ut"] == none


def test_collecting_gives_a_list_for_each_output(run: Run) -> None:
    """The lists run in step."""
    rules = table(("1", "1", '"a"'), ("-", "2", ""), policy="COLLECT", outputs=("tall", "tekst"))
    found = decided(run, rules, inn=1)
    assert (found["tall"], found["tekst"]) == ([1, 2], ["a", None])


def test_unique_means_that_one_rule_fits() -> None:
    """Two rules for one case is a fault of the table, told with their numbers at the element."""
    assert refusal(table(("> 0", "1"), ("> 9", "1"), ("> 1", "1")), inn=2) == (
        "Beslutningstabellen «Tabell»: regel 1 og 3 passer begge, og treffregelen er UNIQUE."
    )


def test_any_means_that_those_that_fit_agree(run: Run) -> None:
    """Several rules may say the same, but not different things."""
    rules = (("> 0", "1"), ("> 1", "1"), ("> 5", "2"))
    assert decided(run, table(*rules, policy="ANY"), inn=2)["ut"] == 1
    assert "regel 1 og 3 passer begge" in refusal(table(*rules, policy="ANY"), inn=6)


def test_the_first_rule_spares_the_rest(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is evaluated after the rule that counts."""
    monkeypatch.setattr(decision_tables, "BUDGET", 20)
    rules = [("1", "1")] + [("-", "2")] * 400
    assert decided(run, table(*rules, policy="FIRST"), inn=1)["ut"] == 1


def test_a_table_has_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many cells, a table cannot hold the case up."""
    monkeypatch.setattr(decision_tables, "BUDGET", 100)
    rules = [(str(number), "1") for number in range(100)]
    assert "for lang tid" in refusal(table(*rules), inn=1_000)


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (table(("1", "1"), policy="PRIORITY"), "har treffregelen PRIORITY, som ikke støttes"),
        (table(("1", "1"), policy='COLLECT" aggregation="AVG'), "har sammenslåingen AVG"),
        (table(("1",)), "har regler med feil antall celler"),
        (table(("1", "1", "1")), "har regler med feil antall celler"),
        (table(("<", "1")), "ikke gyldig"),
        (table(("1", "1 +")), "ikke gyldig"),
        (table(("1", "1"), inputs=("",)), "ikke gyldig"),
    ],
)
def test_a_table_that_cannot_be_asked_is_refused(decision: Decision, reason: str) -> None:
    """When the definition is read, before any case, at the element that asks it."""
    assert reason in refusal(decision)


def test_a_gateway_reads_what_a_table_gave(run: Run) -> None:
    """Rules stand in the table, ways in the diagram."""
    source = process(
        *("p", start(), decide("d", "t"), xor("g", "g-b"), user("a"), user("b"), end()),
        line("start", "d", "g"),
        flow("g", "a", 'ut = "stor"'),
        flow("g", "b"),
        line("a", "end") + line("b", "end"),
    )
    assert run(source, variables={"inn": 9}, decisions={"t": table(*AGES)}).open == ["a"]
    assert run(source, variables={"inn": 3}, decisions={"t": table(*AGES)}).open == ["b"]


def test_a_table_can_be_asked_inside_subprocesses_and_for_each_item(run: Run) -> None:
    """The item of a multi-instance around the task is a variable like any other."""
    inside = start("s") + decide("d", "t") + user("a") + end("e") + line("s", "d", "a", "e")
    loop = f'<bpmn:subProcess id="sub">{multi("alle", "inn")}{inside}</bpmn:subProcess>'
    source = process("p", start(), loop, end(), line("start", "sub", "end"))
    case = run(source, variables={"alle": [3, 9]}, decisions={"t": table(*AGES)})
    assert {task.item: task.data["ut"] for task in case.case.open_tasks} == {
        "3": "liten",
        "9": "stor",
    }


@pytest.mark.parametrize(
    ("age", "weight"),
    [
        (None, "etter alder og modenhet"),
        (0, "etter alder og modenhet"),
        (6, "etter alder og modenhet"),
        (7, "etter alder og modenhet"),
        (11, "etter alder og modenhet"),
        (12, "stor"),
        (15, "stor"),
        (16, "stor"),
        (17, "stor"),
        (18, "avgjør selv"),
    ],
)
def test_how_a_child_is_heard(run: Run, age: int | None, weight: str) -> None:
    """Every age, known or not, has one rule: great weight from 12, as barnelova § 31 says."""
    file = LIBRARY / "horing_av_barn.dmn"
    found = decided(run, read(file.read_bytes(), file.name), alder=age)
    assert found["vekt"] == weight
    assert ("være part" in found["hores_hvordan"]) is (age in (15, 16, 17))
