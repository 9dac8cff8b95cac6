"""Every route against every kind of people: one table says what each of them gets."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from databases import Databases
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7
from world import World

from tests.webapp.conftest import Reopened
from tests.workflows import stories
from webapp import create_app
from workflows import clock, consents, definitions, handovers, notices, upgrade_jobs
from workflows.actors import Actor
from workflows.database import connect
from workflows.errors import NotFound
from workflows.tables import (
    Account,
    AuditEntry,
    BulkJob,
    Consent,
    Decision,
    Evaluation,
    Goal,
    Handover,
    HistoryEntry,
    InstanceMove,
    Measure,
    Notice,
    OpenTask,
    Person,
    Plan,
    ProcessDefinition,
    ProcessInstance,
    Rating,
    Relation,
    Service,
    TeamMember,
)

PEOPLE = {
    "an": "nobody is logged in",
    "Mi": "Mia, the person",
    "Ad": "Ada, another person",
    "Mo": "Mor, her guardian",
    "Fa": "Far, was her guardian until today",
    "To": "Tone, her coordinator",
    "Si": "Siri, was her coordinator, in a service whose consent is withdrawn",
    "Bj": "Bjarne, in a service with consent",
    "St": "Stian, in the service whose consent is withdrawn",
    "Ni": "Nils, in a service whose consent has expired",
    "Be": "Berit, in a service that was refused",
    "Fr": "Frida, in a service with a case of its own",
    "Pa": "Paul, proposed as the next coordinator",
    "Ka": "Kari, in the coordinating unit",
    "Ol": "Olga, in the coordinating unit of another municipality",
    "Ev": "Even, in a service that knows nothing of her; he owns the processes",
}
STATUS = {"ok": 200, "->": 303, "in": 401, "no": 403, "--": 404, "!!": 409, "??": 422}
MATRIX = """
                                               an Mi Ad Mo Fa To Si Bj St Ni Be Fr Pa Ka Ol Ev
GET  /                                         -> -> -> -> -> -> -> -> -> -> -> -> -> -> -> ->
GET  /om                                       ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
GET  /tilgjengelighet                          ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
GET  /api/v1/                                  ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
GET  /api/v1/openapi.json                      ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
GET  /healthz                                  ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
GET  /readyz                                   ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
GET  /metrics                                  ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
GET  /static/mark.svg                          ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
GET  /static/../app.py                         -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
GET  /static/..%2f..%2finstance/secret_key     -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
GET  /logg-inn                                 ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
POST /logg-inn                                 ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ??
POST /logg-ut                                  -> -> -> -> -> -> -> -> -> -> -> -> -> -> -> ->
POST /sprak                                    -> -> -> -> -> -> -> -> -> -> -> -> -> -> -> ->
GET  /varsler/                                 -> ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
POST /varsler/{varsel}                         in -- -- -- -- -- -- -> -- -- -- -- -- -- -- --
GET  /personer/                                -> ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
GET  /personer/ny                              -> no no no no ok ok ok ok ok ok ok ok ok ok ok
POST /personer/ny                              in no no no no -> -> -> -> -> -> -> -> -> -> ->
GET  /personer/{mia}                           -> ok -- ok -- ok -- ok -- -- -- ok ok ok -- --
GET  /personer/{mia}/innsyn                    -> ok -- ok -- no -- no -- -- -- no no no -- --
GET  /personer/{mia}/naerperson/               -> ok -- ok -- ok -- no -- -- -- ok no ok -- --
POST /personer/{mia}/naerperson/               in -> -- -> -- -> -- no -- -- -- -> no -> -- --
GET  /personer/{mia}/fodselsdato               -> no -- no -- ok -- no -- -- -- ok no ok -- --
POST /personer/{mia}/fodselsdato               in no -- no -- -> -- no -- -- -- -> no -> -- --
GET  /personer/{mia}/start/                    -> ok -- ok -- ok -- no -- -- -- ok no ok -- --
GET  /personer/{mia}/start/individuell_plan    -> ok -- ok -- ok -- no -- -- -- ok no ok -- --
POST /personer/{mia}/start/individuell_plan    in ?? -- ?? -- ?? -- no -- -- -- ?? no ?? -- --
GET  /forlop-i-gang/{case}                     -> ok -- ok -- ok -- ok -- -- -- ok ok ok -- --
GET  /forlop-i-gang/{case}/koordinator-slutter -> ?? -- ?? -- ?? -- no -- -- -- no no ?? -- --
POST /forlop-i-gang/{case}/koordinator-slutter in ?? -- ?? -- ?? -- no -- -- -- no no ?? -- --
GET  /forlop-i-gang/{case}/meld/vent/          -> ?? -- ?? -- ?? -- no -- -- -- no no ?? -- --
POST /forlop-i-gang/{case}/meld/vent/          in ?? -- ?? -- ?? -- no -- -- -- no no ?? -- --
GET  /forlop-i-gang/{case}/trekk-samtykke      -> ok -- ok -- ok -- no -- -- -- no no no -- --
POST /forlop-i-gang/{case}/trekk-samtykke      in -> -- -> -- -> -- no -- -- -- no no no -- --
GET  /forlop-i-gang/{case}/familien/{mia}/forlat -> !! -- !! -- no -- no -- -- -- no no no -- --
POST /forlop-i-gang/{case}/familien/{mia}/forlat in !! -- !! -- no -- no -- -- -- no no no -- --
POST /forlop-i-gang/{case}/familien/{mia}/vis  in ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ??
GET  /samtykker/{consent}/trekk                -> ok -- ok -- ok -- no -- -- -- no no no -- --
POST /samtykker/{consent}/trekk                in -> -- -> -- -> -- no -- -- -- no no no -- --
GET  /evalueringer/{runde}                     -> ok -- ok -- ok -- ok -- -- -- no no no -- --
GET  /svar/{mote}                              -> ok -- ok -- ok -- ok -- -- -- no no no -- --
GET  /svar/{samtykke}                          -> ok -- ok -- ok -- no -- -- -- no no no -- --
GET  /oppgaver/                                -> ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
GET  /oppgaver/{tiltak}                        -> -- -- -- -- -- -- ok -- -- -- -- -- -- -- --
POST /oppgaver/{tiltak}                        in -- -- -- -- -- -- ?? -- -- -- -- -- -- -- --
POST /oppgaver/{tiltak}/utkast                 in -- -- -- -- -- -- ok -- -- -- -- -- -- -- --
POST /oppgaver/{tiltak}/forkast                in -> -> -> -> -> -> -> -> -> -> -> -> -> -> ->
POST /oppgaver/{tiltak}/ta                     in -- -- -- -- -- -- -> -- -- -- -- -- -- -- --
POST /oppgaver/{tiltak}/legg-tilbake           in -- -- -- -- -- -- no -- -- -- -- -- -- -- --
POST /oppgaver/{tiltak}/gi-videre              in -- -- -- -- -- -- no -- -- -- -- -- -- -- --
GET  /oppgaver/{parkert}                       -> -- -- -- -- ok -- -- -- -- -- -- -- -- -- --
POST /oppgaver/{parkert}                       in -- -- -- -- ?? -- -- -- -- -- -- -- -- -- --
POST /oppgaver/{parkert}/ta                    in -- -- -- -- no -- -- -- -- -- -- -- -- -- --
GET  /oppgaver/{svar}                          -> -- -- -- -- -- -- -- -- -- -- -- ok -- -- --
POST /oppgaver/{svar}                          in -- -- -- -- -- -- -- -- -- -- -- ?? -- -- --
POST /oppgaver/{svar}/ta                       in -- -- -- -- -- -- -- -- -- -- -- no -- -- --
GET  /forlop/                                  -> ok ok ok -- ok ok ok ok ok ok ok ok ok ok ok
GET  /drift/jobber/                            -> no no no no no no no no no no no no no no no
POST /drift/jobber/                            in no no no no no no no no no no no no no no no
GET  /belastning/                              -> no no no no no no no no no no no no ok ok no
GET  /drift/                                   -> no no no no no no no no no no no no no no no
POST /drift/prov-igjen                         in no no no no no no no no no no no no no no no
GET  /drift/{stoppet}                          -> no no no no no no no no no no no no no no no
POST /drift/{stoppet}/prov-igjen               in no no no no no no no no no no no no no no no
POST /drift/{stoppet}/hopp-over                in no no no no no no no no no no no no no no no
GET  /forlop/individuell_plan                  -> ok ok ok -- ok ok ok ok ok ok ok ok ok ok ok
GET  /forlop/individuell_plan/versjoner        -> no no no -- no no no no no no no no no no ok
GET  /forlop/individuell_plan/flytt            -> no no no -- no no no no no no no no no no ok
POST /forlop/individuell_plan/flytt            in no no no -- no no no no no no no no no no ??
GET  /forlop/flyttinger/{flytting}             -> -- -- -- -- -- -- -- -- -- -- -- -- -- -- ok
POST /forlop/flyttinger/{flytting}/stopp       in -- -- -- -- -- -- -- -- -- -- -- -- -- -- ->
POST /forlop/flyttinger/{flytting}/angre       in -- -- -- -- -- -- -- -- -- -- -- -- -- -- ->
POST /forlop/flyttinger/{flytting}/angre/{flyttet} in -- -- -- -- -- -- -- -- -- -- -- -- -- -- ->
GET  /forlop/{version}/individuell_plan.bpmn   -> ok ok ok -- ok ok ok ok ok ok ok ok ok ok ok
"""
"""Rows: a request; names in braces are ids of Mia's, from `settle`. Columns: PEOPLE.

`->` for nobody is the way to the log-in page, else that it was done; `??` that one may, and nothing
was filled in.
"""
BODIES = {
    "/personer/ny": {"name": "Ny Person", "language": "nb"},
    "/personer/{mia}/naerperson/": {"name": "Onkel", "kind": "annen"},
    "/oppgaver/{svar}/gi-videre": {"til": "x"},
    "/oppgaver/{tiltak}/gi-videre": {"til": "x"},
}
ABOUT_NOBODY = {
    "/logg-inn",
    "/logg-ut",
    "/sprak",
    "/varsler/{varsel}",
    "/oppgaver/{tiltak}/forkast",
    "/forlop/flyttinger/{flytting}/stopp",
    "/forlop/flyttinger/{flytting}/angre",
}
"""What is done there changes nothing about a person."""
BASIS = {
    "Ad": "selv",
    "Mo": "foresatt",
    "To": "koordinator",
    "Bj": "samtykke",
    "Pa": "overlevering",
    "Ka": "plikt",
    "Ev": "prosesseier",
}
TASKS = ("/oppgaver/?vis=alle", "/oppgaver/?vis=alle&sorter=person", "/oppgaver/?vis=alle&q=mia")
LISTS = {
    "/personer/{mia}": ("/personer/", "/personer/?q=mia"),
    "/oppgaver/{tiltak}": TASKS,
    "/oppgaver/{parkert}": TASKS,
    "/oppgaver/{svar}": TASKS,
}
LITTLE = (
    *("/personer/", "/personer/{mia}", "/forlop-i-gang/{case}", "/oppgaver/{svar}"),
    *("/personer/{mia}/start/", "/personer/{mia}/start/individuell_plan"),
)
TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')
FREE_TEXT: dict[Any, tuple[str, ...]] = {
    Account: ("name",),
    Consent: ("purpose", "not_shared"),
    Decision: ("what", "comment"),
    Goal: ("text", "area"),
    Handover: ("reason",),
    Measure: ("what", "how", "extent", "goal", "comment"),
    Person: ("name", "phone", "email", "address"),
    Plan: ("own_view",),
    Rating: ("words",),
    Relation: ("name", "phone", "email"),
    Service: ("name", "phone", "email"),
    TeamMember: ("name", "role", "service", "phone"),
}


@dataclass(frozen=True)
class Town:
    """The app on a database in which nothing is kept, the ids in the table, and the accounts."""

    app: Flask
    ids: dict[str, str]
    accounts: dict[str, Account]

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(action, basis) of what has been noted since it was last emptied."""
        noted: list[tuple[str, str]] = self.app.extensions["sessions"].lines
        return noted

    def page(self, name: str, path: str) -> str:
        """What someone reads at a path, or nothing when they may not."""
        sent = self.browser(name).get(path.format(**self.ids))
        return sent.text if sent.status_code == 200 else ""

    def browser(self, name: str) -> FlaskClient:
        client = self.app.test_client()
        if name == "an":
            return client
        account = next(row for key, row in self.accounts.items() if key.startswith(name))
        with client.session_transaction() as cookie:
            cookie["account"], cookie["generation"] = str(account.id), account.generation
        return client


class Undone:
    """Sessions that do all their work, and take it back at the end; `lines` is what was noted."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.lines: list[tuple[str, str]] = []
        self.day = clock.today().isoformat()

    @contextmanager
    def begin(self) -> Iterator[Session]:
        with Session(self._engine, expire_on_commit=False) as session:
            yield session
            session.flush()
            new = select(AuditEntry.action, AuditEntry.basis).where(AuditEntry.day == self.day)
            self.lines += [(action, basis) for action, basis in session.execute(new)]
            session.expunge_all()  # as after a commit: what was loaded stays to be drawn
            session.rollback()


@pytest.fixture(scope="module")
def town(databases: Databases, seed: str) -> Iterator[Town]:
    """Mia's case with everybody of PEOPLE around it."""
    url = databases.copy(seed)
    app = create_app(url, testing=True)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.extensions["sessions"].begin() as session:
        world = Reopened(session)
        ids = settle(world)
        known = dict(world.accounts)
    owner = connect(databases.owner(url))
    with owner.begin() as connection:
        connection.execute(
            update(AuditEntry).values(day="2020-01-01")
        )  # what follows is told apart
    owner.dispose()
    app.extensions["sessions"] = Undone(app.extensions["engine"])
    yield Town(app, ids, known)
    app.extensions["engine"].dispose()
    databases.drop(url)


def settle(world: World) -> dict[str, str]:
    """Bring everybody where PEOPLE says they are; the ids that the table names."""
    for kind, name in (("ppt", "Tone"), ("bup", "Berit"), ("fysio", "Frida"), ("helse", "Paul"),
                       ("kultur", "Even"), ("skole", "Stian")):  # fmt: skip
        if kind not in world.services:
            world.service(kind)
        world.employee(name, kind, "Rådgiver", *(["prosesseier"] if name == "Even" else []))
    world.person("Ada")
    world.guardian("Far", of="Mia")
    world.session.query(Relation).filter_by(name="Far").one().until = clock.today()
    world.own_case("fysio", "Mia")
    instance = stories.to_measures(world)
    hand_over(world, "Siri", to="Tone")
    withdraw(world, "skole")
    propose(world, "Tone", to="Paul")
    consent = consent_of(world, "nav")
    consent.valid_until = clock.today() - timedelta(days=1)
    refuse(world, consent, "bup")
    name_in_team(world, consent, "Norunn", "NAV Prøvevik")
    evaluation = evaluate(world, instance)
    other = World(world.session)
    other.publish()
    other.service("koordinerende_enhet", "Koordinerende enhet der")
    world.accounts["Olga"] = other.employee("Olga", "koordinerende_enhet")
    notices.send(world.session, instance, world.account_id("Bjarne"), "Noe venter.")
    job, made = move(world, instance)
    world.session.flush()
    return {
        "flytting": str(job.id),
        "flyttet": str(made.id),
        "mia": str(world.persons["Mia"].id),
        "case": str(instance.id),
        "version": instance.definition_version,
        "runde": str(evaluation.id),
        "consent": str(consent_of(world, "barnevern").id),
        "mote": str(answer(world, "startmote")),
        "samtykke": str(answer(world, "samtykke_svar")),
        "tiltak": str(measures(world, "barnevern")),
        "parkert": str(measures(world, "skole")),
        "stoppet": str(uuid7()),  # those who run the system are in test_incidents
        "svar": str(world.open_task("overlevering_svar").id),
        "varsel": str(world.session.query(Notice).order_by(Notice.id.desc()).first().id),  # type: ignore[union-attr]
    }


def move(world: World, instance: ProcessInstance) -> tuple[BulkJob, InstanceMove]:
    """A move of her case to the version it is on, and the job that did it."""
    job = upgrade_jobs.start_upgrade(
        world.session, world.actor("Even"), instance.municipality_id, "individuell_plan", {}, []
    )
    made = InstanceMove(
        municipality_id=instance.municipality_id,
        instance_id=instance.id,
        from_version=instance.definition_version,
        to_version=instance.definition_version,
        mapping={},
        state_before=instance.state,
        revision_after=instance.revision,
        job_id=job.id,
        moved_by=world.account_id("Even"),
        moved_at=clock.now(),
    )
    world.session.add(made)
    return job, made


def hand_over(world: World, giver: str, to: str) -> None:
    propose(world, giver, to)
    world.complete(to, "overlevering_svar", godtar="ja")
    world.complete(giver, "overlevering_mote", dato=clock.today().isoformat(), viktigst="Ro")


def propose(world: World, giver: str, to: str) -> None:
    case = world.session.query(OpenTask).first()
    assert case
    handovers.leave_as_coordinator(world.session, world.actor(giver), case.instance_id)
    successor = str(world.account_id(to))
    world.complete(giver, "overlevering_forslag", ny_koordinator=successor, hvorfor="Bytter jobb")
    world.complete("Mia", "overlevering_onske", onske="Helst ikke")


def consent_of(world: World, kind: str) -> Consent:
    return world.session.query(Consent).filter_by(service_id=world.services[kind].id).one()


def withdraw(world: World, kind: str) -> None:
    consents.withdraw_consent(world.session, world.actor("Mia"), consent_of(world, kind).id)


def refuse(world: World, like: Consent, kind: str) -> None:
    world.session.add(
        Consent(
            municipality_id=like.municipality_id,
            person_id=like.person_id,
            instance_id=like.instance_id,
            service_id=world.services[kind].id,
            purpose=like.purpose,
            given=False,
            form="skriftlig",
            decided_at=clock.now(),
            decided_by=like.decided_by,
        )
    )


def name_in_team(world: World, like: Consent, name: str, service: str) -> None:
    world.session.add(
        TeamMember(
            municipality_id=like.municipality_id,
            instance_id=like.instance_id,
            name=name,
            service=service,
        )
    )


def evaluate(world: World, instance: ProcessInstance) -> Evaluation:
    """A round that is over, with a rating and a decision in it."""
    round_ = Evaluation(
        municipality_id=instance.municipality_id,
        id=uuid7(),
        instance_id=instance.id,
        round=1,
        opened_at=clock.now(),
        opened_seq=instance.history_length,
        answer_by=clock.now(),
        concluded_at=clock.now(),
        conclusion="fortsett",
        missing=[str(instance.person_id)],
    )
    world.session.add(round_)
    world.session.flush()
    where = {"municipality_id": instance.municipality_id, "evaluation_id": round_.id}
    goal = world.session.scalars(select(Goal.id)).first()
    service_id, person_id = world.services["ppt"].id, instance.person_id
    world.session.add_all(
        [
            Rating(**where, goal_id=goal, service_id=service_id, score=1, words="Bra"),
            Rating(**where, goal_id=goal, person_id=person_id, score=7, words="Bedre"),
            Decision(
                **where,
                instance_id=instance.id,
                position=0,
                what="Ringe",
                due_on=clock.today(),
                answered_at=clock.now(),
                comment="Ringte",
            ),
        ]
    )
    return round_


def answer(world: World, element: str) -> object:
    return world.session.query(HistoryEntry).filter_by(element=element, kind="completed").one().id


def measures(world: World, kind: str) -> object:
    tasks = world.session.query(OpenTask).filter_by(element="tiltak_status")
    return tasks.filter_by(item=world.service_id(kind)).one().id


API = """
GET  /api/v1/definitions
POST /api/v1/definitions
GET  /api/v1/definitions/individuell_plan
GET  /api/v1/definitions/individuell_plan/source
POST /api/v1/instances
GET  /api/v1/instances/{case}
GET  /api/v1/instances/{case}/history
POST /api/v1/instances/{case}/upgrade
GET  /api/v1/instances/{case}/history/{mote}
GET  /api/v1/tasks
GET  /api/v1/tasks/{tiltak}
POST /api/v1/tasks/{tiltak}/claim
POST /api/v1/tasks/{tiltak}/release
POST /api/v1/tasks/{tiltak}/complete
POST /api/v1/messages
GET  /api/v1/messages/{case}/vent
POST /api/v1/persons
GET  /api/v1/persons/{mia}
GET  /api/v1/webhooks
POST /api/v1/webhooks
DELETE /api/v1/webhooks/{case}
GET  /api/v1/webhooks/{case}/deliveries
"""
"""The operations for other systems: a log-in in a browser opens none of them. What a token opens

is in tests/webapp/api.
"""


def rows() -> Iterator[tuple[str, str, list[int]]]:
    """(method, path with names in braces, status per column)."""
    for line in MATRIX.strip().splitlines()[1:]:
        method, path, *statuses = line.split()
        yield method, path, [STATUS[status] for status in statuses]
    for line in API.strip().splitlines():
        method, path = line.split()
        yield method, path, [STATUS["in"]] * len(PEOPLE)


@dataclass(frozen=True)
class Asked:
    """A cell of the table, and what came of it."""

    method: str
    path: str
    name: str
    expected: int
    status: int
    text: str
    lines: list[tuple[str, str]]

    @property
    def cell(self) -> str:
        return f"{self.method} {self.path} {self.name}"


def ask(town: Town, method: str, path: str, name: str, expected: int) -> Asked:
    town.lines.clear()
    address = path.format(**town.ids)
    with town.browser(name).open(address, method=method, data=BODIES.get(path)) as sent:
        # A token is random, and may spell any name.
        text = "" if path.startswith("/static") else TOKEN.sub("", sent.text)
        return Asked(method, path, name, expected, sent.status_code, text, list(town.lines))


@pytest.fixture(scope="module")
def asked(town: Town) -> list[Asked]:
    """The whole table, asked once."""
    return [
        ask(town, method, path, name, expected)
        for method, path, statuses in rows()
        for name, expected in zip(PEOPLE, statuses, strict=True)
    ]


def test_everybody_gets_what_the_table_says(asked: list[Asked]) -> None:
    """Each request of each kind of people gives the status in the table."""
    assert [f"{a.cell}: {a.status}" for a in asked if a.status != a.expected] == []


def test_every_route_stands_in_the_table(town: Town) -> None:
    """A route without a row fails here: whoever adds one says who may use it."""
    adapter = town.app.url_map.bind("")
    listed = {
        (method, adapter.match(path.format(**town.ids), method)[0])
        for method, path, _statuses in rows()
    }
    there = {
        (method, rule.endpoint)
        for rule in town.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert there - listed == set()


def test_whatever_names_her_or_changes_something_leaves_a_line(asked: list[Asked]) -> None:
    """Every page that names Mia, and everything done about her, is noted with its basis;

    a refusal is no sight, and leaves none.
    """
    wrong = []
    for a in asked:
        if a.name in {"an", "Mi"}:  # her own name is in her menu
            continue
        done = a.status in {200, 303} and a.method == "POST" and a.path not in ABOUT_NOBODY
        named = "Mia" in a.text or (a.name == "Ad" and a.path == "/personer/")
        bases = {basis for _action, basis in a.lines}
        if bool(bases) != (done or named) or not bases <= {BASIS.get(a.name), "egen_sak"}:
            wrong.append((a.cell, a.status, a.lines))
    assert wrong == []


def test_who_is_in_a_list_can_be_opened_and_nobody_else_is(town: Town) -> None:
    """The list, the search and the page itself follow one rule."""
    wrong = [
        (name, path, where)
        for name in list(PEOPLE)[1:]
        for path, lists in LISTS.items()
        for where in lists
        if (path.format(**town.ids) in town.page(name, where)) != bool(town.page(name, path))
    ]
    assert wrong == []


def test_the_filters_name_only_those_in_the_list(town: Town) -> None:
    """An employee who sees no task of hers finds her in no choice either."""
    for name in list(PEOPLE)[5:]:
        sees = any(
            town.page(name, f"/oppgaver/{{{task}}}") for task in ("tiltak", "parkert", "svar")
        )
        assert (f'value="{town.ids["mia"]}"' in town.page(name, "/oppgaver/?q=finnes ikke")) is sees


@pytest.mark.parametrize("name", ["Fr", "Pa", "Ka"])
def test_who_only_knows_of_her_learns_little(town: Town, name: str) -> None:
    """Without the right to the plan: who she is, that a case runs, and who coordinates it."""
    seen = "".join(town.page(name, path) for path in LITTLE)
    assert "Tone" in seen
    plan = ["Sove bedre", "Tiltak fra", "Trener Tore", "Mor<", "/svar/", "Trukket", "data-bpmn"]
    told = plan if name != "Pa" else plan[:-1]  # his own task has its diagram
    assert [text for text in told if text in seen] == []


def test_the_next_evaluation_is_part_of_the_plan(town: Town) -> None:
    """In the list of persons too, its date is only for those who may read the plan."""
    assert "ikke satt" not in town.page("To", "/personer/")
    assert "ikke satt" in town.page("Fr", "/personer/")


def test_how_a_case_ended_is_part_of_it(town: Town) -> None:
    """That it ended is for all who know of it; that consent was withdrawn is not."""
    sessions = town.app.extensions["sessions"]
    before = sessions.begin

    @contextmanager
    def begin() -> Iterator[Session]:
        with before() as session:
            for case in session.scalars(select(ProcessInstance)):
                case.ended_at, case.outcome = clock.now(), "Avsluttet etter trukket samtykke"
            session.flush()
            yield session

    sessions.begin = begin
    try:
        assert "Avsluttet etter trukket samtykke" in town.page("Mi", "/forlop-i-gang/{case}")
        page = town.page("Fr", "/forlop-i-gang/{case}")
        assert "Avsluttet" in page
        assert "trukket samtykke" not in page
        assert town.page("Bj", "/forlop-i-gang/{case}") == ""
    finally:
        sessions.begin = before


def test_services_are_not_told_which_other_was_refused(town: Town) -> None:
    """Bjarne reads the plan by consent, and nothing of whom Mia said no to."""
    seen = town.page("Bj", "/personer/{mia}") + town.page("Bj", "/forlop-i-gang/{case}")
    seen += town.page("Bj", "/oppgaver/{tiltak}") + town.page("Bj", "/evalueringer/{runde}")
    assert "Sove bedre" in seen
    assert "Prøvevik skole" not in town.page("Bj", "/oppgaver/{tiltak}")
    told = ["Bup", "Trukket", "Sagt nei", "Gått ut", "på vent", "ikke samtykket"]
    assert [word for word in told if word in seen] == []
    for name in ("Mi", "To"):
        assert "Bup" in town.page(name, "/personer/{mia}")
        assert "på vent" in town.page(name, "/personer/{mia}")
    assert town.ids["samtykke"] not in seen
    assert town.ids["samtykke"] in town.page("To", "/personer/{mia}")


def test_the_team_is_those_who_may_know(town: Town) -> None:
    """A service without consent today is not in the team, nor is whoever was named from it."""
    team = town.page("To", "/personer/{mia}").split('id="teamet"')[1].split("</section>")[0]
    assert "Bjarne" in team
    assert "Trener Tore" in team
    assert "Nils" not in team
    assert "Norunn" not in team


def test_a_successor_sees_the_handover_alone(town: Town) -> None:
    """Before saying yes one sees the proposal and the wish, no other step and no one else."""
    page = town.page("Pa", "/oppgaver/{svar}")
    assert "Helst ikke" in page
    assert "/svar/" not in page
    assert [name for name in ("Bjarne", "Siri", "Kari", "Startmøte") if name in page] == []


def without_ids(text: str, path: str, town: Town) -> str:
    for key in re.findall(r"{(\w+)}", path):
        text = text.replace(town.ids[key], "")
    return text


def test_what_is_hidden_and_what_is_not_there_look_the_same(town: Town, asked: list[Asked]) -> None:
    """An id that exists and one that does not give word for word the same page."""
    nowhere = Town(town.app, dict.fromkeys(town.ids, str(UUID(int=7))), town.accounts)
    wrong = []
    for a in asked:
        if a.status == 404 and "{" in a.path and "{version}" not in a.path:
            again = ask(nowhere, a.method, a.path, a.name, 404)
            there = without_ids(a.text, a.path, town)
            not_there = without_ids(again.text, a.path, nowhere)
            if there != not_there:
                wrong.append(a.cell)
    assert wrong == []


MANY = b"".join(
    b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % n for n in range(3001)
)
FILE = (
    b'--x\r\nContent-Disposition: form-data; name="til"; filename="../a\x00"\r\n\r\nx\r\n--x--\r\n'
)
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
NAMES = b"send utkast add:x remove:x:0 next language username password name kind til q".split()
HOSTILE = {
    "no text": (FORM, b"&".join(name + b"=%00%1b%0d%0aSet-Cookie:x=1" for name in NAMES)),
    "surrogates": (FORM, b"&".join(name + b"=%ED%A0%80%ff" for name in NAMES)),
    "a name that is none": (FORM, b"%00=%00&=&%ED%A0%80=1&__proto__=1&tiltak-99999-id=1&a[b]=c"),
    "many of each": (FORM, b"&".join(name + b"=" + name for name in NAMES * 20)),
    "a megabyte": (FORM, b"&".join(name + b"=" + b"x" * 70_000 for name in NAMES)),
    "3,001 parts": (PARTS, MANY + b"--x--\r\n"),
    "a file": (PARTS, FILE),
    "half a part": (PARTS, MANY[:50]),
    "no boundary": ("multipart/form-data", MANY[:500]),
    "JSON": ("application/json", b'{"send": ["1"], "til": {"a": null}}'),
    "half JSON": ("application/json", b'{"'),
    "XML": ("application/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
    "nothing": ("", b""),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_whatever_is_sent_is_answered(town: Town, kind: str) -> None:
    """No body, however wrong, is an error of ours, leads away from here, or sets a header."""
    sort, body = HOSTILE[kind]
    wrong = []
    for method, path, statuses in rows():
        allowed = [n for n, s in zip(PEOPLE, statuses, strict=True) if s in {200, 303, 422}]
        if method != "POST" or not allowed:
            continue
        address = path.format(**town.ids)
        sent = town.browser(allowed[-1]).post(address, data=body, content_type=sort)
        away = not (sent.location or "/").startswith("/") or "x=1" in str(sent.headers)
        if sent.status_code >= 500 or away:
            wrong.append((path, sent.status_code, sent.location))
    assert wrong == []


def test_diagrams_of_another_municipality_are_not_ours(town: Town) -> None:
    """A version that only another municipality has published is not found here."""
    with town.app.extensions["sessions"].begin() as session:
        row = session.scalars(
            select(ProcessDefinition).where(ProcessDefinition.version == town.ids["version"])
        ).first()
        assert row
        other = uuid7()
        session.add(
            ProcessDefinition(
                municipality_id=other,
                version="f" * 64,
                key=row.key,
                title=row.title,
                source=row.source,
                calls={},
                published_at=row.published_at,
            )
        )
        session.flush()
        stranger = Actor(account_id=uuid7(), name="", municipalities=frozenset({other}))
        assert definitions.source(session, stranger, "f" * 64, row.key)
        ours = Actor(account_id=uuid7(), name="", municipalities=frozenset({row.municipality_id}))
        with pytest.raises(NotFound):
            definitions.source(session, ours, "f" * 64, row.key)


def test_what_people_write_is_never_markup(town: Town) -> None:
    """Names, goals, answers, roles and titles with markup in them are shown as they were typed."""
    evil = "</script><img src=x onerror=alert(1)>'\"{{7*7}}%(name)s"
    sessions = town.app.extensions["sessions"]
    before = sessions.begin

    @contextmanager
    def begin() -> Iterator[Session]:
        with before() as session:
            for table, columns in FREE_TEXT.items():
                session.execute(update(table).values(dict.fromkeys(columns, evil)))
            yield session

    sessions.begin = begin
    try:
        for name in ("Mi", "To", "Bj", "Pa", "Fr", "Ka"):
            for method, path, _statuses in rows():
                if method == "GET" and "static" not in path:
                    page = town.browser(name).get(path.format(**town.ids)).text
                    assert "<img src=x" not in page, (name, path)
                    assert "49%" not in page
    finally:
        sessions.begin = before
