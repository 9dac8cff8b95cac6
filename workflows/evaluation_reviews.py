"""What an evaluation meeting looks at, the persons first; of a round that is over, the minutes.

Services rate by goal attainment scaling, −2 to +2 around what was expected (Kiresuk & Sherman
1968); no T-score is made of it, since the goals are not weighed. It will not conclude: the meeting
does. What a round looked at is kept when it is concluded, so that minutes do not change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import (
    access,
    audit,
    clock,
    decisions,
    evaluations,
    participants,
    plans,
    process_instances,
    standings,
)
from workflows.actors import Actor
from workflows.decisions import DecisionLine, Insight
from workflows.errors import NotFound
from workflows.evaluations import Said
from workflows.participants import Seen
from workflows.standings import OPEN_GOAL, Changes, GoalStanding, MeasureStanding, Standing
from workflows.tables import (
    Account,
    Evaluation,
    HistoryEntry,
    Person,
    ProcessInstance,
    Service,
)
from workflows.texts import Say, _

ATTAINMENT = {
    -2: _("Mye kortere enn vi ventet"),
    -1: _("Litt kortere enn vi ventet"),
    0: _("Som vi ventet"),
    1: _("Litt lenger enn vi ventet"),
    2: _("Mye lenger enn vi ventet"),
}
"""A service's rating in words."""


@dataclass(frozen=True)
class Point:
    """What a voice said about a goal in one round; without score and words it said nothing."""

    round: int
    on: date
    score: int | None = None
    words: str | None = None


@dataclass(frozen=True)
class Voice:
    """Somebody who rates a goal, round by round up to the one that is looked at."""

    name: str
    points: Sequence[Point]
    person_id: UUID | None = None
    """Whose own voice it is; None for a service's."""

    @property
    def now(self) -> Point:
        return self.points[-1]

    @property
    def before(self) -> Point | None:
        """The latest earlier round with a score."""
        rated = [each for each in self.points[:-1] if each.score is not None]
        return rated[-1] if rated else None

    @property
    def change(self) -> int | None:
        """Since the latest earlier score; None when there is nothing to compare."""
        if self.now.score is None or self.before is None or self.before.score is None:
            return None
        return self.now.score - self.before.score


@dataclass(frozen=True)
class GoalReview:
    """One goal: what those it concerns say, what the services say, and what is done towards it."""

    id: str
    text: str
    area: str | None
    status: str
    concerns: Sequence[str]
    """The names of those it concerns."""
    persons: Sequence[Voice]
    services: Sequence[Voice]
    measures: Sequence[MeasureStanding]
    conclusion: str | None
    """`nadd`, `fortsett`, `endre` or `avslutt`, once the meeting has said."""


@dataclass(frozen=True)
class PersonSaid:
    """What a person says in a round besides the goals, in their own words."""

    person_id: UUID
    name: str
    answered: bool
    works: str | None = None
    works_not: str | None = None
    wishes: str | None = None
    helped: str | None = None
    """`nei`, `ja` (answered together) or `andre` (somebody wrote it down)."""


@dataclass(frozen=True)
class ServiceSaid:
    """What a service thinks should be changed."""

    name: str
    words: str


@dataclass(frozen=True)
class Present:
    """Someone who was at the meeting."""

    name: str
    service: str | None
    role: str | None


@dataclass(frozen=True)
class Meeting:
    """What the minutes say of the meeting itself."""

    on: date
    written_by: str | None
    present: Sequence[Present]
    person_was_there: bool
    heard: str | None
    """How the person was heard who was not there."""
    conclusion: str | None
    reason: str | None
    decisions: Sequence[DecisionLine]
    next_on: date | None


@dataclass(frozen=True)
class Review:
    """One round as those with a basis look at it."""

    evaluation_id: UUID
    round: int
    opened_on: date
    persons: Sequence[PersonSaid]
    missing: Sequence[str]
    """The names of those who did not answer in time."""
    goals: Sequence[GoalReview]
    other_measures: Sequence[MeasureStanding]
    """Those that name none of the goals."""
    suggestions: Sequence[ServiceSaid]
    changes: Changes | None
    """Since the round before; None in the first."""
    agreed_before: Sequence[DecisionLine]
    meeting: Meeting | None
    """None until the meeting is held."""
    words: Mapping[str, str]
    """The plan's choices in words: area → label."""


@dataclass(frozen=True)
class ReviewPage:
    """A review with whom it is about."""

    review: Review
    person: Person
    instance: ProcessInstance


def read_review(
    session: Session,
    actor: Actor,
    evaluation_id: UUID,
    *,
    say: Say = _,
) -> ReviewPage:
    """What the actor may see of a round; a line in the record of everyone they see in it.

    Raises NotFound, or Denied when the actor knows of the person but may not read the plan.
    """
    evaluation = session.scalar(
        select(Evaluation).where(
            Evaluation.id == evaluation_id, Evaluation.municipality_id.in_(actor.municipalities)
        )
    )
    if evaluation is None:
        raise NotFound(access.UNKNOWN)
    instance = process_instances.find_instance(session, actor, evaluation.instance_id)
    seen = participants.seen(session, actor, instance)
    if not seen.people:
        access.require(session, actor, access.READ_PLAN, instance.person_id, instance.id)
    _record(session, actor, instance, evaluation, seen)
    found = review(session, instance, evaluation, Insight(seen, actor.services), say)
    decides = access.people_in(session, actor, access.DECIDE_CONSENT, instance)
    if not seen.everyone <= decides.keys() and found.changes is not None:
        # Who has lost somebody's consent is between them and the coordinator.
        found = replace(found, changes=replace(found.changes, services_out=()))
    return ReviewPage(found, _first_seen(session, instance, seen), instance)


def _record(
    session: Session, actor: Actor, instance: ProcessInstance, evaluation: Evaluation, seen: Seen
) -> None:
    for person_id, basis in seen.people.items():
        audit.record(
            session,
            actor,
            municipality_id=instance.municipality_id,
            person_id=person_id,
            action="evaluation:read",
            basis=basis,
            round=evaluation.round,
        )


def _first_seen(session: Session, instance: ProcessInstance, seen: Seen) -> Person:
    """The main person, or the first member for whom others are not shown."""
    part = participants.taking_part(session, instance)
    return next((row.person for row in part if row.person_id in seen.people), instance.person)


def review(
    session: Session,
    instance: ProcessInstance,
    evaluation: Evaluation,
    insight: Insight,
    say: Say = _,
) -> Review:
    """One round of a case as somebody may see it: as it was when concluded, or as it stands."""
    seen = insight.seen
    rounds = [each for each in evaluations.rounds(session, instance) if _is_until(each, evaluation)]
    earlier = rounds[-2] if len(rounds) > 1 else None
    standing = standings.seen_by(_standing(session, instance, evaluation), seen)
    said = evaluations.said(session, instance, until=evaluation)
    people = _people(session, instance, evaluation, seen)
    meeting = _answers(session, evaluation)
    goals = _Goals(rounds, said, standing, people, _services(session, instance, said)).all(meeting)
    return Review(
        evaluation_id=evaluation.id,
        round=evaluation.round,
        opened_on=evaluation.opened_at.astimezone(clock.OSLO).date(),
        persons=_persons(session, evaluation, people),
        missing=[row.name for row in evaluations.missing(session, evaluation, seen)],
        goals=goals,
        other_measures=_elsewhere(standing, goals),
        suggestions=_suggestions(session, evaluation) if seen.whole else [],
        changes=_changes(earlier, standing, seen),
        agreed_before=decisions.of(session, earlier, insight, say) if earlier else [],
        meeting=_meeting(session, instance, evaluation, meeting, insight, say),
        words=_words(session, instance),
    )


def _words(session: Session, instance: ProcessInstance) -> Mapping[str, str]:
    plan = plans.plan_of(session, instance)
    return plans.words_of(session, plan) if plan else {}


def _is_until(one: Evaluation, last: Evaluation) -> bool:
    return one.round <= last.round


def _standing(session: Session, instance: ProcessInstance, evaluation: Evaluation) -> Standing:
    if evaluation.standing is not None:
        return standings.from_json(evaluation.standing)
    return standings.of(session, instance)


def _answers(session: Session, evaluation: Evaluation) -> HistoryEntry | None:
    if evaluation.meeting_id is None:
        return None
    return session.get_one(HistoryEntry, (evaluation.municipality_id, evaluation.meeting_id))


def _changes(earlier: Evaluation | None, now: Standing, seen: Seen) -> Changes | None:
    if earlier is None or earlier.standing is None:
        return None
    before = standings.seen_by(standings.from_json(earlier.standing), seen)
    return standings.changes(before, now)


# Who speaks


def _people(
    session: Session, instance: ProcessInstance, evaluation: Evaluation, seen: Seen
) -> dict[UUID, str]:
    """Id → name of those who were asked in a round and are shown, the main person first."""
    asked = {instance.person_id} | {UUID(voice) for voice in evaluation.missing}
    asked |= {entry.person_id for entry in _own_answers(session, evaluation)}
    if evaluation.concluded_at is None:
        asked |= seen.everyone
    rows = participants.taking_part(session, instance)
    return {r.person_id: r.person.name for r in rows if r.person_id in asked & seen.people.keys()}


def _own_answers(session: Session, evaluation: Evaluation) -> list[HistoryEntry]:
    given = evaluations.voices(session, evaluation)
    return [entry for entry in given if entry.form_key == evaluations.PERSON_FORM]


def _services(session: Session, instance: ProcessInstance, said: Sequence[Said]) -> dict[UUID, str]:
    """Id → name of the services that have rated anything."""
    rows = session.execute(
        select(Service.id, Service.name)
        .where(
            Service.municipality_id == instance.municipality_id,
            Service.id.in_({each.service_id for each in said if each.service_id}),
        )
        .order_by(Service.name)
    )
    return {row.id: row.name for row in rows}


def _persons(
    session: Session, evaluation: Evaluation, people: Mapping[UUID, str]
) -> list[PersonSaid]:
    answers = {entry.person_id: entry.answers or {} for entry in _own_answers(session, evaluation)}
    return [_person_said(key, name, answers.get(key)) for key, name in people.items()]


def _person_said(person_id: UUID, name: str, answers: Mapping[str, Any] | None) -> PersonSaid:
    given = answers or {}
    return PersonSaid(
        person_id=person_id,
        name=name,
        answered=answers is not None,
        works=given.get("fungerer"),
        works_not=given.get("fungerer_ikke"),
        wishes=given.get("onske_na"),
        helped=given.get("hjelp"),
    )


def _suggestions(session: Session, evaluation: Evaluation) -> list[ServiceSaid]:
    found = []
    for entry in evaluations.voices(session, evaluation):
        words = (entry.answers or {}).get("innspill")
        service_id = evaluations.service_of(entry)
        if words and service_id and entry.form_key == evaluations.SERVICE_FORM:
            service = session.get_one(Service, (evaluation.municipality_id, service_id))
            found.append(ServiceSaid(service.name, words))
    return found


# The goals


@dataclass(frozen=True)
class _Goals:
    """Puts together what is known of each goal."""

    rounds: Sequence[Evaluation]
    said: Sequence[Said]
    standing: Standing
    people: Mapping[UUID, str]
    services: Mapping[UUID, str]

    def all(self, meeting: HistoryEntry | None) -> list[GoalReview]:
        concluded = _conclusions(meeting)
        open_goals = [each for each in self.standing.goals if each.status in OPEN_GOAL]
        return [self.one(each, concluded.get(each.id)) for each in open_goals]

    def one(self, goal: GoalStanding, conclusion: str | None) -> GoalReview:
        concerned = {
            key: name
            for key, name in self.people.items()
            if not goal.persons or str(key) in goal.persons
        }
        return GoalReview(
            id=goal.id,
            text=goal.text,
            area=goal.area,
            status=goal.status,
            concerns=list(concerned.values()) if goal.persons else [],
            persons=[self.voice(goal, key, name) for key, name in concerned.items()],
            services=[
                self.voice(goal, key, name)
                for key, name in self.services.items()
                if self.rated(goal, key)
            ],
            measures=[each for each in self.standing.measures if _is_towards(each, goal.text)],
            conclusion=conclusion,
        )

    def rated(self, goal: GoalStanding, key: UUID) -> bool:
        return any(_speaks(each, goal, key) and _says_something(each) for each in self.said)

    def voice(self, goal: GoalStanding, key: UUID, name: str) -> Voice:
        by_round = {each.round: each for each in self.said if _speaks(each, goal, key)}
        points = [_point(each, by_round.get(each.round)) for each in self.rounds]
        return Voice(name, points, key if key in self.people else None)


def _speaks(one: Said, goal: GoalStanding, key: UUID) -> bool:
    return str(one.goal_id) == goal.id and key in (one.person_id, one.service_id)


def _says_something(one: Said) -> bool:
    return one.score is not None or bool(one.words)


def _point(evaluation: Evaluation, said: Said | None) -> Point:
    on = evaluations.day_of(evaluation)
    return (
        Point(evaluation.round, on, said.score, said.words) if said else Point(evaluation.round, on)
    )


def _conclusions(meeting: HistoryEntry | None) -> dict[str, str]:
    rows = ((meeting.answers if meeting else None) or {}).get("konklusjoner") or []
    return {row["id"]: row.get("konklusjon") for row in rows if row.get("id")}


def _is_towards(measure: MeasureStanding, goal: str) -> bool:
    """A measure names its goal in words, as the plan's form asks for it."""
    return (measure.goal or "").strip().casefold() == goal.strip().casefold()


def _elsewhere(standing: Standing, goals: Sequence[GoalReview]) -> list[MeasureStanding]:
    shown = {each.id for goal in goals for each in goal.measures}
    return [each for each in standing.measures if each.id not in shown]


# The meeting


def _meeting(
    session: Session,
    instance: ProcessInstance,
    evaluation: Evaluation,
    entry: HistoryEntry | None,
    insight: Insight,
    say: Say,
) -> Meeting | None:
    """The meeting; what is said of everyone there is for those who see everyone."""
    if evaluation.concluded_at is None:
        return None
    answers = (entry.answers if entry else None) or {}
    of_all = answers if insight.seen.whole else {}
    who = session.get(Account, entry.actor_id) if entry and entry.actor_id else None
    return Meeting(
        on=_date(answers.get("dato")) or evaluations.day_of(evaluation),
        written_by=who.name if who else None,
        present=[_present(row) for row in of_all.get("deltakere") or []],
        person_was_there=of_all.get("person_deltok") != "nei",
        heard=of_all.get("person_hort"),
        conclusion=evaluation.conclusion,
        reason=of_all.get("begrunnelse"),
        decisions=decisions.of(session, evaluation, insight, say),
        next_on=_next_on(session, instance, evaluation),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _present(row: Mapping[str, Any]) -> Present:
    return Present(row.get("navn") or "", row.get("tjeneste"), row.get("rolle"))


def _next_on(session: Session, instance: ProcessInstance, evaluation: Evaluation) -> date | None:
    """When the next round began, or is planned to."""
    after = [e for e in evaluations.rounds(session, instance) if e.round > evaluation.round]
    plan = plans.plan_of(session, instance)
    at = after[0].opened_at if after else plan.next_evaluation_at if plan else None
    return at.astimezone(clock.OSLO).date() if at else None
