"""Every page there is: WCAG 2.1 AA in light and dark, and no wider than 320 px."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select
from uuid_utils.compat import uuid7
from world import World

from tests.journeys.hands import Mouse
from tests.journeys.people import Cast, Inspector
from tests.journeys.served import Served
from tests.workflows import stories
from tests.workflows.own_library import OwnLibrary
from workflows import clock, consents, evaluations, handovers, upgrade_jobs
from workflows.tables import Consent, HistoryEntry, Incident, Participant

NOT_PAGES = {"static", "pages.healthz", "definitions.source", "api.openapi"}
ELSEWHERE = {"messages.show"}
"""Inspected where a case waits for a message: in the whole story of the investment team."""
STAFF, HERSELF, STRANGER = "Siri", "Mia", None
WHO = {
    "people.sights": HERSELF,
    "people.new": "Kari",
    "starting.show": "Kari",
    "caseload.index": "Kari",
    "starting.index": "Kari",
    "families.confirm_leave": "Per",
    "incidents.index": "Odd",
    "incidents.show": "Odd",
    "accounts.log_in": STRANGER,
    "upgrades.index": "Eva",
    "upgrades.preview": "Eva",
    "upgrades.show": "Eva",
}
"""Who has most to see on a page; the coordinator where nobody is named."""


@pytest.fixture
def inspected(served: Served, chromium: Browser, axe: str, tmp_path: Path) -> Iterator[Cast]:
    """People whose every page is inspected, in a municipality with much to show."""
    world = served.world
    stories.to_measures(world)
    for _round in range(2):
        stories.report(world, "Siri")
        stories.pass_until_evaluation(world)
        stories.evaluate_as_person(world)
        stories.evaluate_as(world, "Siri")
        stories.pass_days(world, 21)
        stories.conclude(world, agreed=[("Ringe Mia", "koordinator", 10)])
    nav = world.session.scalars(
        select(Consent).where(Consent.service_id == world.services["nav"].id)
    ).one()
    consents.withdraw_consent(world.session, world.actor("Mia"), nav.id)
    per = world.person("Per")
    world.session.add(
        Participant(
            municipality_id=per.municipality_id,
            instance_id=nav.instance_id,
            person_id=per.id,
            position=1,
            part="annen",
            status="deltar",
        )
    )
    world.person("Ida")
    world.employee("Eva", "koordinerende_enhet", "Leder", "prosesseier")
    publish_anew(world, tmp_path)
    world.employee("Odd", "koordinerende_enhet", "Driftsansvarlig", "drift")
    stand_still(world, nav)
    world.session.commit()
    made = Cast(served, chromium, Mouse(), inspector=Inspector(axe))
    yield made
    made.close()


def publish_anew(world: World, folder: Path) -> None:
    """A version of the library in which a step that is open is another one."""
    library = OwnLibrary.copied(folder)
    file = library.diagrams / "individuell_plan.bpmn"
    text = file.read_text("utf-8")
    for before, after in (('"', '"'), (">", "<")):
        text = re.sub(f"(?<!value=){before}tiltak_status{after}", f"{before}status{after}", text)
    file.write_text(text, encoding="utf-8")
    library.publish(world)


def stand_still(world: World, where: Consent) -> None:
    """A step that has stopped, in the case of a consent."""
    world.session.add(
        Incident(
            municipality_id=where.municipality_id,
            instance_id=where.instance_id,
            person_id=where.person_id,
            task_id=uuid7(),
            process_key="individuell_plan",
            element="registrer_status",
            step="registrer_status",
            title="Registrer status",
            basis="system",
            kind="operation",
            error="ValueError < workflows/plans.py:1",
            attempts=1,
            first_failed_at=clock.now(),
            last_failed_at=clock.now(),
            status="open",
        )
    )


def values(served: Served) -> dict[str, Any]:
    """A value for every variable part of an address."""
    world = served.world
    session = world.session
    task = stories.task_of(world, "Siri", "tiltak_status")
    version = task.instance.definition_version
    entry = session.scalars(select(HistoryEntry).where(HistoryEntry.form_key == "plan")).first()
    consent = session.scalars(select(Consent).where(Consent.withdrawn_at.is_(None))).first()
    evaluation = evaluations.current(session, task.instance)
    incident = session.scalars(select(Incident.id)).one()
    assert entry is not None
    assert consent is not None
    assert evaluation is not None
    owner = world.actor("Eva")
    job = upgrade_jobs.start_upgrade(
        session, owner, task.municipality_id, "individuell_plan", {}, [task.instance_id]
    )
    found = {
        "job_id": job.id,
        "person_id": world.persons["Mia"].id,
        "task_id": task.id,
        "instance_id": task.instance_id,
        "evaluation_id": evaluation.id,
        "entry_id": entry.id,
        "consent_id": consent.id,
        "incident_id": incident,
        "key": "individuell_plan",
        "version": version,
        "process": "individuell_plan",
    }
    session.commit()
    return found


def test_every_page_is_accessible(inspected: Cast) -> None:
    """All GET routes of the app, found from its own address table."""
    served = inspected.served
    given = values(served)
    rules = [
        rule
        for rule in served.app.url_map.iter_rules()
        if "GET" in (rule.methods or set())
        and rule.endpoint not in NOT_PAGES | ELSEWHERE
        and not hasattr(served.app.view_functions[rule.endpoint], "scope")
    ]
    assert len(rules) > 15
    for rule in rules:
        params = {name: given[name] for name in rule.arguments}
        for start, name in (("starting.", "Ida"), ("families.", "Per")):
            if rule.endpoint.startswith(start):
                params["person_id"] = served.world.persons[name].id
        path = rule.build({k: str(v) for k, v in params.items()})[1]
        visit(inspected, WHO.get(rule.endpoint, STAFF), path)


def visit(cast: Cast, name: str | None, path: str) -> None:
    if name is None:
        context = cast.browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.goto(cast.served.url + path)
        assert cast.inspector is not None
        cast.inspector.look(page)
        context.close()
    else:
        cast[name].visit(path)


def test_every_form_is_accessible(inspected: Cast) -> None:
    """The person's own view, and a page of errors in each state."""
    served = inspected.served
    world = served.world
    instance_id = values(served)["instance_id"]
    handovers.leave_as_coordinator(world.session, world.actor("Siri"), instance_id)
    world.session.commit()
    mia = inspected["Mia"]
    mia.visit("/oppgaver/")
    mia.visit(f"/personer/{world.persons['Mia'].id}")
    siri = inspected["Siri"]
    siri.open_task("overlevering_forslag")
    siri.press("Send inn")
    assert siri.page.locator(".ds-error-summary").count() == 1
    siri.page.goto(served.url + "/personer/00000000-0000-0000-0000-000000000000")
    siri.look()
    siri.page.goto(served.url + "/finnes-ikke")
    siri.look()
