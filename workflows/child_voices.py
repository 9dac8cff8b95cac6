"""What the children in a case have said, or how they were heard, gathered for those who plan.

It comes from answers to any form whose fields say so (`voice`). It will not decide who may read it:
the one who asks does (`workflows.prefill`).
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import answers as form_answers
from forms.answers import Answer
from workflows import clock, definitions, families
from workflows.tables import HistoryEntry, Participant, ProcessInstance
from workflows.texts import Say, _

CHOSEN = frozenset({"radio", "select", "checklist"})
"""Kinds of field whose answers are in our words, and so in the reader's language."""


def rows(session: Session, instance: ProcessInstance, say: Say = _) -> list[dict[str, Any]]:
    """For each child who takes part: the child's id, name, and what was said, question by question.

    Nothing is said of a child who has not been heard.
    """
    return [
        {"id": str(child.person_id), "navn": child.person.name, "sagt": words}
        for child in families.children(session, instance)
        if (words := _said(session, child, say))
    ]


def _said(session: Session, child: Participant, say: Say) -> str:
    answers = [each for entry in _newest(session, child) for each in _voiced(session, entry)]
    return "\n".join(f"{say(each.label)} {_words(each, say)}" for each in answers)


def _newest(session: Session, child: Participant) -> list[HistoryEntry]:
    """The newest answers to each form at the child's own place, in the order they came."""
    session.flush()
    entries = session.scalars(
        select(HistoryEntry)
        .where(
            HistoryEntry.municipality_id == child.municipality_id,
            HistoryEntry.instance_id == child.instance_id,
            HistoryEntry.item == str(child.person_id),
            HistoryEntry.form_version.is_not(None),
        )
        .order_by(HistoryEntry.seq)
    )
    newest = {entry.form_key: entry for entry in entries}
    return sorted(newest.values(), key=lambda entry: entry.seq)


def _voiced(session: Session, entry: HistoryEntry) -> list[Answer]:
    """The child's own answers, without what was skipped."""
    form = definitions.form_version(session, entry.municipality_id, entry.form_version or "")
    own = {field.path for field in form.fields if field.voice}
    shown = form_answers.shown(form, entry.answers or {}, {}, today=clock.today()) if own else []
    return [each for each in shown if each.path in own and each.text]


def _words(answer: Answer, say: Say) -> str:
    lines = (answer.text or "").splitlines()
    return ", ".join(map(say, lines)) if answer.type in CHOSEN else answer.text or ""
