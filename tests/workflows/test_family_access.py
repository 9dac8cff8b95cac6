"""Random families, consents and roles: nobody reads what the rule does not give."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from uuid_utils.compat import uuid7
from world import World

from workflows import access, clock, participants
from workflows.tables import (
    Consent,
    FamilySight,
    OpenTask,
    Participant,
    ProcessInstance,
    Relation,
)

STAFF = {"Kari": "koordinerende_enhet", "Siri": "skole", "Bjarne": "barnevern"}
MEMBERS = ("Ada", "Bo", "Cia")
GUARDIAN = "Far"  # acts for Cia, and is no member
EVERYBODY = (*STAFF, *MEMBERS, GUARDIAN)

members = st.sampled_from(MEMBERS)
whom = st.frozensets(members, max_size=3)


@dataclass(frozen=True)
class Family:
    """A case about Ada, and what the others have answered, allowed and shown."""

    status: dict[str, str]
    coordinator: str | None
    consents: frozenset[tuple[str, str]]
    """(member, employee whose service may know)."""
    withdrawn: frozenset[tuple[str, str]]
    shows: frozenset[tuple[str, str]]
    ended: bool
    concerns: list[frozenset[str]] = field(default_factory=list)

    @property
    def part(self) -> set[str]:
        return {name for name in MEMBERS if name == "Ada" or self.status[name] == "deltar"}


pairs = st.frozensets(st.tuples(members, st.sampled_from(["Siri", "Bjarne"])), max_size=4)
families = st.builds(
    Family,
    status=st.fixed_dictionaries(
        {name: st.sampled_from(["deltar", "deltar_ikke", "ikke_spurt"]) for name in MEMBERS}
    ),
    coordinator=st.sampled_from(["Siri", "Bjarne", None]),
    consents=pairs,
    withdrawn=pairs,
    shows=st.frozensets(st.tuples(members, members), max_size=4),
    ended=st.booleans(),
    concerns=st.lists(whom, min_size=1, max_size=4),
)


def expected(name: str, family: Family) -> set[str]:
    """The members whom the issue and domain.md let somebody read, stated without SQL."""
    found = {name} & family.part
    found |= {"Cia"} & family.part if name == GUARDIAN else set()
    if family.ended:
        return found
    holds = family.coordinator or "Kari"  # nobody holds the baton: the unit stands in
    if name == holds:
        found |= family.part
    live = family.consents - family.withdrawn
    found |= {member for member, who in live if who == name} & family.part
    return found | ({owner for owner, to in family.shows if to == name} & family.part)


def may_see_goal(name: str, family: Family, concerns: frozenset[str]) -> bool:
    """Everybody it concerns must be readable, or one of them is oneself or one's ward."""
    concerned = concerns or family.part
    own = {name} & set(MEMBERS) | ({"Cia"} if name == GUARDIAN else set())
    return concerned <= expected(name, family) or bool(concerned & own)


def build(session: Session, family: Family) -> tuple[World, ProcessInstance]:
    world = World(session)
    for name, kind in STAFF.items():
        world.service(kind)
        world.employee(name, kind)
    for name in MEMBERS:
        world.person(name)
    world.account(GUARDIAN)
    session.add(
        Relation(
            municipality_id=world.municipality.id,
            person_id=world.persons["Cia"].id,
            kind="far",
            name=GUARDIAN,
            account_id=world.accounts[GUARDIAN].id,
            acts_for=True,
        )
    )
    instance = _case(world, family)
    _write(world, instance, family)
    # What is agreed in another case, with the same people, changes nothing in this one.
    everything = frozenset((member, who) for member in MEMBERS for who in ("Siri", "Bjarne"))
    other = replace(family, coordinator="Bjarne", consents=everything, withdrawn=frozenset())
    _write(world, _case(world, replace(other, ended=False)), other)
    return world, instance


def _case(world: World, family: Family) -> ProcessInstance:
    row = ProcessInstance(
        municipality_id=world.municipality.id,
        id=uuid7(),
        person_id=world.persons["Ada"].id,
        definition_key="any",
        definition_version="any",
        title="Any",
        coordinator_id=world.account_id(family.coordinator) if family.coordinator else None,
        state=b"",
        started_at=clock.now(),
        started_by=uuid7(),
        ended_at=clock.now() if family.ended else None,
    )
    world.session.add(row)
    world.session.flush()
    return row


def _write(world: World, instance: ProcessInstance, family: Family) -> None:
    here = {"municipality_id": world.municipality.id, "instance_id": instance.id}
    for position, name in enumerate(MEMBERS):
        world.session.add(
            Participant(
                **here,
                person_id=world.persons[name].id,
                position=position,
                part="annen",
                status="deltar" if name in family.part else family.status[name],
            )
        )
    for member, who in family.consents:
        world.session.add(
            Consent(
                **here,
                person_id=world.persons[member].id,
                service_id=world.services[STAFF[who]].id,
                purpose="",
                given=True,
                form="skriftlig",
                decided_at=clock.now(),
                decided_by=uuid7(),
                valid_until=clock.today() + timedelta(days=9),
                withdrawn_at=clock.now() if (member, who) in family.withdrawn else None,
            )
        )
    for owner, to in family.shows:
        if owner != to:
            world.session.add(
                FamilySight(
                    **here,
                    person_id=world.persons[owner].id,
                    seen_by=world.persons[to].id,
                    given_at=clock.now(),
                )
            )
    world.session.flush()


@settings(max_examples=60, deadline=None)
@given(family=families)
def test_nobody_reads_more_or_less_than_the_rule_gives(
    unwritten: sessionmaker[Session], family: Family
) -> None:
    """Whom one reads, and which goals, whatever the family has answered."""
    with unwritten() as session:
        world, instance = build(session, family)
        for name in EVERYBODY:
            seen = participants.seen(session, world.actor(name), instance)
            ids = {world.persons[member].id: member for member in MEMBERS}
            assert {ids[person] for person in seen.people} == expected(name, family), name
            assert seen.whole == (expected(name, family) >= family.part), name
            for concerns in family.concerns:
                named = [str(world.persons[member].id) for member in concerns]
                assert seen.covers(named) == may_see_goal(name, family, concerns), (name, concerns)


@settings(max_examples=30, deadline=None)
@given(family=families)
def test_a_list_and_a_page_agree(unwritten: sessionmaker[Session], family: Family) -> None:
    """A task about a member is listed for exactly those who may do something about that member."""
    with unwritten() as session:
        world, instance = build(session, family)
        for name in MEMBERS:
            session.add(task(world, instance, name))
        session.flush()
        for name in EVERYBODY:
            actor = world.actor(name)
            rule = access.in_reach(
                actor, access.COMPLETE_TASK, OpenTask.person_id, OpenTask.instance_id
            )
            listed = set(session.scalars(select(OpenTask.person_id).where(rule)))
            one_by_one = {
                person.id
                for person in world.persons.values()
                if access.basis_for(session, actor, access.COMPLETE_TASK, person.id, instance.id)
            }
            assert listed == one_by_one, name


def task(world: World, instance: ProcessInstance, name: str) -> OpenTask:
    return OpenTask(
        municipality_id=world.municipality.id,
        id=uuid7(),
        instance_id=instance.id,
        person_id=world.persons[name].id,
        process_key="any",
        element="any",
        step="any",
        title="Any",
        form_key="any",
        role="koordinator",
        reason="koordinator",
        created_at=clock.now(),
    )
