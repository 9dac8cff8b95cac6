"""Random rows of every table, for tests of what becomes of them elsewhere."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import JSON, Boolean, Column, Date, Integer, LargeBinary, String, Table, Uuid

from workflows import municipality_transfer
from workflows.database import Instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
JSON_TEXTS = st.text(st.characters(codec="utf-8"), max_size=10)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | JSON_TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(JSON_TEXTS, inner, max_size=3),
    max_leaves=6,
)
VALUES: dict[type[Any], st.SearchStrategy[Any]] = {
    Uuid: st.uuids(),
    Instant: st.integers(-(10**15), 10**16).map(lambda tick: EPOCH + timedelta(microseconds=tick)),
    Date: st.dates(date(1, 1, 1), date(9999, 12, 31)),
    LargeBinary: st.binary(max_size=40),
    JSON: st.none()
    | st.lists(JSON_VALUES, max_size=3)
    | st.dictionaries(JSON_TEXTS, JSON_VALUES, max_size=3),
    String: TEXTS,
    Boolean: st.booleans(),
    Integer: st.integers(-(2**31), 2**31 - 1),
}


def values(column: Column[Any]) -> st.SearchStrategy[Any]:
    """Any value a column may hold."""
    found = VALUES[next(kind for kind in type(column.type).__mro__ if kind in VALUES)]
    return st.none() | found if column.nullable else found


def rows(table: Table, municipality_id: UUID) -> st.SearchStrategy[dict[str, Any]]:
    """Any row of a table, of one municipality."""
    given = {"municipality_id": st.just(municipality_id)}
    if table is municipality_transfer.MUNICIPALITY:
        given = {"id": st.just(municipality_id)}
    return st.fixed_dictionaries(
        {column.name: given.get(column.name, values(column)) for column in table.columns}
    )


class Drawn:
    """A row for each table. Hypothesis would print all of them."""

    def __init__(self, rows: dict[Table, dict[str, Any]]) -> None:
        self.rows = rows
        named = {table.name: row for table, row in rows.items()}
        named["account"]["id"] = named["position"]["account_id"]

    def __repr__(self) -> str:
        return "Drawn(...)"


def municipalities() -> st.SearchStrategy[Drawn]:
    """A municipality with a row in every table; the account is the one its position is of."""
    return st.uuids().flatmap(
        lambda each: st.fixed_dictionaries(
            {table: rows(table, each) for table in municipality_transfer.taken()}
        ).map(Drawn)
    )
