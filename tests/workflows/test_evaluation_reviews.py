"""What a meeting looks at, and that its minutes stay as they were."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7
from world import World

from tests.workflows import stories
from workflows import (
    clock,
    consents,
    evaluation_reviews,
    evaluations,
    participants,
    task_pages,
    tasks,
)
from workflows.decisions import Insight
from workflows.errors import Denied, NotFound
from workflows.evaluation_reviews import Point, Review, Voice
from workflows.participants import Seen
from workflows.standings import Changes
from workflows.tables import (
    AuditEntry,
    Consent,
    Evaluation,
    Goal,
    Measure,
    OpenTask,
    ProcessInstance,
)


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """Every test starts in the present."""
    yield
    clock.travel(timedelta(0))


def review(world: World, number: int, seen: Seen | None = None) -> Review:
    """The round as Siri sees it, or with somebody else's sight."""
    evaluation, instance = world.session.execute(
        select(Evaluation, ProcessInstance)
        .join(ProcessInstance, ProcessInstance.id == Evaluation.instance_id)
        .where(Evaluation.round == number)
    ).one()
    siri = participants.seen(world.session, world.actor("Siri"), instance)
    insight = Insight(seen or siri)
    return evaluation_reviews.review(world.session, instance, evaluation, insight)


def two_rounds(world: World, silent: tuple[str, ...] = ()) -> ProcessInstance:
    """A concluded round, and a second that has come to its meeting."""
    instance = stories.to_measures(world)
    stories.report(world, "Nils")
    stories.to_meeting(world)
    stories.conclude(world, agreed=[("Ringe", "koordinator", 10)])
    stories.pass_until_evaluation(world)
    if "Mia" not in silent:
        stories.evaluate_as_person(world, 9)
    for name in {"Siri", "Bjarne", "Nils"} - set(silent):
        stories.evaluate_as(world, name)
    if silent:
        stories.pass_days(world, 21)
    return instance


def test_a_change_is_since_the_latest_score_before() -> None:
    """A round without an answer is passed over; without one before there is no change."""
    on = clock.today()
    points = [Point(1, on, 3), Point(2, on), Point(3, on, 5)]
    assert Voice("Mia", points).change == 2
    assert Voice("Mia", points[:2]).change is None
    assert Voice("Mia", points[:1]).before is None


def test_the_person_comes_first_with_this_time_and_the_last(world: World) -> None:
    """Mia's own rating and words of both rounds stand with each goal."""
    two_rounds(world)
    found = review(world, 2)
    assert [goal.text for goal in found.goals] == ["Sove bedre", "Spille fotball"]
    (voice,) = found.goals[0].persons
    assert (voice.name, [p.score for p in voice.points], voice.change) == ("Mia", [7, 9], 2)
    assert [point.words for point in voice.points] == ["Bedre", "Bedre"]


def test_what_the_person_says_besides_is_there(world: World) -> None:
    """What works, what does not, and what they wish, in their own words."""
    stories.to_measures(world)
    stories.pass_until_evaluation(world)
    said = {"fungerer": "Leksene", "fungerer_ikke": "Møtene", "onske_na": "Fri", "hjelp": "ja"}
    world.complete("Mia", "evaluering_person", vurderinger=[], **said)
    (mia,) = review(world, 1).persons
    assert (mia.answered, mia.works, mia.works_not, mia.wishes, mia.helped) == (
        True,
        "Leksene",
        "Møtene",
        "Fri",
        "ja",
    )


def test_each_service_rates_by_attainment(world: World) -> None:
    """Every service that has rated the goal, by name, with its score of every round."""
    two_rounds(world)
    services = review(world, 2).goals[0].services
    assert [voice.name for voice in services] == [
        "Barneverntjenesten",
        "NAV Prøvevik",
        "Prøvevik skole",
    ]
    assert [[point.score for point in voice.points] for voice in services] == [[1, 1]] * 3


def test_a_service_stands_with_the_goals_it_has_rated(world: World) -> None:
    """NAV passes over the second goal, and is not asked about it here."""
    stories.to_measures(world)
    stories.pass_until_evaluation(world)
    form = stories.form_of(world, "Nils", "evaluering_tjeneste")
    first, second = form.prefill["vurderinger"]
    rows = [{"id": first["id"], "oppnaelse": "-1"}, {"id": second["id"], "oppnaelse": None}]
    tasks.complete_task(world.session, world.actor("Nils"), form.task.id, {"vurderinger": rows})
    names = [[voice.name for voice in goal.services] for goal in review(world, 1).goals]
    assert names == [["NAV Prøvevik"], []]


def test_a_goal_is_rated_by_those_it_concerns(world: World) -> None:
    """Each goal has the voices of its own persons, and says whom it concerns."""
    two_rounds(world)
    evaluation = world.session.scalars(select(Evaluation).where(Evaluation.round == 1)).one()
    assert evaluation.standing is not None
    hers, others = evaluation.standing["goals"]
    hers["persons"], others["persons"] = [str(world.persons["Mia"].id)], [str(uuid7())]
    evaluation.standing = {**evaluation.standing, "goals": [hers, others]}
    first, second = review(world, 1).goals
    assert (first.concerns, [voice.name for voice in first.persons]) == (["Mia"], ["Mia"])
    assert second.persons == []


def test_absent_voices_are_named(world: World) -> None:
    """The person by their own name, a service by its name; the person stays in the table."""
    two_rounds(world, silent=("Mia", "Nils"))
    found = review(world, 2)
    assert sorted(found.missing) == ["Mia", "NAV Prøvevik"]
    assert [person.answered for person in found.persons] == [False]
    assert [point.score for point in found.goals[0].persons[0].points] == [7, None]


def test_measures_stand_with_the_goal_they_name(world: World) -> None:
    """With status and when it was reported; those that name no goal stand apart."""
    two_rounds(world)
    for measure in world.session.scalars(select(Measure)):
        measure.goal = " sove BEDRE" if measure.what == "Tiltak fra nav" else None
    found = review(world, 2)
    (line,) = found.goals[0].measures
    assert (line.what, line.service, line.status) == ("Tiltak fra nav", "NAV Prøvevik", "i_gang")
    assert line.reported_on is not None
    assert [each.what for each in found.other_measures] == [
        "Tiltak fra skole",
        "Tiltak fra barnevern",
    ]


def test_what_the_last_meeting_agreed_is_looked_at(world: World) -> None:
    """With whether it was done: here nobody has said."""
    two_rounds(world)
    assert [(line.what, line.status) for line in review(world, 2).agreed_before] == [
        ("Ringe", "ubesvart")
    ]
    assert review(world, 1).agreed_before == []


def test_changes_are_since_the_meeting_before(world: World) -> None:
    """What the last meeting concluded shows as a change; the first round has nothing before it."""
    stories.to_measures(world)
    stories.to_meeting(world)
    goals = list(world.session.scalars(select(Goal).order_by(Goal.position)))
    rows = [{"id": str(goals[0].id), "konklusjon": "nadd"}]
    stories.conclude(world, konklusjoner=rows)
    stories.pass_until_evaluation(world)
    assert review(world, 1).changes is None
    assert review(world, 2).changes == Changes(goals_reached=("Sove bedre",))
    assert [goal.text for goal in review(world, 2).goals] == ["Spille fotball"]


def test_minutes_do_not_change_with_the_plan(world: World) -> None:
    """Goals and measures are rewritten and the round that is over reads as it did."""
    two_rounds(world)
    before = review(world, 1)
    for goal in world.session.scalars(select(Goal)):
        goal.text, goal.status = "Noe helt annet", "avsluttet"
    for measure in world.session.scalars(select(Measure)):
        measure.what, measure.status = "Noe annet", "fullfort"
    world.session.flush()
    after = review(world, 1)
    assert after == before
    assert [goal.text for goal in after.goals] == ["Sove bedre", "Spille fotball"]


def test_minutes_tell_of_the_meeting(world: World) -> None:
    """When, who was there, who wrote it, why, per goal, who does what, and when they meet next."""
    instance = stories.to_measures(world)
    stories.to_meeting(world)
    assert review(world, 1).meeting is None
    goals = list(world.session.scalars(select(Goal).order_by(Goal.position)))
    stories.conclude(
        world,
        agreed=[("Ringe", "koordinator", 10)],
        dato="2026-12-01",
        person_deltok="nei",
        person_hort="På telefon",
        begrunnelse="Det går bedre.",
        deltakere=[{"navn": "Trener Tore", "rolle": "Trener"}],
        konklusjoner=[{"id": str(goals[1].id), "konklusjon": "endre"}],
    )
    found = review(world, 1)
    meeting = found.meeting
    assert meeting is not None
    assert (meeting.on.isoformat(), meeting.written_by) == ("2026-12-01", "Siri")
    assert [(one.name, one.role) for one in meeting.present] == [("Trener Tore", "Trener")]
    assert (meeting.person_was_there, meeting.heard) == (False, "På telefon")
    assert (meeting.conclusion, meeting.reason) == ("fortsett", "Det går bedre.")
    assert [goal.conclusion for goal in found.goals] == [None, "endre"]
    assert [(line.what, line.who) for line in meeting.decisions] == [("Ringe", "Koordinatoren")]
    planned = evaluations.plans.plan_of(world.session, instance)
    assert planned is not None
    assert planned.next_evaluation_at is not None
    assert meeting.next_on == planned.next_evaluation_at.astimezone(clock.OSLO).date()


def test_what_concerns_others_is_left_out(world: World) -> None:
    """Whoever may not see Mia reads the services' voices alone."""
    two_rounds(world, silent=("Mia",))
    mia = world.persons["Mia"].id
    found = review(world, 2, Seen(frozenset({mia}), {}, frozenset({mia})))
    assert (found.persons, found.missing, found.goals[0].persons) == ([], [], [])
    assert len(found.goals[0].services) == 3


def read(world: World, name: str, number: int) -> Review:
    evaluation = world.session.scalars(select(Evaluation).where(Evaluation.round == number)).one()
    return evaluation_reviews.read_review(world.session, world.actor(name), evaluation.id).review


def withdraw(world: World, kind: str) -> None:
    consent = world.session.scalars(
        select(Consent).where(Consent.service_id == world.services[kind].id)
    ).one()
    consents.withdraw_consent(world.session, world.actor("Mia"), consent.id)
    world.session.flush()


def test_who_lost_the_consent_is_for_the_person_and_the_coordinator(world: World) -> None:
    """The other services read what changed, but not whom Mia said no to."""
    two_rounds(world)
    withdraw(world, "nav")
    for name in ("Mia", "Siri"):
        assert read(world, name, 2).changes == Changes(services_out=("NAV Prøvevik",))
    assert read(world, "Bjarne", 2).changes == Changes()


def test_reading_leaves_a_line(world: World) -> None:
    """On which basis, and which round."""
    two_rounds(world)
    read(world, "Bjarne", 2)
    line = world.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "evaluation:read")
    ).one()
    assert (line.basis, line.details) == ("samtykke", {"round": 2})


def test_who_may_not_read_the_plan_may_not_read_a_round(world: World) -> None:
    """The unit knows of Mia and is refused; whoever lost the consent finds nothing."""
    two_rounds(world)
    with pytest.raises(Denied):
        read(world, "Kari", 1)
    withdraw(world, "nav")
    with pytest.raises(NotFound):
        read(world, "Nils", 1)
    with pytest.raises(NotFound):
        evaluation_reviews.read_review(world.session, world.actor("Siri"), uuid7())


def test_the_meetings_task_shows_the_review(world: World) -> None:
    """Where the diagram says so, and nowhere else."""
    stories.to_measures(world)
    report = stories.task_of(world, "Siri", "tiltak_status")
    assert task_pages.open_task(world.session, world.actor("Siri"), report.id).review is None
    stories.to_meeting(world)
    task = stories.task_of(world, "Siri", "evaluering_mote")
    page = task_pages.open_task(world.session, world.actor("Siri"), task.id)
    assert page.review == review(world, 1)


def test_a_task_shows_no_more_of_a_plan_than_one_may_read(world: World) -> None:
    """The unit is given the meeting by duty: it sees the form, and not what people said."""
    stories.to_measures(world)
    stories.to_meeting(world)
    task = world.session.scalars(
        select(OpenTask).where(OpenTask.element == "evaluering_mote")
    ).one()
    task.service_id, task.assignee_id = world.services["koordinerende_enhet"].id, None
    world.session.flush()
    assert task_pages.open_task(world.session, world.actor("Kari"), task.id).review is None
