"""The one rule for who may see whom, held against an independent statement of it."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker
from uuid_utils.compat import uuid7
from world import World, full_world

from workflows import access, clock
from workflows.errors import Denied, NotFound
from workflows.tables import (
    Consent,
    Handover,
    Participant,
    Person,
    Position,
    ProcessInstance,
    ServiceCase,
)

STAFF = {"Kari": "koordinerende_enhet", "Siri": "skole", "Bjarne": "barnevern"}
PERSONS = ("Ada", "Bo")
PERMISSIONS = sorted(access.GRANTED_BY)


@dataclass(frozen=True)
class Fact:
    """One thing that may give a basis."""

    kind: str
    person: str
    who: str
    live: bool


facts = st.lists(
    st.builds(
        Fact,
        kind=st.sampled_from(["consent", "case", "coordinator", "uncoordinated", "handover"]),
        person=st.sampled_from(PERSONS),
        who=st.sampled_from(sorted(STAFF)),
        live=st.booleans(),
    ),
    max_size=6,
)


def small_world(session: Session) -> World:
    world = World(session)
    for name, kind in STAFF.items():
        world.service(kind)
        world.employee(name, kind)
    for name in PERSONS:
        world.person(name)
    world.guardian("Far", of="Ada")
    world.service("helse")
    world.employee("Eva", "helse")
    return world


def instance(world: World, person: Person, coordinator: str | None) -> ProcessInstance:
    row = ProcessInstance(
        municipality_id=world.municipality.id,
        id=uuid7(),
        person_id=person.id,
        definition_key="any",
        definition_version="any",
        title="Any",
        coordinator_id=world.account_id(coordinator) if coordinator else None,
        state=b"",
        started_at=clock.now(),
        started_by=uuid7(),
    )
    world.session.add(row)
    world.session.flush()
    world.session.add(
        Participant(
            municipality_id=row.municipality_id,
            instance_id=row.id,
            person_id=person.id,
            position=0,
            part="hovedperson",
            status="deltar",
        )
    )
    world.session.flush()
    return row


def running_elsewhere(world: World, person: Person) -> ProcessInstance:
    """A case in which nobody here is coordinator, and somebody is."""
    case = instance(world, person, None)
    case.coordinator_id = world.account_id("Eva")
    return case


def consent(world: World, fact: Fact, case: ProcessInstance) -> Consent:
    return Consent(
        municipality_id=world.municipality.id,
        person_id=case.person_id,
        service_id=world.services[STAFF[fact.who]].id,
        instance_id=case.id,
        purpose="",
        given=True,
        form="skriftlig",
        decided_at=clock.now(),
        decided_by=uuid7(),
        valid_until=clock.today() + timedelta(days=0 if fact.live else -1),
    )


def establish(world: World, fact: Fact) -> None:
    """Write one fact; one that is not live has ended yesterday or is closed."""
    person = world.persons[fact.person]
    ended = None if fact.live else clock.now()
    if fact.kind == "consent":
        world.session.add(consent(world, fact, running_elsewhere(world, person)))
    elif fact.kind == "case":
        row = world.own_case(STAFF[fact.who], fact.person)
        row.until = None if fact.live else clock.today() - timedelta(days=1)
    elif fact.kind in {"coordinator", "uncoordinated"}:
        coordinator = fact.who if fact.kind == "coordinator" else None
        instance(world, person, coordinator).ended_at = ended
    else:
        case = running_elsewhere(world, person)
        world.session.add(
            Handover(
                municipality_id=world.municipality.id,
                instance_id=case.id,
                person_id=person.id,
                to_id=world.account_id(fact.who),
                status="foreslatt" if fact.live else "avslatt",
                proposed_at=clock.now(),
            )
        )
    world.session.flush()


def expected(name: str, person: str, established: list[Fact]) -> set[str]:
    """The bases a reader of domain.md would give, stated without SQL."""
    found = {access.SELF} if name == person else set()
    found |= {access.GUARDIAN} if (name, person) == ("Far", "Ada") else set()
    found |= {access.DUTY} if name == "Kari" else set()
    for fact in established:
        if fact.person != person or not fact.live:
            continue
        if fact.kind == "uncoordinated" and name == "Kari":
            found.add(access.COORDINATOR)
        if fact.who == name and fact.kind != "uncoordinated":
            found.add(
                {
                    "consent": access.CONSENT,
                    "case": access.OWN_CASE,
                    "coordinator": access.COORDINATOR,
                    "handover": access.HANDOVER,
                }[fact.kind]
            )
    return found


@settings(max_examples=40, deadline=None)
@given(established=facts)
def test_nobody_gets_more_or_less_than_the_rule_gives(
    unwritten: sessionmaker[Session], established: list[Fact]
) -> None:
    """For random consents, cases and coordinators, checking one and listing many agree."""
    with unwritten() as session:
        world = small_world(session)
        for fact in established:
            establish(world, fact)
        for name in [*STAFF, *PERSONS, "Far"]:
            actor = world.actor(name)
            for permission in PERMISSIONS:
                listed = set(session.scalars(access.visible(actor, permission)))
                for person in PERSONS:
                    bases = expected(name, person, established) & access.GRANTED_BY[permission]
                    row = world.persons[person]
                    basis = access.basis_for(session, actor, permission, row.id)
                    strongest = next((k for k in access.STRONGEST_FIRST if k in bases), None)
                    assert (basis.kind if basis else None) == strongest
                    assert (row.id in listed) == bool(bases)


def test_a_stranger_is_not_told_that_the_person_exists(session: Session) -> None:
    """Without any basis the answer is the same as for a person that does not exist."""
    world = small_world(session)
    with pytest.raises(NotFound):
        access.require(session, world.actor("Siri"), access.READ_PLAN, world.persons["Ada"].id)


def test_who_may_know_of_the_person_is_told_that_the_plan_is_closed(session: Session) -> None:
    """A service with its own case sees the person but not the shared plan."""
    world = small_world(session)
    session.add(
        ServiceCase(
            municipality_id=world.municipality.id,
            person_id=world.persons["Ada"].id,
            service_id=world.services["skole"].id,
            since=date(2025, 1, 1),
        )
    )
    session.flush()
    with pytest.raises(Denied):
        access.require(session, world.actor("Siri"), access.READ_PLAN, world.persons["Ada"].id)


def test_another_municipality_gives_nothing(session: Session) -> None:
    """A coordinating unit's duty ends at its own municipality."""
    world, other = small_world(session), World(session)
    other.service("koordinerende_enhet")
    other.employee("Olga", "koordinerende_enhet")
    assert not session.scalars(access.visible(other.actor("Olga"), access.READ_PERSON)).all()
    assert world.persons


@pytest.mark.parametrize("kind", ["consent", "handover"])
def test_what_is_agreed_in_a_case_ends_with_it(session: Session, kind: str) -> None:
    """A consent for a plan that is closed, or a handover left hanging in it, gives nothing more."""
    world = small_world(session)
    establish(world, Fact(kind, "Ada", "Siri", live=True))
    ada, siri = world.persons["Ada"], world.actor("Siri")
    assert access.basis_for(session, siri, access.READ_PERSON, ada.id)
    session.query(ProcessInstance).one().ended_at = clock.now()
    assert access.basis_for(session, siri, access.READ_PERSON, ada.id) is None


def test_when_the_coordinator_has_left_the_unit_stands_in(session: Session) -> None:
    """The plan is not locked away with a log-in that no longer exists here."""
    world = small_world(session)
    ada = world.persons["Ada"]
    instance(world, ada, "Siri")
    kari = world.actor("Kari")
    assert access.basis_for(session, kari, access.READ_PLAN, ada.id) is None
    position = session.query(Position).filter_by(account_id=world.account_id("Siri")).one()
    position.ended_on = clock.today()
    session.flush()
    assert access.basis_for(session, kari, access.READ_PLAN, ada.id) == access.Basis("koordinator")


def test_what_ends_on_a_day_is_over_the_next(session: Session) -> None:
    """The rule is put together once a day: a right that ends with the day ends for who has it."""
    world = full_world(session)
    row = world.own_case("skole", "Mia")
    row.until = clock.today()
    session.flush()
    siri, mia = world.actor("Siri"), world.persons["Mia"].id
    assert access.basis_for(session, siri, access.READ_PERSON, mia) is not None
    with clock.at(clock.now() + timedelta(days=1)):
        assert access.basis_for(session, siri, access.READ_PERSON, mia) is None


def test_who_loses_a_position_loses_sight_at_once(session: Session) -> None:
    """An actor is loaded anew, and what it was before is of no use to it."""
    world = full_world(session)
    world.own_case("skole", "Mia")
    mia = world.persons["Mia"].id
    assert access.basis_for(session, world.actor("Siri"), access.READ_PERSON, mia) is not None
    held = session.query(Position).filter_by(account_id=world.accounts["Siri"].id).one()
    held.ended_on = clock.today()
    session.flush()
    assert access.basis_for(session, world.actor("Siri"), access.READ_PERSON, mia) is None
