"""What is true afterwards: nothing acknowledged is lost, nothing is there twice, nothing is early.

Everything is compared with the ledgers of those who sent it, and each case with its own state.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.crash import town
from tests.crash.clients import DONE, REFUSED, Ledger
from tests.crash.town import REMINDED, REMINDER
from workflows import clock, consents, idempotency, state_check
from workflows.tables import (
    Account,
    AuditEntry,
    BulkItem,
    Consent,
    HistoryEntry,
    IdempotencyKey,
    Incident,
    OpenTask,
    Timer,
    WebhookDelivery,
)

WITH_MARK = ("started", "completed", "message")


@dataclass
class Verdict:
    """What was found, in sentences."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)

    def with_(self, other: "Verdict") -> "Verdict":
        """Both together."""
        return Verdict(
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.early + other.early,
            self.other + other.other,
        )

    @property
    def sentences(self) -> list[str]:
        """Everything that is wrong."""
        return [*self.lost, *self.doubled, *self.early, *self.other]


def drained(session: Session) -> bool:
    """Whether nothing is left that moves by itself."""
    open_incidents = select(func.count()).select_from(Incident).where(Incident.status == "open")
    waiting = select(func.count()).select_from(BulkItem).where(BulkItem.status == "waiting")
    timers = select(func.count()).select_from(Timer)
    untold = select(func.count()).where(WebhookDelivery.next_try_at.is_not(None))
    left = any(session.scalar(query) for query in (open_incidents, waiting, timers, untold))
    return not left and days_done(session)


def days_done(session: Session) -> bool:
    """Whether nothing is left that is done once a day."""
    left = Account.name == town.LEFT, Account.id == OpenTask.assignee_id
    held = select(func.count()).where(*left)
    kept = select(func.count()).where(IdempotencyKey.created_at < clock.now() - idempotency.KEPT)
    due = consents.next_to_renew(session) or consents.next_expired(session)
    return not (session.scalar(held) or session.scalar(kept) or due)


def judge(session: Session, ledgers: Sequence[Ledger], told: Mapping[str, str]) -> Verdict:
    """Everything, once what moves by itself has moved. `told`: webhook's message → task."""
    verdict = Verdict()
    entries = session.scalars(select(HistoryEntry).order_by(HistoryEntry.seq)).all()
    marks = Counter(
        str((entry.answers or {})["merke"])
        for entry in entries
        if "merke" in (entry.answers or {}) and entry.kind in WITH_MARK
    )
    _marks(verdict, marks, ledgers)
    _effects(verdict, entries, Counter(session.scalars(select(town.effects.c.mark))))
    _told(verdict, entries, told)
    given = session.scalars(select(Consent).order_by(Consent.id)).all()
    _consents(verdict, entries, given)
    _withdrawals(verdict, given, {k: v for each in ledgers for k, v in each.withdrawn.items()})
    _recorded(verdict, given, session.scalars(select(AuditEntry)).all())
    _days(verdict, entries, given, session.scalars(select(OpenTask)).all())
    by_case: dict[UUID, list[HistoryEntry]] = {}
    for entry in entries:
        by_case.setdefault(entry.instance_id, []).append(entry)
    for case in by_case.values():
        _timers(verdict, case)
    if not drained(session):
        verdict.lost.append("something that should have moved by itself has not")
    verdict.other += _faults(session)
    verdict.counted = {
        "cases": len(by_case),
        "marks": marks.total(),
        "webhooks": len(told),
        "consents": len(given),
        "withdrawn": sum(row.withdrawn_at is not None for row in given),
        "run out": sum(row.expiry_told_at is not None for row in given),
        "reminders": sum(entry.kind == "fired" and entry.element == REMINDED for entry in entries),
        "timers": sum(entry.kind == "fired" and entry.element == "vent" for entry in entries),
    }
    return verdict


def _marks(verdict: Verdict, marks: Counter[str], ledgers: Iterable[Ledger]) -> None:
    told = {mark: what for ledger in ledgers for mark, what in ledger.marks.items()}
    for mark, what in told.items():
        if what == DONE and not marks[mark]:
            verdict.lost.append(f"{mark} was acknowledged and is not in the history")
        if what == REFUSED and marks[mark]:
            verdict.other.append(f"{mark} was refused and is in the history")
    verdict.doubled += [f"{mark} is there {n} times" for mark, n in marks.items() if n > 1]


def _effects(verdict: Verdict, entries: Sequence[HistoryEntry], effects: Counter[str]) -> None:
    wanted = {
        str((entry.answers or {}).get("merke")) + ending
        for entry in entries
        if entry.kind == "completed" and entry.element == "arbeid"
        for ending in ("", town.AFTER)
    }
    verdict.lost += [f"the effect of {mark} is missing" for mark in wanted - effects.keys()]
    verdict.other += [f"an effect of {mark} without its task" for mark in effects.keys() - wanted]
    verdict.doubled += [f"{n} effects of {mark}" for mark, n in effects.items() if n > 1]


def _told(verdict: Verdict, entries: Sequence[HistoryEntry], told: Mapping[str, str]) -> None:
    """Of each task that was done the other system was told, by one message."""
    known = ("arbeid", REMINDER)
    done = {str(e.task_id) for e in entries if e.kind == "completed" and e.element in known}
    about = Counter(told.values())
    verdict.lost += [f"nobody was told of task {task}" for task in done - about.keys()]
    verdict.doubled += [f"{n} messages about task {task}" for task, n in about.items() if n > 1]
    verdict.other += [f"told of task {task}, not done" for task in about.keys() - done]


def _same(verdict: Verdict, what: str, wanted: Counter[Any], found: Counter[Any]) -> None:
    """Each wanted thing is found as often as it is wanted."""
    verdict.lost += [f"{what} of {of}: {n} missing" for of, n in (wanted - found).items()]
    verdict.doubled += [f"{what} of {of}: {n} too many" for of, n in (found - wanted).items()]


def _consents(verdict: Verdict, entries: Sequence[HistoryEntry], given: Sequence[Consent]) -> None:
    """Each answer has become one consent."""
    answered = Counter(
        str((entry.answers or {}).get("merke"))
        for entry in entries
        if entry.kind == "completed" and entry.element == "svar"
    )
    _same(verdict, "the consent", answered, Counter(str(row.not_shared) for row in given))


def _withdrawals(verdict: Verdict, given: Sequence[Consent], asked: Mapping[str, str]) -> None:
    """What somebody was told is withdrawn, is; and nothing else."""
    gone = {str(row.id) for row in given if row.withdrawn_at is not None}
    sure = {consent for consent, what in asked.items() if what == DONE}
    verdict.lost += [f"consent {each} was withdrawn, and is not" for each in sure - gone]
    verdict.other += [f"nobody withdrew consent {each}" for each in gone - asked.keys()]


def _recorded(verdict: Verdict, given: Sequence[Consent], lines: Sequence[AuditEntry]) -> None:
    """The record has a line of each consent and of each withdrawal."""
    wanted = Counter((row.person_id, "consent:give") for row in given)
    wanted += Counter((r.person_id, "consent:withdraw") for r in given if r.withdrawn_at)
    kinds = {action for _person, action in wanted}
    found = Counter((each.person_id, each.action) for each in lines if each.action in kinds)
    _same(verdict, "the line", wanted, found)


def _days(
    verdict: Verdict,
    entries: Sequence[HistoryEntry],
    given: Sequence[Consent],
    open_tasks: Sequence[OpenTask],
) -> None:
    """Each case was told once of a consent that ended, and reminded once of one that soon does."""
    fired = [entry for entry in entries if entry.kind == "fired"]
    ended = Counter(row.instance_id for row in given if row.withdrawn_at or row.expiry_told_at)
    told = Counter(entry.instance_id for entry in fired if entry.element in town.TOLD)
    _same(verdict, "the end of a consent", ended, told)
    asked = Counter(row.instance_id for row in given if row.renewal_asked_at)
    reminded = Counter(entry.instance_id for entry in fired if entry.element == REMINDED)
    _same(verdict, "the reminder", asked, reminded)
    tasks = Counter(row.instance_id for row in open_tasks if row.element == REMINDER)
    tasks += Counter(
        entry.instance_id
        for entry in entries
        if entry.kind == "completed" and entry.element == REMINDER
    )
    _same(verdict, "the reminder's task", reminded, tasks)


def _timers(verdict: Verdict, case: list[HistoryEntry]) -> None:
    """Each round waits once, and no shorter than the diagram says after its task was done."""
    work = [e for e in case if e.kind == "completed" and e.element == "arbeid"]
    begun = [e.at for e in work]
    fired = [e.at for e in case if e.kind == "fired" and e.element == "vent"]
    early = sum(at < since + town.WAIT for since, at in zip(begun, fired, strict=False))
    verdict.early += [f"a timer of {case[0].instance_id} fired too early"] * early
    missing = len(begun) - len(fired)
    verdict.lost += [f"a timer of {case[0].instance_id} did not fire"] * max(missing, 0)
    verdict.doubled += [f"a timer of {case[0].instance_id} fired twice"] * max(-missing, 0)


def _faults(session: Session) -> list[str]:
    found = [str(fault) for fault in state_check.orphans(session)]
    key: tuple[UUID, UUID] | None = None
    while keys := state_check.keys(session, None, key):
        found += [str(fault) for each in keys for fault in state_check.check(session, each)]
        key = keys[-1]
    overdue = session.scalar(select(func.count()).where(Timer.due_at <= clock.now()))
    return [*found, *(["timers are overdue"] if overdue else [])]
