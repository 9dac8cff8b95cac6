"""What the engine shows of a running case: plain frozen values, detached from SpiffWorkflow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class OpenTask:
    """A user task somebody may complete now; `item` is the multi-instance item nearest around it.

    `step` is the element of the case's own process that it stands in: the call activity for a task
    of a called process, else the task itself.
    """

    id: UUID
    process: str
    element: str
    item: str | None
    step: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class WaitingTimer:
    """A timer that has not fired; `due_at` is UTC."""

    id: UUID
    process: str
    element: str
    due_at: datetime


@dataclass(frozen=True)
class Subscription:
    """A place in the case that waits for a message of this name."""

    id: UUID
    process: str
    element: str
    message: str


@dataclass(frozen=True)
class Incident:
    """A token that stands still because something failed there.

    `ways` are the flows out that somebody must choose among to skip it: those of a gateway.
    """

    id: UUID
    process: str
    element: str
    item: str | None
    step: str
    reason: str
    ways: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """Something that happened: reached, completed, cancelled, fired or ended (the whole case);

    failed, retried or skipped.
    """

    kind: str
    process: str
    element: str
    item: str | None
    task_id: UUID


@dataclass(frozen=True)
class OperationTask:
    """Where an operation is called from."""

    process: str
    element: str
    item: str | None
    task_id: UUID


Operate = Callable[[str, Mapping[str, Any], Mapping[str, Any], OperationTask], Mapping[str, Any]]
