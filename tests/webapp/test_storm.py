"""Many people in one case at the same moment: one wins, nobody meets an error of ours."""

import random
import re
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy.orm import Session
from world import World

from tests.workflows import stories
from webapp import jobs
from workflows import process_instances
from workflows.access import SYSTEM_BASIS
from workflows.actors import SYSTEM
from workflows.tables import Consent, HistoryEntry, OpenTask, ProcessInstance, Subscription, Timer

Clients = Callable[[str], FlaskClient]
PEOPLE = ("Mia", "Mor", "Kari", "Kåre", "Siri", "Silje", "Bjarne", "Berta", "Nils", "Nina")
TURNS = 10
TASK = re.compile("/oppgaver/[0-9a-f-]{36}")


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


def test_a_storm_leaves_the_case_whole(app: Flask, client_of: Clients, measures: World) -> None:
    """Ten people do what they can find, ten times each, while the jobs run: every answer is one of

    ours, and afterwards tasks, timers and subscriptions are those of the engine's state.
    """
    consents = [f"/samtykker/{row.id}/trekk" for row in measures.session.query(Consent)]
    case = f"/forlop-i-gang/{measures.session.query(ProcessInstance).one().id}"
    browsers = [browser(client_of, name) for name in PEOPLE]
    measures.session.commit()
    statuses: list[int] = []

    def live(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - the same storm each time
        turns = (one_thing(browsers[seed], chance, case, consents) for _turn in range(TURNS))
        statuses.extend(turns)

    threads = [Thread(target=live, args=(seed,)) for seed in range(len(PEOPLE))]
    threads.append(Thread(target=jobs.run_due, args=(app.extensions["sessions"],)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measures.session.expire_all()
    assert len(statuses) == len(PEOPLE) * TURNS
    assert set(statuses) <= {200, 303, 403, 404, 409, 422}
    assert statuses.count(303) >= TURNS // 2
    assert_whole(measures.session)


def one_thing(client: FlaskClient, chance: random.Random, case: str, consents: list[str]) -> int:
    """Open the task list and do something with a task in it, or with the case."""
    page = html.fromstring(client.get("/oppgaver/?vis=alle").text)
    tasks = [link for link in page.xpath("//a/@href") if TASK.fullmatch(link)]
    luck = chance.random()
    if luck < 0.04:
        return client.post(chance.choice(consents)).status_code
    if luck < 0.1 or not tasks:
        return client.post(f"{case}/koordinator-slutter").status_code
    task = str(chance.choice(tasks))
    if luck < 0.3:
        return client.post(task + chance.choice(("/ta", "/legg-tilbake"))).status_code
    opened = client.get(task)
    if opened.status_code != 200:
        return opened.status_code
    filled = fill(opened.text, chance)
    return client.post(task + ("/utkast" if luck < 0.4 else ""), data=filled).status_code


def fill(page: str, chance: random.Random) -> dict[str, str]:
    """The form of a task's page with something in every field."""
    filled: dict[str, str] = {}
    for field in html.fromstring(page).xpath("//form[@data-draft]//*[@name]"):
        name, kind = field.get("name"), field.get("type")
        if field.tag == "select":
            values = [v for v in field.xpath(".//option/@value") if v]
            filled[name] = chance.choice(values) if values else ""
        elif (kind == "radio" and chance.random() < 0.5) or name not in filled:
            number = field.get("inputmode") in {"numeric", "decimal"}
            filled[name] = field.get("value") or ("1" if number else "i morgen")
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
