"""Plays a resident's story: one person's plan, with those who act for them.

What is written is `answers`'s to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from webapp.demo import answers
from webapp.demo.case_player import SPARE_TIME, CasePlayer
from webapp.demo.municipality import SHARED
from webapp.demo.resident import Resident
from webapp.demo.settling import OWN, born_on, settle
from workflows import consents
from workflows.actors import Actor
from workflows.tables import Account, Consent, OpenTask
from workflows.task_pages import TaskForm

OWN_VOICE_FROM = 13
"""The age from which a resident with a log-in answers alone."""


@dataclass
class Player(CasePlayer):
    """One resident on the way through their story."""

    resident: Resident
    private: Mapping[str, Account] = field(init=False)
    """The log-ins of the person (`selv`) and of those who act for them, by name."""
    weeks: int = 12
    """The plan's interval between evaluations."""
    delay: float = 0
    """Days the story is behind a straight one, by rewritten plans and handovers."""
    scores: tuple[tuple[int, ...], ...] = ((3, 5, 6, 7, 8, 9),)
    """Goal → how the person rates it, round by round."""

    @property
    def process(self) -> str:
        return "individuell_plan"

    def settle_in(self) -> None:
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

    def is_private(self, account: Account) -> bool:
        return account in self.private.values()

    def answers_for(self, _task: OpenTask) -> Account | None:
        return self.spokesperson()

    def start_answers(self, reporter: Account) -> dict[str, Any]:
        return answers.need(self, reporter)

    def answers_to(self, asked: TaskForm) -> dict[str, Any]:
        return answers.answers_to(self, asked)

    def spokesperson(self) -> Account | None:
        """Who answers for the person: themself, else someone who acts for them."""
        guardian = next((a for name, a in self.private.items() if name != OWN), None)
        own = self.private.get(OWN)
        return own if own and (self.resident.age >= OWN_VOICE_FROM or not guardian) else guardian

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
