"""What we remember. Tables only: the rules live in the modules that use them."""

from workflows.tables.agreed_orders import AgreedOrder, OrderFlag, OrderPlace
from workflows.tables.api_access import ApiToken, IdempotencyKey
from workflows.tables.audit import AuditEntry
from workflows.tables.consents import Consent
from workflows.tables.definitions import DecisionVersion, FormVersion, ProcessDefinition
from workflows.tables.families import FamilySight, Participant
from workflows.tables.handovers import Handover
from workflows.tables.incidents import Incident
from workflows.tables.measurements import Measurement
from workflows.tables.notices import Notice
from workflows.tables.organisations import Account, Municipality, Position, Service
from workflows.tables.people import Person, Relation, ServiceCase
from workflows.tables.plans import Decision, Evaluation, Goal, Measure, Plan, Rating, TeamMember
from workflows.tables.processes import (
    HistoryEntry,
    OpenTask,
    ProcessInstance,
    Subscription,
    TaskDraft,
    Timer,
)
from workflows.tables.upgrades import BulkItem, BulkJob, InstanceMove
from workflows.tables.webhooks import Webhook, WebhookDelivery

__all__ = [
    "Account",
    "AgreedOrder",
    "ApiToken",
    "AuditEntry",
    "BulkItem",
    "BulkJob",
    "Consent",
    "Decision",
    "DecisionVersion",
    "Evaluation",
    "FamilySight",
    "FormVersion",
    "Goal",
    "Handover",
    "HistoryEntry",
    "IdempotencyKey",
    "Incident",
    "InstanceMove",
    "Measure",
    "Measurement",
    "Municipality",
    "Notice",
    "OpenTask",
    "OrderFlag",
    "OrderPlace",
    "Participant",
    "Person",
    "Plan",
    "Position",
    "ProcessDefinition",
    "ProcessInstance",
    "Rating",
    "Relation",
    "Service",
    "ServiceCase",
    "Subscription",
    "TaskDraft",
    "TeamMember",
    "Timer",
    "Webhook",
    "WebhookDelivery",
]
