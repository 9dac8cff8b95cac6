"""What the checker finds by knowing both the diagrams, the forms and the operations."""

import re
from pathlib import Path

import pytest

from workflows import checking
from workflows.definitions import DIAGRAMS, FORMS

SOURCE = (DIAGRAMS / "individuell_plan.bpmn").read_text(encoding="utf-8")


def test_the_library_is_in_order() -> None:
    """Whatever an expression of ours reads is given by something."""
    assert checking.check_files([DIAGRAMS, FORMS]) == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            'onsker = "nei"',
            'onskar = "nei"',
            "«onskar» leses her, men verken et skjema eller en operasjon gir den",
        ),
        (
            'name="til" value="person"',
            'name="til" value="elev"',
            "«til» er «elev», som ikke er en rolle",
        ),
    ],
)
def test_a_name_that_nothing_gives_is_told(
    tmp_path: Path, right: str, wrong: str, said: str
) -> None:
    """It would go wrong in silence: the default way taken, the reminder sent to nobody."""
    assert right in SOURCE
    file = tmp_path / "individuell_plan.bpmn"
    file.write_text(SOURCE.replace(right, wrong, 1), encoding="utf-8")
    [line] = checking.check_files([file])
    assert line.endswith(said)
    assert line.startswith(f"{file}:")


def test_which_time_it_is_can_be_read(tmp_path: Path) -> None:
    """What is repeated a number of times knows its own number."""
    source = (DIAGRAMS / "hor_barna.bpmn").read_text(encoding="utf-8")
    source = source.replace("loopDataInputRef>", "loopCardinality>").replace(">barn<", ">2<")
    source = re.sub("<bpmn:inputDataItem .*/>", "", source)
    file = tmp_path / "hor_barna.bpmn"
    file.write_text(source.replace('hores_av = "koordinator"', "loopCounter = 2"), encoding="utf-8")
    assert checking.check_files([file]) == []
