"""What can go wrong, in the language of the people who use the system.

Each carries a sentence for the user, marked for translation; the edge decides on the HTTP status.
"""


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
