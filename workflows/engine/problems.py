"""What can go wrong in the engine; SpiffWorkflow's own exceptions never leave this package."""

from forms.feel import FeelError


class UnusableDiagram(ValueError):
    """A diagram that cannot be run, or cannot go on: the element and the reason, in bokmål."""

    def __init__(self, element: str, reason: str) -> None:
        super().__init__(f"{element}: {reason}")
        self.element = element
        self.reason = reason


class Endless(UnusableDiagram):
    """A diagram that goes round without waiting for anybody."""


class NotOpen(LookupError):
    """The task or timer is not waiting any more: done, withdrawn, or never there."""


def reason_of(error: Exception) -> str:
    """Why something failed, without what a person has told: of others' errors only the kind."""
    if isinstance(error, UnusableDiagram):
        return error.reason
    return str(error) if isinstance(error, FeelError) else type(error).__name__
