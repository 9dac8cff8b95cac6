"""Plays a family's case: whatever is open is answered by whoever has it, until today.

The story says only when it began and what is left undone. What is written is for
`family_answers` to say.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from webapp.demo import family_answers
from webapp.demo.case_player import CasePlayer, OutOfTime
from webapp.demo.families import Family, Member
from webapp.demo.player import OWN_VOICE_FROM
from webapp.demo.settling import OWN, born_on, settle
from workflows.tables import Account, OpenTask, Person
from workflows.task_pages import TaskForm

DAYS = {
    "holf_kartlegging": 14,
    "holf_ny_kartlegging": 14,
    "holf_plan": 12,
    "rekkefolge": 8,
    "oppstartsmote": 18,
    "investeringsplan": 6,
    "evaluering_mote": 8,
    "tiltak_status": 11,
    "beslutning": 12,
}
"""Form → days from when it is asked until it is answered, and up to AT_MOST more."""
SOON, AT_MOST = 2, 5


@dataclass
class FamilyPlayer(CasePlayer):
    """One family on the way through their story."""

    resident: Family
    people: dict[str, Person] = field(default_factory=dict)
    """The members by first name."""
    voices: dict[UUID, Mapping[str, Account]] = field(default_factory=dict)
    """Person id → the log-ins of the member (`selv`) and of those who act for them."""
    times: Counter[str] = field(default_factory=Counter)
    """How many times each form is answered, in all and by each who was asked."""
    wanted: dict[UUID, datetime] = field(default_factory=dict)
    """Task id → when it will be answered."""

    @property
    def process(self) -> str:
        return self.resident.process

    def settle_in(self) -> None:
        registrar = self.town.staff[self.known_to()[0]][0]
        for member in self.resident.household.members:
            born = born_on(member, self.end.date())
            known_to = [] if self.people else self.known_to()[1:2]
            settled = settle(
                self.session, self.town, member, registrar, known_to, born, self.phones
            )
            self.people[member.first_name] = settled.person
            self.voices[settled.person.id] = settled.private
        self.person = self.people[self.resident.first_name]

    def known_to(self) -> list[str]:
        return list(self.resident.household.services)

    def contact(self, key: str) -> Account:
        """Who has the family in a service; the coordinator is someone else, also in their own."""
        return self.town.staff[key][0]

    def is_private(self, account: Account) -> bool:
        return any(account in private.values() for private in self.voices.values())

    def answers_for(self, task: OpenTask) -> Account | None:
        private = self.voices[task.person_id]
        guardian = next((each for name, each in private.items() if name != OWN), None)
        own, age = private.get(OWN), self.member(task.person_id).age
        return own if own and (age >= OWN_VOICE_FROM or not guardian) else guardian

    def start_answers(self, reporter: Account) -> dict[str, Any]:
        return family_answers.start(self, reporter)

    def answers_to(self, asked: TaskForm) -> dict[str, Any]:
        return family_answers.answers_to(self, asked)

    def member(self, person_id: UUID | str) -> Member:
        """The member behind a person."""
        members = self.resident.household.members
        return next(m for m in members if str(self.people[m.first_name].id) == str(person_id))

    def who(self, task: OpenTask) -> str:
        """The member or service that a task was given for, in a loop over them; else nobody."""
        if task.item in {str(person.id) for person in self.people.values()}:
            return self.member(task.item or "").first_name
        found = (key for key, each in self.town.services.items() if str(each.id) == task.item)
        return next(found, "")

    def go_on(self, *leave: str) -> None:
        """Answer whatever is open until today, but not what is in `leave`. Raises OutOfTime.

        `leave` names elements: `deltar`, `deltar:Mia` for one member or service, or
        `evaluering_tjeneste:bup@2` for that in the second round.
        """
        while True:
            task = self._next_task(frozenset(leave))
            moment = self._next_happening()
            if task is not None and (moment is None or self.wanted[task.id] < moment):
                self.answer(task, (self.wanted[task.id] - self.began) / timedelta(days=1))
            elif moment is not None and moment <= self.end:
                self.advance(moment)
            else:
                raise OutOfTime

    def _next_task(self, leave: frozenset[str]) -> OpenTask | None:
        """What is answered next of what is open; each is given its time when it is first seen."""
        self.session.flush()
        query = select(OpenTask).where(
            OpenTask.instance_id == self.case.id, OpenTask.parked.is_(None)
        )
        rows = self.session.scalars(query.order_by(OpenTask.created_at, OpenTask.id)).all()
        for task in rows:
            self.wanted.setdefault(task.id, task.created_at + self._pause(task))
        asked = [task for task in rows if self._names(task).isdisjoint(leave)]
        return min(asked, key=lambda task: self.wanted[task.id], default=None)

    def _pause(self, task: OpenTask) -> timedelta:
        return timedelta(days=DAYS.get(task.form_key, SOON) + self.random.randrange(AT_MOST))

    def _names(self, task: OpenTask) -> set[str]:
        one = f"{task.element}:{self.who(task)}"
        return {task.element, one, f"{one}@{self.round + 1}"}
