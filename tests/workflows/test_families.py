"""A family in one case: each decides for themself, and confidentiality stays with each."""

from uuid import UUID

import pytest
from sqlalchemy import select
from world import World

from tests.workflows import families as stories
from tests.workflows.stories import form_of
from workflows import (
    access,
    cases,
    consents,
    families,
    history,
    participants,
    people,
    plans,
    worklist,
)
from workflows.errors import Conflict, Denied, NotFound
from workflows.tables import AuditEntry, OpenTask, Person, ProcessInstance

GOALS = {
    "Marit får jobb": ("Marit",),
    "Ola trives på skolen": ("Ola",),
    "Kai blir frisk": ("Kai",),
    "Familien spiser sammen": (),
}
MEASURES = {
    "Jobbsøkerkurs": ("nav", ("Marit",)),
    "Lekser": ("skole", ("Ola",)),
    "Kveldssamtaler": ("barnevern", ("Marit", "Ola")),
}


def everyone(
    world: World, kai_shows: tuple[str, ...] = ("Marit",), ola: tuple[str, ...] = ("skole",)
) -> ProcessInstance:
    """All take part and consent to different services; the plan is written."""
    instance = stories.family(world)
    stories.write_family(world)
    stories.join(world, "Kai", "Kai", kai_shows)
    stories.join(world, "Finn", "Ola")
    stories.consent(world, "Marit", "Marit", ("nav", "barnevern"))
    stories.consent(world, "Kai", "Kai", ())
    stories.consent(world, "Marit", "Ola", ola)
    stories.write_plan(world, GOALS, MEASURES)
    return instance


def goals_seen(world: World, name: str, instance: ProcessInstance) -> set[str]:
    seen = participants.seen(world.session, world.actor(name), instance)
    return {goal.text for goal in plans.goals(world.session, instance) if seen.covers(goal.persons)}


def test_nobody_takes_part_before_they_have_said_so(world: World) -> None:
    """The coordinator may ask those who are written down, and knows nothing more of them."""
    instance = stories.family(world)
    stories.write_family(world)
    siri, kai = world.actor("Siri"), world.persons["Kai"]
    assert access.people_in(world.session, siri, access.READ_PLAN, instance).keys() == {
        world.persons["Marit"].id
    }
    with pytest.raises(NotFound):
        people.person_page(world.session, siri, kai.id)


def test_a_no_is_a_no_and_the_others_go_on(world: World) -> None:
    """Who does not want to is not asked for consent, and is nobody's to see."""
    instance = stories.family(world)
    stories.write_family(world)
    stories.join(world, "Kai", "Kai", yes=False)
    stories.join(world, "Finn", "Ola")
    asked = world.session.scalars(
        select(OpenTask.person_id).where(OpenTask.element == "samtykke_forslag")
    )
    assert set(asked) == {world.persons["Marit"].id, world.persons["Ola"].id}
    kai = world.persons["Kai"].id
    assert access.basis_for(world.session, world.actor("Siri"), access.READ_PLAN, kai) is None
    assert stories.member(world, instance, "Kai").status == "deltar_ikke"


def test_a_registered_person_is_found_by_number_and_is_told(world: World) -> None:
    """Nobody is registered twice, and being written down leaves a line in one's own record."""
    stories.family(world)
    before = len(world.session.scalars(select(Person)).all())
    stories.write_family(world)
    assert len(world.session.scalars(select(Person)).all()) == before
    lines = world.session.scalars(
        select(AuditEntry.action).where(AuditEntry.person_id == world.persons["Kai"].id)
    )
    assert "family:write" in set(lines)


def test_the_coordinator_sees_what_concerns_everyone(world: World) -> None:
    """Siri holds the thread for all who take part."""
    assert goals_seen(world, "Siri", everyone(world)) == set(GOALS)


def test_a_service_sees_only_what_concerns_those_who_let_it_know(world: World) -> None:
    """NAV has Marit's consent: not what is Ola's or Kai's, nor what is about all of them."""
    instance = everyone(world)
    assert goals_seen(world, "Nils", instance) == {"Marit får jobb"}
    assert goals_seen(world, "Bjarne", instance) == {"Marit får jobb"}


def test_a_member_sees_what_concerns_them_and_what_others_show(world: World) -> None:
    """Marit acts for Ola, and Kai shows her his; Kai himself sees what he is part of."""
    instance = everyone(world)
    assert goals_seen(world, "Marit", instance) == set(GOALS)
    assert goals_seen(world, "Kai", instance) == {"Kai blir frisk", "Familien spiser sammen"}


def test_what_is_not_shown_is_not_seen(world: World) -> None:
    """Living together gives no insight."""
    instance = everyone(world, kai_shows=())
    assert "Kai blir frisk" not in goals_seen(world, "Marit", instance)


def test_a_parent_of_another_household_sees_the_child_alone(world: World) -> None:
    """Finn acts for Ola: he learns nothing of Ola's mother or her partner, not even their names."""
    instance = everyone(world)
    assert goals_seen(world, "Finn", instance) == {
        "Ola trives på skolen",
        "Familien spiser sammen",
    }
    page = cases.case_page(world.session, world.actor("Finn"), instance.id)
    assert page.person.name == "Ola"
    assert [line.name for line in page.members] == ["Ola"]
    assert page.case.plan is not None
    named = {name for names in page.case.plan.concerns.values() for name in names}
    assert named == {"Ola", "andre i familien"}


def test_a_measure_for_several_needs_the_consent_of_each(world: World) -> None:
    """Barnevern has Marit's consent and not Ola's: it gets no task for what concerns both."""
    instance = everyone(world)
    services = plans.responsible_services(world.session, instance)
    assert services == [world.service_id("nav"), world.service_id("skole")]


def test_a_services_task_is_about_who_lets_it_know(world: World) -> None:
    """School is asked about Ola, and sees no other name; NAV about Marit."""
    everyone(world)
    rows = {
        name: [
            (row.person_name, row.title)
            for row in worklist.list_tasks(world.session, world.actor(name), worklist.Filter()).rows
        ]
        for name in ("Siri", "Nils", "Bjarne")
    }
    assert rows == {
        "Siri": [("Ola", "Meld status")],
        "Nils": [("Marit", "Meld status")],
        "Bjarne": [],
    }


def test_a_form_leaves_out_what_others_than_its_reader_may_see(world: World) -> None:
    """NAV's own measures are in its form; what they are towards and who else is not."""
    everyone(world)
    form = form_of(world, "Nils", "status")
    assert [row["tiltak"] for row in form.prefill["tiltak"]] == ["Jobbsøkerkurs"]


def test_consent_in_the_family_does_not_open_another_case(world: World) -> None:
    """What Marit lets NAV know of in the family's case says nothing of her own plan."""
    everyone(world)
    own = world.start("Kari", "Marit", plantype="individuell_plan", behov="Eget.")
    nils = world.actor("Nils")
    assert access.people_in(world.session, nils, access.READ_PLAN, own) == {}
    page = people.person_page(world.session, nils, world.persons["Marit"].id)
    shown = {view.instance.id: view for view in page.cases}
    assert shown[own.id].open_tasks == []
    assert all(line.title != "Vurder behovet" for line in page.timeline)


def test_a_childs_page_shows_the_case_only_to_who_sees_the_child_in_it(world: World) -> None:
    """A service that has its own case for Ola is not told that his family has one."""
    everyone(world)
    world.session.flush()
    ola = world.persons["Ola"].id
    world.own_case("barnevern", "Ola")
    page = people.person_page(world.session, world.actor("Bjarne"), ola)
    assert page.cases == []
    assert len(people.person_page(world.session, world.actor("Siri"), ola).cases) == 1


def test_answers_about_one_are_for_those_who_see_that_one(world: World) -> None:
    """What Kai answered about himself is not for NAV; what NAV has a basis for is Marit's."""
    instance = everyone(world)
    within = history.reach(world.session, world.actor("Nils"), instance)
    seen = {
        (entry.person_id, entry.form_key)
        for entry in instance_entries(world, instance)
        if within.covers(entry)
    }
    assert {person for person, _form in seen} <= {world.persons["Marit"].id}


def instance_entries(world: World, instance: ProcessInstance) -> list[history.HistoryEntry]:
    return list(
        world.session.scalars(
            select(history.HistoryEntry).where(history.HistoryEntry.instance_id == instance.id)
        )
    )


def test_seeing_the_case_leaves_a_line_for_each_who_is_seen(world: World) -> None:
    """The coordinator's look at the family is in the record of all three."""
    instance = everyone(world)
    cases.case_page(world.session, world.actor("Siri"), instance.id)
    world.session.flush()
    lines = world.session.scalars(
        select(AuditEntry.person_id).where(
            AuditEntry.action == "process:read",
            AuditEntry.actor_id == world.account_id("Siri"),
        )
    )
    assert set(lines) == {world.persons[name].id for name in stories.NAMES}


def test_a_member_may_stop_showing(world: World) -> None:
    """It works at once; only they and who acts for them may do it."""
    instance = everyone(world)
    marit, kai = world.persons["Marit"].id, world.persons["Kai"].id
    with pytest.raises(Denied):
        families.stop_showing(world.session, world.actor("Siri"), instance.id, kai, marit)
    families.stop_showing(world.session, world.actor("Kai"), instance.id, kai, marit)
    assert "Kai blir frisk" not in goals_seen(world, "Marit", instance)


def test_a_member_may_leave(world: World) -> None:
    """Their consents end with it, and nobody else sees what concerned them any more."""
    instance = everyone(world)
    families.leave(world.session, world.actor("Finn"), instance.id, world.persons["Ola"].id)
    world.session.flush()
    assert goals_seen(world, "Siri", instance) == set(GOALS) - {"Ola trives på skolen"}
    assert participants.services_told(world.session, instance).keys() == {
        UUID(world.service_id("nav")),
        UUID(world.service_id("barnevern")),
    }
    with pytest.raises(Conflict):
        families.leave(world.session, world.actor("Marit"), instance.id, world.persons["Marit"].id)


def test_when_one_withdraws_the_task_goes_on_about_another(world: World) -> None:
    """A service that two let know keeps its task when one of them withdraws."""
    instance = everyone(world, ola=("skole", "nav"))
    marit, ola = (world.persons[name].id for name in ("Marit", "Ola"))
    withdraw(world, "Marit", marit, "NAV Prøvevik", instance)
    task = nav_task(world)
    assert (task.person_id, task.parked) == (ola, None)
    withdraw(world, "Finn", ola, "NAV Prøvevik", instance)
    assert nav_task(world).parked == "uten_samtykke"


def withdraw(
    world: World, by: str, person_id: UUID, service: str, instance: ProcessInstance
) -> None:
    lines = consents.all_of(world.session, instance, [person_id])
    line = next(line for line in lines if line.service == service)
    consents.withdraw_consent(world.session, world.actor(by), line.id)
    world.session.flush()


def nav_task(world: World) -> OpenTask:
    nav = world.services["nav"].id
    return world.session.scalars(select(OpenTask).where(OpenTask.service_id == nav)).one()


def test_one_takes_part_in_one_such_case(world: World) -> None:
    """A member of a family that is followed up is not started anew in the same process."""
    everyone(world)
    with pytest.raises(Conflict):
        world.start("Kari", "Kai", "familiesak", behov="En gang til.")
