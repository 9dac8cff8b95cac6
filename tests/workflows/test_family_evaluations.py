"""Several persons in one evaluation: each has their own voice, and confidentiality stays."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from world import World

from tests.workflows import family_evaluations as stories
from tests.workflows.families import NAMES
from tests.workflows.stories import form_of, pass_days, task_of
from tests.workflows.test_families import everyone
from workflows import (
    assignment,
    cases,
    clock,
    decisions,
    evaluation_reviews,
    evaluations,
    families,
    notices,
    participants,
    task_pages,
    tasks,
)
from workflows.errors import Invalid, NotFound
from workflows.evaluation_reviews import Review
from workflows.tables import AuditEntry, HistoryEntry, OpenTask, ProcessInstance, Rating

FAMILY = "Familien spiser sammen"


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """Every test starts in the present."""
    yield
    clock.travel(timedelta(0))


def read(world: World, name: str, instance: ProcessInstance) -> Review:
    evaluation = stories.round_of(world, instance)
    return evaluation_reviews.read_review(world.session, world.actor(name), evaluation.id).review


def missing(world: World, name: str, instance: ProcessInstance) -> list[str]:
    seen = participants.seen(world.session, world.actor(name), instance)
    return evaluations.missing_names(world.session, stories.round_of(world, instance), seen)


def decision_task(world: World, name: str) -> OpenTask:
    """The task that a meeting gave to a member or to somebody's service."""
    world.session.flush()
    actor = world.actor(name)
    rows = world.session.scalars(select(OpenTask).where(OpenTask.element == "avtale"))
    return next(task for task in rows if tasks.may_complete(actor, task))


def test_each_is_asked_about_their_own_goals(world: World) -> None:
    """Those that concern the member, and those that concern everyone."""
    everyone(world)
    stories.to_evaluation(world)
    goals = {
        name: [row["mal"] for row in stories.asked(world, name).prefill["vurderinger"]]
        for name in NAMES
    }
    assert goals == {
        "Marit": ["Marit får jobb", FAMILY],
        "Kai": ["Kai blir frisk", FAMILY],
        "Ola": ["Ola trives på skolen", FAMILY],
    }


def test_a_childs_question_goes_to_who_acts_for_it(world: World) -> None:
    """Both parents may answer with Ola; his mother's partner may not."""
    everyone(world)
    stories.to_evaluation(world)
    task = stories.question(world, "Ola")
    may = {name for name in world.accounts if tasks.may_complete(world.actor(name), task)}
    assert may == {"Marit", "Finn"}


def test_each_member_is_reminded_of_their_own(world: World) -> None:
    """Kai has answered, and is not told of the others'."""
    everyone(world)
    stories.to_evaluation(world)
    stories.answer(world, "Kai")
    pass_days(world, 8)

    def told(name: str) -> bool:
        lines = notices.notices_of(world.session, world.actor(name), 200)
        return any("evalueres" in line.text for line in lines)

    assert {name for name in ("Marit", "Kai", "Finn") if told(name)} == {"Marit", "Finn"}


def test_a_service_rates_the_goals_it_may_see(world: World) -> None:
    """NAV knows of Marit alone and the school of Ola, also where the coordinator works there."""
    everyone(world)
    stories.to_evaluation(world)
    rated = {
        name: [
            row["mal"] for row in form_of(world, name, "evaluering_tjeneste").prefill["vurderinger"]
        ]
        for name in ("Nils", "Siri")
    }
    assert rated == {"Nils": ["Marit får jobb"], "Siri": ["Ola trives på skolen"]}


def test_each_voice_is_kept_as_its_own(world: World) -> None:
    """The family's goal has a rating from each of the three."""
    instance = everyone(world)
    stories.to_meeting(world)
    review = read(world, "Siri", instance)
    voices = {goal.text: [voice.name for voice in goal.persons] for goal in review.goals}
    assert voices[FAMILY] == ["Marit", "Kai", "Ola"]
    assert voices["Kai blir frisk"] == ["Kai"]
    stories.conclude(world)
    whose = set(world.session.scalars(select(Rating.person_id)))
    assert whose == {None, *(world.persons[name].id for name in NAMES)}


def test_a_missing_member_is_named_to_those_who_see_them(world: World) -> None:
    """Kai does not answer: the coordinator and Marit, whom he shows his, read that he did not.

    That a service did not is for those who see everyone.
    """
    instance = everyone(world)
    stories.to_meeting(world, silent=("Kai", "Nils"))
    both = ["Kai", "NAV Prøvevik"]
    names = {
        name: sorted(missing(world, name, instance))
        for name in ("Siri", "Marit", "Kai", "Nils", "Finn")
    }
    assert names == {"Siri": both, "Marit": both, "Kai": ["Kai"], "Nils": [], "Finn": []}
    assert sorted(read(world, "Siri", instance).missing) == both
    plan = cases.case_page(world.session, world.actor("Siri"), instance.id).case.plan
    assert plan is not None
    assert [sorted(line.missing) for line in plan.rounds] == [both]


def agree(world: World) -> ProcessInstance:
    """A meeting that gives Ola, Kai, NAV, the school and the coordinator something to do."""
    instance = everyone(world)
    stories.to_meeting(world)
    stories.conclude(
        world,
        ("Pakke sekken", stories.to_person(world, "Ola")),
        ("Bestille time", stories.to_person(world, "Kai")),
        ("Ringe kursholderen", stories.to_service(world, "nav")),
        ("Gi leksehjelp", stories.to_service(world, "skole")),
        ("Samle alle", "koordinator"),
    )
    return instance


def test_the_minutes_show_a_service_nothing_of_those_it_does_not_know(world: World) -> None:
    """NAV has Marit's consent: goals, measures, voices, suggestions and decisions are hers or its

    own, and no word is there that was said of everyone.
    """
    instance = agree(world)
    review = read(world, "Nils", instance)
    assert [goal.text for goal in review.goals] == ["Marit får jobb"]
    assert [person.name for person in review.persons] == ["Marit"]
    assert review.meeting is not None
    assert [line.what for line in review.meeting.decisions] == ["Ringe kursholderen"]
    words = repr(review)
    for hidden in ("Ola", "Kai", FAMILY, "Prøvevik skole", "Lekser", "sekken", "Samle alle"):
        assert hidden not in words


def test_a_member_reads_their_own_part_of_the_minutes(world: World) -> None:
    """Kai reads his own voice and decision, and the family's goal; Finn reads Ola's."""
    instance = agree(world)
    for name, member, goal, decision in (
        ("Kai", "Kai", "Kai blir frisk", "Bestille time"),
        ("Finn", "Ola", "Ola trives på skolen", "Pakke sekken"),
    ):
        review = read(world, name, instance)
        assert review.meeting is not None
        assert {one.text for one in review.goals} == {goal, FAMILY}
        assert {voice.name for one in review.goals for voice in one.persons} == {member}
        assert [line.what for line in review.meeting.decisions] == [decision]
        assert (review.suggestions, review.meeting.reason, review.meeting.present) == ([], None, [])


def test_who_sees_everyone_reads_all_of_it(world: World) -> None:
    """The coordinator has the meeting whole."""
    review = read(world, "Siri", agree(world))
    assert review.meeting is not None
    assert len(review.meeting.decisions) == 5
    assert review.meeting.reason == "Kai og Ola har det bedre."
    assert len(review.suggestions) == 2
    assert [person.works for person in review.persons] == [f"{n} er fornøyd" for n in NAMES]


def test_reading_the_minutes_leaves_a_line_for_each_who_is_seen(world: World) -> None:
    """Nils's is in Marit's record alone; Siri's in those of all three."""
    instance = agree(world)
    for name, whose in (("Nils", {"Marit"}), ("Siri", set(NAMES))):
        read(world, name, instance)
        lines = world.session.scalars(
            select(AuditEntry.person_id).where(
                AuditEntry.action == "evaluation:read",
                AuditEntry.actor_id == world.account_id(name),
            )
        )
        assert set(lines) == {world.persons[member].id for member in whose}


def test_whoever_sees_nobody_in_the_case_does_not_read_a_round(world: World) -> None:
    """A service that was let know of nobody finds nothing."""
    instance = everyone(world)
    stories.to_evaluation(world)
    world.service("ppt")
    world.employee("Pia", "ppt")
    with pytest.raises(NotFound):
        read(world, "Pia", instance)


def test_the_plan_shows_the_ratings_of_those_one_sees(world: World) -> None:
    """Each member's own, with their name; NAV sees Marit's."""
    instance = agree(world)
    for name, voices in (("Siri", list(NAMES)), ("Kai", ["Kai"])):
        plan = cases.case_page(world.session, world.actor(name), instance.id).case.plan
        assert plan is not None
        family = next(goal.id for goal in plan.goals if goal.text == FAMILY)
        assert sorted(v.name or "" for v in plan.own_ratings[family]) == sorted(voices)


def test_what_a_person_is_to_do_is_their_own_task(world: World) -> None:
    """Ola's is about him and for who acts for him; Kai's is his alone."""
    agree(world)
    rows = {
        name: decision_task(world, name).person_id == world.persons[member].id
        for name, member in (("Finn", "Ola"), ("Kai", "Kai"))
    }
    assert rows == {"Finn": True, "Kai": True}
    kais = decision_task(world, "Kai")
    assert [n for n in world.accounts if tasks.may_complete(world.actor(n), kais)] == ["Kai"]
    assert form_of(world, "Kai", "avtale").prefill == {"hva": "Bestille time"}


def test_what_a_person_did_is_in_their_own_record(world: World) -> None:
    """Kai says that it is done: the answer and the audit line are about him."""
    agree(world)
    task_id, kai = decision_task(world, "Kai").id, world.persons["Kai"].id
    tasks.complete_task(world.session, world.actor("Kai"), task_id, {"gjort": "ja"})
    world.session.flush()
    entry = world.session.scalars(select(HistoryEntry).where(HistoryEntry.task_id == task_id)).one()
    assert entry.person_id == kai
    told = select(AuditEntry.person_id).where(AuditEntry.action == "decision:report")
    assert list(world.session.scalars(told)) == [kai]
    assert task_pages.gone_task(world.session, world.actor("Kai"), task_id).is_mine


def test_what_a_service_is_to_do_is_about_who_lets_it_know(world: World) -> None:
    """The school knows of Ola, NAV of Marit: that is who their tasks name."""
    agree(world)
    rows = world.session.scalars(select(OpenTask).where(OpenTask.element == "avtale"))
    about = {task.service_id: task.person_id for task in rows if task.reason.endswith("tjeneste")}
    assert about == {
        world.services["nav"].id: world.persons["Marit"].id,
        world.services["skole"].id: world.persons["Ola"].id,
    }


def test_what_somebody_who_left_was_to_do_comes_to_the_coordinator(world: World) -> None:
    """Nothing is asked of who no longer takes part, and nothing falls between."""
    instance = everyone(world)
    stories.to_meeting(world)
    stories.conclude(world, ("Bestille time", stories.to_person(world, "Kai")))
    task = decision_task(world, "Kai")
    families.leave(world.session, world.actor("Kai"), instance.id, world.persons["Kai"].id)
    given = given_now(world, instance, task)
    assert (given.for_person, given.account_id) == (False, world.account_id("Siri"))


def given_now(world: World, instance: ProcessInstance, task: OpenTask) -> assignment.Assignment:
    place = assignment.Place(instance, {}, task.item)
    return assignment.assign(world.session, "ansvarlig", place)


def test_who_can_be_asked_is_who_one_may_know_of(world: World) -> None:
    """The coordinator chooses among everyone; NAV is shown Marit and the services she lets know."""
    instance = everyone(world)

    def labels(name: str) -> list[str]:
        seen = participants.seen(world.session, world.actor(name), instance)
        return [label for _value, label in decisions.choices(world.session, instance, seen)]

    services = ["Barneverntjenesten", "NAV Prøvevik", "Prøvevik skole"]
    assert labels("Siri") == ["Koordinatoren, Siri", *services, "Marit", "Kai", "Ola"]
    assert labels("Nils") == ["Koordinatoren, Siri", *services[:2], "Marit"]


def test_nothing_is_given_to_somebody_who_does_not_take_part(world: World) -> None:
    """A made-up answer cannot name a stranger."""
    everyone(world)
    stories.to_meeting(world)
    world.person("Ada")
    with pytest.raises(Invalid):
        stories.conclude(world, ("Ringe", stories.to_person(world, "Ada")))


def test_the_coordinator_is_told_which_member_has_a_task(world: World) -> None:
    """Each question is said to be with the one who is asked."""
    everyone(world)
    stories.to_evaluation(world)
    task = task_of(world, "Siri", "evaluering_tjeneste")
    page = task_pages.open_task(world.session, world.actor("Siri"), task.id)
    asked = {one.who for one in page.involved if one.what == "Si hvordan det går"}
    assert asked == set(NAMES)
