"""How it goes with what moves by itself: what is due, who works, and what has failed.

It reads procrastinate's tables, which are there on PostgreSQL only, and changes them in one way: a
work that failed gets another turn. It holds no person's data, and will not commit.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from workflows import clock, halting
from workflows.actors import Actor
from workflows.errors import Denied
from workflows.tables import Incident, Timer
from workflows.texts import _

ALIVE_SECONDS = 30
"""A worker that has not been heard of for longer is dead."""


@dataclass(frozen=True)
class Failed:
    """A work that has failed: how many times, and when last."""

    work: str
    times: int
    last_at: datetime


@dataclass(frozen=True)
class Queue:
    """How it stands now."""

    due: int
    """Timers whose time has come and that wait for their turn."""
    overdue_since: datetime | None
    """When the longest waiting of them became due."""
    next_at: datetime | None
    incidents: int
    """Steps that stand still after a failure."""
    workers: int | None
    """Worker processes alive; None on SQLite, where the server does it itself."""
    states: dict[str, int]
    """Turns by state: `todo`, `doing`, `failed`."""
    failed: list[Failed]


def standing(session: Session) -> Queue:
    """How it goes."""
    now = clock.now()
    due = Timer.due_at <= now
    waiting, since = session.execute(
        select(func.count(Timer.id), func.min(Timer.due_at)).where(due)
    ).one()
    next_at = session.scalar(select(func.min(Timer.due_at)).where(~due))
    shared = _shared(session)
    return Queue(
        due=waiting,
        overdue_since=since,
        next_at=next_at,
        incidents=_incidents(session),
        workers=_workers(session) if shared else None,
        states=_states(session) if shared else {},
        failed=_failed(session) if shared else [],
    )


def show(session: Session, actor: Actor) -> Queue:
    """The same for somebody who runs the system. Raises Denied for others."""
    _require_operator(actor)
    return standing(session)


def retry(session: Session, actor: Actor) -> int:
    """Give every work that has failed another turn; how many. Raises Denied."""
    _require_operator(actor)
    return retry_failed(session)


def retry_failed(session: Session) -> int:
    """Give every work that has failed another turn, unless one waits already; how many failed."""
    if not _shared(session):
        return 0
    works = [each.work for each in _failed(session)]
    session.execute(_AGAIN)
    session.execute(_FORGET)
    return len(works)


def _incidents(session: Session) -> int:
    open_now = select(func.count(Incident.id)).where(Incident.status == halting.OPEN)
    return session.scalar(open_now) or 0


def _require_operator(actor: Actor) -> None:
    if not actor.operates_in:
        raise Denied(_("Bare den som drifter Rød tråd, kan se og gjøre dette."))


def _shared(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _workers(session: Session) -> int:
    return int(session.scalars(_ALIVE, {"seconds": ALIVE_SECONDS}).one())


def _states(session: Session) -> dict[str, int]:
    return {"todo": 0, "doing": 0, "failed": 0} | dict(session.execute(_STATES).all())


def _failed(session: Session) -> list[Failed]:
    return [Failed(*row) for row in session.execute(_FAILED)]


_ALIVE = text(
    "select count(*) from procrastinate_workers"
    " where last_heartbeat > now() - make_interval(secs => :seconds)"
)
_STATES = text("select status::text, count(*) from procrastinate_jobs group by status")
_FAILED = text(
    "select job.task_name, count(distinct job.id), max(event.at) from procrastinate_jobs job"
    " join procrastinate_events event on event.job_id = job.id and event.type = 'failed'"
    " where job.status = 'failed' group by job.task_name order by job.task_name"
)
_AGAIN = text(
    "update procrastinate_jobs set status = 'todo', scheduled_at = null where id in"
    " (select max(id) from procrastinate_jobs failed where status = 'failed' and not exists"
    " (select from procrastinate_jobs other where other.status = 'todo'"
    " and other.queueing_lock = failed.queueing_lock) group by queueing_lock)"
)
_FORGET = text("delete from procrastinate_jobs where status = 'failed'")
