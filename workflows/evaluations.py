"""Evaluation rounds: who was asked, who answered, who is missing by name, what was concluded.

A missing voice is named, never dropped. It will not judge: the coordinator concludes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows import calendar, clock, definitions, plans
from workflows.operations import Call, operation
from workflows.tables import Evaluation, Goal, HistoryEntry, ProcessInstance, Rating, Service
from workflows.texts import Say, _

TIME_TO_ANSWER = timedelta(days=14)
OWN_VOICE = "person"
PERSON_FORM, SERVICE_FORM = "evaluering_person", "evaluering_tjeneste"


@dataclass(frozen=True)
class OwnRating:
    """How the person themself rated a goal in one round, 0 to 10."""

    round: int
    on: date
    score: int | None
    words: str | None


@operation("evaluation.open")
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
        "tjenester": plans.responsible_services(session, instance),
    }


@operation("evaluation.missing", "stemme", "tjeneste?")
def note_missing(call: Call) -> None:
    """Name a voice that did not answer in time."""
    evaluation = current(call.session, call.instance)
    if evaluation is not None:
        voice = call.where.item or OWN_VOICE
        if call.parameters.get("stemme") == OWN_VOICE:
            voice = OWN_VOICE
        evaluation.missing = [*evaluation.missing, voice]


@operation("evaluation.conclude", "form")
def conclude_evaluation(call: Call) -> Mapping[str, Any]:
    """Write the ratings and what the meeting decided for each goal."""
    evaluation, answers = current(call.session, call.instance), call.answers()
    known = {str(goal.id): goal for goal in plans.goals(call.session, call.instance)}
    if evaluation is not None:
        evaluation.concluded_at = clock.now()
        evaluation.conclusion = answers.get("konklusjon")
        _write_ratings(call, evaluation, known)
    for row in answers.get("konklusjoner") or []:
        goal = known.get(row.get("id") or "")
        if goal is not None:
            goal.status = {
                "nadd": "nadd",
                "endre": "endres",
                "avslutt": "avsluttet",
            }.get(row.get("konklusjon") or "", "aktiv")
    call.record("evaluation:conclude")
    return {"konklusjon": answers.get("konklusjon")}


def _write_ratings(call: Call, evaluation: Evaluation, known: Mapping[str, Goal]) -> None:
    for entry in voices(call.session, evaluation):
        own = entry.form_key == PERSON_FORM
        for row in (entry.answers or {}).get("vurderinger") or []:
            goal = known.get(row.get("id") or "")
            if goal is not None:
                call.session.add(
                    Rating(
                        municipality_id=evaluation.municipality_id,
                        evaluation_id=evaluation.id,
                        goal_id=goal.id,
                        service_id=None if own else _service_id(entry),
                        score=_score(row.get("vurdering" if own else "oppnaelse")),
                        words=row.get("ord" if own else "kommentar"),
                    )
                )


def _service_id(entry: HistoryEntry) -> UUID | None:
    return UUID(entry.item) if entry.item else entry.service_id


def _score(value: Any) -> int | None:
    return int(value) if value not in (None, "") else None


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


def own_ratings(session: Session, instance: ProcessInstance) -> Mapping[UUID, Sequence[OwnRating]]:
    """Goal id → how the person rated it, first round first."""
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
            Rating.service_id.is_(None),
        )
        .order_by(Evaluation.round)
    )
    found: dict[UUID, list[OwnRating]] = {}
    for rating, evaluation in rows:
        on = (evaluation.concluded_at or evaluation.opened_at).astimezone(clock.OSLO).date()
        line = OwnRating(evaluation.round, on, rating.score, rating.words)
        found.setdefault(rating.goal_id, []).append(line)
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


def missing_names(session: Session, evaluation: Evaluation) -> list[str]:
    """The voices missing in a round, by name; «Personen selv» for the person's own."""
    names = []
    for voice in evaluation.missing:
        if voice == OWN_VOICE:
            names.append(_("Personen selv"))
        else:
            key = (evaluation.municipality_id, UUID(voice))
            names.append(session.get_one(Service, key).name)
    return names


def missing_words(session: Session, instance: ProcessInstance, say: Say = _) -> str | None:
    """The missing voices of the current round in one line."""
    evaluation = current(session, instance)
    if evaluation is None:
        return None
    names = [say(name) for name in missing_names(session, evaluation)]
    return ", ".join(names) or say(_("Alle har svart."))


def voice_rows(session: Session, instance: ProcessInstance, say: Say = _) -> list[dict[str, Any]]:
    """Per goal: the person's own rating first, then each service's, in words for the meeting."""
    evaluation = current(session, instance)
    if evaluation is None:
        return []
    given = voices(session, evaluation)
    return [
        {
            "id": str(goal.id),
            "mal": goal.text,
            "person": _said(session, given, goal, PERSON_FORM, say) or say(_("Har ikke svart.")),
            "tjenester": _said(session, given, goal, SERVICE_FORM, say)
            or say(_("Ingen har svart.")),
        }
        for goal in plans.active_goals(session, instance)
    ]


def _said(
    session: Session, given: Sequence[HistoryEntry], goal: Goal, form_key: str, say: Say
) -> str:
    return "\n".join(
        _sentence(session, entry, row, say)
        for entry in given
        if entry.form_key == form_key
        for row in (entry.answers or {}).get("vurderinger") or []
        if row.get("id") == str(goal.id)
    )


def _sentence(session: Session, entry: HistoryEntry, row: Mapping[str, Any], say: Say) -> str:
    if entry.form_key == PERSON_FORM:
        rated = say(_("%(score)s av 10")) % {"score": row.get("vurdering")}
        return " – ".join(str(part) for part in (rated, row.get("ord")) if part)
    service_id = _service_id(entry)
    name = session.get_one(Service, (entry.municipality_id, service_id)).name if service_id else ""
    words, score = row.get("kommentar"), say(_attained(session, entry, row.get("oppnaelse")))
    return f"{name}: {score}" + (f" – {words}" if words else "")


def _attained(session: Session, entry: HistoryEntry, value: str | None) -> str:
    """The service's rating in the words of the form it was given on."""
    form = definitions.form_version(session, entry.municipality_id, entry.form_version or "")
    labels = {v: label for field in form.fields for v, label in field.options}
    return labels.get(value or "", "–")
