"""What Camunda writes in JUEL is read as FEEL where it says the same, and left alone elsewhere."""

import pytest
from lxml import etree

from bpmn import dialects
from forms import feel

BPMN = dialects.BPMN


def condition(text: str) -> str:
    """The condition of a flow with this text."""
    flow = etree.Element(BPMN + "sequenceFlow")
    etree.SubElement(flow, BPMN + "conditionExpression").text = text
    return dialects.condition(flow)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("${ok}", "ok = true"),
        ("#{!ok}", "ok != true"),
        ("${not ok}", "ok != true"),
        ("${ n == 1 }", "n = 1"),
        ("${n >= -1.5}", "n >= -1.5"),
        ("${vei != 'ja'}", 'vei != "ja"'),
        ('${vei=="nei"}', 'vei = "nei"'),
        ("${a == 1 && !b || c < 3}", "a = 1 and b != true or c < 3"),
        ("${a == 1 and b == 2}", "a = 1 and b = 2"),
        ("${ok == false}", "ok = false"),
    ],
)
def test_a_simple_condition_is_translated(written: str, read: str) -> None:
    """Names, comparisons with a literal, and several of them."""
    assert condition(written) == read
    feel.parse(read)


@pytest.mark.parametrize(
    "written",
    [
        "${sak.lukket}",
        "${sak.erLukket()}",
        "${a == b}",
        "${a + 1 == 2}",
        "${liste[1] == 2}",
        "${(a == 1)}",
        "${a == 1 ? b : c}",
        "${a == 'en og \\'to'}",
        "${a == 'x and y'}",
        "${a} ${b}",
        "${}",
        "${a == 'true'}",
        "${a == '5'}",
        "${a == ''}",
        "a == 1",
    ],
)
def test_all_else_is_left_and_refused(written: str) -> None:
    """Also texts that JUEL finds equal to a number or a truth value, which FEEL never does."""
    assert condition(written) == written
    with pytest.raises(feel.FeelError):
        feel.parse(written)


@pytest.mark.parametrize("value", [True, False, None])
@pytest.mark.parametrize(("written", "when"), [("${ok}", [True]), ("${!ok}", [False, None])])
def test_what_is_not_known_is_not_true(written: str, when: list[bool], value: bool | None) -> None:
    """As JUEL has it."""
    assert (feel.parse(condition(written)).evaluate({"ok": value}) is True) is (value in when)


@pytest.mark.parametrize("written", ["n = 1", "=n = 1", " = n = 1 "])
def test_feel_is_feel(written: str) -> None:
    """With or without the sign that Zeebe writes before it."""
    assert condition(written) == "n = 1"
