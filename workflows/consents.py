"""Consent: given to a service for a purpose and a time, refused, or withdrawn; never implied.

A withdrawal works at once and in the same transaction: sharing stops, that service's tasks wait,
the case is told. It will not gate what the law requires (meldeplikt, barnevernsloven § 13-2).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from workflows import (
    access,
    assignment,
    audit,
    clock,
    definitions,
    participants,
    process_instances,
    tenancy,
)
from workflows.access import SYSTEM_BASIS, Basis
from workflows.actors import SYSTEM, Actor
from workflows.errors import Conflict, NotFound
from workflows.operations import Call, operation
from workflows.tables import Account, Consent, OpenTask, Person, ProcessInstance, Service
from workflows.texts import Say, _

DEFAULT_VALIDITY = timedelta(days=365)
ASK_AGAIN = timedelta(days=30)
"""How long before it expires a consent is asked for again."""
WITHDRAWN, ALL_WITHDRAWN = "samtykke_trukket", "alt_samtykke_trukket"
RENEW = "samtykke_fornyes"
PROPOSAL = "samtykke_forslag"
ENDED = frozenset({"trukket", "erstattet", "utlopt"})


@dataclass(frozen=True)
class ConsentLine:
    """A consent as the person and the coordinator see it."""

    id: UUID
    instance_id: UUID
    person_id: UUID
    person: str
    service: str
    purpose: str
    topics: Sequence[str]
    """In words."""
    not_shared: str | None
    status: str
    """`gjelder`, `avslatt`, `trukket`, `erstattet` or `utlopt`."""
    form: str
    decided_on: date
    decided_by: str
    valid_until: date | None
    withdrawn_on: date | None


def live_services(session: Session, instance: ProcessInstance) -> set[UUID]:
    """The services that today may see what concerns somebody in the case, by consent."""
    return set(participants.services_told(session, instance))


def live_consents(session: Session, instance: ProcessInstance) -> Sequence[Consent]:
    """The consents of a case that hold today, the first given first."""
    session.flush()
    live = select(Consent).where(
        *_of_case(instance), _in_force(), Consent.valid_until >= clock.today()
    )
    return session.scalars(live.order_by(Consent.decided_at, Consent.id)).all()


def _of_case(instance: ProcessInstance) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        Consent.municipality_id == instance.municipality_id,
        Consent.instance_id == instance.id,
    )


def _in_force() -> ColumnElement[bool]:
    """Given, and neither withdrawn nor replaced; it may have expired."""
    return and_(
        Consent.given.is_(True), Consent.withdrawn_at.is_(None), Consent.replaced_at.is_(None)
    )


def consents_of(session: Session, person_id: UUID, municipality_id: UUID) -> list[ConsentLine]:
    """Every consent and refusal of a person, those in force first, then newest first."""
    rows = session.execute(
        select(Consent, Service.name, Account.name, Person.name)
        .join(
            Service,
            (Service.municipality_id == Consent.municipality_id)
            & (Service.id == Consent.service_id),
        )
        .join(
            Person,
            (Person.municipality_id == Consent.municipality_id) & (Person.id == Consent.person_id),
        )
        .outerjoin(Account, Account.id == Consent.decided_by)
        .where(Consent.municipality_id == municipality_id, Consent.person_id == person_id)
        .order_by(Consent.id.desc())
    )
    topics = _topics(session, municipality_id)
    lines = [_line(row, whose, service, who or "", topics) for row, service, who, whose in rows]
    return sorted(lines, key=lambda line: line.status != "gjelder")


def _topics(session: Session, municipality_id: UUID) -> dict[str, str]:
    """What may be shared, by the value the proposal's form stores."""
    try:
        form = definitions.latest_form(session, municipality_id, PROPOSAL)
    except NotFound:
        return {}
    return {v: label for field in form.fields for v, label in field.options}


def _line(
    row: Consent, person: str, service: str, who: str, topics: Mapping[str, str]
) -> ConsentLine:
    return ConsentLine(
        id=row.id,
        instance_id=row.instance_id,
        person_id=row.person_id,
        person=person,
        service=service,
        purpose=row.purpose,
        not_shared=row.not_shared,
        topics=[topics.get(topic, topic) for topic in row.topics],
        status=_status(row),
        form=row.form,
        decided_on=row.decided_at.astimezone(clock.OSLO).date(),
        decided_by=who,
        valid_until=row.valid_until,
        withdrawn_on=row.withdrawn_at.astimezone(clock.OSLO).date() if row.withdrawn_at else None,
    )


def _status(row: Consent) -> str:
    if not row.given:
        return "avslatt"
    if row.withdrawn_at is not None:
        return "trukket"
    if row.replaced_at is not None:
        return "erstattet"
    expired = row.valid_until is not None and row.valid_until < clock.today()
    over = row.instance.ended_at is not None  # its purpose was the case
    return "utlopt" if expired or over else "gjelder"


def withdraw_consent(session: Session, actor: Actor, consent_id: UUID) -> Consent:
    """Withdraw one consent: the service loses sight at once, its tasks wait, the case is told.

    Raises Conflict when it is withdrawn already.
    """
    consent = _find(session, actor, consent_id)
    basis = access.require(
        session, actor, access.DECIDE_CONSENT, consent.person_id, consent.instance_id
    )
    if _status(consent) != "gjelder":
        raise Conflict(_("Samtykket gjelder ikke lenger."))
    consent.withdrawn_at, consent.withdrawn_by = clock.now(), actor.account_id
    instance = process_instances.find_instance(session, actor, consent.instance_id)
    audit.record(
        session,
        actor,
        municipality_id=consent.municipality_id,
        person_id=consent.person_id,
        action="consent:withdraw",
        basis=basis,
        service=str(consent.service_id),
    )
    _stop_sharing(session, actor, basis, instance, consent)
    return consent


def _stop_sharing(
    session: Session, actor: Actor, basis: Basis, instance: ProcessInstance, consent: Consent
) -> None:
    _park(session, actor, basis, instance, consent)
    message = WITHDRAWN if live_services(session, instance) else ALL_WITHDRAWN
    process_instances.deliver(session, actor, basis, instance, message)


def next_to_renew(session: Session) -> Consent | None:
    """A consent in a running case that expires within ASK_AGAIN and is not asked for again yet."""
    return _next(session, Consent.renewal_asked_at.is_(None), clock.today() + ASK_AGAIN)


def next_expired(session: Session) -> Consent | None:
    """A consent in a running case that has expired without the case having been told."""
    return _next(session, Consent.expiry_told_at.is_(None), clock.today() - timedelta(days=1))


def _next(session: Session, waiting: ColumnElement[bool], until: date) -> Consent | None:
    case = ProcessInstance
    return session.scalar(
        select(Consent)
        .join(
            case,
            (case.municipality_id == Consent.municipality_id) & (case.id == Consent.instance_id),
        )
        .where(case.ended_at.is_(None), _in_force(), waiting, Consent.valid_until <= until)
        .order_by(Consent.valid_until)
        .limit(1)
        .with_for_update(of=Consent, skip_locked=True)
    )


def ask_again(session: Session, consent: Consent) -> None:
    """Ask for every consent of the case that soon expires: one question to each it is about,

    who stand in the process variable `fornyes`.
    """
    tenancy.limit(session, {consent.municipality_id})
    instance = process_instances.find_instance(session, SYSTEM, consent.instance_id)
    soon = _in_force(), Consent.valid_until <= clock.today() + ASK_AGAIN
    people = []
    for row in session.scalars(select(Consent).where(*_of_case(instance), *soon)):
        row.renewal_asked_at = clock.now()
        people.append(str(row.person_id))
    asked = {"fornyes": list(dict.fromkeys(people))}
    process_instances.deliver(session, SYSTEM, SYSTEM_BASIS, instance, RENEW, asked)


def put_aside(session: Session, municipality_id: UUID, consent_id: UUID) -> None:
    """Do not try a consent again whose case could not take it in; the log tells of it."""
    row = session.get_one(Consent, (municipality_id, consent_id))
    row.renewal_asked_at = row.renewal_asked_at or clock.now()
    if row.valid_until is not None and row.valid_until < clock.today():
        row.expiry_told_at = clock.now()


def expire(session: Session, consent: Consent) -> None:
    """Do for an expired consent what a withdrawal does."""
    tenancy.limit(session, {consent.municipality_id})
    consent.expiry_told_at = clock.now()
    instance = process_instances.find_instance(session, SYSTEM, consent.instance_id)
    told = participants.services_told(session, instance)
    if consent.person_id not in told.get(consent.service_id, []):
        _stop_sharing(session, SYSTEM, SYSTEM_BASIS, instance, consent)


def withdraw_all(session: Session, actor: Actor, instance_id: UUID) -> int:
    """Withdraw every consent of a case; how many there were."""
    lines, _person = all_to_withdraw(session, actor, instance_id)
    for line in lines:
        withdraw_consent(session, actor, line.id)
    return len(lines)


def to_withdraw(session: Session, actor: Actor, consent_id: UUID) -> ConsentLine:
    """A consent the actor may withdraw. Raises Conflict when it is not in force."""
    consent = _find(session, actor, consent_id)
    instance = process_instances.find_instance(session, actor, consent.instance_id)
    _saw(session, actor, instance, consent.person_id)
    lines = all_of(session, instance, [consent.person_id])
    line = next(line for line in lines if line.id == consent_id)
    if line.status != "gjelder":
        raise Conflict(_("Samtykket gjelder ikke lenger."))
    return line


def all_to_withdraw(
    session: Session, actor: Actor, instance_id: UUID
) -> tuple[list[ConsentLine], Person]:
    """The consents in force in a case that the actor may withdraw, and the first they are about."""
    instance = process_instances.find_instance(session, actor, instance_id)
    decides = access.people_in(session, actor, access.DECIDE_CONSENT, instance)
    part = [row.person_id for row in participants.taking_part(session, instance)]
    people = [one for one in part if one in decides] or [instance.person_id]
    for person_id in people:
        _saw(session, actor, instance, person_id)
    lines = all_of(session, instance, people)
    first = session.get_one(Person, (instance.municipality_id, people[0]))
    return [line for line in lines if line.status == "gjelder"], first


def _saw(session: Session, actor: Actor, instance: ProcessInstance, person_id: UUID) -> None:
    """Check that the actor may decide on a person's consents in a case, and note that they see

    them.
    """
    audit.record(
        session,
        actor,
        municipality_id=instance.municipality_id,
        person_id=person_id,
        action="process:read",
        basis=access.require(session, actor, access.DECIDE_CONSENT, person_id, instance.id),
        process=instance.definition_key,
    )


def all_of(
    session: Session, instance: ProcessInstance, people: Iterable[UUID]
) -> list[ConsentLine]:
    """Every consent and refusal of these people in one case."""
    return [
        line
        for person_id in people
        for line in consents_of(session, person_id, instance.municipality_id)
        if line.instance_id == instance.id
    ]


def _find(session: Session, actor: Actor, consent_id: UUID) -> Consent:
    consent = session.scalar(
        select(Consent).where(
            Consent.id == consent_id, Consent.municipality_id.in_(actor.municipalities)
        )
    )
    if consent is None:
        raise NotFound(access.UNKNOWN)
    return consent


def summary(session: Session, instance: ProcessInstance, say: Say = _) -> str | None:
    """Who may share what, in one sentence for the plan; None when nothing is decided."""
    everyone = [row.person_id for row in participants.taking_part(session, instance)]
    live = [line for line in all_of(session, instance, everyone) if line.status == "gjelder"]
    several = len(everyone) > 1
    names = ", ".join(sorted({_told(line) if several else line.service for line in live}))
    return say(_("Samtykke til deling med: %(services)s")) % {"services": names} if live else None


def _told(line: ConsentLine) -> str:
    return f"{line.service} ({line.person})"


def stopped(session: Session, instance: ProcessInstance) -> str | None:
    """The names of the services whose consent in the case has been withdrawn or has run out."""
    everyone = [row.person_id for row in participants.taking_part(session, instance)]
    lines = all_of(session, instance, everyone)
    live = {(line.person_id, line.service) for line in lines if line.status == "gjelder"}
    ended = [line for line in lines if line.status in ENDED]
    gone = [line for line in ended if (line.person_id, line.service) not in live]
    names = {_told(line) if len(everyone) > 1 else line.service for line in gone}
    return ", ".join(sorted(names)) or None


@operation("consent.check", "tjeneste", gives=("tjenesten_kan_se",))
def check_consent(call: Call) -> Mapping[str, Any]:
    """Whether a service may see the case today: the person was asked, and may have said no."""
    service_id = UUID(str(call.parameters["tjeneste"]))
    return {"tjenesten_kan_se": service_id in live_services(call.session, call.instance)}


@operation("consent.record", "form", "forslag", gives=("samtykke_gitt",))
def record_consent(call: Call) -> Mapping[str, Any]:
    """Write the person's answer as one consent or refusal per proposed service."""
    session, instance = call.session, call.instance
    proposal, answer = call.answers("forslag"), call.answers("form")
    proposed = [str(service) for service in proposal.get("tjenester") or []]
    given = {
        "alle": set(proposed),
        "noen": set(answer.get("tjenester") or []),
        "nei": set[str](),
    }[answer["svar"]]
    for service_id in dict.fromkeys([*proposed, *given]):
        _decide(call, proposal, answer, UUID(service_id), given=service_id in given)
    session.flush()
    return {"samtykke_gitt": bool(live_services(session, instance))}


def _decide(
    call: Call, proposal: dict[str, Any], answer: dict[str, Any], service_id: UUID, *, given: bool
) -> None:
    session, instance = call.session, call.instance
    consent = Consent(
        municipality_id=instance.municipality_id,
        person_id=call.person_id,
        service_id=service_id,
        instance_id=instance.id,
        purpose=proposal.get("formal") or "",
        topics=_wanted(proposal),
        not_shared=answer.get("deles_ikke") or proposal.get("deles_ikke"),
        given=given,
        form=answer.get("hvordan") or "skriftlig",
        decided_at=clock.now(),
        decided_by=call.actor.account_id,
        valid_until=_valid_until(proposal) if given else None,
    )
    _replace_earlier(session, consent)
    session.add(consent)
    if given:
        _unpark(session, consent)
    else:
        _park(session, call.actor, call.basis, instance, consent)
    call.record("consent:give" if given else "consent:refuse", service=str(service_id))


def _wanted(proposal: dict[str, Any]) -> list[str]:
    other = proposal.get("opplysninger_annet")
    return [*(proposal.get("opplysninger") or []), *([other] if other else [])]


def _replace_earlier(session: Session, consent: Consent) -> None:
    earlier = session.scalars(
        select(Consent).where(
            Consent.municipality_id == consent.municipality_id,
            Consent.instance_id == consent.instance_id,
            Consent.person_id == consent.person_id,
            Consent.service_id == consent.service_id,
            _in_force(),
        )
    )
    for row in earlier:
        row.replaced_at = clock.now()


def _valid_until(proposal: dict[str, Any]) -> date:
    weeks = str(proposal.get("varighet") or "")
    if weeks.isdigit():
        return clock.today() + timedelta(weeks=int(weeks))
    return clock.today() + DEFAULT_VALIDITY


def _park(
    session: Session, actor: Actor, basis: Basis, instance: ProcessInstance, consent: Consent
) -> None:
    """Let the service's tasks wait, or be about another member who still lets it know."""
    others = participants.services_told(session, instance).get(consent.service_id, [])
    for task in _service_tasks(session, consent, OpenTask.parked.is_(None)):
        if others:
            task.person_id = task.person_id if task.person_id in others else others[0]
            continue
        task.parked = assignment.WITHOUT_CONSENT
        audit.record(
            session,
            actor,
            municipality_id=task.municipality_id,
            person_id=task.person_id,
            action="task:park",
            basis=basis,
            task=task.title,
        )


def _unpark(session: Session, consent: Consent) -> None:
    for task in _service_tasks(session, consent, OpenTask.parked == assignment.WITHOUT_CONSENT):
        task.parked, task.person_id = None, consent.person_id


def _service_tasks(
    session: Session, consent: Consent, which: ColumnElement[bool]
) -> Sequence[OpenTask]:
    return session.scalars(
        select(OpenTask).where(
            OpenTask.municipality_id == consent.municipality_id,
            OpenTask.instance_id == consent.instance_id,
            OpenTask.service_id == consent.service_id,
            or_(OpenTask.role == "tjeneste", OpenTask.reason == assignment.BY_CONSENT),
            which,
        )
    ).all()
