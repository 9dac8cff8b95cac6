"""What can go wrong in the engine; SpiffWorkflow's own exceptions never leave this package."""


class UnusableDiagram(ValueError):
    """A diagram that cannot be run, or cannot go on: the element and the reason, in bokmål."""

    def __init__(self, element: str, reason: str) -> None:
        super().__init__(f"{element}: {reason}")
        self.element = element
        self.reason = reason


class NotOpen(LookupError):
    """The task or timer is not waiting any more: done, withdrawn, or never there."""
