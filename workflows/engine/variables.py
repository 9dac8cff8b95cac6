"""Process variables are plain JSON values, copied on the way in: what a save keeps is what memory holds."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID


def plain(value: Any) -> Any:
    """`value` as JSON knows it: dates as ISO text, numbers as int or float; TypeError for anything else."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime() | date():
            return value.isoformat()
        case UUID():
            return str(value)
        case timedelta():
            return f"PT{int(value.total_seconds())}S"
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} is not a process variable")
