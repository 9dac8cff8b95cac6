"""How it stands with what services ask: for the plan's page, and as rows for the forms.

It will not change anything: `workflows.agreed_order` does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from workflows import agreed_order, asks, plans
from workflows.asks import Ask, Contradiction
from workflows.participants import Seen
from workflows.tables import (
    Account,
    AgreedOrder,
    Measure,
    OrderFlag,
    OrderPlace,
    Person,
    ProcessInstance,
    Service,
)
from workflows.texts import Say, _

THE_FAMILY = _("Personen eller familien")
UNPLACED = 1000
"""Sorts what has no place after everything that has one."""


@dataclass(frozen=True)
class PlaceLine:
    """A place in an order, with how it stands with the measure now."""

    place: OrderPlace
    service: str | None
    status: str


@dataclass(frozen=True)
class OrderView:
    """An order as it is read: who wrote it down, and each person's places by name."""

    order: AgreedOrder
    by: str | None
    reason: str | None
    """Why, for those who see all of it."""
    people: Sequence[tuple[str, Sequence[PlaceLine]]]


@dataclass(frozen=True)
class FlagLine:
    """What is decided about a measure that pulls against the order, if anything is yet."""

    flag: OrderFlag
    by: str | None


@dataclass(frozen=True)
class Standing:
    """What services ask in a case: where it pulls apart, what is agreed, what is decided."""

    contradictions: Sequence[Contradiction]
    in_force: OrderView | None
    earlier: Sequence[OrderView]
    """Those that are replaced, the newest first."""
    flags: Mapping[UUID, FlagLine]
    """Measure id → what holds for it now."""


def standing(session: Session, instance: ProcessInstance, seen: Seen) -> Standing:
    """How it stands in a case, of what an actor may see."""
    orders = agreed_order.agreed(session, instance)
    views = [view for view in (_view(session, each, seen) for each in orders) if view.people]
    return Standing(
        contradictions=agreed_order.contradictions(session, instance, seen),
        in_force=next((view for view in views if view.order.replaced_at is None), None),
        earlier=[view for view in views if view.order.replaced_at is not None],
        flags=_flags(session, instance, seen),
    )


def _view(session: Session, order: AgreedOrder, seen: Seen) -> OrderView:
    rows = _places(session, order)
    shown = [row for row in rows if asks.may_see(seen, row[3].persons, row[0].person_id)]
    people: dict[UUID, tuple[str, list[PlaceLine]]] = {}
    for place, person, service, measure in shown:
        line = PlaceLine(place, service, measure.status)
        people.setdefault(place.person_id, (person, []))[1].append(line)
    reason = order.reason if len(shown) == len(rows) else None
    return OrderView(order, _name(session, order.agreed_by), reason, list(people.values()))


def _places(
    session: Session, order: AgreedOrder
) -> Sequence[tuple[OrderPlace, str, str | None, Measure]]:
    """The places of an order with the names of person and service, and the measure as it is now."""
    rows = session.execute(
        select(OrderPlace, Person.name, Service.name, Measure)
        .join(Person, _same(Person, OrderPlace.person_id))
        .join(Measure, _same(Measure, OrderPlace.measure_id))
        .outerjoin(Service, _same(Service, OrderPlace.service_id))
        .where(OrderPlace.municipality_id == order.municipality_id, OrderPlace.order_id == order.id)
        .order_by(Person.name, OrderPlace.person_id, OrderPlace.position)
    )
    return [(place, person, service, measure) for place, person, service, measure in rows]


def _same(table: type[Any], column: Any) -> ColumnElement[bool]:
    """The row of `table` that an order's place points to."""
    return and_(table.municipality_id == OrderPlace.municipality_id, table.id == column)


def _name(session: Session, account_id: UUID | None) -> str | None:
    account = session.get(Account, account_id) if account_id else None
    return account.name if account else None


def _flags(session: Session, instance: ProcessInstance, seen: Seen) -> dict[UUID, FlagLine]:
    order = agreed_order.in_force(session, instance)
    measures = {m.id: m for m in plans.live_measures(session, instance)}
    return {
        flag.measure_id: FlagLine(flag, _name(session, flag.decided_by))
        for flag in agreed_order.flags(session, instance)
        if flag.measure_id in measures
        and _holds(flag, order, measures[flag.measure_id])
        and asks.may_see(seen, measures[flag.measure_id].persons, flag.person_id)
    }


def _holds(flag: OrderFlag, order: AgreedOrder | None, measure: Measure) -> bool:
    """It is about the order in force, or about what still waits."""
    return measure.status == "venter" or (order is not None and flag.order_id == order.id)


def contradiction_rows(
    session: Session, instance: ProcessInstance, say: Say = _
) -> list[dict[str, Any]]:
    """Per person that services pull apart: what each of them asks, in words for the meeting."""
    areas = plans.areas(session, instance)
    return [
        {
            "hvem": found.person,
            "hva_tjenestene_ber_om": "\n".join(
                f"{ask.service}: {ask.what}{_in_area(ask, areas, say)}" for ask in found.asks
            ),
        }
        for found in agreed_order.contradictions(session, instance)
    ]


def _in_area(ask: Ask, areas: Mapping[str, str], say: Say) -> str:
    return f" ({say(areas.get(ask.area, ask.area))})" if ask.area else ""


def ask_rows(session: Session, instance: ProcessInstance, say: Say = _) -> list[dict[str, Any]]:
    """Everything that is asked of anybody, with the place it has: what a meeting puts in order."""
    order = agreed_order.in_force(session, instance)
    places = agreed_order.places(session, order) if order else []
    number = {(place.person_id, place.measure_id): place.position for place in places}
    rows = [
        {
            "id": str(ask.measure_id),
            "person": str(ask.person_id),
            "hvem": ask.person,
            "hva": ask.what,
            "tjeneste": ask.service or say(THE_FAMILY),
            "nummer": number.get((ask.person_id, ask.measure_id)),
        }
        for ask in asks.in_case(session, instance)
    ]
    return sorted(rows, key=lambda row: (row["hvem"], row["person"], row["nummer"] or UNPLACED))


def flagged_rows(session: Session, instance: ProcessInstance, say: Say = _) -> list[dict[str, Any]]:
    """What the coordinator is to decide on, with what it pulls against in words."""
    asked = {ask.measure_id: ask for ask in asks.in_case(session, instance)}
    areas = plans.areas(session, instance)
    return [
        {
            "id": str(flag.measure_id),
            "hva": asked[flag.measure_id].what,
            "tjeneste": asked[flag.measure_id].service or say(THE_FAMILY),
            "hvem": asked[flag.measure_id].person,
            "sprik": _pull(
                asked[flag.measure_id],
                asked.get(flag.against_id) if flag.against_id else None,
                areas,
                say,
            ),
        }
        for flag in agreed_order.undecided(session, instance)
        if flag.measure_id in asked
    ]


def _pull(ask: Ask, first: Ask | None, areas: Mapping[str, str], say: Say) -> str:
    if first is None:
        return say(_("Tiltaket venter. Det som sto foran i rekkefølgen, er ferdig."))
    words = _("Først i rekkefølgen står «%(what)s»%(area)s. Dette ber om noe annet%(other)s.")
    if ask.waits:
        words = _("Tiltaket venter. Først i rekkefølgen står nå «%(what)s»%(area)s.")
    area, other = _in_area(first, areas, say), _in_area(ask, areas, say)
    return say(words) % {"what": first.what, "area": area, "other": other}
