"""Running processes, purely in memory: the only place that knows SpiffWorkflow.

It knows no database and no web.
"""

from workflows.engine.case import Case
from workflows.engine.definition import Definition
from workflows.engine.moving import Change, Move, Refusal, plan_move
from workflows.engine.problems import Endless, NotOpen, UnusableDiagram, reason_of
from workflows.engine.state import outline
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
    "Change",
    "Definition",
    "Endless",
    "Event",
    "Incident",
    "Move",
    "NotOpen",
    "OpenTask",
    "Operate",
    "OperationTask",
    "Refusal",
    "Subscription",
    "UnusableDiagram",
    "WaitingTimer",
    "outline",
    "plain",
    "plan_move",
    "reason_of",
]
