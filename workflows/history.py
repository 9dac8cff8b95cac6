"""Old answers, read on the version of the form they were given on, and who may read which.

It will not be changed: history is only ever added to.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definitions import Form
from workflows import access, audit, decisions, definitions, prefill, process_instances
from workflows.actors import Actor
from workflows.errors import Denied, NotFound
from workflows.prefill import Options
from workflows.tables import Account, HistoryEntry, Person, Service
from workflows.texts import _

CONFIDED = frozenset({"samtykke_forslag", "samtykke_svar", "avklar_samtykke"})
"""Forms about consent itself: which service was refused is not for the other services to read."""


@dataclass(frozen=True)
class Reach:
    """Which old answers about one person an actor may read."""

    account_id: UUID | None
    plan: bool
    consents: bool

    def covers(self, entry: HistoryEntry) -> bool:
        """True for answers that are the actor's own, or that their basis reaches to."""
        if entry.answers is None:
            return False
        if self.account_id is not None and entry.actor_id == self.account_id:
            return True
        return self.plan and (self.consents or entry.form_key not in CONFIDED)


def reach(session: Session, actor: Actor, person_id: UUID) -> Reach:
    """How far the actor's bases for a person reach into the history."""
    may = access.basis_for
    return Reach(
        account_id=actor.account_id,
        plan=may(session, actor, access.READ_PLAN, person_id) is not None,
        consents=may(session, actor, access.DECIDE_CONSENT, person_id) is not None,
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
    basis = access.require(session, actor, access.READ_PERSON, entry.person_id)
    within = reach(session, actor, entry.person_id)
    if not within.covers(entry):
        own = _("Du kan bare lese svarene du selv har gitt.")
        raise Denied(access.NOT_THIS if within.plan else own)
    instance = process_instances.find_instance(session, actor, entry.instance_id)
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
        person=instance.person,
        form=definitions.form_version(session, entry.municipality_id, entry.form_version),
        answers=entry.answers,
        options=prefill.options(session, instance)
        | {"ansvarlige": decisions.all_choices(session, instance)},
        who=who.name if who else None,
        service=_service_name(session, entry),
        process_title=instance.title,
    )


def _service_name(session: Session, entry: HistoryEntry) -> str | None:
    if entry.service_id is None:
        return None
    return session.get_one(Service, (entry.municipality_id, entry.service_id)).name
