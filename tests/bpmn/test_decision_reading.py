"""A DMN file becomes values as it stands, or is refused with the place where it cannot be read."""

import pytest

from bpmn.decision_reading import read, version
from bpmn.decisions import Cell
from bpmn.problems import UnreadableDiagram
from bpmn.sources import DMN
from tests.bpmn.decision_samples import TABLE, planted
from tests.bpmn.samples import line_of

NEW, OLD = (namespace[1:-1] for namespace in DMN)


def test_a_table_is_read_with_all_it_holds() -> None:
    """Title, hit policy, columns, rules, cells with their lines, and why."""
    table = read(TABLE.encode(), "vei.dmn")
    assert (table.key, table.title, table.documentation) == ("vei", "Hvilken vei", "Velger vei.")
    assert (table.hit_policy, table.aggregation, table.foreign) == ("UNIQUE", "", ())
    assert [(i.title, i.expression.text, i.type) for i in table.inputs] == [
        ("Alder", "alder", "number"),
        ("Svar", "svar", "string"),
    ]
    assert [(o.title, o.name, o.allowed.text) for o in table.outputs] == [
        ("Vei", "vei", '"kort","lang"'),
        ("poeng", "poeng", ""),
    ]
    first, second, third = table.rules
    assert (first.id, first.annotation) == ("regel_a", "Små barn. Loven § 1")
    line = line_of(TABLE, 'id="b1"')
    assert second.tests == (Cell("[7..18)", line), Cell('"ja"', line + 1))
    assert [cell.text for cell in third.results] == ["", "null"]


def test_the_older_namespace_is_read_the_same() -> None:
    """DMN 1.2, which some editors still write, with the prefix it has before a type."""
    text = TABLE.replace(NEW, OLD).replace('typeRef="', 'typeRef="feel:')
    assert read(text.encode(), "vei.dmn").inputs == read(TABLE.encode(), "vei.dmn").inputs


def test_a_hit_policy_is_unique_when_nothing_is_said() -> None:
    """The standard's own default."""
    text = planted(' hitPolicy="UNIQUE"', "")
    assert read(text.encode(), "vei.dmn").hit_policy == "UNIQUE"


def test_a_version_is_of_the_content() -> None:
    """White space and comments make no difference; a cell does."""
    same = TABLE.replace("<rule ", "<!-- her -->\n  <rule ")
    assert version(same.encode()) == version(TABLE.encode())
    assert version(planted("&lt; 7", "&lt; 8").encode()) != version(TABLE.encode())


TWO = '</decision><decision id="to"><literalExpression /></decision>'
REFUSED = {
    "BPMN": ("<bpmn:definitions xmlns:bpmn='x'/>", 1, "-", "Filen er XML, men ikke DMN 1.3"),
    "DMN 1.1": (TABLE.replace(NEW, "x"), 2, "-", "Filen er XML, men ikke DMN 1.3"),
    "document type": ("<!DOCTYPE a>" + TABLE, 1, "-", "Filen har en dokumenttype"),
    "half a file": (TABLE[:700], 14, "-", "Filen er ikke hel"),
    "no decision": (f'<definitions xmlns="{NEW}"/>', 1, "-", "Filen har ingen beslutning"),
    "two decisions": (planted("</decision>", TWO), 40, "to", "Filen har flere beslutninger"),
    "no id": (planted('<decision id="vei"', "<decision"), 3, "-", "Beslutningen mangler id"),
    "no table": (
        TABLE.replace("decisionTable", "literalExpression"),
        3,
        "vei",
        "Beslutningen må være én beslutningstabell",
    ),
}


@pytest.mark.parametrize(("text", "line", "element", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_one_table_is_refused(text: str, line: int, element: str, message: str) -> None:
    """One problem, on the line where it is, that says what is wrong with the file."""
    with pytest.raises(UnreadableDiagram) as refused:
        read(text.encode(), "vei.dmn")
    problem = refused.value.problem
    assert (problem.line, problem.element) == (line, element)
    assert problem.message.startswith(message)
