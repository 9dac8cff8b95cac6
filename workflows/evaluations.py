"""Evaluation rounds: who was asked, who answered, who is missing by name, what was concluded.

A missing voice is named, never dropped. It will not judge: the coordinator concludes. What a
meeting looks at is in `workflows.evaluation_reviews`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows import calendar, clock, decisions, participants, plans, standings
from workflows.operations import Call, latest_answers, operation
from workflows.participants import Seen
from workflows.tables import (
    Evaluation,
    Goal,
    HistoryEntry,
    Person,
    ProcessInstance,
    Rating,
    Service,
)
from workflows.texts import _

TIME_TO_ANSWER = timedelta(days=14)
OWN_VOICE = "person"
PERSON_FORM, SERVICE_FORM = "evaluering_person", "evaluering_tjeneste"


@dataclass(frozen=True)
class Said:
    """What one voice said about one goal in one round."""

    round: int
    on: date
    goal_id: UUID
    person_id: UUID | None
    """Whose own voice it is; None for a service's."""
    service_id: UUID | None
    score: int | None
    """0 to 10 from a person; from a service −2 to +2."""
    words: str | None


@operation("evaluation.open", gives=("runde", "evalueringsfrist", "tjenester", "medlemmer"))
def open_evaluation(call: Call) -> Mapping[str, Any]:
    """Open the next round and ask every voice, with a date to answer by."""
    session, instance = call.session, call.instance
    last = session.scalar(
        select(func.max(Evaluation.round)).where(
            Evaluation.municipality_id == instance.municipality_id,
            Evaluation.instance_id == instance.id,
        )
    )
    answer_by = calendar.due_at(clock.now(), TIME_TO_ANSWER)
    evaluation = Evaluation(
        municipality_id=instance.municipality_id,
        instance_id=instance.id,
        round=(last or 0) + 1,
        opened_at=clock.now(),
        opened_seq=instance.history_length,
        answer_by=answer_by,
        missing=[],
    )
    session.add(evaluation)
    plan = plans.plan_of(session, instance)
    if plan is not None:
        plan.next_evaluation_at = None  # it is now; the conclusion sets the next
    session.flush()
    return {
        "runde": evaluation.round,
        "evalueringsfrist": answer_by.isoformat(),
        "medlemmer": [str(row.person_id) for row in participants.taking_part(session, instance)],
        "tjenester": plans.responsible_services(session, instance),
    }


@operation("evaluation.missing", "stemme", "tjeneste?")
def note_missing(call: Call) -> None:
    """Name a voice that did not answer in time."""
    evaluation = current(call.session, call.instance)
    if evaluation is not None:
        own = call.parameters.get("stemme") == OWN_VOICE
        voice = call.where.item
        if own or voice is None:
            voice = str(call.person_id)
        evaluation.missing = [*evaluation.missing, voice]


@operation("evaluation.conclude", "form", gives=("konklusjon", "beslutninger"))
def conclude_evaluation(call: Call) -> Mapping[str, Any]:
    """Write the ratings, what the meeting decided for each goal, and who does what by when.

    `beslutninger` are the ids of what somebody is to do, as the process repeats over them.
    """
    evaluation, answers = current(call.session, call.instance), call.answers()
    known = {str(goal.id): goal for goal in plans.goals(call.session, call.instance)}
    agreed: list[str] = []
    if evaluation is not None:
        _close(call, evaluation, answers)
        _write_ratings(call, evaluation, known)
        agreed = decisions.record(call, evaluation, answers.get("beslutninger") or [])
    for row in answers.get("konklusjoner") or []:
        goal = known.get(row.get("id") or "")
        if goal is not None:
            goal.status = {
                "nadd": "nadd",
                "endre": "endres",
                "avslutt": "avsluttet",
            }.get(row.get("konklusjon") or "", "aktiv")
    call.record("evaluation:conclude")
    return {"konklusjon": answers.get("konklusjon"), "beslutninger": agreed}


def _close(call: Call, evaluation: Evaluation, answers: Mapping[str, Any]) -> None:
    """End the round, and keep how the plan stood and what the meeting answered."""
    meeting = latest_answers(
        call.session, call.instance, call.parameters["form"], item=call.where.item
    )
    evaluation.concluded_at = clock.now()
    evaluation.conclusion = answers.get("konklusjon")
    evaluation.meeting_id = meeting.id if meeting else None
    evaluation.standing = standings.as_json(standings.of(call.session, call.instance))


def _write_ratings(call: Call, evaluation: Evaluation, known: Mapping[str, Goal]) -> None:
    for each in _said_in(call.session, evaluation):
        if str(each.goal_id) in known:
            call.session.add(
                Rating(
                    municipality_id=evaluation.municipality_id,
                    evaluation_id=evaluation.id,
                    goal_id=each.goal_id,
                    service_id=each.service_id,
                    person_id=each.person_id,
                    score=each.score,
                    words=each.words,
                )
            )


def _said_in(session: Session, evaluation: Evaluation) -> Iterator[Said]:
    """What was answered in a round, goal by goal, in the order it came."""
    for entry in voices(session, evaluation):
        own = entry.form_key == PERSON_FORM
        for row in (entry.answers or {}).get("vurderinger") or []:
            if row.get("id"):
                yield Said(
                    round=evaluation.round,
                    on=day_of(evaluation),
                    goal_id=UUID(row["id"]),
                    person_id=entry.person_id if own else None,
                    service_id=None if own else service_of(entry),
                    score=_score(row.get("vurdering" if own else "oppnaelse")),
                    words=row.get("ord" if own else "kommentar"),
                )


def service_of(entry: HistoryEntry) -> UUID | None:
    """The service that answered: the one asked, also when the unit answered for it."""
    return UUID(entry.item) if entry.item else entry.service_id


def _score(value: Any) -> int | None:
    return int(value) if value not in (None, "") else None


def day_of(evaluation: Evaluation) -> date:
    """The day a round was concluded; of one under way, the day it opened."""
    return (evaluation.concluded_at or evaluation.opened_at).astimezone(clock.OSLO).date()


def current(session: Session, instance: ProcessInstance) -> Evaluation | None:
    """The newest round of a case."""
    return session.scalar(
        select(Evaluation)
        .where(
            Evaluation.municipality_id == instance.municipality_id,
            Evaluation.instance_id == instance.id,
        )
        .order_by(Evaluation.round.desc())
        .limit(1)
    )


def rounds(session: Session, instance: ProcessInstance) -> Sequence[Evaluation]:
    """Every round of a case, first to last."""
    return session.scalars(
        select(Evaluation)
        .where(
            Evaluation.municipality_id == instance.municipality_id,
            Evaluation.instance_id == instance.id,
        )
        .order_by(Evaluation.round)
    ).all()


def said(
    session: Session, instance: ProcessInstance, until: Evaluation | None = None
) -> Sequence[Said]:
    """What every voice has said about the goals, first round first; `until` is the last round.

    Of concluded rounds, unless `until` is under way.
    """
    rows = session.execute(
        select(Rating, Evaluation)
        .join(
            Evaluation,
            (Evaluation.municipality_id == Rating.municipality_id)
            & (Evaluation.id == Rating.evaluation_id),
        )
        .where(
            Rating.municipality_id == instance.municipality_id,
            Evaluation.instance_id == instance.id,
        )
        .order_by(Evaluation.round, Rating.id)
    )
    found = [_as_said(*row) for row in rows if until is None or row[1].round <= until.round]
    if until is not None and until.concluded_at is None:
        found += _said_in(session, until)
    return found


def _as_said(rating: Rating, evaluation: Evaluation) -> Said:
    return Said(
        round=evaluation.round,
        on=day_of(evaluation),
        goal_id=rating.goal_id,
        person_id=rating.person_id,
        service_id=rating.service_id,
        score=rating.score,
        words=rating.words,
    )


def own_ratings(
    session: Session, instance: ProcessInstance
) -> Mapping[UUID, Mapping[UUID, Sequence[Said]]]:
    """Goal id → person id → how that person rated it, first round first."""
    found: dict[UUID, dict[UUID, list[Said]]] = {}
    for each in said(session, instance):
        if each.person_id is not None:
            found.setdefault(each.goal_id, {}).setdefault(each.person_id, []).append(each)
    return found


def voices(session: Session, evaluation: Evaluation) -> Sequence[HistoryEntry]:
    """The answers given in a round, in the order they came."""
    session.flush()
    query = select(HistoryEntry).where(
        HistoryEntry.municipality_id == evaluation.municipality_id,
        HistoryEntry.instance_id == evaluation.instance_id,
        HistoryEntry.seq > evaluation.opened_seq,
        HistoryEntry.form_key.in_((PERSON_FORM, SERVICE_FORM)),
        HistoryEntry.answers.is_not(None),
    )
    if evaluation.concluded_at is not None:
        query = query.where(HistoryEntry.at <= evaluation.concluded_at)
    return session.scalars(query.order_by(HistoryEntry.seq)).all()


def missing(session: Session, evaluation: Evaluation, seen: Seen) -> list[Person | Service]:
    """The voices missing in a round that an actor may know of.

    A member's own is for those who see that member, a service's for those who see everyone.
    """
    return [
        row
        for row in (_voice(session, evaluation, voice) for voice in evaluation.missing)
        if (row.id in seen.people if isinstance(row, Person) else seen.whole)
    ]


def missing_names(session: Session, evaluation: Evaluation, seen: Seen) -> list[str]:
    """Those voices by name; «Personen selv» where only one person takes part."""
    alone = len(seen.everyone) == 1
    return [
        _("Personen selv") if alone and isinstance(row, Person) else row.name
        for row in missing(session, evaluation, seen)
    ]


def _voice(session: Session, evaluation: Evaluation, voice: str) -> Person | Service:
    key = (evaluation.municipality_id, UUID(voice))
    return session.get(Service, key) or session.get_one(Person, key)
