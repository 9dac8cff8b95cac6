"""Loads every module that registers operations, so that a running case finds them all."""

from importlib import import_module

MODULES = (
    "agreed_order",
    "consents",
    "decisions",
    "evaluations",
    "families",
    "handovers",
    "measurements",
    "notices",
    "plans",
)


def register() -> None:
    """Make sure that every operation is registered."""
    for module in MODULES:
        import_module(f"workflows.{module}")
