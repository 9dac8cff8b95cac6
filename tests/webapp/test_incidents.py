"""The operators' page and commands: what stands still is seen, retried and skipped."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from databases import Databases
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse
from world import World

from tests.workflows import stories
from tests.workflows.breaking import Broken, Clashing, the_incident
from webapp import cli, jobs
from workflows import clock, incidents
from workflows.database import TRIES, connect
from workflows.tables import Incident, OpenTask, Timer

ClientOf = Callable[[str], FlaskClient]
Run = Callable[..., Result]


@pytest.fixture
def broken(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broken]:
    """Mia's case stands still where a coordinator was to be written down; Odd is operator."""
    world.employee("Odd", "koordinerende_enhet", "Driftsansvarlig", "drift")
    made = Broken(monkeypatch, "coordinator.appoint", ValueError("Mia Testesen"))
    stories.to_coordinator(world)
    world.session.commit()
    yield made
    clock.travel(timedelta(0))


@pytest.fixture
def run(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `rodtrad` on the app's database."""
    url = app.extensions["engine"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("RODTRAD_DATABASE_URL", url)
    return lambda *args: CliRunner().invoke(
        cli.main, args, catch_exceptions=False, prog_name="rodtrad"
    )


def address(world: World, what: str = "") -> str:
    row = the_incident(world)
    world.session.commit()
    return f"/drift/{row.id}{what}"


def appoint(world: World, browser: FlaskClient) -> TestResponse:
    """Somebody's answer, after which an operation writes down the coordinator."""
    stories.to_consent(world)
    stories.answer_consent(world)
    task = world.open_task("oppnevn_koordinator").id
    answers = {
        "koordinator": str(world.account_id("Siri")),
        "begrunnelse": "Mia ønsker Siri.",
        "neste_kontakt": "1.1.2030",
    }
    world.session.commit()
    return browser.post(f"/oppgaver/{task}", data=answers)


@pytest.mark.database
def test_an_operation_that_clashes_every_time_is_at_fault(
    world: World, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it writes is there already at each try: the answers are kept, and its step stands."""
    clashing = Clashing(monkeypatch, "coordinator.appoint")
    assert appoint(world, client_of("Kari")).status_code == 303
    assert clashing.calls == TRIES
    row = the_incident(world)
    assert (row.element, row.kind, row.attempts) == ("registrer_koordinator", "operation", 1)
    assert row.error.startswith("IntegrityError < ")
    assert "tests/workflows/breaking.py:" in row.error


@pytest.mark.database
def test_an_operation_that_clashes_and_then_does_not_has_lost_a_race(
    world: World, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun anew it goes well, and nothing tells of it."""
    clashing = Clashing(monkeypatch, "coordinator.appoint", times=TRIES - 1)
    assert appoint(world, client_of("Kari")).status_code == 303
    assert clashing.calls == TRIES
    assert world.session.scalars(select(Incident)).all() == []


def test_a_reference_to_nothing_is_no_race(
    world: World, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the database will never keep makes an incident at the first try."""
    broken = Broken(monkeypatch, "coordinator.appoint", IntegrityError("", {}, Exception("NULL")))
    assert appoint(world, client_of("Kari")).status_code == 303
    assert the_incident(world).attempts == 1
    broken.mend()


def test_list_says_what_and_where_and_not_whom(
    broken: Broken, world: World, client_of: ClientOf
) -> None:
    """Process, step, error and attempts; no person."""
    text = client_of("Odd").get("/drift/").text
    for shown in ("1 steg står stille", "Registrer koordinator", "ValueError", "Prøvd 1 gang"):
        assert shown in text
    assert "Mia" not in text
    assert "Testesen" not in text


def test_only_operators_have_the_page(broken: Broken, world: World, client_of: ClientOf) -> None:
    """In the menu and at the address."""
    for name, may in (("Odd", True), ("Kari", False), ("Siri", False), ("Mia", False)):
        browser = client_of(name)
        assert ('href="/drift/"' in browser.get("/varsler/").text) is may
        for path in ("/drift/", address(world)):
            assert browser.get(path).status_code == (200 if may else 403)


def test_retry_tells_how_it_went(broken: Broken, world: World, client_of: ClientOf) -> None:
    """Still standing: back to it. Gone on: back to the list."""
    odd = client_of("Odd")
    again = odd.post(address(world, "/prov-igjen"), follow_redirects=True).text
    assert "Det stoppet igjen." in again
    broken.mend()
    assert (
        "Forløpet går videre."
        in odd.post(address(world, "/prov-igjen"), follow_redirects=True).text
    )
    assert "Ingenting har stoppet." in odd.get("/drift/").text
    assert odd.get(address(world)).status_code == 409


def test_skip_needs_a_reason(broken: Broken, world: World, client_of: ClientOf) -> None:
    """Without one the page says so and keeps nothing; with one the case goes on."""
    odd = client_of("Odd")
    refused = odd.post(address(world, "/hopp-over"), data={"reason": " "})
    assert (refused.status_code, "Skriv hvorfor" in refused.text) == (422, True)
    odd.post(address(world, "/hopp-over"), data={"reason": "Gjort for hånd"})
    assert the_incident(world).reason == "Gjort for hånd"
    assert world.open_elements() != []


def test_all_of_a_kind_are_tried_by_the_jobs(
    broken: Broken, world: World, client_of: ClientOf, app: Flask
) -> None:
    """The page answers at once; the jobs do it."""
    broken.mend()
    where = {"forlop": "individuell_plan", "element": "registrer_koordinator"}
    shown = client_of("Odd").post("/drift/prov-igjen", data=where, follow_redirects=True)
    assert "1 prøves igjen" in shown.text
    assert jobs.run_due(app.extensions["sessions"], limit=1) == 1
    assert the_incident(world).status == "retried"


def test_list_goes_on_and_is_filtered(
    broken: Broken, world: World, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link to the next page where there is more; a process that has nothing shows nothing."""
    monkeypatch.setattr(incidents, "PAGE", 1)
    odd = client_of("Odd")
    assert "Vis flere" in odd.get("/drift/").text
    assert "Ingenting har stoppet." in odd.get(f"/drift/?etter={the_incident(world).id}").text
    assert "0 steg står stille" in odd.get("/drift/?forlop=holf").text
    assert odd.get("/drift/?etter=tull&forlop=%00").status_code == 200


def test_case_page_says_that_it_stopped(broken: Broken, world: World, client_of: ClientOf) -> None:
    """In plain words, to the person: what stopped, that someone knows, and that nothing is lost."""
    instance = the_incident(world).instance_id
    for path in (f"/forlop-i-gang/{instance}", f"/personer/{world.persons['Mia'].id}"):
        text = client_of("Mia").get(path).text
        assert "Steget «Registrer koordinator» stoppet" in text
        assert "har fått beskjed" in text
    assert "Forløpet står stille fordi et steg stoppet." in text


def test_commands(broken: Broken, world: World, run: Run) -> None:
    """The list has one line each; retry and skip say how it went."""
    key = str(the_incident(world).id)
    world.session.commit()
    listed = run("incidents", "list", "--process", "individuell_plan")
    assert listed.output.startswith(key)
    assert "individuell_plan registrer_koordinator ×1 ValueError <" in listed.output
    assert run("incidents", "list", "--municipality", "Prøvevik").output == listed.output
    assert run("incidents", "list", "--process", "holf").output == ""
    failed = run("incidents", "retry", key)
    assert (failed.exit_code, "Det stoppet igjen: ValueError" in failed.output) == (1, True)
    assert run("incidents", "skip", key, "--reason", " ").exit_code == 1
    assert run("incidents", "skip", key, "--reason", "Gjort for hånd").exit_code == 0
    gone = run("incidents", "retry", key)
    assert (gone.exit_code, "står ikke stille" in gone.output) == (1, True)


def test_command_retries(broken: Broken, world: World, run: Run) -> None:
    """A retry that succeeds is kept."""
    key = str(the_incident(world).id)
    world.session.commit()
    broken.mend()
    assert run("incidents", "retry", key).exit_code == 0
    world.session.expire_all()
    assert the_incident(world).status == "retried"


def test_check_state(world: World, run: Run) -> None:
    """One line for each fault and a last line to be read by programs; a repair puts it right."""
    stories.start(world)
    world.session.commit()
    clean = run("check-state", "--municipality", "Prøvevik")
    assert (clean.exit_code, clean.output) == (0, "check-state: 1 cases, 0 faults\n")
    world.session.execute(delete(OpenTask))
    world.session.execute(delete(Timer))
    world.session.commit()
    wrong = run("check-state")
    *lines, last = wrong.output.splitlines()
    assert (wrong.exit_code, last) == (1, f"check-state: 1 cases, {len(lines)} faults")
    assert any("open_task" in line for line in lines)
    mended = run("check-state", "--repair")
    assert mended.exit_code == 0
    assert mended.output.endswith(f"{len(lines)} faults, {len(lines)} repaired\n")
    assert run("check-state").exit_code == 0
    assert world.session.scalars(select(OpenTask)).all() != []


def test_check_state_finds_what_has_no_case(
    databases: Databases, town: str, world: World, run: Run
) -> None:
    """A row whose case is gone, where somebody has been in the database by hand."""
    stories.start(world)
    world.session.commit()
    engine = connect(databases.owner(town))
    unguarded = {
        "sqlite": "pragma foreign_keys=off",
        "postgresql": "set session_replication_role=replica",
    }
    raw = engine.raw_connection()
    raw.cursor().execute(unguarded[engine.dialect.name])
    raw.cursor().execute("update timer set instance_id = '0123456789abcdef0123456789abcdef'")
    raw.commit()
    raw.invalidate()
    engine.dispose()
    assert "uten forløp" in run("check-state").output
    assert run("check-state", "--repair").exit_code == 0
    assert run("check-state").exit_code == 0
