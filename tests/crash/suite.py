"""The crash suite on one database: killed at every commit point, then at random under load."""

import random
import re
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event
from uuid import UUID

from sqlalchemy import Select, create_engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from tests.crash import clients, town, verdict
from tests.crash.clients import Client
from tests.crash.keeper import PATIENCE, PAUSE, Database, Keeper, wait_until
from tests.crash.receiver import Receiver
from tests.crash.servers import PostgreSQLServer, SqliteFile
from tests.crash.town import Town
from tests.crash.verdict import Verdict
from workflows import database, upgrade_jobs
from workflows.tables import BulkItem, BulkJob, OpenTask, ProcessInstance

COLLEAGUES = 4
CASES = 12
MOMENTS = 0.0, 0.1
BETWEEN = 0, 6
"""How much is answered between two kills, and seconds after that."""
DATABASE_SHARE = 0.15
LAST_POINT = 12
"""Under load: a process dies at one of so many of its first commit points."""
DRAIN = 60.0
FAILED = re.compile('"what": "(/[^"]*)", "error": "([^"]*)"')
"""In the log, the route that failed and the error with its place."""


@dataclass
class Suite:
    """One database with everything that runs on it."""

    keeper: Keeper
    there: Town
    receiver: Receiver
    sessions: sessionmaker[Session]
    chance: random.Random
    clients: list[Client] = field(default_factory=list)
    points: dict[str, int] = field(default_factory=dict)

    def client(self, name: str, account: tuple[str, int]) -> Client:
        """Somebody new, whose ledger is compared at the end."""
        made = Client(name, account, self.keeper.ports)
        self.clients.append(made)
        return made

    @property
    def kills(self) -> int:
        """How many so far."""
        return sum(self.keeper.kills.values())

    def progress(self, answers: int) -> None:
        """Until so many more answers have come."""
        wanted = self._answered() + answers
        wait_until(lambda: self._answered() >= wanted, patience=5)

    def _answered(self) -> int:
        return sum(client.ledger.statuses.total() for client in self.clients)

    def answers(self) -> str:
        """How many answers there were of each status, and requests without any."""
        statuses = sum((client.ledger.statuses for client in self.clients), Counter[int]())
        lost = sum(client.ledger.lost for client in self.clients)
        told = ", ".join(f"{status}: {n}" for status, n in sorted(statuses.items()))
        return f"{told}, none: {lost}"

    def wait(
        self, true: Callable[[Session], bool], patience: float = PATIENCE, pause: float = PAUSE
    ) -> None:
        """Until it is true in the database; not longer than what we have patience for."""

        def seen() -> bool:
            with self.sessions() as session:
                return true(session)

        wait_until(seen, patience, pause)


@contextmanager
def running(kind: str, folder: Path, kills: int, seed: int) -> Iterator[Suite]:
    """The database, filled, and the processes on it; nothing is left afterwards."""
    served: Database = SqliteFile(folder) if kind == "sqlite" else PostgreSQLServer(folder)
    keeper = None
    receiver = Receiver()
    try:
        many = {"colleagues": COLLEAGUES, "cases": CASES, "people": 100 + kills}
        there = town.build(served.url, **many, told=receiver.url)
        keeper = Keeper(served, folder, [_free_port() for _each in range(served.web_servers)])
        engine = create_engine(served.url, pool_pre_ping=True)  # looks without locking
        chance = random.Random(seed)  # noqa: S311 - the same each time
        yield Suite(keeper, there, receiver, database.sessions(engine), chance)
        engine.dispose()
    finally:
        if keeper is not None:
            keeper.stop()
        receiver.stop()
        served.stop()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def at_points(suite: Suite, few: int = 0) -> None:
    """Kill each kind of process at every commit point of a story, once each, or at a `few` of them.

    It has no more of them when it gets through a story alive.
    """
    people = iter(suite.there.people)
    kari = suite.client("kari", suite.there.workers[0])
    eva = suite.client("eva", suite.there.owner)
    ola = suite.client("ola", suite.there.citizens[0].account)
    for client in kari, eva, ola:
        client.ports = client.ports[:1]
    for kept in suite.keeper.workers[1:]:
        kept.rest()  # or it would do what the first is to die of
    for kept in (suite.keeper.webs[0], *suite.keeper.workers[:1]):
        chosen = suite.chance.sample(range(1, LAST_POINT + 1), few)
        for point in sorted(chosen) or count(1):
            before = kept.kills
            kept.rearm(point)
            _story(suite, kari, eva, next(people))
            _consents(suite, ola, suite.there.citizens[0].person)
            if kept.kills == before:
                break
            suite.points[kept.name] = point
        kept.rearm(0)
    for kept in suite.keeper.workers[1:]:
        kept.rearm(0)


def _story(suite: Suite, kari: Client, eva: Client, person: UUID) -> None:
    """Each kind of transaction, one after another, however often a process dies meanwhile."""
    case = _start(suite, kari, person)
    task = _task(suite, case)
    kari.insist(f"{task}/ta", {})
    kari.insist(f"{task}/utkast", {"merke": "utkast"})
    kari.complete(task, kari.failing_mark(town.FAILING))
    task = _task(suite, case)  # when it has been tried again, and the timer has fired
    kari.once(f"/forlop-i-gang/{case}/meld/meldt/", kari.mark("melding"))
    eva.ask(f"/forlop/{town.KEY}/flytt", {"sak": str(suite.there.cases[0])})
    suite.wait(lambda session: not session.scalar(_waiting_items()))
    eva.ask(f"/forlop/flyttinger/{_latest_move(suite)}/angre", {})
    kari.complete(task, kari.failing_mark(town.HALTING, ms=100))
    suite.wait(lambda session: not session.scalar(_waiting_items()))
    _task(suite, case, meanwhile=eva)


def _consents(suite: Suite, ola: Client, person: UUID) -> None:
    """A consent that is asked for again and withdrawn, and one that runs out."""
    ola.answer("svar")
    suite.wait(verdict.days_done)
    ola.withdraw(person)
    ola.answer(town.OVER)
    suite.wait(verdict.days_done)


def _latest_move(suite: Suite) -> UUID | None:
    """The newest job that moves cases: also the one whose answer was lost is to be undone."""
    moves = select(BulkJob.id).where(BulkJob.kind == upgrade_jobs.UPGRADE)
    with suite.sessions() as session:
        return session.scalar(moves.order_by(BulkJob.created_at.desc()).limit(1))


def _waiting_items() -> Select[tuple[int]]:
    return select(func.count()).select_from(BulkItem).where(BulkItem.status == "waiting")


def _start(suite: Suite, client: Client, person: UUID) -> UUID:
    """The case that was started, once it is there."""
    known = select(ProcessInstance.id).where(ProcessInstance.person_id == person)
    while True:
        client.once(f"/personer/{person}/start/{town.KEY}", client.mark("start"))
        with suite.sessions() as session:
            found = session.scalar(known)
        if found is not None:
            return found


def _task(suite: Suite, case: UUID, meanwhile: Client | None = None) -> str:
    """The address of the only open task of a case, once it is there; who retries `meanwhile`."""
    found: list[UUID] = []

    def there(session: Session) -> bool:
        if meanwhile:
            clients.retry(meanwhile)
        found.extend(session.scalars(select(OpenTask.id).where(OpenTask.instance_id == case)))
        return bool(found)

    suite.wait(there, pause=0.2 if meanwhile else PAUSE)
    return f"/oppgaver/{found[0]}"


def under_load(suite: Suite, kills: int) -> None:
    """Kill what there is so many times in all, while several clients work."""
    stop = Event()
    there = suite.there
    work = [
        partial(clients.work, suite.client(f"c{n}", account), there, stop)
        for n, account in enumerate(there.workers)
    ]
    system = suite.client("system", there.workers[0])
    work.append(partial(clients.work_as_system, system, there, stop))
    work += [
        partial(clients.consent, suite.client(f"ola{n}", citizen.account), citizen, stop)
        for n, citizen in enumerate(there.citizens)
    ]
    work.append(partial(clients.own, suite.client("owner", there.owner), stop))
    with ThreadPoolExecutor(len(work)) as pool:
        days = [pool.submit(each) for each in work]
        try:
            while suite.kills < kills:
                _kill_one(suite)
        finally:
            stop.set()
    for day in days:
        day.result()


def _kill_one(suite: Suite) -> None:
    """At a random moment, or at a commit point of its own."""
    chance, keeper = suite.chance, suite.keeper
    suite.progress(chance.randint(*BETWEEN))
    time.sleep(chance.uniform(*MOMENTS))
    if keeper.workers and chance.random() < DATABASE_SHARE:
        keeper.kill_database()
        return
    kept = chance.choice(keeper.processes)
    if chance.random() < 0.5:
        kept.kill()
        return
    kept.kill(then_dies_at=chance.randint(1, LAST_POINT))
    before = kept.kills
    wait_until(lambda: kept.kills > before, patience=2)


def settle(suite: Suite) -> Verdict:
    """Nobody sends or kills any more: let everything move that moves by itself, and judge."""
    for kept in suite.keeper.processes:
        kept.rearm(0)
    eva = suite.client("last", suite.there.owner)

    def drained(session: Session) -> bool:
        clients.retry(eva)
        return verdict.drained(session)

    suite.wait(drained, DRAIN, pause=0.5)
    with suite.sessions() as session:
        ledgers = [client.ledger for client in suite.clients]
        found = verdict.judge(session, ledgers, suite.receiver.told)
    _told(suite, found)
    return found


def _errors(log: Path) -> list[str]:
    """What the answers that were 500 came of, by the log: the route, the error and its place."""
    return [": ".join(each) for each in FAILED.findall(log.read_text(encoding="utf-8"))]


def _told(suite: Suite, found: Verdict) -> None:
    """What the clients and the keeper have seen."""
    errors = sum(client.ledger.statuses[500] for client in suite.clients)
    found.other += [f"{errors} answers were 500"] * bool(errors)
    found.other += _errors(suite.keeper.log)
    itself = sum(kept.ended_itself for kept in suite.keeper.processes)
    found.other += [f"{itself} processes ended by themselves"] * bool(itself)
    if not suite.keeper.database.intact():
        found.other.append("the database is not intact")
