"""What a meeting agrees on becomes tasks with dates, for whoever is to do it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from world import World

from tests.workflows import stories
from workflows import (
    calendar,
    clock,
    consents,
    decisions,
    evaluations,
    handovers,
    notices,
    participants,
    prefill,
    tasks,
    worklist,
)
from workflows.decisions import DecisionLine, Insight
from workflows.errors import Denied, Invalid
from workflows.participants import Seen
from workflows.tables import AuditEntry, Consent, Decision, Evaluation, OpenTask, ProcessInstance

ELEMENT = "beslutning_gjores"


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """Every test starts in the present."""
    yield
    clock.travel(timedelta(0))


def service(world: World, kind: str) -> str:
    return f"tjeneste:{world.service_id(kind)}"


def person(world: World) -> str:
    return f"person:{world.persons['Mia'].id}"


def agree(
    world: World, *agreed: tuple[str, str, int], konklusjon: str = "fortsett"
) -> ProcessInstance:
    """A first evaluation whose meeting agrees on something."""
    instance = stories.to_measures(world)
    stories.to_meeting(world)
    stories.conclude(world, konklusjon, agreed=agreed)
    return instance


def of_round(world: World, number: int) -> list[DecisionLine]:
    evaluation = world.session.scalars(select(Evaluation).where(Evaluation.round == number)).one()
    instance = world.session.get_one(
        ProcessInstance, (evaluation.municipality_id, evaluation.instance_id)
    )
    return decisions.of(world.session, evaluation, Insight(sight(world, instance)))


def sight(world: World, instance: ProcessInstance) -> Seen:
    return participants.seen(world.session, world.actor("Siri"), instance)


def withdraw(world: World, kind: str) -> None:
    consent = world.session.scalars(
        select(Consent).where(
            Consent.service_id == world.services[kind].id, Consent.replaced_at.is_(None)
        )
    ).one()
    consents.withdraw_consent(world.session, world.actor("Mia"), consent.id)
    world.session.flush()


def tasks_there(world: World) -> list[OpenTask]:
    world.session.flush()
    rows = world.session.scalars(select(OpenTask).where(OpenTask.element == ELEMENT))
    return sorted(rows, key=lambda row: row.due_on or date.max)


def test_each_thing_agreed_becomes_a_task_for_who_does_it(world: World) -> None:
    """The service, the person and the coordinator each have their own, beside the measures."""
    agree(
        world,
        ("Ringe", service(world, "nav"), 10),
        ("Velge", person(world), 20),
        ("Samle", "koordinator", 30),
    )
    theirs, hers, his = tasks_there(world)
    assert (theirs.service_id, theirs.assignee_id) == (world.services["nav"].id, None)
    assert (hers.for_person, hers.assignee_id) == (True, None)
    assert his.assignee_id == world.account_id("Siri")
    assert world.open_elements().count("tiltak_status") == 3


def test_a_task_has_the_date_that_was_agreed(world: World) -> None:
    """Each its own date, moved to a working day as every other."""
    agree(world, ("Ringe", "koordinator", 10), ("Samle", "koordinator", 33))
    wanted = [clock.today() + timedelta(days) for days in (10, 33)]
    assert [task.due_on for task in tasks_there(world)] == [
        calendar.next_working_day(day) for day in wanted
    ]


def test_who_does_it_reads_what_was_agreed(world: World) -> None:
    """In the form and in the list."""
    agree(world, ("Ringe Mia", service(world, "nav"), 10), ("Samle alle", "koordinator", 20))
    assert stories.form_of(world, "Nils", ELEMENT).prefill == {"hva": "Ringe Mia"}
    rows = worklist.list_tasks(world.session, world.actor("Nils"), worklist.Filter()).rows
    assert [row.about for row in rows if row.about] == ["Ringe Mia"]


def test_it_is_written_down_whether_it_was_done(world: World) -> None:
    """Done, not done, and what was said about it; the record tells that it was reported."""
    agree(world, ("Ringe", service(world, "nav"), 10), ("Velge", person(world), 20))
    first, second = tasks_there(world)
    for name, task, answer in (("Nils", first, "ja"), ("Mia", second, "nei")):
        given = {"gjort": answer, "kommentar": f"Sa {answer}."}
        tasks.complete_task(world.session, world.actor(name), task.id, given)
    done, undone = of_round(world, 1)
    assert (done.who, done.status, done.comment) == ("NAV Prøvevik", "gjort", "Sa ja.")
    assert (undone.who, undone.status, undone.comment) == ("Mia", "ikke_gjort", "Sa nei.")
    assert done.answered_on == clock.today()
    actions = list(world.session.scalars(select(AuditEntry.action)))
    assert actions.count("decision:report") == 2


def test_what_nobody_did_is_taken_to_the_next_meeting(world: World) -> None:
    """When the next evaluation comes the task is gone, and the decision stands unanswered."""
    agree(world, ("Ringe", service(world, "nav"), 10))
    stories.pass_until_evaluation(world)
    assert ELEMENT not in world.open_elements()
    assert [line.status for line in of_round(world, 1)] == ["ubesvart"]


def test_what_is_answered_is_not_asked_again(world: World) -> None:
    """Should the same round be planned once more, only what nobody has answered is a task."""
    instance = agree(world, ("Ringe", "koordinator", 10), ("Samle", "koordinator", 20))
    first, second = world.session.scalars(select(Decision).order_by(Decision.position))
    first.answered_at = clock.now()
    assert decisions.waiting(world.session, instance) == [str(second.id)]


def test_a_case_reads_its_own_decisions_alone(world: World) -> None:
    """An id from another case, however it came there, tells nothing."""
    instance = agree(world, ("Ringe", "koordinator", 10))
    (item,) = decisions.waiting(world.session, instance)
    world.person("Ada")
    other = world.start("Kari", "Ada", plantype="individuell_plan", behov="x", tjenester=[])
    assert decisions.text(world.session, instance, item) == "Ringe"
    assert decisions.text(world.session, other, item) is None


def test_a_meeting_that_agrees_on_nothing_gives_no_tasks(world: World) -> None:
    """The round goes on with the measures alone, and the next meeting's decisions are its own."""
    agree(world, ("Ringe", "koordinator", 10))
    stories.to_meeting(world)
    stories.conclude(world)
    assert world.open_elements() == ["tiltak_status"] * 3


def test_a_decision_waits_when_the_consent_is_withdrawn(world: World) -> None:
    """NAV's task waits, and comes back when Mia consents again."""
    agree(world, ("Ringe", service(world, "nav"), 10))
    withdraw(world, "nav")
    (task,) = tasks_there(world)
    assert task.parked == "uten_samtykke"
    with pytest.raises(Denied):
        tasks.complete_task(world.session, world.actor("Siri"), task.id, {"gjort": "ja"})


def test_a_decision_for_a_service_without_consent_begins_as_waiting(world: World) -> None:
    """Consent withdrawn between the meeting and the new plan: the task is there, and waits."""
    agree(world, ("Ringe", service(world, "nav"), 60), konklusjon="revider")
    withdraw(world, "nav")
    stories.write_plan(world)
    world.complete("Mia", "godkjenning", godkjenner="ja")
    (task,) = tasks_there(world)
    assert (task.service_id, task.parked) == (world.services["nav"].id, "uten_samtykke")


def test_the_coordinators_decision_does_not_wait_for_her_services_consent(world: World) -> None:
    """Siri works at the school; what she does as coordinator is not the school's."""
    agree(world, ("Samle", "koordinator", 10), ("Hjelpe", service(world, "skole"), 20))
    withdraw(world, "skole")
    assert [task.parked for task in tasks_there(world)] == [None, "uten_samtykke"]


def test_the_coordinators_decision_follows_the_baton(world: World) -> None:
    """When the baton moves, what the coordinator is to do moves, and what a service took stays."""
    instance = agree(world, ("Samle", "koordinator", 10), ("Hjelpe", service(world, "nav"), 20))
    theirs = tasks_there(world)[1]
    tasks.claim_task(world.session, world.actor("Nils"), theirs.id)
    handovers.leave_as_coordinator(world.session, world.actor("Siri"), instance.id)
    world.complete("Siri", "overlevering_forslag", ny_koordinator=str(world.account_id("Bjarne")))
    world.complete("Mia", "overlevering_onske", mening="greit")
    world.complete("Bjarne", "overlevering_svar", godtar="ja")
    world.complete("Siri", "overlevering_mote", dato="2027-01-10", viktigst="Ro", beskjed=True)
    assert [task.assignee_id for task in tasks_there(world)] == [
        world.account_id("Bjarne"),
        world.account_id("Nils"),
    ]


@pytest.mark.parametrize(
    ("who", "told"), [("nav", {"Nils"}), ("person", {"Mia", "Mor"}), ("koordinator", {"Siri"})]
)
def test_who_is_to_do_it_is_reminded_on_the_day(world: World, who: str, told: set[str]) -> None:
    """The day it is due, and not before."""
    value = {"nav": service(world, "nav"), "person": person(world)}.get(who, who)
    agree(world, ("Ringe", value, 10))
    due = tasks_there(world)[0].due_on
    assert due is not None
    texts = {name: reminders(world, name) for name in told}
    stories.pass_days(world, (due - clock.today()).days - 1)
    assert {name: reminders(world, name) for name in told} == texts
    stories.pass_days(world, 2)
    for name in world.accounts:
        assert reminders(world, name) == (1 if name in told else 0), name


def reminders(world: World, name: str) -> int:
    lines = notices.notices_of(world.session, world.actor(name), 200)
    return sum("enige om" in line.text for line in lines)


def test_a_service_without_consent_is_not_reminded(world: World) -> None:
    """It is not told that there is a task."""
    agree(world, ("Ringe", service(world, "nav"), 10))
    withdraw(world, "nav")
    stories.pass_days(world, 20)
    assert reminders(world, "Nils") == 0


def test_who_can_be_asked(world: World) -> None:
    """The coordinator, the services with a consent that holds, and the person."""
    instance = stories.to_measures(world)
    withdraw(world, "nav")
    seen = sight(world, instance)
    found = prefill.options(world.session, world.actor("Siri"), instance, seen)
    labels = [label for _value, label in found["ansvarlige"]]
    assert labels == ["Koordinatoren, Siri", "Barneverntjenesten", "Prøvevik skole", "Mia"]


@pytest.mark.parametrize("missing", ["frist", "hvem"])
def test_a_decision_without_who_or_when_is_refused(world: World, missing: str) -> None:
    """A form that does not ask for both cannot make tasks of what it gets."""
    stories.to_measures(world)
    stories.to_meeting(world)
    row = {"hva": "Ringe", "hvem": "koordinator", "frist": "2027-01-10"} | {missing: None}
    with pytest.raises(Invalid):
        stories.conclude(world, beslutninger=[row])


def test_what_was_agreed_is_not_in_the_engines_state(world: World) -> None:
    """The case knows the ids alone."""
    instance = agree(world, ("Ringe om hemmeligheten", "koordinator", 10))
    assert b"hemmeligheten" not in instance.state
    (decision,) = world.session.scalars(select(Decision))
    assert str(decision.id).encode() in instance.state
    assert evaluations.current(world.session, instance) is not None
