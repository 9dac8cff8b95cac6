"""What moves by itself, and the thread that does it on SQLite. On PostgreSQL workers do the same.

Each work of WORKS does up to so many things, one transaction each; of timers and bulk jobs several
together, while all goes well. What fails is put aside and does not stop the others. It will not
decide what happens then: the diagram does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from webapp import deliveries, logs, telemetry
from workflows import (
    abandoned,
    bulk_jobs,
    clock,
    consents,
    database,
    halting,
    idempotency,
    incidents,
    timers,
    upgrade_jobs,
    webhooks,
)
from workflows.database import TenantRow
from workflows.errors import place
from workflows.tables import Timer

Sessions = sessionmaker[Session]
Key = tuple[UUID, UUID]
"""A municipality and a row of it."""
Row = TypeVar("Row", bound=TenantRow)
BATCH = 200
CHUNK = 10
"""How many things are done before the thread looks whether it is to stop."""
TOGETHER = 25
"""Timers or items in one transaction: each commit waits for the disk."""
POLL_SECONDS = 3.0
STOP_SECONDS = 30.0
KNOWN = (upgrade_jobs,)
"""The modules whose kinds of bulk jobs are run here."""


class NotConsumed(Exception):
    """A timer was fired and is still due: firing it again would never end."""


@dataclass(frozen=True)
class Work:
    """Something done again and again: `run` does at most so many and says how many moved.

    Several processes may run it at the same moment, so it locks what it takes (SKIP LOCKED), and
    begins anew where another came first (`database.lost_race`).
    """

    name: str
    run: Callable[[Sessions, int], int]
    every: int
    """Seconds: below a minute, or whole minutes below an hour, or whole hours."""


def run_due(sessions: Sessions, limit: int = BATCH) -> int:
    """Do up to `limit` due things, the longest overdue timers first; how many went well."""
    moved = 0
    for work in (fire_timers, retry_incidents, move_consents):
        moved += work(sessions, limit - moved)
    return moved


def fire_timers(sessions: Sessions, limit: int) -> int:
    """Let the cases go on whose time has come."""
    together = partial(_together, sessions, timers.due, _fire)
    alone = partial(_one, sessions, "timer", timers.next_due, _fire, _leave_timer)
    return _most_together(together, alone, limit)


def _most_together(
    together: Callable[[int], int], alone: Callable[[], bool | None], limit: int
) -> int:
    """Many in a transaction while all goes well, then one by one; how many went well."""
    moved, done = 0, TOGETHER
    while done and moved < limit:
        done = together(min(TOGETHER, limit - moved))
        moved += done
    return moved + _repeat(alone, limit - moved)


def _together(
    sessions: Sessions,
    find: Callable[[Session, int], Sequence[Row]],
    act: Callable[..., object],
    limit: int,
) -> int:
    """Do several things in one transaction; none when one fails: one by one shows which."""
    try:
        with sessions.begin() as session:
            found = find(session, limit)
            if len(found) > 1:
                act(session, *found)
                return len(found)
    except Exception as error:
        logs.event("apart", error=place(error))
    return 0


def retry_incidents(sessions: Sessions, limit: int) -> int:
    """Try again what stands still after a failure."""
    retry = partial(
        _one, sessions, "incident", incidents.next_due, incidents.retry_due, _leave_incident
    )
    return _repeat(retry, limit)


def move_consents(sessions: Sessions, limit: int) -> int:
    """Let consents that end be asked for again and take effect."""
    return _repeat(partial(_next_consent, sessions), limit)


def find_abandoned(sessions: Sessions, _limit: int = BATCH) -> int:
    """Give tasks whose holder has left, or acts for nobody any more, to somebody new."""
    return _at_once(sessions, abandoned.give_to_others)


def forget_old(sessions: Sessions, _limit: int = BATCH) -> int:
    """Forget what other systems were answered and told long ago."""
    return _at_once(sessions, idempotency.prune) + _at_once(sessions, webhooks.prune)


def _at_once(sessions: Sessions, act: Callable[[Session], int]) -> int:
    """All of it in one transaction; nothing when another process does it at the same moment."""
    try:
        with sessions.begin() as session:
            return act(session)
    except Exception as error:
        if database.lost_race(error):
            return 0
        raise


def _repeat(step: Callable[[], bool | None], limit: int) -> int:
    """Take a step until there is nothing more to do (None); how many went well."""
    moved = 0
    for _ in range(limit):
        done = step()
        if done is None:
            break
        moved += done
    return moved


def _next_consent(sessions: Sessions) -> bool | None:
    """Let one consent that soon ends be asked for again, or one that has ended take effect."""
    asked = _one(sessions, "consent", consents.next_to_renew, consents.ask_again, _leave_consent)
    if asked is not None:
        return asked
    return _one(sessions, "consent", consents.next_expired, consents.expire, _leave_consent)


def _leave_consent(session: Session, key: Key, _error: Exception) -> bool:
    consents.put_aside(session, *key)
    return False


def _leave_incident(session: Session, key: Key, _error: Exception) -> bool:
    incidents.put_aside(session, *key)
    return False


def _leave_timer(session: Session, key: Key, error: Exception) -> bool:
    halting.case_failed(session, session.get_one(Timer, key), error)
    return False


def _leave_item(session: Session, key: Key, _error: Exception) -> bool:
    bulk_jobs.fail(session, *key)
    return True  # it is counted, and never tried again


def _fire(session: Session, *due: Timer) -> None:
    timers.fire(session, *due)
    if timers.still_due(session, due):
        raise NotConsumed


def run_some(sessions: Sessions, limit: int = BATCH) -> int:
    """Do up to `limit` items of bulk jobs; how many are done with."""
    together = partial(_together, sessions, bulk_jobs.next_items, bulk_jobs.do)
    alone = partial(_one, sessions, "bulk", bulk_jobs.next_item, bulk_jobs.do, _leave_item)
    return _most_together(together, alone, limit)


def _one(
    sessions: Sessions,
    kind: str,
    find: Callable[[Session], Row | None],
    act: Callable[[Session, Row], object],
    put_aside: Callable[[Session, Key, Exception], bool],
) -> bool | None:
    """Do the first thing that is due, in a transaction: whether it is done with, None without any.

    What fails is put aside in a transaction of its own, so that it does not stop the others.
    """
    return database.anew(partial(_try, sessions, kind, find, act, put_aside))


def _try(
    sessions: Sessions,
    kind: str,
    find: Callable[[Session], Row | None],
    act: Callable[[Session, Row], object],
    put_aside: Callable[[Session, Key, Exception], bool],
    last: bool,
) -> bool | None:
    key: Key | None = None
    try:
        with sessions.begin() as session:
            session.info[database.LAST_TRY] = last
            found = find(session)
            if found is None:
                return None
            key = found.municipality_id, found.id
            act(session, found)
    except Exception as error:
        lost = database.lost_race(error)
        if lost and last:
            return False  # users have moved the case all the time
        if lost or key is None or database.is_away(error):
            raise
        logs.failure(kind, error, municipality=str(key[0]), id=str(key[1]))
        with sessions.begin() as session:
            return put_aside(session, key, error)
    return True


WORKS = (
    Work("timers", fire_timers, every=3),
    Work("incidents", retry_incidents, every=3),
    Work("bulk", run_some, every=3),
    Work("deliveries", deliveries.send_some, every=3),
    Work("consents", move_consents, every=30),
    Work("abandoned", find_abandoned, every=3600),
    Work("forget", forget_old, every=3600),
)
"""Whatever is to be done by itself is named here, and both kinds of installation do it."""


class Jobs:
    """The thread. It polls, and stops within a second of being told unless a case is moving."""

    def __init__(
        self, sessions: Sessions, every: float = POLL_SECONDS, works: tuple[Work, ...] = WORKS
    ) -> None:
        self._sessions = sessions
        self._every = every
        self._works = works
        self._done: dict[str, int] = {}
        self._stop = Event()
        self._thread = Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way and end."""
        self._stop.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            for work in self._works:
                try:
                    self._tend(work)
                except Exception as error:
                    # A database that is away comes back; the thread must still be there then.
                    logs.failure(work.name, error)

    def _tend(self, work: Work) -> None:
        """Do a work whose turn it is, as our own clock goes, until nothing of it is left."""
        turn = int(clock.now().timestamp() // work.every)
        if self._done.get(work.name) == turn:
            return
        moved = 0
        while not self._stop.is_set():
            found = telemetry.turn(work.name, partial(work.run, self._sessions, CHUNK))
            moved += found
            if found < CHUNK:
                break
        self._done[work.name] = turn
        if moved:
            logs.event(work.name, moved=moved)
