"""Cases that move by themselves: due timers and ending consents, one transaction each, by a thread.

What fails is put aside and does not stop the others. It will not decide what happens then: the
diagram does.
"""

from collections.abc import Callable
from datetime import date
from threading import Event, Thread
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from webapp import deliveries, logs
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
from workflows.tables import Consent, Timer

Sessions = sessionmaker[Session]
BATCH = 200
POLL_SECONDS = 3.0
KNOWN = (upgrade_jobs,)
"""The modules whose kinds of bulk jobs are run here."""
STOP_SECONDS = 10.0


class NotConsumed(Exception):
    """A timer was fired and is still due: firing it again would never end."""


def run_due(sessions: Sessions, limit: int = BATCH, stop: Event | None = None) -> int:
    """Do up to `limit` due things, the longest overdue timers first; how many went well."""
    done = 0
    for _ in range(limit):
        if stop is not None and stop.is_set():
            break
        moved = _fire_next(sessions)
        if moved is None:
            moved = _retry_next(sessions)
        if moved is None:
            moved = _next_consent(sessions)
        if moved is None:
            break
        done += moved
    return done


def _retry_next(sessions: Sessions) -> bool | None:
    """Try one step again that stands still."""
    key: tuple[UUID, UUID] | None = None
    try:
        with sessions.begin() as session:
            incident = incidents.next_due(session)
            if incident is None:
                return None
            key = incident.municipality_id, incident.id
            incidents.retry_due(session, incident)
    except Exception as error:
        if database.lost_race(error):
            return False  # a user moved the case meanwhile; look again
        if key is None:
            raise
        logs.failure("incident", error, incident=str(key[1]))
        with sessions.begin() as session:
            incidents.put_aside(session, *key)
        return False
    return True


def _next_consent(sessions: Sessions) -> bool | None:
    """Let one consent that soon ends be asked for again, or one that has ended take effect."""
    for find, act in ((consents.next_to_renew, consents.ask_again),
                      (consents.next_expired, consents.expire)):  # fmt: skip
        done = _with_consent(sessions, find, act)
        if done is not None:
            return done
    return None


def _with_consent(
    sessions: Sessions,
    find: Callable[[Session], Consent | None],
    act: Callable[[Session, Consent], None],
) -> bool | None:
    consent: Consent | None = None
    try:
        with sessions.begin() as session:
            consent = find(session)
            if consent is None:
                return None
            act(session, consent)
    except Exception as error:
        if database.lost_race(error):
            return False  # a user moved the case meanwhile; look again
        if consent is None:
            raise
        logs.failure("consent", error, consent=str(consent.id))
        with sessions.begin() as session:
            consents.put_aside(session, consent)
        return False
    return True


def _fire_next(sessions: Sessions) -> bool | None:
    timer: Timer | None = None
    try:
        with sessions.begin() as session:
            timer = timers.next_due(session)
            if timer is None:
                return None
            session.expunge(timer)  # so that it can be named when the transaction is gone
            _fire(session, timer)
    except Exception as error:
        if database.lost_race(error):
            return False  # a user moved the case meanwhile; look again
        if timer is None:
            raise
        _put_aside(sessions, timer, error)
        return False
    return True


def _fire(session: Session, timer: Timer) -> None:
    timers.fire(session, timer)
    session.flush()
    left = session.get(Timer, (timer.municipality_id, timer.id))
    if left is not None and left.due_at <= clock.now():
        raise NotConsumed


def _put_aside(sessions: Sessions, timer: Timer, error: Exception) -> None:
    logs.failure("timer", error, timer=str(timer.id), municipality=str(timer.municipality_id))
    with sessions.begin() as session:
        halting.case_failed(session, timer, error)


def find_abandoned(sessions: Sessions) -> None:
    """Once a day: tasks whose holder has left, or acts for nobody any more, get somebody new."""
    with sessions.begin() as session:
        found = abandoned.give_to_others(session)
    if found:
        logs.event("abandoned", tasks=found)


def run_some(sessions: Sessions, limit: int = BATCH, stop: Event | None = None) -> int:
    """Do up to `limit` items of bulk jobs, one transaction each; how many are done with."""
    done = 0
    for _ in range(limit):
        finished = None if stop is not None and stop.is_set() else _next_item(sessions)
        if finished is None:
            break
        done += finished
    return done


def _next_item(sessions: Sessions) -> bool | None:
    key: tuple[UUID, UUID] | None = None
    try:
        with sessions.begin() as session:
            item = bulk_jobs.next_item(session)
            if item is None:
                return None
            key = item.municipality_id, item.id
            bulk_jobs.do(session, item)
    except Exception as error:
        if database.lost_race(error):
            return False  # a user moved the case meanwhile; look again
        if key is None:
            raise
        logs.failure("bulk", error, municipality=str(key[0]), item=str(key[1]))
        with sessions.begin() as session:
            bulk_jobs.fail(session, *key)
    return True


def forget_old(sessions: Sessions) -> None:
    """Once a day: what other systems were answered and told long ago."""
    with sessions.begin() as session:
        idempotency.prune(session)
        webhooks.prune(session)


class Jobs:
    """The thread. It polls, and stops within a second of being told unless a case is moving."""

    def __init__(self, sessions: Sessions, every: float = POLL_SECONDS) -> None:
        self._sessions = sessions
        self._every = every
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
        looked_on: date | None = None
        moved = 0
        while not self._stop.wait(0 if moved else self._every):
            moved = 0
            try:
                if looked_on != clock.today():
                    find_abandoned(self._sessions)
                    forget_old(self._sessions)
                    looked_on = clock.today()
                moved = run_due(self._sessions, stop=self._stop)
                moved += run_some(self._sessions, stop=self._stop)
                deliveries.send_some(self._sessions, stop=self._stop)
            except Exception as error:
                # A database that is away comes back; the thread must still be there then.
                logs.failure("jobs", error)
                continue
            if moved:
                logs.event("moved", moved=moved)
