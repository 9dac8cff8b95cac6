"""What docs/nytt-forlop.md tells a process owner to write, read out of the page to be tried."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.workflows.own_library import OwnLibrary

PAGE = Path(__file__).parents[2] / "docs/nytt-forlop.md"
PROCESS = "ungdomskontakt"
DIAGRAM = "bpmn/library/ungdomskontakt.bpmn"
BLOCK = r"```(?:xml|json)\n(.*?)^```\n"
PATH = r"`((?:bpmn|forms)/library/[\w.]+)`"
NEW_FILE = re.compile(rf"(?ms)^{PATH}\n\n{BLOCK}")
CHANGE = re.compile(rf"(?ms){PATH}, finn\n\n{BLOCK}\nog bytt det med\n\n{BLOCK}")
CHANGES_BEGIN = "## Endre det"


class Change(NamedTuple):
    """What the page says to find in a file, and to write in its place."""

    path: str
    old: str
    new: str


def files() -> dict[str, str]:
    """The files the process is first made of, by path."""
    return dict(NEW_FILE.findall(_parts()[0]))


def later_files() -> dict[str, str]:
    """The files that come with the changes."""
    return dict(NEW_FILE.findall(_parts()[1]))


def changes() -> list[Change]:
    """The changes to files that are there, in order."""
    return [Change(*found) for found in CHANGE.findall(_parts()[1])]


def blocks() -> int:
    """How many blocks of XML and JSON the page has."""
    return len(re.findall(r"(?m)^```(?:xml|json)$", PAGE.read_text("utf-8")))


def _parts() -> tuple[str, str]:
    """The page up to its changes, and from there on."""
    before, found, after = PAGE.read_text("utf-8").partition(CHANGES_BEGIN)
    assert found
    return before, after


def written(root: Path) -> OwnLibrary:
    """The library in a folder, with the page's files beside what was there."""
    library = OwnLibrary.copied(root)
    for path, text in files().items():
        library.add(path, text)
    return library


def change(library: OwnLibrary) -> None:
    """Do all that the page says under «Endre det»."""
    for path, text in later_files().items():
        library.add(path, text)
    for each in changes():
        library.change(*each)
