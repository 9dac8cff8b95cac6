"""Running processes, purely in memory: the only place that knows SpiffWorkflow.

It knows no database and no web.
"""

from workflows.engine.case import Case
from workflows.engine.definition import Definition
from workflows.engine.problems import Endless, NotOpen, UnusableDiagram, reason_of
from workflows.engine.variables import plain
from workflows.engine.views import (
    Event,
    Incident,
    OpenTask,
    Operate,
    OperationTask,
    Subscription,
    WaitingTimer,
)

__all__ = [
    "Case",
    "Definition",
    "Endless",
    "Event",
    "Incident",
    "NotOpen",
    "OpenTask",
    "Operate",
    "OperationTask",
    "Subscription",
    "UnusableDiagram",
    "WaitingTimer",
    "plain",
    "reason_of",
]
