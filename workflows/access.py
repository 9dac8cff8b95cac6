"""Who may do what about whom: one SQL rule, used to check one thing and to list many.

Sharing needs a basis, and the basis goes into the audit. The rule gives bases from the strongest:
the person themself, someone who acts for them, the coordinator, a consent, what a member of the
family shows another, the service's own case, a proposed handover, a step that the process gives a
service that has an own case, the coordinating unit's duty (helse- og omsorgstjenesteloven § 7-3).

A basis is for one person. What is agreed in a case (coordinator, consent, handover, family) holds
in that case and not in the person's others. What concerns several needs a basis for each of them.

It will not look at roles in the product (process owner, leader): routes declare those.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    Uuid,
    and_,
    bindparam,
    cast,
    exists,
    false,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from workflows import clock
from workflows.actors import Actor
from workflows.errors import Denied, NotFound
from workflows.tables import (
    Consent,
    FamilySight,
    Handover,
    OpenTask,
    Participant,
    Person,
    Position,
    ProcessInstance,
    ServiceCase,
)
from workflows.texts import _

# What a route or a command may ask for. Routes declare one of these.
READ_PERSON = "person:read"
READ_PLAN = "plan:read"
READ_AUDIT = "audit:read"
COMPLETE_TASK = "task:complete"
READ_TASKS = "task:list"
START_PROCESS = "process:start"
GIVE_MESSAGE = "process:message"
DECIDE_CONSENT = "consent:decide"
REGISTER_PERSON = "person:register"
READ_CASELOAD = "caseload:read"
OPERATE = "system:operate"
READ_DEFINITIONS = "definition:read"
PUBLISH_DEFINITIONS = "definition:publish"
UPGRADE_PROCESSES = "process:upgrade"
OWN_ACCOUNT = "account:own"
PUBLIC = "public"

SELF, GUARDIAN, COORDINATOR, CONSENT = "selv", "foresatt", "koordinator", "samtykke"
FAMILY, ASKED = "familie", "spurt"
OWN_CASE, HANDOVER, DUTY, SYSTEM_RUN = "egen_sak", "overlevering", "plikt", "system"
OPERATION = "drift"
NAMED = "nevnt"
OWNER = "prosesseier"
NONE = "uten"

BASES = {
    SELF: _("Det er deg selv"),
    GUARDIAN: _("Foresatt eller verge"),
    COORDINATOR: _("Koordinator"),
    CONSENT: _("Samtykke"),
    FAMILY: _("Et familiemedlem har vist det fram"),
    OWN_CASE: _("Tjenestens egen sak"),
    HANDOVER: _("Foreslått som ny koordinator"),
    NAMED: _("Forløpet gir steget til tjenesten, som har en egen sak"),
    DUTY: _("Koordinerende enhets plikt"),
    ASKED: _("Koordinator skal spørre om personen vil være med"),
    OWNER: _("Prosesseier, som ikke ser hvem forløpet gjelder"),
    OPERATION: _("Drift av systemet: et steg hadde stoppet"),
    SYSTEM_RUN: _("Systemet selv"),
    NONE: _("Uten grunnlag: fikk bare vite at personen er registrert"),
}
STRONGEST_FIRST = tuple(BASES)

_ALWAYS = frozenset({SELF, GUARDIAN, COORDINATOR})
GRANTED_BY = {
    READ_PERSON: _ALWAYS | {CONSENT, OWN_CASE, HANDOVER, DUTY},
    READ_PLAN: _ALWAYS | {CONSENT, FAMILY},
    READ_AUDIT: frozenset({SELF, GUARDIAN}),
    COMPLETE_TASK: _ALWAYS | {CONSENT, HANDOVER, NAMED, DUTY, ASKED},
    START_PROCESS: _ALWAYS | {OWN_CASE, DUTY},
    GIVE_MESSAGE: _ALWAYS | {DUTY},
    DECIDE_CONSENT: frozenset({SELF, GUARDIAN, COORDINATOR}),
}
"""Which bases suffice for which permission. Where nobody is coordinator, the coordinating unit
stands in and has the coordinator's basis."""


EVERYWHERE = cast(null(), Uuid)
"""The case of a basis that holds in all of them."""
SERVICE_OF_KIND = "tjeneste:"
"""How the role begins of a step that a diagram gives a service by its kind."""
UNKNOWN = _("Vi finner ikke dette, eller du har ikke grunnlag for å se det.")
"""The same words for what is not there and for what the actor may not know of."""
NOT_THIS = _("Du har ikke grunnlag for å gjøre dette for denne personen.")


@dataclass(frozen=True)
class Basis:
    """Why an actor may: stored with every sight of data."""

    kind: str
    """A key of BASES, which has the words."""


SYSTEM_BASIS = Basis(SYSTEM_RUN)
OPERATOR_BASIS = Basis(OPERATION)


def bases(actor: Actor, permission: str) -> CompoundSelect[Any]:
    """Rows (municipality_id, person_id, instance_id, basis) of all the actor has a sufficient

    basis for. The instance is the only one that the basis holds in; null for everywhere.
    """
    wanted = GRANTED_BY[permission]
    possible = wanted - _impossible(actor) or wanted  # there must be something to ask
    return union_all(*(rule for kind, rule in _rules(actor) if kind in possible))


def _impossible(actor: Actor) -> frozenset[str]:
    """The bases of which the actor can have none, so that nobody need look for them."""
    needed = (
        (actor.persons, (SELF, FAMILY)),
        (actor.wards, (GUARDIAN,)),
        (actor.services, (CONSENT, OWN_CASE, NAMED)),
        (actor.coordinating_municipalities, (DUTY,)),
    )
    return frozenset(kind for ids, kinds in needed if not ids for kind in kinds)


def rule_of(actor: Actor, permission: str) -> Subquery:
    """`bases` to select from, with the columns of its rows.

    To put it together takes longer than to ask it. It is the same for the same actor on the same
    day: an actor is a value, loaded anew in every request, so a right that is lost is lost at once.
    """
    return _rule_on(clock.today(), actor, permission)


@lru_cache(maxsize=512)
def _rule_on(_today: date, actor: Actor, permission: str) -> Subquery:
    return bases(actor, permission).subquery()


def _rules(actor: Actor) -> Iterable[tuple[str, Select[Any]]]:
    person, case, handover = Person, ProcessInstance, Handover
    coordinates = and_(
        _among(case.municipality_id, actor.works_in),  # whoever has left is nobody's coordinator
        case.coordinator_id == actor.account_id,
    )
    if actor.coordinating_municipalities:  # where nobody holds the baton, the unit stands in
        stands_in = and_(
            _among(case.municipality_id, actor.coordinating_municipalities),
            or_(case.coordinator_id.is_(None), ~_works_there(case)),
        )
        coordinates = or_(coordinates, stands_in)
    yield SELF, _row(person, person.id, SELF).where(_among(person.id, actor.persons))
    yield GUARDIAN, _row(person, person.id, GUARDIAN).where(_among(person.id, actor.wards))
    yield COORDINATOR, _taking_part(COORDINATOR, "deltar").where(coordinates)
    yield ASKED, _taking_part(ASKED, "ikke_spurt").where(coordinates)
    yield (
        CONSENT,
        _running(Consent, CONSENT).where(
            _among(Consent.municipality_id, actor.municipalities), live_consent(actor.services)
        ),
    )
    yield (
        FAMILY,
        _running(FamilySight, FAMILY).where(
            _among(FamilySight.seen_by, actor.persons), FamilySight.ended_at.is_(None)
        ),
    )
    yield (
        OWN_CASE,
        _row(ServiceCase, ServiceCase.person_id, OWN_CASE).where(
            _among(ServiceCase.municipality_id, actor.municipalities),
            _among(ServiceCase.service_id, actor.services),
            own_case_runs(),
        ),
    )
    yield (
        NAMED,
        _row(OpenTask, OpenTask.person_id, NAMED, OpenTask.instance_id)
        .join(
            ServiceCase,
            (ServiceCase.municipality_id == OpenTask.municipality_id)
            & (ServiceCase.person_id == OpenTask.person_id)
            & (ServiceCase.service_id == OpenTask.service_id),
        )
        .where(
            _among(OpenTask.municipality_id, actor.municipalities),
            _among(OpenTask.service_id, actor.services),
            OpenTask.role.startswith(SERVICE_OF_KIND),
            own_case_runs(),
        ),
    )
    yield (
        HANDOVER,
        _taking_part(HANDOVER, "deltar")
        .join(
            handover,
            (handover.municipality_id == case.municipality_id) & (handover.instance_id == case.id),
        )
        .where(
            _among(handover.municipality_id, actor.works_in),
            handover.to_id == actor.account_id,
            handover.status == "foreslatt",
        ),
    )
    yield (
        DUTY,
        _row(person, person.id, DUTY).where(
            _among(person.municipality_id, actor.coordinating_municipalities)
        ),
    )


def own_case_runs() -> ColumnElement[bool]:
    """The services' own cases that are not closed today."""
    return or_(ServiceCase.until.is_(None), ServiceCase.until >= clock.today())


def _works_there(case: type[ProcessInstance]) -> ColumnElement[bool]:
    """The case's coordinator still has a position in its municipality."""
    return exists().where(
        Position.municipality_id == case.municipality_id,
        Position.account_id == case.coordinator_id,
        or_(Position.ended_on.is_(None), Position.ended_on > clock.today()),
    )


def _row(table: type[Any], person_id: Any, kind: str, instance_id: Any = None) -> Select[Any]:
    return select(
        table.municipality_id,
        person_id.label("person_id"),
        (EVERYWHERE if instance_id is None else instance_id).label("instance_id"),
        literal(kind).label("basis"),
    )


def _running(table: type[Any], kind: str) -> Select[Any]:
    """Rows of what is agreed in a case: it holds in that case, and no longer than it runs."""
    case = (ProcessInstance.municipality_id, ProcessInstance.id)
    here = (table.municipality_id, table.instance_id)
    return (
        _row(table, table.person_id, kind, table.instance_id)
        .join(ProcessInstance, and_(*(a == b for a, b in zip(case, here, strict=True))))
        .where(ProcessInstance.ended_at.is_(None))
    )


def _taking_part(kind: str, status: str) -> Select[Any]:
    """Rows of the participants with a status in running cases."""
    return _running(Participant, kind).where(Participant.status == status)


def _among(column: Any, ids: frozenset[UUID]) -> ColumnElement[bool]:
    if len(ids) == 1:  # most often, and a list of one is written anew for every statement
        return column == next(iter(ids))  # type: ignore[no-any-return]
    return column.in_(ids) if ids else false()


def live_consent(services: frozenset[UUID] | set[UUID]) -> ColumnElement[bool]:
    """The consents that hold today for any of `services`, where their case still runs."""
    return and_(_among(Consent.service_id, frozenset(services)), in_force())


def in_force() -> ColumnElement[bool]:
    """The consents that are given, neither withdrawn nor replaced, and not expired today."""
    return and_(
        Consent.given.is_(True),
        Consent.withdrawn_at.is_(None),
        Consent.replaced_at.is_(None),
        or_(Consent.valid_until.is_(None), Consent.valid_until >= clock.today()),
    )


def basis_for(
    session: Session,
    actor: Actor,
    permission: str,
    person_id: UUID,
    instance_id: UUID | None = None,
) -> Basis | None:
    """The strongest sufficient basis the actor has for this person, or None.

    With a case, the basis must hold in it; without, it may hold in any.
    """
    if actor.account_id is None:
        return SYSTEM_BASIS
    query = _bases_on(clock.today(), actor, permission, in_case=instance_id is not None)
    asked = {"person": person_id, "case": instance_id}
    return _strongest(set(session.scalars(query, asked)))


@lru_cache(maxsize=512)
def _bases_on(_today: date, actor: Actor, permission: str, *, in_case: bool) -> CompoundSelect[Any]:
    """The kinds of basis for a `person`, in a `case` if that is asked; put together once a day.

    Each basis is asked for by the ids themselves, so that the database looks them up and nothing
    else, whatever it knows of how many rows there are.
    """
    case: ColumnElement[Any] | None = bindparam("case") if in_case else None
    return union_all(*(_of(rule, case) for rule in bases(actor, permission).selects))


def _of(rule: Any, case: ColumnElement[Any] | None) -> Select[Any]:
    """The rows of one basis for a `person`; with a case, those that hold in it."""
    columns = rule.selected_columns
    found = rule.where(columns.person_id == bindparam("person"))
    if case is not None and columns.instance_id.element is not EVERYWHERE:
        found = found.where(columns.instance_id == case)
    only: Select[Any] = found.with_only_columns(columns.basis)
    return only


def _holds_in(rule: Any, instance_id: Any) -> ColumnElement[bool]:
    return or_(rule.c.instance_id.is_(None), rule.c.instance_id == instance_id)


def _strongest(found: set[str]) -> Basis | None:
    return next((Basis(kind) for kind in STRONGEST_FIRST if kind in found), None)


def require(
    session: Session,
    actor: Actor,
    permission: str,
    person_id: UUID,
    instance_id: UUID | None = None,
) -> Basis:
    """The basis on which the actor may; raises Denied with a reason they can read.

    A person the actor may not even know of is not found rather than denied.
    """
    basis = basis_for(session, actor, permission, person_id, instance_id)
    if basis is not None:
        return basis
    if basis_for(session, actor, READ_PERSON, person_id) is None:
        raise NotFound(UNKNOWN)
    raise Denied(NOT_THIS)


def people_in(
    session: Session, actor: Actor, permission: str, instance: ProcessInstance
) -> dict[UUID, Basis]:
    """Those who take part in a case whom the actor has a sufficient basis for there, with it."""
    part = select(Participant.person_id).where(
        Participant.municipality_id == instance.municipality_id,
        Participant.instance_id == instance.id,
        Participant.status == "deltar",
    )
    if actor.account_id is None:
        return dict.fromkeys(session.scalars(part), SYSTEM_BASIS)
    rule = rule_of(actor, permission)
    query = select(rule.c.person_id, rule.c.basis).where(
        rule.c.person_id.in_(part), _holds_in(rule, instance.id)
    )
    found: dict[UUID, set[str]] = {}
    for person_id, kind in session.execute(query):
        found.setdefault(person_id, set()).add(kind)
    ranked = {person_id: _strongest(kinds) for person_id, kinds in found.items()}
    return {person_id: basis for person_id, basis in ranked.items() if basis is not None}


def visible(actor: Actor, permission: str) -> Select[Any]:
    """The ids of every person the actor has a sufficient basis for: for `person_id.in_(…)`."""
    return select(rule_of(actor, permission).c.person_id)


def in_reach(
    actor: Actor, permission: str, person_id: Any, instance_id: Any
) -> ColumnElement[bool]:
    """The rows about a person in a case (the two columns) for which the actor's bases suffice."""
    rule = rule_of(actor, permission)
    everywhere = select(rule.c.person_id).where(rule.c.instance_id.is_(None))
    there = select(rule.c.person_id, rule.c.instance_id).where(rule.c.instance_id.is_not(None))
    return or_(person_id.in_(everywhere), tuple_(person_id, instance_id).in_(there))
