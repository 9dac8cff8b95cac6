"""In a family, what services ask and what is measured is seen of each by each one's own access."""

from typing import Any

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7
from world import World

from tests.workflows.test_families import everyone
from workflows import (
    access,
    agreed_order,
    cases,
    definitions,
    history,
    history_entries,
    operations,
    order_standing,
    participants,
    prefill,
    process_instances,
)
from workflows.engine import OperationTask
from workflows.history_entries import Answered
from workflows.order_standing import Standing
from workflows.tables import AuditEntry, Measure, Measurement, ProcessInstance

ASKED = {
    "Jobbsøkerkurs": ("Marit", "arbeid"),
    "Lekser": ("Kai", "skole"),
    "Kveldssamtaler": ("Marit", "hjem"),
}
MARITS = {"Jobbsøkerkurs", "Kveldssamtaler"}


@pytest.fixture
def instance(world: World) -> ProcessInstance:
    """NAV and barnevern ask different things of Marit; the school asks Kai to help with lessons."""
    case = everyone(world)
    for what, (person, area) in ASKED.items():
        row = measure(world, what)
        row.asks_of, row.area = world.persons[person].id, area
    return case


def measure(world: World, what: str) -> Measure:
    return world.session.query(Measure).filter_by(what=what).one()


def operate(
    world: World, instance: ProcessInstance, name: str, form: str, item: str | None = None, **a: Any
) -> None:
    """Answer a form in the case as the coordinator, and call an operation on the answers."""
    siri = world.actor("Siri")
    process = process_instances.process_of(world.session, instance)
    version = definitions.latest_form(world.session, instance.municipality_id, form)
    answered = Answered("familiesak", "skriv", version, a, item=item)
    history_entries.write_answers(world.session, siri, instance, process, answered)
    where = OperationTask("familiesak", "skriv", item, uuid7())
    basis = access.Basis(access.COORDINATOR)
    call = operations.Call(world.session, siri, basis, instance, {}, {"form": form}, where)
    operations.run(name, call)


def agree(world: World, instance: ProcessInstance, *order: str) -> None:
    rows = [{"id": str(measure(world, what).id), "nummer": at} for at, what in enumerate(order)]
    operate(world, instance, "order.agree", "rekkefolge", rekkefolge=rows, begrunnelse="Ola først")


def seen_by(world: World, name: str, instance: ProcessInstance) -> Standing:
    seen = participants.seen(world.session, world.actor(name), instance)
    return order_standing.standing(world.session, instance, seen)


def test_what_pulls_apart_is_shown_to_those_who_may_see_all_of_it(
    world: World, instance: ProcessInstance
) -> None:
    """Marit and the coordinator; not Kai, nor barnevern, which may not know what Ola is given."""
    for name in ("Marit", "Siri"):
        [found] = seen_by(world, name, instance).contradictions
        assert (found.person, {ask.what for ask in found.asks}) == ("Marit", MARITS)
    for name in ("Kai", "Bjarne"):
        assert seen_by(world, name, instance).contradictions == []


def test_each_sees_their_own_part_of_the_order(world: World, instance: ProcessInstance) -> None:
    """The reason speaks of all of them, so it is for those who see all of it."""
    agree(world, instance, "Kveldssamtaler", "Jobbsøkerkurs", "Lekser")
    kai, siri = (seen_by(world, name, instance).in_force for name in ("Kai", "Siri"))
    assert kai is not None
    assert siri is not None
    assert [(who, [line.place.what for line in lines]) for who, lines in kai.people] == [
        ("Kai", ["Lekser"])
    ]
    assert {who for who, _lines in siri.people} == {"Kai", "Marit"}
    assert (kai.reason, siri.reason) == (None, "Ola først")
    assert seen_by(world, "Nils", instance).in_force is not None
    assert seen_by(world, "Finn", instance).in_force is None  # Ola's, but it is asked of Marit


def test_everyone_it_is_about_has_a_line_in_their_record(
    world: World, instance: ProcessInstance
) -> None:
    """The order is written down for Kai as well as for Marit, whose case it is."""
    agree(world, instance, "Kveldssamtaler", "Jobbsøkerkurs", "Lekser")
    told = world.session.scalars(
        select(AuditEntry.person_id).where(AuditEntry.action == "order:agree")
    ).all()
    assert sorted(told) == sorted(world.persons[name].id for name in ("Kai", "Marit"))


def test_a_decision_is_read_by_those_who_see_the_measure(
    world: World, instance: ProcessInstance
) -> None:
    """What is decided about Marit's course is not Kai's to read."""
    agree(world, instance, "Kveldssamtaler", "Lekser")
    operate(world, instance, "order.check", "rekkefolge")
    course = measure(world, "Jobbsøkerkurs").id
    row = {"id": str(course), "avgjorelse": "vent", "hvorfor": "Marit orker ikke"}
    operate(world, instance, "order.decide", "avklar_rekkefolge", flagget=[row])
    assert course in seen_by(world, "Marit", instance).flags
    assert course not in seen_by(world, "Kai", instance).flags


def test_a_new_order_puts_its_own_questions(world: World, instance: ProcessInstance) -> None:
    """What nobody decided under the order before is decided under the new one, and holds there."""
    for _meeting in range(2):
        agree(world, instance, "Kveldssamtaler", "Lekser")
        operate(world, instance, "order.check", "rekkefolge")
    row = {"id": str(measure(world, "Jobbsøkerkurs").id), "avgjorelse": "na", "hvorfor": "Haster"}
    operate(world, instance, "order.decide", "avklar_rekkefolge", flagget=[row])
    operate(world, instance, "order.check", "rekkefolge")
    assert agreed_order.undecided(world.session, instance) == []


def test_the_forms_of_a_meeting_are_filled_in_for_those_who_see_everyone(
    world: World, instance: ProcessInstance
) -> None:
    """NAV, which Marit alone lets know, is not shown what the school asks of Kai."""
    form = definitions.latest_form(world.session, instance.municipality_id, "rekkefolge")

    def known(name: str) -> dict[str, Any]:
        seen = participants.seen(world.session, world.actor(name), instance)
        return prefill.collect(world.session, instance, form, seen=seen).data

    assert len(known("Siri")["rekkefolge"]) == 3
    assert known("Nils") == {}


def test_measurements_are_each_persons_own(world: World, instance: ProcessInstance) -> None:
    """Answers given at Kai's place are Kai's: he sees them, who he shows them to does, NAV not."""
    for name, value in (("Kai", 4), ("Marit", 7)):
        item = str(world.persons[name].id)
        operate(world, instance, "scale.record", "livskvalitet", item, livet=value)
    found = {row.person_id: row.value for row in world.session.query(Measurement)}
    assert found == {world.persons["Kai"].id: 4, world.persons["Marit"].id: 7}
    shown = {name: measured(world, name, instance) for name in ("Kai", "Marit", "Nils", "Siri")}
    assert shown == {
        "Kai": {"Kai"},
        "Marit": {"Kai", "Marit"},
        "Nils": {"Marit"},
        "Siri": {"Kai", "Marit"},
    }


def measured(world: World, name: str, instance: ProcessInstance) -> set[str]:
    within = history.reach(world.session, world.actor(name), instance)
    return {one.person for one in cases.case_view(world.session, instance, within).measured}


def test_a_new_measure_concerns_those_who_let_the_service_know(
    world: World, instance: ProcessInstance
) -> None:
    """NAV says nothing of whom; it cannot have meant those it knows nothing of."""
    row = {"hva": "Praksis", "krever_av": str(world.persons["Marit"].id)}
    nav = world.service_id("nav")
    operate(world, instance, "measure.report", "tiltak_status", nav, tiltak=[], nye_tiltak=[row])
    assert measure(world, "Praksis").persons == [str(world.persons["Marit"].id)]
