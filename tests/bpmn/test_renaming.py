"""A diagram in other words."""

from pathlib import Path

import pytest

from bpmn.problems import UnreadableDiagram
from bpmn.reading import read
from bpmn.renaming import renamed

SOURCE = (Path(__file__).parents[2] / "bpmn/library/samtykke.bpmn").read_bytes()


def test_every_name_is_said_anew():
    """Steps, lanes, ends and the whole; how it runs stays as it was."""
    before, after = read(SOURCE, "a"), read(renamed(SOURCE, str.upper), "a")
    assert after.title == before.title.upper()
    assert [lane.name for lane in after.lanes] == [lane.name.upper() for lane in before.lanes]
    names = [element.name for element in after.elements.values()]
    assert names == [element.name.upper() for element in before.elements.values()]
    properties = [element.properties for element in after.elements.values()]
    assert properties == [element.properties for element in before.elements.values()]


def test_what_is_no_diagram_is_refused():
    """As everywhere else, with where and why."""
    with pytest.raises(UnreadableDiagram):
        renamed(b"<x/>", str.upper)
