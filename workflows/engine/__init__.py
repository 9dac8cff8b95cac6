"""Running processes, purely in memory: the only place that knows SpiffWorkflow.

It knows no database and no web.
"""

from workflows.engine.case import Case
from workflows.engine.definition import Definition
from workflows.engine.moving import Change, Move, Refusal, plan_move
from workflows.engine.problems import NotOpen, UnusableDiagram
from workflows.engine.state import outline
from workflows.engine.views import (
    Event,
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
    "Event",
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
    "plan_move",
]
