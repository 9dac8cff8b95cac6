"""The checker on diagrams of others: every problem has a line and an element; nothing raises."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.bpmn.others import GOOD, JUNK, OTHERS, deep, huge, ladder, long
from workflows.checking import check_files

LINE = re.compile(r"[^:]+:(\d+): ([^:]+): .+")
FILES = {name: text.encode() for name, text in {**GOOD, **OTHERS}.items()} | JUNK


def checked(sources: Mapping[str, bytes], folder: Path) -> dict[str, list[str]]:
    """Name → the lines about that file, each without its folder."""
    found: dict[str, list[str]] = {}
    for name, source in sources.items():
        (folder / f"{name}.bpmn").write_bytes(source)
        found[name] = []
    for line in check_files([folder]):
        file, _, rest = line.removeprefix(f"{folder}/").partition(".bpmn")
        found[file].append(f"{file}{rest}")
    return found


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    return checked(FILES, tmp_path_factory.mktemp("others"))


def test_every_problem_has_a_place(lines: dict[str, list[str]]) -> None:
    """In the form that an editor can jump to."""
    for name, said in lines.items():
        assert said, name
        for line in said:
            found = LINE.fullmatch(line)
            assert found, line
            assert 1 <= int(found[1]) <= FILES[name].count(b"\n") + 1


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("not executable", "p: Ingen prosess i filen er merket som kjørbar"),
        ("nobel", "committee: Ingen prosess i filen er merket som kjørbar"),
        ("with scriptTask", "x: Skriptoppgaver er ikke tillatt"),
        ("travel", "booking: Transaksjoner støttes ikke"),
        ("voting", "discuss: Løkkemarkering støttes ikke"),
        ("pizza", "vendor: Filen har flere kjørbare prosesser"),
        ("camunda", "pay: Kode i utvidelser (class) er ikke tillatt"),
        ("calls itself", "c: «c» kaller i ring"),
        ("dtd", "-: Filen har en dokumenttype (DTD)"),
    ],
)
def test_what_is_special_is_named(name: str, problem: str, lines: dict[str, list[str]]) -> None:
    """With the element it is about."""
    assert any(problem in line for line in lines[name]), lines[name]


def test_codes_are_names_enough(lines: dict[str, list[str]]) -> None:
    """An error or escalation that is known by its code alone exists."""
    assert not [line for line in lines["order"] if "feil eller eskalering" in line]


def test_a_repetition_of_another_tool_is_read(lines: dict[str, list[str]]) -> None:
    """The collection and the item where Camunda and Zeebe write them."""
    said = lines["camunda collection"] + lines["zeebe collection"]
    assert not [line for line in said if "gjentas" in line]


def test_a_file_of_another_name_is_checked_too(tmp_path: Path) -> None:
    """Nothing that is asked about is passed over in silence."""
    page = tmp_path / "side.xml"
    page.write_bytes(JUNK["html"])
    assert check_files([page])


def test_the_large_is_checked(tmp_path: Path) -> None:
    """Without recursion along the diagram or into it."""
    large = {"a": deep(60), "b": deep(190), "c": long(1_500), "d": ladder(400)}
    found = checked({name: source.encode() for name, source in large.items()}, tmp_path)
    assert all(found.values())


def test_the_huge_is_refused_in_one_line(tmp_path: Path) -> None:
    """Before it is a tree."""
    found = checked({str(n): source for n, (_name, source) in enumerate(huge())}, tmp_path)
    assert [len(said) for said in found.values()] == [1] * len(found)
