"""Numbers of running cases, for those who appoint and lead, and nothing about any person."""

from dataclasses import asdict

import pytest
from world import World

from tests.workflows import stories
from workflows import caseload, clock, prefill, task_pages
from workflows.actors import Actor
from workflows.caseload import Caseload
from workflows.errors import Denied
from workflows.tables import AuditEntry, Position, ProcessInstance

PLAN = "individuell_plan"


def case(world: World, person: str, coordinator: str | None, key: str = PLAN) -> ProcessInstance:
    """A running case of somebody's, without more of it than its row."""
    row = ProcessInstance(
        municipality_id=world.municipality.id,
        person_id=world.person(person, account=False).id,
        definition_key=key,
        definition_version="x",
        title=key,
        coordinator_id=world.account_id(coordinator) if coordinator else None,
        state=b"",
        started_at=clock.now(),
        started_by=world.account_id("Kari"),
        ended_at=None,
    )
    world.session.add(row)
    world.session.flush()
    return row


def seen_by(world: World, name: str) -> Caseload:
    return caseload.caseload(world.session, world.actor(name))


def counted(found: Caseload) -> list[tuple[str | None, int]]:
    return [(load.coordinator, load.total) for load in found.loads]


def test_those_with_most_come_first_and_nobodys_last(world: World) -> None:
    """By number, then by name."""
    for at, name in enumerate(["Siri", "Nils", "Nils", "Bjarne", None, None, None]):
        case(world, f"Person {at}", name)
    found = seen_by(world, "Kari")
    assert counted(found) == [("Nils", 2), ("Bjarne", 1), ("Siri", 1), (None, 3)]
    assert found.most == 3


def test_cases_are_counted_by_process(world: World) -> None:
    """With the titles of the processes that have running cases, and no others."""
    case(world, "Per", "Siri")
    case(world, "Pål", "Siri", "evaluering")
    found = seen_by(world, "Kari")
    assert found.processes == {"evaluering": "Evaluering", PLAN: "Individuell plan"}
    [load] = found.loads
    assert (load.by_process, load.service) == ({PLAN: 1, "evaluering": 1}, "Prøvevik skole")


def test_what_has_ended_is_no_load(world: World) -> None:
    """Only running cases count."""
    case(world, "Per", "Siri").ended_at = clock.now()
    found = seen_by(world, "Kari")
    assert (found.loads, found.most) == ((), 0)


def test_cases_of_who_has_left_are_nobodys(world: World) -> None:
    """The unit has them, as everywhere else."""
    case(world, "Per", "Siri")
    world.session.query(Position).filter_by(
        account_id=world.account_id("Siri")
    ).one().ended_on = clock.today()
    assert counted(seen_by(world, "Kari")) == [(None, 1)]


def test_two_of_the_same_name_are_two(world: World) -> None:
    """Numbers are per employee, not per name."""
    world.accounts["Nils"].name = "Siri"
    case(world, "Per", "Siri")
    case(world, "Pål", "Nils")
    assert counted(seen_by(world, "Kari")) == [("Siri", 1), ("Siri", 1)]


def test_leaders_see_it_too(world: World) -> None:
    """In whichever service they lead."""
    world.employee("Leif", "nav", "Leder", "leder")
    case(world, "Per", "Siri")
    assert counted(seen_by(world, "Leif")) == [("Siri", 1)]


@pytest.mark.parametrize("name", ["Siri", "Mia", "Mor"])
def test_others_do_not(world: World, name: str) -> None:
    """A coordinator sees their own list, not the others' numbers."""
    with pytest.raises(Denied):
        seen_by(world, name)


def test_a_leader_sees_the_municipality_they_lead_in(world: World) -> None:
    """To work in another municipality as well does not open its numbers."""
    case(world, "Per", "Siri")
    other = World(world.session)
    other.service("nav", "NAV der")
    other.accounts = world.accounts
    world.employee("Leif", "nav")
    world.session.add(
        Position(
            municipality_id=other.municipality.id,
            account_id=world.account_id("Leif"),
            service_id=other.services["nav"].id,
            title="Leder",
            roles=["leder"],
        )
    )
    world.session.flush()
    assert counted(seen_by(world, "Leif")) == []


def test_no_person_is_in_it_and_nothing_is_noted(world: World) -> None:
    """Numbers are no sight of anybody."""
    case(world, "Per", "Siri")
    noted = world.session.query(AuditEntry).count()
    assert "Per" not in str(asdict(seen_by(world, "Kari")))
    assert world.session.query(AuditEntry).count() == noted


def test_nobody_in_particular_oversees_nothing() -> None:
    """Without a position there is nothing to oversee."""
    assert caseload.overseen(Actor(account_id=None, name="")) == frozenset()


def test_whoever_appoints_sees_how_many_each_has(world: World) -> None:
    """In the choice of coordinator, today's number stands with each employee."""
    case(world, "Per", "Siri")
    stories.to_consent(world)
    stories.answer_consent(world)
    form = stories.form_of(world, "Kari", "oppnevn_koordinator")
    labels = dict(form.options["ansatte"])
    assert labels[str(world.account_id("Siri"))] == "Siri, Rådgiver, Prøvevik skole (1 forløp)"
    assert labels[str(world.account_id("Nils"))] == "Nils, Rådgiver, NAV Prøvevik (0 forløp)"


def test_old_answers_do_not_tell_of_today(world: World) -> None:
    """What was chosen then is shown by name alone."""
    instance = stories.to_coordinator(world)
    labels = dict(prefill.municipal_options(world.session, instance.municipality_id)["ansatte"])
    assert labels[str(world.account_id("Siri"))] == "Siri, Rådgiver, Prøvevik skole"


def test_the_number_is_told_in_the_readers_language(world: World) -> None:
    """The words around it are ours, and are translated."""
    stories.to_consent(world)
    stories.answer_consent(world)
    task = stories.task_of(world, "Kari", "oppnevn_koordinator")
    asked = task_pages.task_form(
        world.session, world.actor("Kari"), task.id, lambda _t: "%(count)d!"
    )
    assert {label for _value, label in asked.options["ansatte"]} == {"0!"}
