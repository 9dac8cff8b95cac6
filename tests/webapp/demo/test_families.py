"""The families of the demo as they are built: every stage of both processes, and the mother."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import national_number
from webapp.demo import family_cast, numbers
from webapp.demo.families import Family
from workflows import agreed_order, asks, caseload, clock, participants
from workflows.accounts import demo_users
from workflows.participants import DOES_NOT, NOT_ASKED, TAKES_PART
from workflows.tables import (
    Account,
    Evaluation,
    HistoryEntry,
    Measure,
    Measurement,
    OpenTask,
    Person,
    Plan,
    ProcessInstance,
)

EVERY_FAMILY = pytest.mark.parametrize("family", family_cast.FAMILIES, ids=lambda each: each.key)


def case(session: Session, key: str) -> ProcessInstance:
    family = next(each for each in family_cast.FAMILIES if each.key == key)
    query = select(ProcessInstance).join(Person, ProcessInstance.person_id == Person.id)
    return session.scalars(query.where(Person.name == family.name)).one()


def open_elements(session: Session, key: str) -> set[str]:
    query = select(OpenTask.element).where(OpenTask.instance_id == case(session, key).id)
    return set(session.scalars(query))


def plan(session: Session, key: str) -> Plan:
    query = select(Plan).where(Plan.instance_id == case(session, key).id)
    return session.scalars(query).one()


def rounds(session: Session, key: str) -> list[Evaluation]:
    query = select(Evaluation).where(Evaluation.instance_id == case(session, key).id)
    return list(session.scalars(query.order_by(Evaluation.round)))


def statuses(session: Session, key: str) -> dict[str, str]:
    rows = participants.participants(session, case(session, key))
    return {row.person.name: row.status for row in rows}


def measured(session: Session, key: str, scale: str) -> list[Measurement]:
    """The main person's answers on a scale, the first time first."""
    found = case(session, key)
    query = select(Measurement).where(
        Measurement.instance_id == found.id,
        Measurement.person_id == found.person_id,
        Measurement.scale == scale,
    )
    return list(session.scalars(query.order_by(Measurement.round)))


def test_every_stage_is_shown() -> None:
    """Every stage can be seen in some family, and no story claims a stage unknown."""
    shown = {stage for each in family_cast.FAMILIES for stage in each.story.stages}
    assert shown == set(family_cast.STAGES)


@EVERY_FAMILY
def test_it_is_the_process_it_should_be(session: Session, family: Family) -> None:
    """Each family has one case, of the process its story tells of."""
    assert case(session, family.key).definition_key == family.process


@EVERY_FAMILY
def test_every_member_is_invented(session: Session, family: Family) -> None:
    """Every member has a number that is valid in form and marked as synthetic by its month."""
    for member in family.household.members:
        number = session.scalars(
            select(Person.national_number).where(Person.name == member.name)
        ).one()
        assert number is not None
        assert national_number.fault(number, clock.today()) is None
        assert 81 <= int(number[2:4]) <= 92


@EVERY_FAMILY
def test_children_have_someone_who_acts_for_them(session: Session, family: Family) -> None:
    """Whoever is a child in a family has a parent who acts for them and can log in."""
    for member in family.household.members:
        if member.age < 18:
            assert any(each.acts_for and each.login for each in member.relatives)


def test_usernames_are_different() -> None:
    """No member of a family has another's username."""
    names = [m.name for family in family_cast.FAMILIES for m in family.household.members]
    assert len({numbers.username(name) for name in names}) == len(names)


def test_one_family_is_just_reported(session: Session) -> None:
    """One family is reported and has not said what it wants."""
    assert open_elements(session, "halvorsen") == {"onske"}


def test_one_family_is_being_asked(session: Session) -> None:
    """In one family somebody has not answered, somebody said no, and a child has two homes."""
    found = statuses(session, "stensrud")
    assert found == {
        "Trine Stensrud": TAKES_PART,
        "Oliver Moland": NOT_ASKED,
        "Mia Moland": TAKES_PART,
        "Geir Moland": DOES_NOT,
    }
    rows = participants.participants(session, case(session, "stensrud"))
    assert {row.household for row in rows if row.person.name == "Mia Moland"} == {
        "Annenhver uke hos Trine og Geir"
    }
    assert open_elements(session, "stensrud") == {"deltar"}


@pytest.mark.parametrize("key", ["foss", "farah", "nymoen"])
def test_some_have_agreed_one_order(session: Session, key: str) -> None:
    """Where services pulled apart, the meeting agreed one order, and nothing pulls apart now."""
    found = case(session, key)
    assert agreed_order.in_force(session, found) is not None
    assert not agreed_order.contradictions(session, found)
    assert plan(session, key).status == "aktiv"


def test_the_mothers_services_ask_for_different_things(session: Session) -> None:
    """BUP, barnevern and NAV each ask something of the mother, and each has a place in the order

    that BUP comes first in.
    """
    found = case(session, "foss")
    order = agreed_order.in_force(session, found)
    assert order is not None
    mine = [p for p in agreed_order.places(session, order) if p.person_id == found.person_id]
    assert [place.what for place in mine] == list(family_cast.PULLED_APART.household.order)
    assert len({place.service_id for place in mine}) == 3


def test_without_the_order_they_would_pull_apart(session: Session) -> None:
    """What BUP, barnevern and NAV ask of the mother pulls apart when no agreement covers it."""
    found = case(session, "foss")
    (apart,) = asks.pulling_apart(asks.in_case(session, found))
    assert apart.person == "Marianne Foss"
    names = " ".join(ask.service or "" for ask in apart.asks)
    assert all(service in names for service in ("BUP", "Barnevern", "NAV"))


def test_what_pulls_against_the_order_waits_for_the_coordinator(session: Session) -> None:
    """NAV's later course is flagged, and the family coordinator has it to decide on."""
    found = case(session, "foss")
    (flag,) = agreed_order.undecided(session, found)
    measure = session.scalars(select(Measure).where(Measure.id == flag.measure_id)).one()
    assert measure.what == "Jobbsøkerkurs"
    task = session.scalars(
        select(OpenTask).where(
            OpenTask.instance_id == found.id, OpenTask.element == "avklar_rekkefolge"
        )
    ).one()
    assert task.assignee_id == found.coordinator_id


def test_every_member_of_the_mothers_family_was_heard(session: Session) -> None:
    """The children were heard before the plan, and each member in the evaluation."""
    for form in ("barnets_syn", "barnet_hort", "evaluering_person"):
        query = select(HistoryEntry.person_id).where(
            HistoryEntry.instance_id == case(session, "foss").id, HistoryEntry.form_key == form
        )
        heard = set(session.scalars(query))
        assert len(heard) == {"barnets_syn": 2, "barnet_hort": 2, "evaluering_person": 4}[form]


@pytest.mark.parametrize("scale", ["arbeid", "okonomi", "bolig", "barnas_situasjon"])
def test_one_family_is_mapped_again(session: Session, scale: str) -> None:
    """After a year one family is mapped again on all four areas, and goes on."""
    first, second = measured(session, "wiik", scale)
    assert (second.taken_on - first.taken_on).days >= 365
    assert plan(session, "wiik").status == "aktiv"


def test_one_family_has_finished(session: Session) -> None:
    """One family was mapped again and needs no more."""
    assert case(session, "kowalczyk").ended_at is not None
    assert plan(session, "kowalczyk").status == "avsluttet"
    assert len(measured(session, "kowalczyk", "arbeid")) == 2


def test_one_family_has_made_contact(session: Session) -> None:
    """One family has asked for an investment team."""
    assert open_elements(session, "hagen") == {"invest_onske"}


def test_one_team_works_at_the_same_time(session: Session) -> None:
    """One plan is signed, and a service has not reported on its measure yet."""
    assert plan(session, "nymoen").status == "aktiv"
    assert rounds(session, "nymoen") == []
    assert "tiltak_status" in open_elements(session, "nymoen")


def test_one_team_has_met_several_times(session: Session) -> None:
    """One team has held three meetings, with gains and quality of life before and after."""
    concluded = [each for each in rounds(session, "ionescu") if each.conclusion]
    assert len(concluded) >= 3
    assert len(measured(session, "ionescu", "tilfredshet")) >= 2
    gains = session.scalars(
        select(HistoryEntry).where(
            HistoryEntry.instance_id == case(session, "ionescu").id,
            HistoryEntry.form_key == "gevinster",
        )
    ).all()
    assert gains


def test_one_need_is_over(session: Session) -> None:
    """One investment is closed because the family and the team say that the need is over."""
    found = case(session, "solbakken")
    ended = session.scalars(
        select(HistoryEntry.element).where(HistoryEntry.instance_id == found.id)
    ).all()
    assert found.ended_at is not None
    assert "behov_over" in ended
    first, *_between, last = measured(session, "solbakken", "tilfredshet")
    assert (first.value, last.value) == (2, 7)


@pytest.mark.parametrize(
    "name",
    [family_cast.FIRST_COORDINATOR, family_cast.SECOND_COORDINATOR, family_cast.LEADER],
)
def test_the_coordinators_have_families(session: Session, name: str) -> None:
    """Each family coordinator and the investment leader has at least two families now."""
    account = session.scalars(select(Account).where(Account.name == name)).one()
    held = caseload.held_by_each(session, case(session, "foss").municipality_id)
    assert held[account.id] >= 2


def test_members_can_be_chosen(session: Session) -> None:
    """Every member with a log-in can be chosen, and the page says whose family they are in."""
    users = {user.name: user for user in demo_users(session)}
    assert users["Sindre Foss"].family_of == "Marianne Foss"
    assert users["Marianne Foss"].family_of is None
    assert users["Aslaug Tveiten"].role == "Familiekoordinator, NAV Lindvik"
