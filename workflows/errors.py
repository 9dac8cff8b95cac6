"""What can go wrong, in the language of the people who use the system.

Each carries a sentence for the user, marked for translation; the edge decides on the HTTP status.
"""

import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class WorkflowError(Exception):
    """A request we understood and will not carry out. `reason` is a sentence for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotFound(WorkflowError):
    """There is no such thing, or the actor may not know that there is."""


class Denied(WorkflowError):
    """The actor has no basis for this."""


class Conflict(WorkflowError):
    """Someone else got there first, or the case has moved on."""


class Invalid(WorkflowError):
    """What was asked for does not make sense. `field` names the input at fault, if one is."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


def place(error: BaseException) -> str:
    """What kind of error it is and where it came from, without its message.

    The many steps within SQLAlchemy are left out: they would hide whose statement it was.
    """
    steps = [
        f"{_relative(frame.filename)}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "sqlalchemy" not in Path(frame.filename).parts
    ]
    return " < ".join([type(error).__name__, *reversed(steps[-6:])])


def _relative(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(*path.parts[-2:]))
