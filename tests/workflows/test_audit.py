"""The record of who did or saw what: on which ground, for which service, and never left out."""

from datetime import date

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7
from world import World

from tests.workflows import stories
from workflows import access, audit, history, people
from workflows.errors import Invalid
from workflows.tables import AuditEntry, HistoryEntry, Position, Service


def second_town(world: World) -> World:
    """Another municipality in the same installation, where the school's Siri works as well."""
    other = World(world.session)
    other.publish()
    other.service("koordinerende_enhet", "Koordinerende enhet der")
    other.service("skole", "Skolen der")
    other.person("Per", account=False)
    world.session.add(
        Position(
            municipality_id=other.municipality.id,
            account_id=world.account_id("Siri"),
            service_id=other.services["skole"].id,
            title="Rådgiver",
        )
    )
    world.session.flush()
    return other


def services_noted(world: World, person_id: object) -> set[str]:
    """The services that the record of a person names."""
    rows = world.session.scalars(
        select(Service.name)
        .join(AuditEntry, AuditEntry.service_id == Service.id)
        .where(AuditEntry.person_id == person_id)
    )
    return set(rows)


def test_the_line_names_the_service_where_the_person_is(world: World) -> None:
    """Whoever works in two municipalities speaks in each for the service there."""
    other = second_town(world)
    other.own_case("skole", "Per")
    world.own_case("skole", "Mia")
    for person in (other.persons["Per"], world.persons["Mia"]):
        people.person_page(world.session, world.actor("Siri"), person.id)
    people.list_persons(world.session, world.actor("Siri"))
    world.session.flush()
    assert services_noted(world, other.persons["Per"].id) == {"Skolen der"}
    assert services_noted(world, world.persons["Mia"].id) == {"Prøvevik skole"}


def test_answers_given_in_either_municipality_can_be_read(world: World) -> None:
    """The start form names the service of the municipality it was filled in for."""
    other = second_town(world)
    other.own_case("skole", "Per")
    world.own_case("skole", "Mia")
    for place, person in ((other, "Per"), (world, "Mia")):
        place.accounts["Siri"] = world.accounts["Siri"]
        place.start("Siri", person, plantype="individuell_plan", behov="x", tjenester=[])
    for entry in world.session.scalars(
        select(HistoryEntry).where(HistoryEntry.form_key == "behov")
    ):
        page = history.read_answers(world.session, world.actor("Siri"), entry.id)
        assert page.service in {"Skolen der", "Prøvevik skole"}


def test_paging_stays_in_the_persons_own_record(world: World) -> None:
    """A line about someone else is no place to go on from."""
    stories.start(world)
    world.person("Ada")
    people.person_page(world.session, world.actor("Ada"), world.persons["Ada"].id)
    world.session.flush()
    other = world.session.scalars(
        select(AuditEntry.id).where(AuditEntry.person_id == world.persons["Ada"].id)
    ).first()
    mia = world.persons["Mia"].id
    assert audit.sights(world.session, world.actor("Mia"), mia)
    assert audit.sights(world.session, world.actor("Mia"), mia, before=other) == []
    assert audit.sights(world.session, world.actor("Mia"), mia, before=uuid7()) == []


def test_whoever_has_left_coordinates_no_more(world: World) -> None:
    """A coordinator whose position has ended has no basis, also when they live here themselves."""
    stories.to_measures(world)
    world.person("Siri selv", date(1980, 1, 1), account=False).account_id = world.account_id("Siri")
    position = world.session.query(Position).filter_by(account_id=world.account_id("Siri")).one()
    position.ended_on = date(2020, 1, 1)
    world.session.flush()
    rows, _more = people.list_persons(world.session, world.actor("Siri"))
    assert [row.name for row in rows] == ["Siri selv"]


def test_being_told_that_someone_is_registered_is_noted(world: World) -> None:
    """Whoever tries a number learns that it is known; the person can see who did."""
    world.persons["Mia"].national_number = "13831000052"
    with pytest.raises(Invalid):
        people.register_person(
            world.session,
            world.actor("Nils"),
            name="X",
            born_on=None,
            national_number="13831000052",
        )
    people.note_known(world.session, world.actor("Nils"), "13831000052")
    people.note_known(world.session, world.actor("Nils"), "")
    lines = audit.sights(world.session, world.actor("Mia"), world.persons["Mia"].id)
    assert [(line.who, line.basis) for line in lines] == [("Nils", access.BASES[access.NONE])]
