"""Variables are plain values and copies."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import isodate
import pytest

from tests.workflows.engine.diagrams import end, line, message, node, process, service, start, user
from tests.workflows.engine.running import Driver
from workflows.engine.variables import plain

ONE = UUID(int=1)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        (True, True),
        (Decimal("2.0"), 2),
        (Decimal("2.5"), 2.5),
        (date(2026, 3, 2), "2026-03-02"),
        (datetime(2026, 3, 2, 9), "2026-03-02T09:00:00"),  # noqa: DTZ001
        (timedelta(days=14), "P14D"),
        (isodate.Duration(months=1), "P1M"),
        (ONE, str(ONE)),
        ({1: (date(2026, 3, 2),)}, {"1": ["2026-03-02"]}),
    ],
)
def test_value_as_it_is_kept(value: Any, kept: Any) -> None:
    """What FEEL and operations give becomes what JSON knows, of the same type after a save."""
    found = plain(value)
    assert (found, type(found)) == (kept, type(kept))


def test_variables_of_a_step_are_copies() -> None:
    """What was handed in with a task or message may change afterwards without a trace."""
    parts = start(), user("a"), user("b"), end(), line("start", "a", "b", "end")
    case = Driver(process("p", *parts))
    mine = [1]
    case.do("a", liste=mine)
    mine.append(2)
    assert case.find("b").data == {"liste": [1]}


def test_variables_that_cannot_be_kept_change_nothing() -> None:
    """The refusal comes before the step: the task is still open."""
    case = Driver(process("p", start(), user("a"), end(), line("start", "a", "end")))
    with pytest.raises(TypeError, match="not a process variable"):
        case.do("a", x=object())
    assert case.open == ["a"]
    with pytest.raises(TypeError, match="not a process variable"):
        plain({"x": [object()]})


def test_operation_cannot_change_what_it_is_shown() -> None:
    """Only what it returns becomes variables."""

    def operate(_: str, __: Any, seen: Any, ___: Any) -> dict[str, Any]:
        seen["liste"].append(2)
        return {"ny": 1}

    parts = start(), service("o", "x"), user("a"), end(), line("start", "o", "a", "end")
    case = Driver(process("p", *parts), operate=operate, variables={"liste": [1]})
    assert case.find("a").data == {"liste": [1], "ny": 1}


def test_variables_of_a_message_are_copies() -> None:
    """The sender may change its own list afterwards."""
    catch = node("intermediateCatchEvent", "c", message("svar"))
    parts = start(), catch, user("a"), end(), line("start", "c", "a", "end")
    case = Driver(process("p", *parts, messages=["svar"]))
    mine = [1]
    case.deliver("svar", liste=mine)
    mine.append(2)
    assert case.find("a").data == {"liste": [1]}
