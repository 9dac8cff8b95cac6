"""Samordningstrappen: how far the cooperation in a case has come, and the events that show it.

Difi's stairs (Difi-rapport 2014:07), with the step Fafo adds at the top, ordinary operation
(Fafo 2019:21). A step needs all below it, and is lost when what it stands on falls away. It counts
what happened, never how well it went, and it claims no step without something dated to show.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflows.texts import _

SEVERAL = 2
"""It takes two: services with measures, reports and voices, and people around at a meeting."""
ROUNDS_IN_OPERATION = 2
MOST_SHOWN = 3
"""How many of the meetings and rounds are shown, the newest."""


@dataclass(frozen=True)
class Deed:
    """What a service did, and when."""

    on: date
    service: str


@dataclass(frozen=True)
class Meeting:
    """A meeting that was held, and how many were there besides the person themself."""

    on: date
    title: str
    around: int


@dataclass(frozen=True)
class Round:
    """A concluded round of evaluation, and the services that gave their voice."""

    on: date
    number: int
    services: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What has happened in a case and holds today; all that the stairs are computed from."""

    consents: tuple[Deed, ...] = ()
    """The services that the person lets share today; the coordinator's own may be one of them."""
    meetings: tuple[Meeting, ...] = ()
    agreed: tuple[Deed, ...] = ()
    """The services that may share and have measures in the plan."""
    contradictions: tuple[str, ...] = ()
    """What pulls against one another in the plan, in words."""
    approved_on: date | None = None
    """When the plan that is in use was approved; None when no plan is in use."""
    reports: tuple[Deed, ...] = ()
    """Those of the services with measures that have reported on them."""
    rounds: tuple[Round, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """An event that shows a step: `text`, once translated, is filled in with the rest."""

    on: date
    text: str
    name: str = ""
    """What somebody else has named: a service."""
    title: str = ""
    """What the diagram has named, and is translated."""
    count: int = 0


@dataclass(frozen=True)
class Step:
    """A step of the stairs, what shows it, and what it takes."""

    number: int
    title: str
    requires: str
    evidence: tuple[Evidence, ...]
    reached: bool


@dataclass(frozen=True)
class Stairs:
    """The five steps, and what in the plan pulls against one another."""

    steps: tuple[Step, ...]
    contradictions: tuple[str, ...]

    @property
    def standing(self) -> int:
        """The step the case stands on; 0 below the first."""
        return sum(step.reached for step in self.steps)

    @property
    def current(self) -> Step | None:
        """The highest step that is reached."""
        return self.steps[self.standing - 1] if self.standing else None

    @property
    def following(self) -> Step | None:
        """The next step; None at the top."""
        return next((step for step in self.steps if not step.reached), None)


def climb(facts: Facts) -> Stairs:
    """Where a case stands, by its facts alone."""
    steps: list[Step] = []
    for number, (title, requires, shown_by) in enumerate(_STEPS, 1):
        evidence = tuple(sorted(shown_by(facts), key=lambda one: one.on))
        reached = bool(evidence) and all(step.reached for step in steps)
        steps.append(Step(number, title, requires, evidence, reached))
    return Stairs(tuple(steps), facts.contradictions)


def _share_information(facts: Facts) -> tuple[Evidence, ...]:
    said = _("Personen har samtykket til å dele med %(name)s.")
    return tuple(Evidence(one.on, said, one.service) for one in facts.consents)


def _see_the_same_problem(facts: Facts) -> tuple[Evidence, ...]:
    said = _("«%(title)s» er gjort. %(count)d rundt personen var med.")
    joint = [one for one in facts.meetings if one.around >= SEVERAL]
    return tuple(
        Evidence(one.on, said, title=one.title, count=one.around) for one in _newest(joint)
    )


def _pull_the_same_way(facts: Facts) -> tuple[Evidence, ...]:
    if facts.contradictions or _fewer(facts.agreed):
        return ()
    said = _("%(name)s har tiltak i planen, slik den sist ble skrevet.")
    return tuple(Evidence(one.on, said, one.service) for one in facts.agreed)


def _work_together(facts: Facts) -> tuple[Evidence, ...]:
    if facts.approved_on is None or _fewer(facts.reports):
        return ()
    said = _("%(name)s har meldt status på tiltakene sine.")
    return (
        Evidence(facts.approved_on, _("Planen ble godkjent, og er i bruk.")),
        *(Evidence(one.on, said, one.service) for one in facts.reports),
    )


def _in_ordinary_operation(facts: Facts) -> tuple[Evidence, ...]:
    heard = [one for one in facts.rounds if len(set(one.services)) >= SEVERAL]
    if len(heard) < ROUNDS_IN_OPERATION:
        return ()
    said = _("Evalueringsrunde %(count)d ble konkludert med svar fra %(name)s.")
    return tuple(
        Evidence(one.on, said, ", ".join(one.services), count=one.number) for one in _newest(heard)
    )


def _fewer(deeds: tuple[Deed, ...]) -> bool:
    return len({deed.service for deed in deeds}) < SEVERAL


def _newest(happened: list[Any]) -> list[Any]:
    return sorted(happened, key=lambda one: one.on)[-MOST_SHOWN:]


_STEPS: tuple[tuple[str, str, Callable[[Facts], tuple[Evidence, ...]]], ...] = (
    (
        _("Dele informasjon"),
        _("Neste trinn krever at personen samtykker til å dele med minst én tjeneste."),
        _share_information,
    ),
    (
        _("Se det samme problemet"),
        _("Neste trinn krever et felles møte, med minst to rundt personen."),
        _see_the_same_problem,
    ),
    (
        _("Trekke i samme retning"),
        _(
            "Neste trinn krever at minst to tjenester har tiltak i planen, "
            "og at ingen av tiltakene trekker mot hverandre."
        ),
        _pull_the_same_way,
    ),
    (
        _("Arbeide sammen"),
        _(
            "Neste trinn krever at planen er godkjent og i bruk, "
            "og at minst to tjenester har meldt status på tiltakene sine."
        ),
        _work_together,
    ),
    (
        _("Vanlig drift"),
        _(
            "Neste trinn krever to evalueringer som er konkludert med svar fra minst to tjenester, "
            "mens planen fortsatt er i bruk."
        ),
        _in_ordinary_operation,
    ),
)
"""Title, what it takes, and what shows it."""
