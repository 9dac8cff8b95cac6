"""What is true afterwards: nothing acknowledged is lost, nothing is there twice, nothing is early.

Everything is compared with the ledgers of those who sent it, and each case with its own state.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.crash import town
from tests.crash.clients import DONE, REFUSED, Ledger
from workflows import clock, state_check
from workflows.tables import BulkItem, HistoryEntry, Incident, Timer, WebhookDelivery

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
    return not any(session.scalar(query) for query in (open_incidents, waiting, timers, untold))


def judge(session: Session, ledgers: Iterable[Ledger], told: Mapping[str, str]) -> Verdict:
    """Everything, once what moves by itself has moved. `told`: webhook's message → task."""
    verdict = Verdict()
    entries = session.scalars(select(HistoryEntry).order_by(HistoryEntry.seq)).all()
    marks = Counter(
        str(entry.answers["merke"])
        for entry in entries
        if entry.answers and entry.kind in WITH_MARK
    )
    _marks(verdict, marks, ledgers)
    _effects(verdict, entries, Counter(session.scalars(select(town.effects.c.mark))))
    _told(verdict, entries, told)
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
    done = {str(e.task_id) for e in entries if e.kind == "completed" and e.element == "arbeid"}
    about = Counter(told.values())
    verdict.lost += [f"nobody was told of task {task}" for task in done - about.keys()]
    verdict.doubled += [f"{n} messages about task {task}" for task, n in about.items() if n > 1]
    verdict.other += [f"told of task {task}, not done" for task in about.keys() - done]


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
