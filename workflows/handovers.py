"""The baton: appointing a coordinator, and handing over so that nobody is ever without one.

The giver holds the baton until the successor has accepted and the overlap meeting is held.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import access, audit, clock, notices, process_instances
from workflows.access import Basis
from workflows.actors import Actor
from workflows.errors import Invalid
from workflows.operations import Call, operation
from workflows.tables import Account, Handover, OpenTask, ProcessInstance
from workflows.texts import _

LEAVES = "koordinator_slutter"
PROCESS = "overlevering"


def leave_as_coordinator(session: Session, actor: Actor, instance_id: UUID) -> ProcessInstance:
    """Tell a case that its coordinator will leave, so that a handover starts."""
    instance, basis = may_leave(session, actor, instance_id)
    if not process_instances.deliver(session, actor, basis, instance, LEAVES):
        raise Invalid(_("Forløpet kan ikke ta imot dette nå."))
    audit.record(
        session,
        actor,
        municipality_id=instance.municipality_id,
        person_id=instance.person_id,
        action="process:message",
        basis=basis,
        message=LEAVES,
    )
    return instance


def may_leave(session: Session, actor: Actor, instance_id: UUID) -> tuple[ProcessInstance, Basis]:
    """A running case without a handover under way, and on what basis the actor may start one.

    Seeing it leaves an audit line.
    """
    instance = process_instances.find_instance(session, actor, instance_id)
    basis = access.require(session, actor, access.GIVE_MESSAGE, instance.person_id, instance.id)
    process_instances.require_running(instance)
    if under_way(session, instance) is not None or _asked_for(session, instance):
        raise Invalid(_("En overlevering er allerede i gang."))
    audit.record(
        session,
        actor,
        municipality_id=instance.municipality_id,
        person_id=instance.person_id,
        action="process:read",
        basis=basis,
        process=instance.definition_key,
    )
    return instance, basis


def _asked_for(session: Session, instance: ProcessInstance) -> bool:
    """Someone has a task in a handover, though no successor is named yet."""
    task = select(OpenTask.id).where(
        OpenTask.municipality_id == instance.municipality_id,
        OpenTask.instance_id == instance.id,
        OpenTask.process_key == PROCESS,
    )
    return session.scalar(task.limit(1)) is not None


def under_way(session: Session, instance: ProcessInstance) -> Handover | None:
    """The handover that is proposed and not yet ended."""
    session.flush()
    return session.scalar(
        select(Handover)
        .where(
            Handover.municipality_id == instance.municipality_id,
            Handover.instance_id == instance.id,
            Handover.status == "foreslatt",
        )
        .order_by(Handover.id.desc())
        .limit(1)
    )


@operation("coordinator.appoint", "form", gives=("koordinator_oppnevnt",))
def appoint_coordinator(call: Call) -> Mapping[str, Any]:
    """Give the baton to the one the coordinating unit appointed."""
    account_id = call.chosen("koordinator")
    call.instance.coordinator_id = account_id
    call.session.flush()
    process_instances.reassign(call.session, call.instance)
    notices.send(
        call.session,
        call.instance,
        account_id,
        _("Du er oppnevnt som koordinator. Logg inn for å se hva som venter."),
    )
    call.record("coordinator:appoint", to=str(account_id))
    return {"koordinator_oppnevnt": True}


@operation("handover.propose", "form", gives=("etterfolger",))
def propose_handover(call: Call) -> Mapping[str, Any]:
    """Name the successor; an earlier proposal that led nowhere is closed."""
    answers = call.answers()
    _close(call, "avslatt")
    successor = call.chosen("ny_koordinator")
    call.session.add(
        Handover(
            municipality_id=call.instance.municipality_id,
            instance_id=call.instance.id,
            person_id=call.instance.person_id,
            from_id=call.instance.coordinator_id,
            to_id=successor,
            reason=answers.get("hvorfor"),
            status="foreslatt",
            proposed_at=clock.now(),
        )
    )
    call.session.flush()
    call.record("handover:propose", to=str(successor))
    return {"etterfolger": str(successor)}


@operation("handover.complete", gives=("overlevert",))
def complete_handover(call: Call) -> Mapping[str, Any]:
    """Move the baton to the successor who accepted."""
    handover = under_way(call.session, call.instance)
    if handover is None:
        raise Invalid(_("Det er ingen overlevering å fullføre."))
    handover.status, handover.ended_at = "overlevert", clock.now()
    call.instance.coordinator_id = handover.to_id
    call.session.flush()
    process_instances.reassign(call.session, call.instance)
    call.record("handover:complete", to=str(handover.to_id))
    return {"overlevert": True}


@operation("handover.decline", gives=("overlevert",))
def decline_handover(call: Call) -> Mapping[str, Any]:
    """End the handover without moving the baton."""
    _close(call, "avslatt")
    call.record("handover:decline")
    return {"overlevert": False}


def _close(call: Call, status: str) -> None:
    handover = under_way(call.session, call.instance)
    if handover is not None:
        handover.status, handover.ended_at = status, clock.now()
        call.session.flush()


def names(session: Session, handover: Handover) -> tuple[str | None, str]:
    """(giver, successor) of a handover."""
    giver = session.get(Account, handover.from_id) if handover.from_id else None
    return giver.name if giver else None, session.get_one(Account, handover.to_id).name
