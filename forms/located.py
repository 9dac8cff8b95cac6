"""JSON that remembers the line of each object, bounded before it is parsed. It knows no forms."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
# The closing quote is optional so that half a file is read once, not once from every quote in it.
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\]\n]', re.DOTALL)


@dataclass(frozen=True)
class Problem:
    """One fault in one file; `str()` is the line `file:line: element: message`."""

    file: str
    line: int
    element: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.element}: {self.message}"


class Unreadable(ValueError):
    """Bytes that are not one JSON object of a sane size; `line` is where that shows."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class Object(dict[str, Any]):
    """A JSON object and the line it began on."""

    line: int = 1


def load(source: bytes) -> Object:
    """The one object in the file, with lines on every object inside it. Raises Unreadable."""
    if len(source) > MAX_BYTES:
        raise Unreadable(1, f"Filen er for stor: høyst {MAX_BYTES // 1000} kB.")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(1, "Filen er ikke tekst i UTF-8.") from None
    try:
        read = _parsed(text)
    except json.JSONDecodeError as error:
        raise Unreadable(error.lineno, f"Filen er ikke gyldig JSON (tegn {error.colno}).") from None
    except Unreadable:
        raise
    except ValueError:  # a whole number of thousands of digits
        raise Unreadable(1, "Filen har et tall som er for langt.") from None
    if not isinstance(read, Object):
        raise Unreadable(1, "Filen er ikke et skjema: det ytterste må være et objekt.")
    return read


def _parsed(text: str) -> Any:
    lines = iter(_lines(text))

    def made(pairs: list[tuple[str, Any]]) -> Object:
        # Objects close in the order in which _lines saw them close.
        found = Object(pairs)
        found.line = next(lines)
        if len(found) < len(pairs):
            raise Unreadable(found.line, "Samme navn står to ganger i ett objekt.")
        return found

    return json.loads(text, object_pairs_hook=made, parse_constant=_constant)


def _constant(name: str) -> Any:
    raise Unreadable(1, f"{name} er ikke gyldig JSON.")


def _lines(text: str) -> list[int]:
    """The starting line of every object, in the order they close."""
    found: list[int] = []
    open_at: list[int] = []
    line = 1
    for mark in _MARKS.finditer(text):
        sign = mark[0]
        if sign in ("{", "["):
            open_at.append(line)
            if len(open_at) > MAX_DEPTH:
                raise Unreadable(line, f"Filen er for dypt nøstet: høyst {MAX_DEPTH} nivåer.")
        elif sign in ("}", "]") and open_at:
            begun = open_at.pop()
            if sign == "}":
                found.append(begun)
        line += sign.count("\n")
    return found


def strings(value: Any) -> Iterator[str]:
    """Every text inside, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
