"""What happens to goals, measures and dates when a plan is written, revised and evaluated."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from world import World

from tests.workflows import stories
from workflows import clock, plans
from workflows.tables import Goal, Incident, Measure, Plan


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """Every test starts in the present."""
    yield
    clock.travel(timedelta(0))


def to_revision(world: World) -> None:
    """The first evaluation concludes that the plan must change."""
    stories.to_measures(world)
    stories.pass_until_evaluation(world)
    stories.pass_days(world, 21)
    stories.conclude(world, "revider")


def revise(world: World, **answers: Any) -> None:
    known = stories.form_of(world, "Siri", "plan").prefill
    given = {"mal": known["mal"], "tiltak": known["tiltak"], "evalueringsintervall": "12"}
    world.complete("Siri", "plan", **given | {"periode_fra": "2026-12-01"} | answers)


def test_a_goal_keeps_its_identity_when_its_words_change(world: World) -> None:
    """Ratings over the rounds stay with it."""
    to_revision(world)
    before = world.session.scalars(select(Goal.id).order_by(Goal.position)).all()
    known = stories.form_of(world, "Siri", "plan").prefill["mal"]
    revise(world, mal=[known[0] | {"mal": "Sove hele natta"}, known[1]])
    after = world.session.scalars(select(Goal).order_by(Goal.position)).all()
    assert [goal.id for goal in after] == list(before)
    assert after[0].text == "Sove hele natta"


def test_what_is_taken_out_of_the_plan_is_closed_and_not_lost(world: World) -> None:
    """A goal ends, a measure leaves, and both rows are still there to be read."""
    to_revision(world)
    known = stories.form_of(world, "Siri", "plan").prefill
    revise(world, mal=known["mal"][:1], tiltak=known["tiltak"][:1])
    goals = world.session.scalars(select(Goal.status).order_by(Goal.position, Goal.id)).all()
    measures = world.session.scalars(select(Measure.status).order_by(Measure.id)).all()
    assert sorted(goals) == ["aktiv", "avsluttet"]
    assert sorted(measures) == ["fjernet", "fjernet", "ikke_startet"]


def test_the_date_the_meeting_agreed_wins(world: World) -> None:
    """The coordinator may set the next evaluation by hand."""
    instance = stories.to_measures(world)
    stories.pass_until_evaluation(world)
    stories.pass_days(world, 21)
    agreed = clock.today() + timedelta(days=30)
    world.complete(
        "Siri",
        "evaluering_mote",
        konklusjon="fortsett",
        konklusjoner=[],
        neste_dato=agreed.isoformat(),
    )
    plan = plans.plan_of(world.session, instance)
    assert plan is not None
    assert plan.next_evaluation_at is not None
    found = plan.next_evaluation_at.astimezone(clock.OSLO).date()
    assert timedelta(0) <= found - agreed < timedelta(days=12)


def test_the_last_evaluation_is_no_later_than_the_plans_end() -> None:
    """A plan that ends in six weeks is evaluated then, not after twelve."""
    end = date(2026, 12, 15)
    assert plans.next_evaluation(date(2026, 11, 2), 12, end) == datetime(
        2026, 12, 15, 7, tzinfo=UTC
    )


def test_a_case_without_a_plan_says_so(world: World) -> None:
    """A diagram that forgets to open the plan stops with a reason, not with a half-saved plan."""
    stories.to_plan(world)
    world.session.execute(delete(Plan))
    stories.write_plan(world)
    stopped = world.session.scalars(select(Incident)).one()
    assert (stopped.kind, "Invalid" in stopped.error) == ("operation", True)
    assert world.session.scalars(select(Goal)).all() == []
