"""Old answers, read on the version of the form they were given on, and who may read which.

It will not be changed: history is only ever added to.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definitions import Form
from workflows import (
    access,
    audit,
    decisions,
    definitions,
    participants,
    prefill,
    process_instances,
)
from workflows.access import Basis
from workflows.actors import Actor
from workflows.errors import Denied, NotFound
from workflows.participants import Seen
from workflows.prefill import Options
from workflows.tables import Account, HistoryEntry, Person, ProcessInstance, Service
from workflows.texts import _

CONFIDED = frozenset({"samtykke_forslag", "samtykke_svar", "avklar_samtykke"})
"""Forms about consent itself: which service was refused is not for the other services to read."""


@dataclass(frozen=True)
class Reach:
    """Which old answers in one case an actor may read."""

    account_id: UUID | None
    seen: Seen
    decides: Collection[UUID]
    """Those of the participants on whose consents the actor may decide."""

    def covers(self, entry: HistoryEntry) -> bool:
        """True for answers that are the actor's own, or that their basis reaches to."""
        if entry.answers is None:
            return False
        if self.account_id is not None and entry.actor_id == self.account_id:
            return True
        confided = entry.form_key in CONFIDED and entry.person_id not in self.decides
        return not confided and self.seen.covers_entry(entry.person_id, entry.item)


def reach(session: Session, actor: Actor, instance: ProcessInstance) -> Reach:
    """How far the actor's bases in a case reach into its history."""
    return Reach(
        account_id=actor.account_id,
        seen=participants.seen(session, actor, instance),
        decides=access.people_in(session, actor, access.DECIDE_CONSENT, instance),
    )


@dataclass(frozen=True)
class AnswerPage:
    """One set of answers with the form they were given on."""

    entry: HistoryEntry
    person: Person
    form: Form
    answers: dict[str, Any]
    options: Options
    who: str | None
    service: str | None
    process_title: str
    may_read_person: bool


def read_answers(session: Session, actor: Actor, entry_id: UUID) -> AnswerPage:
    """Read one old answer: for who may read the plan, and for who gave it.

    Raises NotFound, or Denied when the actor knows of the person but may not read this.
    """
    entry = session.scalar(
        select(HistoryEntry).where(
            HistoryEntry.id == entry_id, HistoryEntry.municipality_id.in_(actor.municipalities)
        )
    )
    if entry is None or entry.answers is None or entry.form_version is None:
        raise NotFound(access.UNKNOWN)
    instance = process_instances.find_instance(session, actor, entry.instance_id)
    basis = _basis(session, actor, entry)
    within = reach(session, actor, instance)
    if not within.covers(entry):
        own = _("Du kan bare lese svarene du selv har gitt.")
        raise Denied(access.NOT_THIS if within.seen.people else own)
    audit.record(
        session,
        actor,
        municipality_id=entry.municipality_id,
        person_id=entry.person_id,
        action="history:read",
        basis=basis,
        answer=entry.title,
    )
    who = session.get(Account, entry.actor_id) if entry.actor_id else None
    return AnswerPage(
        entry=entry,
        person=session.get_one(Person, (entry.municipality_id, entry.person_id)),
        form=definitions.form_version(session, entry.municipality_id, entry.form_version),
        answers=entry.answers,
        options=prefill.options(session, actor, instance, within.seen, entry.item)
        | {"ansvarlige": decisions.all_choices(session, instance, within.seen)},
        who=who.name if who else None,
        service=_service_name(session, entry),
        process_title=instance.title,
        may_read_person=access.basis_for(session, actor, access.READ_PERSON, entry.person_id)
        is not None,
    )


def _basis(session: Session, actor: Actor, entry: HistoryEntry) -> Basis:
    """Knowing of the person, or of what concerns them in this case."""
    shown = access.basis_for(session, actor, access.READ_PLAN, entry.person_id, entry.instance_id)
    return shown or access.require(session, actor, access.READ_PERSON, entry.person_id)


def _service_name(session: Session, entry: HistoryEntry) -> str | None:
    if entry.service_id is None:
        return None
    return session.get_one(Service, (entry.municipality_id, entry.service_id)).name
