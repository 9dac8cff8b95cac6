"""Timers that wait for a day reckoned from the person or the plan follow when that is changed."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from world import World

from tests.workflows import stories
from tests.workflows.own_library import OwnLibrary
from workflows import clock, people, plans, process_instances, timers
from workflows.access import SYSTEM_BASIS
from workflows.actors import SYSTEM
from workflows.errors import Denied, Invalid, NotFound
from workflows.tables import AuditEntry, Notice, ProcessInstance, Timer

DIAGRAM = "bpmn/library/individuell_plan.bpmn"
ANCHOR = '<bpmn:timerEventDefinition id="vurder_behov_paaminnelse_tid">\n        '
BEFORE = ANCHOR + '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P10D</bpmn:timeDuration>'


def changed(world: World, folder: Path, expression: str) -> OwnLibrary:
    """The library with another time for the first reminder, published."""
    library = OwnLibrary.copied(folder)
    text = f'<bpmn:timeDate xsi:type="bpmn:tFormalExpression">{expression}</bpmn:timeDate>'
    library.change(DIAGRAM, BEFORE, ANCHOR + text)
    clock.travel(timedelta(minutes=1))  # the newest version is the one that is started
    library.publish(world)
    clock.travel(timedelta(0))
    return library


@pytest.fixture
def waiting(world: World, tmp_path: Path) -> ProcessInstance:
    """A case of Mia's that reminds when she is 17½."""
    library = changed(world, tmp_path, 'person.fodselsdato + duration("P17Y6M")')
    assert library.problems("individuell_plan") == []
    world.persons["Mia"].born_on = date(2015, 2, 1)
    return stories.start(world)


def reminders(world: World) -> list[Timer]:
    world.session.flush()
    return list(world.session.query(Timer).filter_by(element="vurder_behov_paaminnelse"))


def correct(world: World, born_on: date | None, by: str = "Kari") -> None:
    people.correct_birth(world.session, world.actor(by), world.persons["Mia"].id, born_on)


def test_a_corrected_birth_date_moves_the_timer(world: World, waiting: ProcessInstance) -> None:
    """The same row gets the new time, and the correction is in the audit."""
    [before] = reminders(world)
    assert before.due_at == datetime(2032, 7, 31, 22, tzinfo=UTC)
    kept = before.id
    correct(world, date(2015, 3, 1))
    [after] = reminders(world)
    assert (after.id, after.due_at) == (kept, datetime(2032, 8, 31, 22, tzinfo=UTC))
    assert world.session.query(AuditEntry).filter_by(action="person:correct").count() == 1


def test_what_has_come_to_lie_behind_is_done_at_the_next_look(
    world: World, waiting: ProcessInstance
) -> None:
    """Who turns out to be older is reminded of now, once."""
    correct(world, date(2000, 1, 1))
    due = timers.next_due(world.session)
    assert due is not None
    timers.fire(world.session, due)
    assert reminders(world) == []
    assert timers.next_due(world.session) is None
    assert world.session.query(Notice).filter(Notice.text.contains("venter på vurdering")).count()


def test_without_a_birth_date_there_is_no_time_yet(world: World, waiting: ProcessInstance) -> None:
    """The case goes on, and the reminder comes back with the date."""
    correct(world, None)
    assert reminders(world) == []
    correct(world, date(2016, 2, 1))
    assert len(reminders(world)) == 1


def test_a_day_that_has_not_come_is_nobodys_birthday(
    world: World, waiting: ProcessInstance
) -> None:
    """And nothing is changed."""
    with pytest.raises(Invalid):
        correct(world, clock.today() + timedelta(days=1))
    assert world.persons["Mia"].born_on == date(2015, 2, 1)


def test_only_who_has_a_basis_corrects(world: World, waiting: ProcessInstance) -> None:
    """A service that knows nothing of Mia cannot, nor Mia, whose guardians' right hangs on it."""
    world.employee("Even", "nav")
    for name in ("Even", "Mia"):
        with pytest.raises((Denied, NotFound)):
            correct(world, date(2000, 1, 1), by=name)


def test_a_new_end_of_the_plan_moves_the_timer(world: World, tmp_path: Path) -> None:
    """Whatever writes the plan is a move of its case, which takes the times along."""
    changed(world, tmp_path, 'plan.slutt - duration("P30D")')
    instance = stories.start(world)
    assert reminders(world) == []
    plan = plans.plan_of(world.session, instance)
    if plan is None:
        pytest.fail("the plan is opened at the start")
    for until, due in (
        (date(2027, 6, 30), datetime(2027, 5, 30, 22, tzinfo=UTC)),
        (date(2027, 3, 30), datetime(2027, 2, 27, 23, tzinfo=UTC)),
    ):
        plan.until_on = until
        process_instances.move(
            world.session, SYSTEM, SYSTEM_BASIS, instance, lambda case: case.deliver("ingenting")
        )
        assert [row.due_at for row in reminders(world)] == [due]


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [("person.fodt", "person"), ("plan.slut", "plan"), ("fodselsdato", "fodselsdato")],
)
def test_a_misspelt_base_is_told_of(
    world: World, tmp_path: Path, expression: str, wrong: str
) -> None:
    """A timer would wait for it for ever."""
    library = OwnLibrary.copied(tmp_path)
    text = f'<bpmn:timeDate xsi:type="bpmn:tFormalExpression">{expression}</bpmn:timeDate>'
    library.change(DIAGRAM, BEFORE, ANCHOR + text)
    [told] = library.problems("individuell_plan")
    assert f"«{wrong}» leses her" in told
