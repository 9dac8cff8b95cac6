"""Plays a resident's story through the commands, as the people in it, at the time it happened.

Every answer goes through the form's own check: what a page would refuse, stops the build. Between
the steps everything that is due happens by itself, at its own moment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from forms.answers import Posted, as_posted, check, empty
from forms.definitions import Form
from webapp import drafts
from webapp.demo import answers, happenings
from webapp.demo.municipality import SHARED, Town, end_position
from webapp.demo.resident import Resident
from webapp.demo.settling import OWN, born_on, settle
from workflows import (
    calendar,
    clock,
    consents,
    definitions,
    handovers,
    people,
    prefill,
    process_instances,
    task_pages,
    tasks,
)
from workflows.actors import Actor, load_actor
from workflows.tables import Account, Consent, OpenTask, Person, ProcessInstance
from workflows.task_pages import TaskForm

KEY = "individuell_plan"
OFFICE_HOURS = (8 * 60 + 15, 15 * 60 + 30)
SPARE_TIME = (16 * 60, 21 * 60 + 30)
KNOWN_BEFORE = 14
"""Days from when a service registers a person until the need is reported."""
NOT_READ_YET = timedelta(days=12)
A_WHILE = timedelta(minutes=20)
OWN_VOICE_FROM = 13
"""The age from which a resident with a log-in answers alone."""


class OutOfTime(Exception):
    """The story has come to today: what is left of it has not happened yet."""


class BadAnswers(Exception):
    """The story's answers do not pass the form."""


@dataclass
class Player:
    """One resident on the way through their story; `end` is today."""

    session: Session
    town: Town
    resident: Resident
    end: datetime
    phones: Iterator[int]
    person: Person = field(init=False)
    private: Mapping[str, Account] = field(init=False)
    """The log-ins of the person (`selv`) and of those who act for them, by name."""
    began: datetime = field(init=False)
    instance: ProcessInstance | None = None
    random: Random = field(init=False)
    round: int = 0
    """How many evaluations there have been."""
    weeks: int = 12
    """The plan's interval between evaluations."""
    delay: float = 0
    """Days the story is behind a straight one, by rewritten plans and handovers."""
    scores: tuple[tuple[int, ...], ...] = ((3, 5, 6, 7, 8, 9),)
    """Goal → how the person rates it, round by round."""

    def __post_init__(self) -> None:
        self.random = Random(self.resident.name)  # noqa: S311 - the same story every time

    # Time

    def begin(self, days_ago: float) -> None:
        """Register the resident, then go to where the story starts, on a working day."""
        self.began = self.end - timedelta(days=days_ago)
        while not calendar.is_working_day(self.began.astimezone(clock.OSLO).date()):
            self.began -= timedelta(days=1)
        self._travel(self._moment(-KNOWN_BEFORE, OFFICE_HOURS))
        first, *others = self.known_to()
        settled = settle(
            self.session,
            self.town,
            self.resident,
            self.town.staff[first][0],
            others,
            born_on(self.resident, self.end.date()),
            self.phones,
        )
        self.person, self.private = settled.person, settled.private
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

    def spokesperson(self) -> Account | None:
        """Who answers for the person: themself, else someone who acts for them."""
        guardian = next((a for name, a in self.private.items() if name != OWN), None)
        own = self.private.get(OWN)
        return own if own and (self.resident.age >= OWN_VOICE_FROM or not guardian) else guardian

    def doer(self, task: OpenTask) -> Account:
        """Who does a task."""
        if task.for_person and task.reason == "person":
            found = self.spokesperson()
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

    def service_keys(self) -> list[str]:
        """The services of the person's theme that this municipality has, in the theme's order."""
        measures = [m for goal in self.resident.theme.goals for m in goal.measures]
        found = [self.town.resolve(m.by, self.resident.age) for m in measures]
        return [key for key in dict.fromkeys(found) if key is not None]

    def known_to(self) -> list[str]:
        """The two services that know the person before anything is reported.

        Whoever works in both municipalities does not come first: a new person belongs to one.
        """
        staffed = [key for key in self.service_keys() if self.town.staff[key]]
        return sorted(staffed, key=lambda key: key == SHARED)[:2]

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
        process = definitions.latest_process(self.session, self.person.municipality_id, KEY)
        key = process.diagram.start.properties["formKey"]
        form = definitions.latest_form(self.session, self.person.municipality_id, key)
        options = prefill.municipal_options(self.session, self.person.municipality_id)
        given = answers.need(self, reporter) | changes
        checked = self.checked(form, given, {}, options)
        self.instance = process_instances.start_process(
            self.session, actor, self.person.id, KEY, checked
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
            SPARE_TIME if doer in self.private.values() else OFFICE_HOURS,
        )
        still = self.session.scalar(select(OpenTask).where(OpenTask.id == task_id))
        if still is None or still.parked:
            return
        actor = self.actor(self.doer(still))
        asked = self._read(actor, task_id)
        given = answers.answers_to(self, asked) | changes
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
        given = answers.answers_to(self, asked)
        typed = {name: given[name] for name in fields}
        begun = empty(asked.form, asked.prefill | typed, asked.options)
        posted = MultiDict(as_posted(asked.form, begun))
        tasks.save_draft(self.session, actor, task.id, drafts.kept(asked.form, posted))

    def withdraw(self, key: str, on: float) -> None:
        """The person withdraws their consent to one service."""
        self.until(on, SPARE_TIME)
        consent = self.session.scalars(
            select(Consent).where(
                Consent.instance_id == self.case.id,
                Consent.service_id == self.town.services[key].id,
                Consent.given,
                Consent.withdrawn_at.is_(None),
                Consent.replaced_at.is_(None),
            )
        ).one()
        consents.withdraw_consent(self.session, self._deciding(), consent.id)
        self.session.flush()

    def withdraw_all(self, on: float) -> None:
        """The person withdraws all consent."""
        self.until(on, SPARE_TIME)
        consents.withdraw_all(self.session, self._deciding(), self.case.id)
        self.session.flush()

    def _deciding(self) -> Actor:
        return self.actor(self.spokesperson() or self.coordinator)

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
