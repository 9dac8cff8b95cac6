"""Plays a case through the commands, as the people in it, at the time it happened.

Every answer goes through the form's own check: what a page would refuse, stops the build. Between
the steps everything that is due happens by itself, at its own moment. Whose case it is, and what
they answer, is for `player` (one resident) and `family_player` (a family) to say.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from forms.answers import Posted, as_posted, check, empty
from forms.definitions import Form
from webapp import drafts
from webapp.demo import happenings
from webapp.demo.municipality import Town, end_position
from workflows import (
    calendar,
    clock,
    definitions,
    handovers,
    people,
    prefill,
    process_instances,
    task_pages,
    tasks,
)
from workflows.actors import Actor, load_actor
from workflows.tables import Account, OpenTask, Person, ProcessInstance
from workflows.task_pages import TaskForm

OFFICE_HOURS = (8 * 60 + 15, 15 * 60 + 30)
SPARE_TIME = (16 * 60, 21 * 60 + 30)
KNOWN_BEFORE = 14
"""Days from when a service registers a person until the need is reported."""
NOT_READ_YET = timedelta(days=12)
A_WHILE = timedelta(minutes=20)


class OutOfTime(Exception):
    """The story has come to today: what is left of it has not happened yet."""


class BadAnswers(Exception):
    """The story's answers do not pass the form."""


class Subject(Protocol):
    """Whose case it is."""

    @property
    def name(self) -> str: ...

    @property
    def first_name(self) -> str: ...

    @property
    def coordinator(self) -> str: ...


@dataclass
class CasePlayer(ABC):
    """A case on the way through its story; `end` is today."""

    session: Session
    town: Town
    resident: Subject
    end: datetime
    phones: Iterator[int]
    person: Person = field(init=False)
    """Whom the case starts with."""
    began: datetime = field(init=False)
    instance: ProcessInstance | None = None
    random: Random = field(init=False)
    round: int = 0
    """How many evaluations there have been."""

    def __post_init__(self) -> None:
        self.random = Random(self.resident.name)  # noqa: S311 - the same story every time

    # What depends on whose case it is

    @property
    @abstractmethod
    def process(self) -> str:
        """The key of the process that is started."""

    @abstractmethod
    def settle_in(self) -> None:
        """Register those whom the case is about, and set `person`."""

    @abstractmethod
    def known_to(self) -> list[str]:
        """The services that know the person before anything is reported."""

    @abstractmethod
    def is_private(self, account: Account) -> bool:
        """Whether an account answers in its spare time."""

    @abstractmethod
    def answers_for(self, task: OpenTask) -> Account | None:
        """Who answers a task of the person or the member it is about."""

    @abstractmethod
    def start_answers(self, reporter: Account) -> dict[str, Any]:
        """What is written in the form that starts the case."""

    @abstractmethod
    def answers_to(self, asked: TaskForm) -> dict[str, Any]:
        """What the one who has a task writes in its form."""

    # Time

    def begin(self, days_ago: float) -> None:
        """Register those it is about, then go to where the story starts, on a working day."""
        self.began = self.end - timedelta(days=days_ago)
        while not calendar.is_working_day(self.began.astimezone(clock.OSLO).date()):
            self.began -= timedelta(days=1)
        self._travel(self._moment(-KNOWN_BEFORE, OFFICE_HOURS))
        self.settle_in()
        self._travel(self._moment(0, OFFICE_HOURS))

    def until(self, day: float, hours: tuple[int, int] = OFFICE_HOURS) -> None:
        """Go to a day of the story, while what is due happens. Raises OutOfTime after today."""
        moment = self._moment(day, hours)
        while moment < clock.now() + A_WHILE:  # that day's hours are over
            day += 1
            moment = self._moment(day, hours)
        self.advance(min(moment, self.end))
        if moment >= self.end:
            raise OutOfTime

    def _moment(self, day: float, hours: tuple[int, int]) -> datetime:
        on = (self.began + timedelta(days=day)).astimezone(clock.OSLO).date()
        if hours == OFFICE_HOURS:
            on = calendar.next_working_day(on)
        minutes = self.random.randrange(*hours)
        return datetime.combine(on, time(minutes // 60, minutes % 60), clock.OSLO).astimezone(UTC)

    def _travel(self, moment: datetime) -> None:
        clock.travel(moment - datetime.now(UTC))

    def advance(self, to: datetime) -> None:
        """Go to an instant, stopping wherever something is due to happen by itself."""
        while (moment := self._next_happening()) is not None and moment <= to:
            self._travel(max(moment, clock.now()))
            happenings.let_happen(self.session, self.case)
        self._travel(max(to, clock.now()))

    def _next_happening(self) -> datetime | None:
        return happenings.next_moment(self.session, self.instance) if self.instance else None

    def finish(self) -> None:
        """Come to today, and let people have read all but their latest notices."""
        self.advance(self.end)
        if self.instance is not None:
            happenings.read_notices(self.session, self.instance, self.end - NOT_READ_YET)

    @property
    def case(self) -> ProcessInstance:
        """The case that is under way."""
        if self.instance is None:
            raise LookupError(f"nothing is reported for {self.resident.name}")
        return self.instance

    @property
    def today(self) -> date:
        return clock.today()

    def in_days(self, days: int) -> str:
        """An ISO date so many days ahead."""
        return (self.today + timedelta(days=days)).isoformat()

    @property
    def day(self) -> float:
        """How many days into the story we are."""
        return (clock.now() - self.began) / timedelta(days=1)

    # Who

    def actor(self, account: Account) -> Actor:
        return load_actor(self.session, account.id)

    def employee(self, name: str) -> Account:
        """An employee of the municipality by name."""
        return next(a for staff in self.town.staff.values() for a in staff if a.name == name)

    @property
    def coordinator(self) -> Account:
        """Who holds the baton now, or is to have it first."""
        if self.instance is None or self.instance.coordinator_id is None:
            return self.employee(self.resident.coordinator)
        return self.session.get_one(Account, self.instance.coordinator_id)

    def contact(self, key: str) -> Account:
        """Who has the person in a service: the coordinator when they work there."""
        staff = self.town.staff[key]
        return self.coordinator if self.coordinator in staff else staff[0]

    def doer(self, task: OpenTask) -> Account:
        """Who does a task."""
        if task.for_person and task.reason == "person":
            found = self.answers_for(task)
            if found is None:
                raise LookupError(f"nobody answers for {self.resident.name}")
            return found
        if task.assignee_id is not None:
            return self.session.get_one(Account, task.assignee_id)
        return self.contact(self.key_of(task.service_id))

    def key_of(self, service_id: UUID | str | None) -> str:
        """The key of a service in this municipality."""
        return next(k for k, s in self.town.services.items() if str(s.id) == str(service_id))

    # What

    def service_id(self, key: str) -> str:
        return str(self.town.services[key].id)

    def open_tasks(self, element: str) -> list[OpenTask]:
        """The case's open tasks at an element that may be done, oldest first."""
        self.session.flush()
        query = select(OpenTask).where(
            OpenTask.instance_id == self.case.id,
            OpenTask.element == element,
            OpenTask.parked.is_(None),
        )
        return list(self.session.scalars(query.order_by(OpenTask.created_at, OpenTask.id)))

    def wait_for(self, element: str) -> OpenTask:
        """The first open task at an element, when the time for it has come. Raises OutOfTime."""
        while not (found := self.open_tasks(element)):
            moment = self._next_happening()
            if moment is None:
                raise LookupError(f"{self.resident.name}: nothing leads to {element}")
            self.advance(min(moment, self.end))
            if moment > self.end:
                raise OutOfTime
        return found[0]

    # Doing

    def report(self, **changes: Any) -> None:
        """Someone in a service reports the need, which starts the case."""
        reporter = self.contact(self.known_to()[0])
        actor = self.actor(reporter)
        place = self.person.municipality_id
        process = definitions.latest_process(self.session, place, self.process)
        key = process.diagram.start.properties["formKey"]
        form = definitions.latest_form(self.session, place, key)
        options = prefill.municipal_options(self.session, place)
        given = self.start_answers(reporter) | changes
        checked = self.checked(form, given, {}, options)
        self.instance = process_instances.start_process(
            self.session, actor, self.person.id, self.process, checked
        )
        self.session.flush()

    def do(self, element: str, on: float | None = None, **changes: Any) -> None:
        """Answer the task at an element, on a day of the story, as the one who has it."""
        self.answer(self.wait_for(element), on, **changes)

    def do_for_services(
        self, element: str, first: float, last: float, leave: tuple[str, ...] = ()
    ) -> None:
        """Let every service answer its task at an element between two days, but not `leave`."""
        self.wait_for(element)
        asked = [t for t in self.open_tasks(element) if self.key_of(t.item) not in leave]
        for at, task in enumerate(asked):
            self.answer(task, first + (last - first) * at / max(len(asked) - 1, 1))

    def answer(self, task: OpenTask, on: float | None, **changes: Any) -> None:
        """Answer one task, unless it is no longer open when the day comes."""
        task_id, doer = task.id, self.doer(task)
        self.until(
            self.day if on is None else on,
            SPARE_TIME if self.is_private(doer) else OFFICE_HOURS,
        )
        still = self.session.scalar(select(OpenTask).where(OpenTask.id == task_id))
        if still is None or still.parked:
            return
        actor = self.actor(self.doer(still))
        asked = self._read(actor, task_id)
        given = self.answers_to(asked) | changes
        checked = self.checked(asked.form, given, asked.prefill, asked.options)
        tasks.complete_task(self.session, actor, task_id, checked)
        self.session.flush()

    def _read(self, actor: Actor, task_id: UUID) -> TaskForm:
        """A task's form with what is known, and the line in the record that opening it leaves."""
        asked = task_pages.task_form(self.session, actor, task_id)
        tasks.record(self.session, actor, asked.task, asked.basis, "task:read")
        return asked

    def checked(
        self, form: Form, given: dict[str, Any], known: dict[str, Any], options: Any
    ) -> dict[str, Any]:
        """Answers as the form takes them when they are typed. Raises BadAnswers."""
        wanted = {key: value for key, value in given.items() if value is not None}
        posted = Posted(as_posted(form, empty(form, known | wanted, options)))
        found = check(form, posted, prefill=known, options=options, today=self.today)
        wrong = [f"{e.id}: {e.message % e.values}" for e in found.errors]
        wrong += [f"{key}: not asked" for key in wanted.keys() - found.answers.keys()]
        if wrong:
            raise BadAnswers(f"{self.resident.name}, {form.key}: {'; '.join(wrong)}")
        return found.answers

    def claim(self, element: str) -> None:
        """Let whoever would do a service's task take it, and leave it there."""
        task = self.wait_for(element)
        tasks.claim_task(self.session, self.actor(self.doer(task)), task.id)

    def draft(self, element: str, *fields: str) -> None:
        """Begin on a task: fill in the named fields and leave it as a draft."""
        task = self.wait_for(element)
        actor = self.actor(self.doer(task))
        asked = self._read(actor, task.id)
        given = self.answers_to(asked)
        typed = {name: given[name] for name in fields}
        begun = empty(asked.form, asked.prefill | typed, asked.options)
        posted = MultiDict(as_posted(asked.form, begun))
        tasks.save_draft(self.session, actor, task.id, drafts.kept(asked.form, posted))

    def leave(self, on: float) -> None:
        """The coordinator says that they will leave, so that a handover starts."""
        self.until(on)
        actor = self.actor(self.coordinator)
        handovers.leave_as_coordinator(self.session, actor, self.case.id)
        self.session.flush()

    def resign(self, on: float) -> None:
        """The coordinator's job ends, with the baton in hand: the unit gets their tasks."""
        self.until(on)
        end_position(self.session, self.town, self.coordinator, self.today)
        process_instances.reassign(self.session, self.case)
        self.session.flush()

    def look(self, account: Account) -> None:
        """Someone reads the person's page, which leaves its line in the record."""
        people.person_page(self.session, self.actor(account), self.person.id)
