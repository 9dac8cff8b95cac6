"""What people can tell a running case: what its diagram waits for, and by whom."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from world import World

from tests.workflows import told_case
from workflows import messages, process_instances
from workflows.errors import Denied, Invalid, NotFound
from workflows.tables import AuditEntry, HistoryEntry, OpenTask, ProcessInstance

EVENT = "noe_skjedde"
ANSWERS: dict[str, Any] = {"hva_skjer": "Vi venter."}


@pytest.fixture
def case(world: World, tmp_path: Path) -> ProcessInstance:
    """A running case that its coordinator can tell something."""
    return told_case.start(world, tmp_path)


def offered(world: World, name: str, instance: ProcessInstance) -> list[str]:
    found = messages.sendable(world.session, world.actor(name), instance)
    return [message.id for message in found]


def tell(world: World, name: str, instance: ProcessInstance, event: str = EVENT) -> None:
    messages.send_message(world.session, world.actor(name), instance.id, event, ANSWERS)


def test_only_what_has_a_form_is_offered(world: World, case: ProcessInstance) -> None:
    """What the system tells a case by itself has no form and is not offered to anybody."""
    assert offered(world, "Siri", case) == [EVENT]


def test_it_is_offered_to_the_role_alone(world: World, case: ProcessInstance) -> None:
    """The coordinator's message is neither the person's nor the coordinating unit's to give."""
    assert [offered(world, name, case) for name in ("Mia", "Mor", "Kari", "Nils")] == [[]] * 4


def test_the_persons_message_is_for_them_and_who_acts_for_them(
    world: World, tmp_path: Path
) -> None:
    """A role of person gives it to Mia and her guardian, and to no employee."""
    instance = told_case.start(world, tmp_path, role="person")
    names = ("Mia", "Mor", "Siri", "Kari")
    assert [offered(world, name, instance) for name in names] == [[EVENT], [EVENT], [], []]


def test_the_units_message_is_for_all_who_work_there(world: World, tmp_path: Path) -> None:
    """A role of a service gives it to whoever works in it."""
    instance = told_case.start(world, tmp_path, role="koordinerende_enhet")
    assert offered(world, "Kari", instance) == [EVENT]


def test_a_colleague_does_not_speak_for_the_coordinator(
    world: World, case: ProcessInstance
) -> None:
    """Knut may give messages by the unit's duty, but not the one that is Kari's as coordinator."""
    world.employee("Knut", "koordinerende_enhet")
    case.coordinator_id = world.account_id("Kari")
    assert [offered(world, name, case) for name in ("Kari", "Knut")] == [[EVENT], []]


def test_a_role_that_nobody_has_yet_offers_nothing(world: World, tmp_path: Path) -> None:
    """Which service a message is from cannot be known before it comes."""
    instance = told_case.start(world, tmp_path, role="tjeneste")
    assert [offered(world, name, instance) for name in ("Siri", "Mia", "Kari")] == [[]] * 3


def test_telling_it_starts_what_the_diagram_says(world: World, case: ProcessInstance) -> None:
    """The event subprocess begins beside what goes on, as often as it is told."""
    tell(world, "Siri", case)
    tell(world, "Siri", case)
    assert world.open_elements() == ["folg_opp", "folg_opp", "vent"]


def test_what_was_said_stands_in_the_history(world: World, case: ProcessInstance) -> None:
    """The answers can be read afterwards, with who gave them and for which service."""
    tell(world, "Siri", case)
    entry = world.session.scalars(select(HistoryEntry).where(HistoryEntry.kind == "message")).one()
    assert (entry.element, entry.answers) == (EVENT, ANSWERS)
    assert (entry.actor_id, entry.service_id) == (
        world.account_id("Siri"),
        world.services["skole"].id,
    )


def test_telling_it_leaves_an_audit_line(world: World, case: ProcessInstance) -> None:
    """With the basis it was told on."""
    tell(world, "Siri", case)
    lines = select(AuditEntry.basis).where(AuditEntry.action == "process:message")
    assert world.session.scalars(lines).all() == ["koordinator"]


def test_seeing_the_form_leaves_an_audit_line(world: World, case: ProcessInstance) -> None:
    """The form shows what is known in the case."""
    messages.message_page(world.session, world.actor("Siri"), case.id, EVENT)
    lines = select(AuditEntry.basis).where(
        AuditEntry.action == "process:read", AuditEntry.actor_id == world.account_id("Siri")
    )
    assert world.session.scalars(lines).all() == ["koordinator"]


def test_it_is_denied_to_others_with_a_basis(world: World, case: ProcessInstance) -> None:
    """Mia may tell her case much, but not this."""
    with pytest.raises(Denied):
        tell(world, "Mia", case)


def test_a_stranger_finds_nothing(world: World, case: ProcessInstance) -> None:
    """Nils of NAV has nothing to do with Mia."""
    with pytest.raises(NotFound):
        tell(world, "Nils", case)


@pytest.mark.parametrize("event", ["uten_skjema", "vent", "finnes_ikke"])
def test_what_the_case_does_not_wait_for_is_refused(
    world: World, case: ProcessInstance, event: str
) -> None:
    """A message without a form, another step, and what there is not."""
    with pytest.raises(Invalid):
        tell(world, "Siri", case, event)


def test_a_case_that_has_ended_is_told_nothing(world: World, case: ProcessInstance) -> None:
    """It offers nothing any more, and refuses."""
    siri = world.actor("Siri")
    task = world.open_task("vent")
    basis = process_instances.SYSTEM_BASIS
    process_instances.move(
        world.session, siri, basis, case, lambda running: running.complete(task.id, {})
    )
    assert world.session.scalars(select(OpenTask)).all() == []
    assert offered(world, "Siri", case) == []
    with pytest.raises((Invalid, Denied, NotFound)):
        tell(world, "Siri", case)
