"""Persons: registering, finding, and the page where everything about one of them meets.

What an actor sees of a person follows from the basis they have; it will not show a plan or an
answer to someone who only knows of the person.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from workflows import (
    access,
    assignment,
    audit,
    clock,
    consents,
    history,
    participants,
    plans,
    process_instances,
    relation_kinds,
)
from workflows.access import Basis
from workflows.actors import Actor, acting
from workflows.cases import CaseView, TimelineLine, case_view, record_sight, timeline
from workflows.consents import ConsentLine
from workflows.errors import Denied, Invalid, NotFound
from workflows.tables import (
    Account,
    OpenTask,
    Participant,
    Person,
    Plan,
    ProcessInstance,
    Relation,
    Service,
    ServiceCase,
    TeamMember,
)
from workflows.texts import _

PAGE = 25


@dataclass(frozen=True)
class PersonRow:
    """A line of the list of persons."""

    id: UUID
    name: str
    born_on: date | None
    processes: Sequence[str]
    coordinator: str | None
    next_on: date | None


@dataclass(frozen=True)
class Contact:
    """Someone around the person and how to reach them."""

    name: str
    role: str
    service: str | None = None
    phone: str | None = None
    email: str | None = None
    is_coordinator: bool = False


@dataclass(frozen=True)
class NextDate:
    """A date ahead."""

    on: date
    what: str
    """`evaluering`, `frist` or `samtykke`."""
    title: str


@dataclass(frozen=True)
class PersonPage:
    """Everything a person's page shows to this actor."""

    person: Person
    basis: Basis
    may_read_plan: bool
    may_read_audit: bool
    may_decide_consent: bool
    may_start: bool
    may_correct: bool
    may_give_message: bool
    cases: Sequence[CaseView]
    team: Sequence[Contact]
    unit: Contact
    """Whom to call when nobody is coordinator."""
    relations: Sequence[Relation]
    acting: Collection[UUID]
    """Those of the relations that act for the person today."""
    consents: Sequence[ConsentLine]
    timeline: Sequence[TimelineLine]
    next_dates: Sequence[NextDate]


def register_person(
    session: Session,
    actor: Actor,
    *,
    name: str,
    born_on: date | None,
    national_number: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    address: str | None = None,
    language: str = "nb",
) -> Person:
    """Register a person in the actor's municipality, as a case of the actor's own service.

    Raises Denied for others than employees, Invalid when the national number is known already.
    """
    municipality_id, service_id = own_service(session, actor)
    if national_number and _known(session, municipality_id, national_number):
        raise Invalid(_("Personen er allerede registrert i kommunen."), "national_number")
    person = Person(
        municipality_id=municipality_id,
        id=uuid7(),
        name=name,
        born_on=born_on,
        national_number=national_number or None,
        phone=phone,
        email=email,
        address=address,
        language=language,
    )
    session.add(person)
    session.flush()
    session.add(
        ServiceCase(
            municipality_id=municipality_id,
            person_id=person.id,
            service_id=service_id,
            since=clock.today(),
        )
    )
    session.flush()
    basis = access.require(session, actor, access.READ_PERSON, person.id)
    record(session, actor, person, "person:register", basis)
    return person


def to_correct(session: Session, actor: Actor, person_id: UUID) -> Person:
    """A person whose birth date the actor may correct. Raises Denied or NotFound."""
    basis = _may_correct(session, actor, person_id)
    person = process_instances.find_person(session, actor, person_id)
    record(session, actor, person, "person:read", basis)
    return person


def correct_birth(session: Session, actor: Actor, person_id: UUID, born_on: date | None) -> None:
    """Write down when a person was born, or that it is not yet; what is reckoned from it follows.

    Raises Invalid for a day that has not come.
    """
    basis = _may_correct(session, actor, person_id)
    if born_on is not None and born_on > clock.today():
        raise Invalid(_("Datoen er ikke kommet ennå."), "born_on")
    person = process_instances.find_person(session, actor, person_id)
    person.born_on = born_on
    process_instances.follow_bases(session, person)
    record(session, actor, person, "person:correct", basis)


def _may_correct(session: Session, actor: Actor, person_id: UUID) -> Basis:
    """Only employees: who acts for a child ends with the day it comes of age."""
    basis = access.require(session, actor, access.START_PROCESS, person_id)
    if not actor.is_employee:
        raise Denied(access.NOT_THIS)
    return basis


def own_service(session: Session, actor: Actor) -> tuple[UUID, UUID]:
    """(municipality, service) the actor works in. Raises Denied for others than employees."""
    row = session.scalar(
        select(Service).where(Service.id.in_(actor.services)).order_by(Service.id).limit(1)
    )
    if row is None:
        raise Denied(_("Bare ansatte kan gjøre dette."))
    return row.municipality_id, row.id


def _known(session: Session, municipality_id: UUID, national_number: str) -> Person | None:
    return session.scalar(
        select(Person).where(
            Person.municipality_id == municipality_id, Person.national_number == national_number
        )
    )


def note_known(session: Session, actor: Actor, national_number: str) -> None:
    """Note that the actor was told that somebody is registered: that too says something of them."""
    municipality_id, _service = own_service(session, actor)
    person = _known(session, municipality_id, national_number)
    if person is not None:
        basis = access.basis_for(session, actor, access.READ_PERSON, person.id)
        record(session, actor, person, "person:search", basis or access.Basis(access.NONE))


def add_relation(
    session: Session, actor: Actor, person_id: UUID, *, kind: str, name: str, **contact: Any
) -> Relation:
    """Write down someone close to a person; `contact` may hold phone, email, account_id, until."""
    basis = access.require(session, actor, access.START_PROCESS, person_id)
    person = process_instances.find_person(session, actor, person_id)
    if kind not in relation_kinds.KINDS:
        raise Invalid(_("Velg hva slags relasjon det er."), "kind")
    relation = Relation(
        municipality_id=person.municipality_id, person_id=person_id, kind=kind, name=name, **contact
    )
    session.add(relation)
    session.flush()
    record(session, actor, person, "person:register", basis)
    return relation


def give_account(
    session: Session,
    municipality_id: UUID,
    national_number: str,
    account: Account,
    *,
    relation: str | None = None,
) -> None:
    """Let an account be a person, or act for one as `relation` (a key of relation_kinds).

    Raises NotFound for an unknown number, Invalid for an unknown kind of relation.
    """
    person = session.scalar(
        select(Person).where(
            Person.municipality_id == municipality_id, Person.national_number == national_number
        )
    )
    if person is None:
        raise NotFound(_("Vi finner ikke denne personen."))
    if relation is None:
        person.account_id = account.id
        return
    if relation not in relation_kinds.KINDS:
        raise Invalid(_("Velg hva slags relasjon det er."), "kind")
    session.add(
        Relation(
            municipality_id=municipality_id,
            person_id=person.id,
            kind=relation,
            name=account.name,
            account_id=account.id,
            acts_for=True,
        )
    )


def record(session: Session, actor: Actor, person: Person, action: str, basis: Basis) -> None:
    """Add a line about a person to the audit."""
    audit.record(
        session,
        actor,
        municipality_id=person.municipality_id,
        person_id=person.id,
        action=action,
        basis=basis,
    )


def list_persons(
    session: Session, actor: Actor, text: str = "", page: int = 1
) -> tuple[list[PersonRow], bool]:
    """A page of the persons the actor has a basis for, by name, and whether there are more.

    `text` finds part of a name, or a whole national number.
    """
    query = select(Person).where(
        Person.municipality_id.in_(actor.municipalities),
        Person.id.in_(access.visible(actor, access.READ_PERSON)),
    )
    for word in text.split()[:5]:
        query = query.where(
            or_(Person.name.icontains(word, autoescape=True), Person.national_number == word)
        )
    query = query.order_by(Person.name, Person.id).offset((page - 1) * PAGE).limit(PAGE + 1)
    persons = session.scalars(query).all()
    shown = persons[:PAGE]
    audit.record_list(
        session,
        actor,
        "person:search" if text else "person:list",
        [(person.municipality_id, person.id) for person in shown],
        access.READ_PERSON,
    )
    return _person_rows(session, actor, shown), len(persons) > PAGE


def _person_rows(session: Session, actor: Actor, persons: Sequence[Person]) -> list[PersonRow]:
    ids = [person.id for person in persons]
    cases = session.execute(
        select(ProcessInstance, Account.name, Plan.next_evaluation_at)
        .outerjoin(Account, Account.id == ProcessInstance.coordinator_id)
        .outerjoin(
            Plan,
            (Plan.municipality_id == ProcessInstance.municipality_id)
            & (Plan.instance_id == ProcessInstance.id)
            & access.in_reach(actor, access.READ_PLAN, Plan.person_id, Plan.instance_id),
        )
        .where(ProcessInstance.person_id.in_(ids), ProcessInstance.ended_at.is_(None))
        .order_by(ProcessInstance.id)
    ).all()
    by_person: dict[UUID, list[Any]] = {}
    for row in cases:
        by_person.setdefault(row[0].person_id, []).append(row)
    return [_person_row(person, by_person.get(person.id, [])) for person in persons]


def _person_row(person: Person, cases: Sequence[Any]) -> PersonRow:
    dates = [at.astimezone(clock.OSLO).date() for _case, _who, at in cases if at]
    return PersonRow(
        id=person.id,
        name=person.name,
        born_on=person.born_on,
        processes=[case.title for case, _who, _at in cases],
        coordinator=next((who for _case, who, _at in cases if who), None),
        next_on=min(dates, default=None),
    )


def person_page(session: Session, actor: Actor, person_id: UUID) -> PersonPage:
    """A person's page as this actor may see it. Raises NotFound without a basis."""
    basis = access.require(session, actor, access.READ_PERSON, person_id)
    person = process_instances.find_person(session, actor, person_id)
    reaches = _cases(session, actor, person)
    read = [one for one, within in reaches if person_id in within.seen.people]
    whole = bool(read) or access.basis_for(session, actor, access.READ_PLAN, person_id) is not None
    record(session, actor, person, "plan:read" if whole else "person:read", basis)
    _record_others(session, actor, person, reaches)
    instances = [one for one, _within in reaches]

    def may(permission: str) -> bool:
        return access.basis_for(session, actor, permission, person_id) is not None

    decides = may(access.DECIDE_CONSENT)
    return PersonPage(
        person=person,
        basis=basis,
        may_read_plan=whole,
        may_read_audit=may(access.READ_AUDIT),
        may_decide_consent=decides,
        may_start=may(access.START_PROCESS),
        may_correct=may(access.START_PROCESS) and actor.is_employee,
        may_give_message=may(access.GIVE_MESSAGE),
        cases=[case_view(session, one, within) for one, within in reaches],
        unit=_unit(session, person),
        team=_team(session, person, instances, read),
        relations=_relations(session, person) if whole else [],
        acting=_acting(session, person) if whole else (),
        consents=_consents(session, person, dict(reaches), read),
        timeline=timeline(session, actor, read),
        next_dates=_next_dates(session, person, read),
    )


def _cases(
    session: Session, actor: Actor, person: Person
) -> list[tuple[ProcessInstance, history.Reach]]:
    """The person's own cases and those of a family where the actor may see what concerns them,

    with how far the actor sees into each.
    """
    instances = session.scalars(
        select(ProcessInstance)
        .join(
            Participant,
            (Participant.municipality_id == ProcessInstance.municipality_id)
            & (Participant.instance_id == ProcessInstance.id),
        )
        .where(
            Participant.municipality_id == person.municipality_id,
            Participant.person_id == person.id,
            Participant.status == participants.TAKES_PART,
        )
        .order_by(ProcessInstance.ended_at.is_not(None), ProcessInstance.id.desc())
    )
    reaches = [(one, history.reach(session, actor, one)) for one in instances]
    return [
        (one, within)
        for one, within in reaches
        if one.person_id == person.id or person.id in within.seen.people
    ]


def _record_others(
    session: Session,
    actor: Actor,
    person: Person,
    reaches: Sequence[tuple[ProcessInstance, history.Reach]],
) -> None:
    """A family's plan stands on the page of each: the others are seen there too."""
    for instance, within in reaches:
        for other, basis in within.seen.people.items():
            if other != person.id:
                record_sight(session, actor, instance, other, basis)


def _coordinators(session: Session, instances: Sequence[ProcessInstance]) -> list[Contact]:
    found = []
    for instance in instances:
        held = None if instance.ended_at else process_instances.holder(session, instance)
        if held is not None:
            found.append(_coordinator(session, instance, *held))
    return found


def _coordinator(
    session: Session, instance: ProcessInstance, account: Account, service: Service | None
) -> Contact:
    position = assignment.position_of(session, instance.municipality_id, account.id)
    return Contact(
        name=account.name,
        role=_("Koordinator"),
        service=service.name if service else None,
        phone=position.phone if position else None,
        email=position.email if position else None,
        is_coordinator=True,
    )


def _team(
    session: Session,
    person: Person,
    instances: Sequence[ProcessInstance],
    read: Sequence[ProcessInstance],
) -> list[Contact]:
    """The coordinator first, then services that the person lets know, then those named at the

    start meeting; the last two in the cases that the actor may read.
    """
    found = _coordinators(session, instances)
    running = [instance for instance in read if instance.ended_at is None]
    services = {
        service
        for instance in running
        for service, told in participants.services_told(session, instance).items()
        if person.id in told
    }
    for service in session.scalars(
        select(Service)
        .where(Service.municipality_id == person.municipality_id, Service.id.in_(services))
        .order_by(Service.name)
    ):
        contact = _service_contact(session, service)
        if contact.name not in {one.name for one in found}:
            found.append(contact)
    members = session.scalars(
        select(TeamMember)
        .where(
            TeamMember.municipality_id == person.municipality_id,
            TeamMember.instance_id.in_([instance.id for instance in running]),
        )
        .order_by(TeamMember.id)
    )
    named = {contact.name for contact in found}
    stopped = _stopped(session, person)
    return found + [
        Contact(m.name, m.role or "", m.service, m.phone)
        for m in members
        if m.name not in named and (m.service or "").strip().lower() not in stopped
    ]


def _stopped(session: Session, person: Person) -> set[str]:
    """The names of services that were asked for and have no consent today, in small letters."""
    lines = consents.consents_of(session, person.id, person.municipality_id)
    live = {line.service for line in lines if line.status == "gjelder"}
    return {line.service.lower() for line in lines if line.service not in live}


def _service_contact(session: Session, service: Service) -> Contact:
    staff = assignment.employees(session, service.municipality_id, service.id)
    fixed = next((p for p in staff if "fast_kontakt" in p.roles), staff[0] if staff else None)
    if fixed is None:
        return Contact(service.name, _("Tjeneste"), service.name, service.phone, service.email)
    name = session.get_one(Account, fixed.account_id).name
    return Contact(
        name, fixed.title, service.name, fixed.phone or service.phone, fixed.email or service.email
    )


def _unit(session: Session, person: Person) -> Contact:
    unit = assignment.coordinating_unit(session, person.municipality_id)
    return Contact(unit.name, "", None, unit.phone, unit.email)


def _consents(
    session: Session,
    person: Person,
    reaches: Mapping[ProcessInstance, history.Reach],
    read: Collection[ProcessInstance],
) -> list[ConsentLine]:
    """Those given in the cases the actor may read; to those who do not decide on them only those

    in force: a service is not told which other one was refused.
    """
    decides = {one.id: person.id in reaches[one].decides for one in read}
    lines = consents.consents_of(session, person.id, person.municipality_id)
    return [
        line
        for line in lines
        if line.instance_id in decides and (decides[line.instance_id] or line.status == "gjelder")
    ]


def _relations(session: Session, person: Person) -> Sequence[Relation]:
    return session.scalars(
        select(Relation)
        .where(Relation.municipality_id == person.municipality_id, Relation.person_id == person.id)
        .order_by(Relation.id)
    ).all()


def _acting(session: Session, person: Person) -> Collection[UUID]:
    mine = acting().where(
        Relation.municipality_id == person.municipality_id, Relation.person_id == person.id
    )
    return set(session.scalars(mine.with_only_columns(Relation.id)))


def _next_dates(
    session: Session, person: Person, instances: Sequence[ProcessInstance]
) -> list[NextDate]:
    found = []
    for instance in instances:
        plan = plans.plan_of(session, instance)
        if plan is not None and plan.next_evaluation_at is not None:
            on = plan.next_evaluation_at.astimezone(clock.OSLO).date()
            found.append(NextDate(on, "evaluering", _("Neste evaluering")))
    tasks = session.scalars(
        select(OpenTask).where(
            OpenTask.municipality_id == person.municipality_id,
            OpenTask.person_id == person.id,
            OpenTask.instance_id.in_([instance.id for instance in instances]),
            OpenTask.due_on.is_not(None),
            OpenTask.parked.is_(None),
        )
    )
    found += [NextDate(task.due_on, "frist", task.title) for task in tasks if task.due_on]
    mine = {instance.id for instance in instances}
    for line in consents.consents_of(session, person.id, person.municipality_id):
        if line.instance_id not in mine:
            continue
        if line.status == "gjelder" and line.valid_until:
            found.append(NextDate(line.valid_until, "samtykke", line.service))
    ahead = dict.fromkeys(one for one in found if one.on >= clock.today())
    return sorted(ahead, key=lambda one: one.on)[:10]
