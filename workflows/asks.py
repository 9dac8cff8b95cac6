"""What services ask of a person now, and where that pulls apart.

BUP asks a mother to be there for her son, barnevern for his sisters, NAV to look for work: each is
right, and no one can do all at once (Malmberg-Heimonen et al. 2016, on HOLF). It shows that, and
will not say which comes first: a meeting agrees the order (`workflows.agreed_order`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import plans
from workflows.participants import Seen
from workflows.tables import Person, ProcessInstance, Service

UNFINISHED = frozenset({"ikke_startet", "i_gang", "venter"})


@dataclass(frozen=True)
class Ask:
    """A measure that takes a person's time and effort and is not finished."""

    measure_id: UUID
    person_id: UUID
    person: str
    service_id: UUID | None
    """None when the person or family set it themselves."""
    service: str | None
    what: str
    area: str | None
    """The area's key in the plan's form. What has none pulls against nothing."""
    waits: bool = False
    """The coordinator has decided that it waits."""
    persons: tuple[str, ...] = ()
    """The ids of those the measure concerns; nobody named is everyone who takes part."""


@dataclass(frozen=True)
class Contradiction:
    """What different services ask of one person in different areas at the same time."""

    person_id: UUID
    person: str
    asks: Sequence[Ask]


@dataclass(frozen=True)
class Pull:
    """An ask from outside the agreed order, and what stands first in the order."""

    ask: Ask
    first: Ask


Place = tuple[UUID, UUID]
"""(person, measure): the measure has a place in the person's order."""


def in_case(session: Session, instance: ProcessInstance) -> list[Ask]:
    """Everything the case's measures ask of anybody, in the plan's order."""
    rows = [
        measure
        for measure in plans.live_measures(session, instance)
        if measure.asks_of is not None and measure.status in UNFINISHED
    ]
    people = _names(session, Person, instance, {row.asks_of for row in rows})
    services = _names(session, Service, instance, {row.service_id for row in rows})
    return [
        Ask(
            measure_id=row.id,
            person_id=row.asks_of,
            person=people[row.asks_of],
            service_id=row.service_id,
            service=services[row.service_id] if row.service_id else None,
            what=row.what,
            area=row.area,
            waits=row.status == "venter",
            persons=tuple(row.persons),
        )
        for row in rows
        if row.asks_of is not None
    ]


def may_see(seen: Seen, persons: Collection[str], asked: UUID) -> bool:
    """Whether an actor may see what concerns these and asks something of a person.

    Each may see what is asked of themself; others need to see both that person and the measure.
    """
    return asked in seen.own or (asked in seen.people and seen.covers(persons))


def _names(
    session: Session,
    table: type[Person] | type[Service],
    instance: ProcessInstance,
    ids: Collection[UUID | None],
) -> Mapping[UUID, str]:
    query = select(table.id, table.name).where(
        table.municipality_id == instance.municipality_id, table.id.in_(ids)
    )
    return {row.id: row.name for row in session.execute(query)}


def pulling_apart(asks: Iterable[Ask], settled: Collection[UUID] = ()) -> list[Contradiction]:
    """Per person: what two or more services ask in different areas with no agreement that covers it

    `settled` are the measures that an agreement covers. A measure has no end until it is finished:
    all that are unfinished and not waiting are asked at the same time.
    """
    of_person: dict[UUID, list[Ask]] = {}
    for ask in asks:
        if not ask.waits:
            of_person.setdefault(ask.person_id, []).append(ask)
    found = [_apart(one, settled) for one in of_person.values()]
    return [Contradiction(one[0].person_id, one[0].person, one) for one in found if one]


def _apart(asks: Sequence[Ask], settled: Collection[UUID]) -> list[Ask]:
    """Those that pull apart from another one, where not both are settled."""
    pulling = {
        ask.measure_id
        for pair in combinations(asks, 2)
        if _differ(*pair) and not all(ask.measure_id in settled for ask in pair)
        for ask in pair
    }
    return [ask for ask in asks if ask.measure_id in pulling]


def _differ(one: Ask, other: Ask) -> bool:
    """Two services, two areas, each of them known."""
    services, areas = {one.service_id, other.service_id}, {one.area, other.area}
    return len(services - {None}) == 2 and len(areas - {None}) == 2


def first_of(asks: Iterable[Ask], order: Sequence[Place]) -> Mapping[UUID, Ask]:
    """Person → what comes first of them now: the first place that is not finished."""
    unfinished = {(ask.person_id, ask.measure_id): ask for ask in asks}
    found: dict[UUID, Ask] = {}
    for place in order:
        if place in unfinished:
            found.setdefault(place[0], unfinished[place])
    return found


def pulling_against(asks: Sequence[Ask], order: Sequence[Place]) -> list[Pull]:
    """What services ask beside the order, in another area than what comes first of that person.

    `order` is the order in force, each person's places from the first.
    """
    first = first_of(asks, order)
    return [
        Pull(ask, first[ask.person_id])
        for ask in asks
        if ask.person_id in first and _is_beside(ask, order) and _is_elsewhere(ask, first)
    ]


def _is_beside(ask: Ask, order: Sequence[Place]) -> bool:
    """A service's, under way or about to be, and without a place."""
    placed = (ask.person_id, ask.measure_id) in order
    return ask.service_id is not None and not ask.waits and not placed


def _is_elsewhere(ask: Ask, first: Mapping[UUID, Ask]) -> bool:
    return len({ask.area, first[ask.person_id].area} - {None}) == 2
