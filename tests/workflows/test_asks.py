"""What services ask of a person: what pulls apart, said a second time in another way."""

from collections.abc import Sequence
from itertools import product
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from workflows.asks import Ask, Place, first_of, pulling_against, pulling_apart

PEOPLE = [UUID(int=n) for n in (1, 2)]
SERVICES = [UUID(int=n) for n in (11, 12, 13)]
AREAS = ["arbeid", "okonomi", "barnas_situasjon"]


def ask(
    number: int,
    service: UUID | None = SERVICES[0],
    area: str | None = AREAS[0],
    person: UUID = PEOPLE[0],
    *,
    waits: bool = False,
) -> Ask:
    return Ask(UUID(int=100 + number), person, "Anne", service, "Tjeneste", "Noe", area, waits)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Ask], list[Place]]:
    """Some asks, and an order that has some of them, finished ones, and some of another person."""
    made = [
        ask(
            number,
            draw(st.sampled_from([*SERVICES, None])),
            draw(st.sampled_from([*AREAS, None])),
            draw(st.sampled_from(PEOPLE)),
            waits=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 7)))
    ]
    known = [(one.person_id, one.measure_id) for one in made]
    gone = list(product(PEOPLE, (UUID(int=n) for n in (100, 103, 900, 901))))
    return made, draw(st.lists(st.sampled_from(known + gone), unique=True, max_size=8))


def test_two_services_in_two_areas_pull_apart() -> None:
    """Each with its own reason, and one person to do both."""
    bup, nav = ask(1), ask(2, SERVICES[1], AREAS[1])
    [found] = pulling_apart([bup, nav])
    assert (found.person_id, list(found.asks)) == (PEOPLE[0], [bup, nav])


def test_what_does_not_pull_apart() -> None:
    """The same service, the same area, another person, an unknown area, oneself, what waits."""
    bup = ask(1)
    beside = [
        ask(2, SERVICES[0], AREAS[1]),
        ask(3, SERVICES[1], AREAS[0]),
        ask(4, SERVICES[1], AREAS[1], PEOPLE[1]),
        ask(5, SERVICES[1], None),
        ask(6, None, AREAS[1]),
        ask(7, SERVICES[1], AREAS[1], waits=True),
    ]
    assert [pulling_apart([bup, other]) for other in beside] == [[]] * len(beside)


def test_what_an_agreement_covers_no_longer_pulls_apart() -> None:
    """Both have to be covered; one with a place beside one without is as before."""
    bup, nav = ask(1), ask(2, SERVICES[1], AREAS[1])
    assert pulling_apart([bup, nav], {bup.measure_id, nav.measure_id}) == []
    assert len(pulling_apart([bup, nav], {bup.measure_id})) == 1


def apart(asks: Sequence[Ask], settled: set[UUID]) -> set[UUID]:
    """Restated: take each ask, and look for another one that makes it impossible."""
    found = set()
    for one in asks:
        for other in asks:
            same_person = one.person_id == other.person_id
            services = one.service_id and other.service_id and one.service_id != other.service_id
            areas = one.area and other.area and one.area != other.area
            agreed = one.measure_id in settled and other.measure_id in settled
            if same_person and services and areas and not (one.waits or other.waits or agreed):
                found.add(one.measure_id)
    return found


@given(cases(), st.data())
def test_what_pulls_apart_is_what_the_rule_says(
    made: tuple[list[Ask], list[Place]], data: st.DataObject
) -> None:
    """Found per person, each person once, the asks in the plan's order, and none besides."""
    asks, _order = made
    settled = data.draw(st.sets(st.sampled_from([one.measure_id for one in asks] or [UUID(int=0)])))
    found = pulling_apart(asks, settled)
    assert {one.measure_id for each in found for one in each.asks} == apart(asks, settled)
    assert len({each.person_id for each in found}) == len(found)
    for each in found:
        assert {one.person_id for one in each.asks} == {each.person_id}
        assert list(each.asks) == [one for one in asks if one in each.asks]
        assert len(each.asks) > 1


def against(asks: Sequence[Ask], order: Sequence[Place]) -> set[UUID]:
    """Restated: walk the order per person to the first that is not finished, then compare."""
    found = set()
    for person in PEOPLE:
        mine = [one for one in asks if one.person_id == person]
        queue = [m for who, m in order if who == person and m in {one.measure_id for one in mine}]
        if not queue:
            continue
        first = next(one for one in mine if one.measure_id == queue[0])
        for one in mine:
            outside = (person, one.measure_id) not in order
            elsewhere = first.area and one.area and first.area != one.area
            if outside and elsewhere and one.service_id and not one.waits:
                found.add(one.measure_id)
    return found


@given(cases())
def test_what_pulls_against_the_order_is_what_the_rule_says(
    made: tuple[list[Ask], list[Place]],
) -> None:
    """Each is a service's, has no place, and is about something else than what comes first."""
    asks, order = made
    found = pulling_against(asks, order)
    assert {pull.ask.measure_id for pull in found} == against(asks, order)
    assert len(found) == len({pull.ask.measure_id for pull in found})
    assert all(pull.first == first_of(asks, order)[pull.ask.person_id] for pull in found)


@given(cases())
def test_what_has_a_place_never_pulls_against_the_order(
    made: tuple[list[Ask], list[Place]],
) -> None:
    """An order does not contradict itself."""
    asks, _order = made
    everything = [(one.person_id, one.measure_id) for one in asks]
    assert pulling_against(asks, everything) == []
    assert pulling_apart(asks, {one.measure_id for one in asks}) == []
