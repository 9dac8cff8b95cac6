"""One decision table with something of everything in it, and the means to plant faults in it."""

from collections.abc import Iterator

from bpmn.decision_checking import check
from bpmn.decision_reading import read
from workflows.cells import Feel

TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="fil" name="Fil" namespace="t">
<decision id="vei" name="Hvilken  vei">
<description>Velger vei.</description>
<informationRequirement id="krav"><requiredInput href="#alderen" /></informationRequirement>
<decisionTable id="tabell" hitPolicy="UNIQUE">
<input id="inn_1" label="Alder">
<inputExpression id="uttrykk_1" typeRef="number"><text>alder</text></inputExpression>
</input>
<input id="inn_2" label="Svar">
<inputExpression id="uttrykk_2" typeRef="string"><text>=svar</text></inputExpression>
<inputValues><text>"ja","nei"</text></inputValues>
</input>
<output id="ut_1" label="Vei" name="vei" typeRef="string">
<outputValues><text>"kort","lang"</text></outputValues>
</output>
<output id="ut_2" name="poeng" typeRef="integer" />
<annotation name="Kilde" />
<rule id="regel_a"><description>Små barn.</description>
<inputEntry id="a1"><text>&lt; 7</text></inputEntry>
<inputEntry id="a2"><text></text></inputEntry>
<outputEntry id="a3"><text>"kort"</text></outputEntry>
<outputEntry id="a4"><text>1</text></outputEntry>
<annotationEntry><text>Loven §
1</text></annotationEntry>
</rule>
<rule id="regel_b">
<inputEntry id="b1"><text>[7..18)</text></inputEntry>
<inputEntry id="b2"><text>"ja"</text></inputEntry>
<outputEntry id="b3"><text>"lang"</text></outputEntry>
<outputEntry id="b4"><text>alder + 1</text></outputEntry>
</rule>
<rule id="regel_c">
<inputEntry id="c1"><text>[7..18)</text></inputEntry>
<inputEntry id="c2"><text>not("ja")</text></inputEntry>
<outputEntry id="c3"><text></text></outputEntry>
<outputEntry id="c4"><text>null</text></outputEntry>
</rule>
</decisionTable>
</decision>
<inputData id="alderen" name="Alderen" />
</definitions>
"""


def planted(old: str, new: str) -> str:
    """The sample with `old`, which it must have once, exchanged for `new`."""
    assert TABLE.count(old) == 1, f"{TABLE.count(old)} × {old}"
    return TABLE.replace(old, new)


def problems_in(text: str, name: str = "vei.dmn") -> Iterator[tuple[int, str, str]]:
    """Line, element and message of every problem in a table, whose cells are FEEL."""
    for problem in check(read(text.encode(), name), Feel()):
        yield problem.line, problem.element, problem.message
