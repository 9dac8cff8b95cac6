"""Many people in one case at the same moment: one wins, nobody meets an error of ours."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy.orm import Session
from waitress.server import create_server
from world import World

from tests.workflows import stories
from tests.workflows.engine.diagrams import boundary, end, line, message, properties
from tests.workflows.moving_library import KEY, begin, in_line, publish, task
from webapp import cli, jobs
from workflows import clock, process_instances, state_check
from workflows.access import SYSTEM_BASIS
from workflows.actors import SYSTEM
from workflows.tables import Consent, HistoryEntry, OpenTask, ProcessInstance, Subscription, Timer

Clients = Callable[[str], FlaskClient]
PEOPLE_IN_STORM = 50
TURNS = 5
ASKED = "skjema"
"""Stands after the addresses whose form is to be filled in first."""
DONE = {"ta", "trekk", "flytt", "meld", ""}
"""What succeeds at least once: the last word of each address that is sent to, none for a task."""
TASK = re.compile("/oppgaver/[0-9a-f-]{36}")
WORDS = re.compile("(ta|legg-tilbake|trekk|utkast|flytt|meld|koordinator-slutter)(?=/|$)")
REPORT = (
    boundary(
        "meldt",
        "a",
        properties(formKey="kartlegging", role="koordinerende_enhet"),
        message("brev"),
        interrupting=False,
    )
    + end("meldt_slutt")
    + line("meldt", "meldt_slutt")
)


@pytest.fixture
def measures(world: World) -> World:
    """Three services, two people in each, work by Mia's plan."""
    for name, kind in (("Kåre", "koordinerende_enhet"), ("Silje", "skole"), ("Berta", "barnevern"),
                       ("Nina", "nav")):  # fmt: skip
        world.employee(name, kind)
    stories.to_measures(world)
    world.session.commit()
    return world


def browser(client_of: Clients, name: str) -> FlaskClient:
    """A browser for a thread of its own: the world's database session is not that thread's."""
    client = client_of(name)
    client.world = None  # type: ignore[attr-defined]
    return client


def at_once(*acts: Callable[[], Any]) -> list[int]:
    """The statuses of what was done at the same moment, lowest first."""
    start, found = Barrier(len(acts)), []

    def run(act: Callable[[], Any]) -> None:
        start.wait()
        found.append(act().status_code)

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def task_of(world: World, kind: str) -> str:
    """The address of a service's task."""
    tasks = world.session.query(OpenTask).filter_by(element="tiltak_status")
    return f"/oppgaver/{tasks.filter_by(item=world.service_id(kind)).one().id}"


def test_two_who_claim_a_task(client_of: Clients, measures: World) -> None:
    """One gets it, the other is told that a colleague was first."""
    task = task_of(measures, "nav")
    nils, nina = browser(client_of, "Nils"), browser(client_of, "Nina")
    measures.session.commit()
    assert at_once(lambda: nils.post(f"{task}/ta"), lambda: nina.post(f"{task}/ta")) == [303, 409]


def test_two_who_withdraw_a_consent(client_of: Clients, measures: World) -> None:
    """It is withdrawn once, and the case is told once."""
    service = measures.services["nav"].id
    consent = measures.session.query(Consent).filter_by(service_id=service).one()
    path = f"/samtykker/{consent.id}/trekk"
    mia, mor = browser(client_of, "Mia"), browser(client_of, "Mor")
    measures.session.commit()
    assert at_once(lambda: mia.post(path), lambda: mor.post(path)) == [303, 409]
    assert measures.open_elements().count("avklar_samtykke") == 1


def test_two_who_start_a_handover(client_of: Clients, measures: World) -> None:
    """There is one handover, not two."""
    case = measures.session.query(ProcessInstance).one()
    path = f"/forlop-i-gang/{case.id}/koordinator-slutter"
    siri, kari = browser(client_of, "Siri"), browser(client_of, "Kari")
    measures.session.commit()
    assert at_once(lambda: siri.post(path), lambda: kari.post(path)) == [303, 422]
    assert measures.open_elements().count("overlevering_forslag") == 1


def test_consent_withdrawn_while_the_service_reports(client_of: Clients, measures: World) -> None:
    """Whichever comes first, the report is taken or its text is kept; never half of both."""
    task = task_of(measures, "nav")
    service = measures.services["nav"].id
    consent = measures.session.query(Consent).filter_by(service_id=service).one()
    nils, mia = browser(client_of, "Nils"), browser(client_of, "Mia")
    measures.session.commit()
    filled = fill(nils.get(task).text, random.Random(1))  # noqa: S311
    measures.session.commit()
    statuses = at_once(
        lambda: nils.post(task, data=filled), lambda: mia.post(f"/samtykker/{consent.id}/trekk")
    )
    assert statuses in ([303, 303], [303, 404])
    assert_whole(measures.session)


@dataclass(frozen=True)
class Met:
    """What somebody was answered when they did something, and whether it came with words."""

    what: str
    status: int
    told: bool
    page: str = field(default="", repr=False, compare=False)


@dataclass(frozen=True)
class Cast:
    """Someone in the storm: their cookie, what they may do, and their own run of luck."""

    cookie: str
    chance: random.Random
    posts: tuple[str, ...]
    """What they can send without looking first."""

    def ask(self, port: int, path: str, form: dict[str, str] | None = None) -> Met:
        """One request and its answer."""
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        body = None if form is None else urlencode(form)
        connection.request("GET" if form is None else "POST", path, body, headers)
        got = connection.getresponse()
        text = got.read().decode()
        connection.close()
        what = WORDS.search(path)
        told = "<h1" in text or '"message"' in text
        return Met(what[0] if what else "", got.status, told, text)


def test_a_storm_leaves_the_cases_whole(
    app: Flask, client_of: Clients, measures: World, storm: list[Cast], tmp_path: Path
) -> None:
    """Fifty people do what they can find in the same few cases, while timers fire and cases are

    moved to another version: every answer is one of ours with a reason, never an error, and
    afterwards tasks, timers and subscriptions are those of the engine's state.
    """
    measures.session.commit()
    answers: list[Met] = []
    with served(app) as port:
        threads = [Thread(target=live, args=(each, port, answers)) for each in storm]
        running = [*threads, Thread(target=run_jobs, args=(app, threads))]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
    assert [met for met in answers if met.status not in {200, 303, 403, 404, 409, 422}] == []
    assert [met for met in answers if met.status >= 400 and not met.told] == []
    assert len(answers) == PEOPLE_IN_STORM * TURNS
    assert {met.what for met in answers if met.status == 303} >= DONE, Counter(answers)
    assert_whole(measures.session)
    keys = state_check.keys(measures.session, None, None)
    assert [fault for key in keys for fault in state_check.check(measures.session, key)] == []
    assert state_check.orphans(measures.session) == []


@pytest.fixture
def storm(app: Flask, measures: World, tmp_path: Path) -> list[Cast]:
    """Those who are in Mia's case already and more of their colleagues; process owners, and others

    who start and tell the process that is moved between versions.
    """
    (tmp_path / "library").mkdir()
    withdrawals = [f"/samtykker/{row.id}/trekk" for row in measures.session.query(Consent)]
    mia = f"/forlop-i-gang/{measures.session.query(ProcessInstance).one().id}"
    source = in_line(task("a", "Ring"), task("b", "Skriv"), extra=REPORT)
    publish(measures, tmp_path / "library", source)
    moved = begin(measures, "En", "To", "Tre", "Fire", "Fem", "Seks")
    publish(measures, tmp_path / "library", in_line(task("a", "Ring på"), task("b"), extra=REPORT))
    told = [f"/forlop-i-gang/{case.id}/meld/meldt/?{ASKED}" for case in moved]
    owners = [f"/forlop/{KEY}/flytt?hvilke=alle"]
    kinds = {
        "koordinerende_enhet": (*told, f"{mia}/koordinator-slutter"),
        "skole": (f"{mia}/koordinator-slutter",),
        "barnevern": (),
        "nav": (),
    }
    people = [(name, tuple(withdrawals)) for name in ("Mia", "Mor")]
    people += [("Kari", kinds["koordinerende_enhet"]), ("Nils", ()), ("Siri", kinds["skole"])]
    for number in range(5):
        name = f"Eier {number}"
        measures.employee(name, "skole", "Rådgiver", "prosesseier")
        people.append((name, tuple(owners)))
    while len(people) < PEOPLE_IN_STORM:
        kind = (*kinds, *["koordinerende_enhet"] * 4)[len(people) % 8]
        measures.employee(f"Person {len(people)}", kind)
        people.append((f"Person {len(people)}", kinds[kind]))
    measures.session.commit()
    return [
        Cast(cookie_of(app, measures, name), random.Random(n), posts)  # noqa: S311
        for n, (name, posts) in enumerate(people)
    ]


def cookie_of(app: Flask, world: World, name: str) -> str:
    """What the browser of someone who is logged in sends."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    account = world.accounts[name]
    held = {"account": str(account.id), "generation": account.generation}
    return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(held)}"


@contextmanager
def served(app: Flask) -> Iterator[int]:
    """The app on the server that `rodtrad serve` uses; its port."""
    server = create_server(app, host="127.0.0.1", port=0, threads=cli.THREADS)
    thread = Thread(target=server.run)
    thread.start()
    yield int(server.effective_port)
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(1)


def run_jobs(app: Flask, while_these: list[Thread]) -> None:
    """Timers, consents and moves, a month later each time, for as long as the others are at it."""
    sessions = app.extensions["sessions"]
    while any(thread.is_alive() for thread in while_these):
        clock.travel(clock.offset() + timedelta(days=7))
        jobs.run_due(sessions, limit=5)
        jobs.run_some(sessions, limit=5)


def live(who: Cast, port: int, answers: list[Met]) -> None:
    """Do one thing after another, and remember each answer."""
    for _turn in range(TURNS):
        try:
            answers.append(one_thing(who, port))
        except (OSError, HTTPException) as error:
            answers.append(Met(type(error).__name__, 0, told=False))


def one_thing(who: Cast, port: int) -> Met:
    """Something without looking first, or something with a task of the list."""
    luck = who.chance.random()
    if who.posts and luck < 0.3:
        path, _, typed = who.chance.choice(who.posts).partition("?")
        if typed == ASKED:
            return who.ask(port, path, fill(who.ask(port, path).page, who.chance))
        return who.ask(port, path, dict([typed.split("=")]) if typed else {})
    listed = who.ask(port, "/oppgaver/?vis=alle")
    tasks = sorted(set(TASK.findall(listed.page)))
    if not tasks:
        return listed
    task = who.chance.choice(tasks)
    if luck < 0.5:
        return who.ask(port, task + who.chance.choice(("/ta", "/legg-tilbake")), {})
    opened = who.ask(port, task)
    if opened.status != 200:
        return opened
    sent = fill(opened.page, who.chance)
    return who.ask(port, task + ("/utkast" if luck < 0.65 else ""), sent)


def fill(page: str, chance: random.Random) -> dict[str, str]:
    """The form of a task's page with something in every asked."""
    filled: dict[str, str] = {}
    for asked in html.fromstring(page).xpath("//main//form//*[@name]"):
        name, kind = asked.get("name"), asked.get("type")
        if asked.tag == "select":
            values = [v for v in asked.xpath(".//option/@value") if v]
            filled[name] = chance.choice(values) if values else ""
        elif (kind == "radio" and chance.random() < 0.5) or name not in filled:
            number = asked.get("inputmode") in {"numeric", "decimal"}
            filled[name] = asked.get("value") or ("1" if number else "i morgen")
    return {k: v for k, v in filled.items() if k != "utkast" and not k.startswith(("add:", "rem"))}


def assert_whole(session: Session) -> None:
    """Every projection agrees with the engine's state, and the history has no gap."""
    session.expire_all()
    for case in session.query(ProcessInstance).all():
        rows = {table: ids(session, table, case) for table in (OpenTask, Timer, Subscription)}
        seqs = [seq for (seq,) in session.query(HistoryEntry.seq).filter_by(instance_id=case.id)]
        assert sorted(seqs) == list(range(1, case.history_length + 1))
        engine = process_instances.move(session, SYSTEM, SYSTEM_BASIS, case, lambda _case: None)
        assert rows[OpenTask] == {task.id for task in engine.open_tasks}
        assert rows[Timer] == {timer.id for timer in engine.timers}
        assert rows[Subscription] == {one.id for one in engine.subscriptions}


def ids(session: Session, table: Any, case: ProcessInstance) -> set[Any]:
    return {row.id for row in session.query(table).filter_by(instance_id=case.id)}
