"""Rows by the million, made in the database: numbers, and ids that follow from them."""

from typing import Any

from sqlalchemy import ColumnElement, Uuid, cast, func, literal, select, type_coerce

SERVICE, ACCOUNT, POSITION, PERSON, CASE, CONSENT, TASK, TIMER = range(1, 9)
"""What an id is of: its first digit, so that none is another's."""


def up_to(count: int) -> ColumnElement[int]:
    """The numbers from 0 to `count`, that itself left out, as a column to select from."""
    begun = select(literal(0).label("number")).cte("numbers", recursive=True)
    numbers = begun.union_all(select(begun.c.number + 1).where(begun.c.number < count - 1))
    return numbers.c.number


def identity(dialect: str, kind: int, number: ColumnElement[int]) -> ColumnElement[Any]:
    """The id of the thing of a kind that has a number."""
    if dialect == "sqlite":
        return type_coerce(func.printf(f"{kind}%031x", number), Uuid)
    digits = func.lpad(func.to_hex(number), 31, "0")
    return cast(literal(str(kind)) + digits, Uuid)
