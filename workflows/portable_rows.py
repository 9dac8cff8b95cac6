"""Rows as lines of JSON that read the same whichever database they come from or go to.

The columns' own types say how a value is written, so a new table or column needs nothing here
unless it brings a new type. It will not decide which rows are taken.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    cast,
    collate,
    null,
)
from sqlalchemy.types import TypeEngine

from workflows.database import Instant


class Writing(NamedTuple):
    """How the values of one column type become JSON and come back."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


WRITINGS: dict[type[TypeEngine[Any]], Writing] = {
    Uuid: Writing(str, UUID),
    Instant: Writing(lambda at: at.astimezone(UTC).isoformat(), datetime.fromisoformat),
    Date: Writing(lambda day: day.isoformat(), date.fromisoformat),
    LargeBinary: Writing(
        lambda raw: b64encode(raw).decode(), lambda text: b64decode(text, validate=True)
    ),
    # Read as the text it is kept as, and in a list: JSON's null is not the database's.
    JSON: Writing(lambda text: [json.loads(text)], lambda held: _as_json(held[0])),
    # PostgreSQL keeps no NUL in a text, so that it is nowhere.
    String: Writing(lambda text: text.replace("\0", ""), _same),
    Boolean: Writing(_same, _same),
    Integer: Writing(_same, _same),
    Float: Writing(_same, _same),
}
"""A type that is not here raises KeyError: somebody must say how it is written."""


def _as_json(value: Any) -> Any:
    return JSON.NULL if value is None else value


def writing(column: Column[Any]) -> Writing:
    """How a column's values are written."""
    kinds = type(column.type).__mro__
    return WRITINGS[next((kind for kind in kinds if kind in WRITINGS), type(column.type))]


def selected(table: Table) -> list[ColumnElement[Any]]:
    """What to select of a table, in the order `line` takes it."""
    return [
        cast(column, Text) if isinstance(column.type, JSON) else column for column in table.columns
    ]


def order(table: Table, dialect: str) -> list[ColumnElement[Any]]:
    """The one order of a table's rows, also where the database sorts as its language does."""
    return [
        collate(column, "C")
        if dialect == "postgresql" and isinstance(column.type, String)
        else column
        for column in table.primary_key.columns
    ]


def line(table: Table, row: Sequence[Any]) -> bytes:
    """A row as one line of JSON, written in one way only."""
    written = {
        column.name: None if value is None else writing(column).write(value)
        for column, value in zip(table.columns, row, strict=True)
    }
    return json.dumps(written, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def values(table: Table, written: bytes) -> dict[str, Any]:
    """The values of a line, to be inserted. Raises ValueError, TypeError or KeyError."""
    read = json.loads(written)
    if set(read) != set(_names(table.columns)):
        raise ValueError(table.name)
    return {column.name: _value(column, read[column.name]) for column in table.columns}


def _value(column: Column[Any], written: Any) -> Any:
    if written is not None:
        return writing(column).read(written)
    return null() if isinstance(column.type, JSON) else None  # None would be JSON's null


def _names(columns: Iterable[Column[Any]]) -> list[str]:
    return [column.name for column in columns]
