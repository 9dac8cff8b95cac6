"""How a plan stood, and what changed from one time to the next."""

from dataclasses import replace
from uuid import UUID

from uuid_utils.compat import uuid7
from world import World

from tests.workflows import stories
from workflows import access, standings
from workflows.participants import Seen
from workflows.standings import GoalStanding, MeasureStanding, Standing

SLEEP, BALL = GoalStanding("1", "Sove bedre"), GoalStanding("2", "Spille fotball")
LESSONS, JOB = MeasureStanding("3", "Leksehjelp"), MeasureStanding("4", "Sommerjobb")
BEFORE = Standing([SLEEP, BALL], [LESSONS, JOB], {"5": "Skolen", "6": "NAV"}, "Siri")


def test_nothing_has_changed_when_nothing_has() -> None:
    """The same standing twice gives no changes."""
    assert not standings.changes(BEFORE, BEFORE)


def test_goals_come_and_are_reached_and_closed() -> None:
    """A goal that was not there is new; one whose status changed is reached or closed."""
    now = replace(
        BEFORE,
        goals=[
            replace(SLEEP, status="nadd"),
            replace(BALL, status="avsluttet"),
            GoalStanding("7", "Ha en venn"),
        ],
    )
    found = standings.changes(BEFORE, now)
    assert (found.goals_new, found.goals_reached, found.goals_closed) == (
        ("Ha en venn",),
        ("Sove bedre",),
        ("Spille fotball",),
    )


def test_a_goal_reached_long_ago_is_not_told_again() -> None:
    """Only what is different since the last time is a change."""
    reached = replace(BEFORE, goals=[replace(SLEEP, status="nadd"), BALL])
    assert not standings.changes(reached, reached)


def test_measures_come_end_stop_and_are_taken_out() -> None:
    """A measure is new, finished, stopped, or gone from the plan."""
    stopped = replace(JOB, status="stoppet")
    ended = replace(LESSONS, status="fullfort")
    new = MeasureStanding("8", "Støttekontakt")
    found = standings.changes(BEFORE, replace(BEFORE, measures=[ended, stopped, new]))
    assert (found.measures_new, found.measures_finished, found.measures_stopped) == (
        ("Støttekontakt",),
        ("Leksehjelp",),
        ("Sommerjobb",),
    )
    assert standings.changes(BEFORE, replace(BEFORE, measures=[JOB])).measures_removed == (
        "Leksehjelp",
    )


def test_services_and_the_coordinator_change() -> None:
    """Who has come with and who has left by consent, and who has the baton."""
    found = standings.changes(
        BEFORE, replace(BEFORE, services={"5": "Skolen", "9": "BUP"}, coordinator="Bjarne")
    )
    assert (found.services_in, found.services_out, found.coordinator) == (
        ("BUP",),
        ("NAV",),
        "Bjarne",
    )


def test_what_concerns_others_is_left_out() -> None:
    """Goals and measures about somebody one may not see are not there, nor which services know."""
    mia, ada = uuid7(), uuid7()
    hers = replace(SLEEP, persons=[str(mia)])
    both = replace(JOB, persons=[str(mia), str(ada)])
    adas = replace(BALL, persons=[str(ada)])
    standing = replace(BEFORE, goals=[hers, adas, BALL], measures=[LESSONS, both])
    everyone, basis = frozenset({mia, ada}), access.Basis(access.CONSENT)
    seen = standings.seen_by(standing, Seen(everyone, {ada: basis}, frozenset()))
    assert (seen.goals, seen.measures, seen.services) == ([adas], [], {})
    own = standings.seen_by(standing, Seen(everyone, {ada: basis}, frozenset({ada})))
    assert (own.goals, own.measures) == ([adas, BALL], [LESSONS, both])
    whole = Seen(everyone, {ada: basis, mia: basis}, frozenset())
    assert standings.seen_by(standing, whole) == standing


def test_a_standing_is_kept_whole(world: World) -> None:
    """What is read back is what was written down."""
    instance = stories.to_measures(world)
    stories.report(world, "Nils")
    standing = standings.of(world.session, instance)
    assert standings.from_json(standings.as_json(standing)) == standing
    assert [each.text for each in standing.goals] == ["Sove bedre", "Spille fotball"]
    assert {UUID(key) for key in standing.services} == {
        world.services[kind].id for kind in stories.SERVICES
    }
    assert (standing.coordinator, len(standing.measures)) == ("Siri", 3)
    assert [m.reported_on is not None for m in standing.measures] == [False, False, True]
