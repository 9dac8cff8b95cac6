"""Process variables are plain JSON values, copied on the way in: a save keeps them as they are."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import isodate


def plain(value: Any) -> Any:
    """`value` as JSON knows it, dates as ISO text; TypeError for what JSON cannot say."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime() | date():
            return value.isoformat()
        case UUID():
            return str(value)
        case timedelta() | isodate.Duration():
            return isodate.duration_isoformat(value)
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} is not a process variable")
