"""A family's evaluation at command level, for tests of whose words are shown to whom."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from world import World

from tests.workflows import stories
from workflows import clock, task_pages, tasks
from workflows.tables import Evaluation, OpenTask, ProcessInstance

ANSWERED_BY = {"Marit": "Marit", "Kai": "Kai", "Ola": "Finn"}
"""Member → who answers; Ola, 10, has no log-in."""


def to_evaluation(world: World) -> None:
    """The services report, and everyone is asked how it goes."""
    for name in ("Siri", "Nils"):
        task = stories.task_of(world, name, "status")
        tasks.complete_task(world.session, world.actor(name), task.id, {"tiltak": []})
    world.session.flush()


def question(world: World, member: str) -> OpenTask:
    """The question to one member."""
    world.session.flush()
    return world.session.scalars(
        select(OpenTask).where(
            OpenTask.element == "evaluering_person",
            OpenTask.person_id == world.persons[member].id,
        )
    ).one()


def asked(world: World, member: str) -> task_pages.TaskForm:
    """The form of that question, for who answers it."""
    task = question(world, member)
    return task_pages.task_form(world.session, world.actor(ANSWERED_BY[member]), task.id)


def answer(world: World, member: str, score: int = 6) -> None:
    """A member's answer; their words have their name in them."""
    form = asked(world, member)
    rows = [
        {"id": row["id"], "vurdering": score, "ord": f"{member} sier det"}
        for row in form.prefill["vurderinger"]
    ]
    given = {"vurderinger": rows, "fungerer": f"{member} er fornøyd", "hjelp": "nei"}
    by = world.actor(ANSWERED_BY[member])
    tasks.complete_task(world.session, by, form.task.id, given)
    world.session.flush()


def to_meeting(world: World, silent: Sequence[str] = ()) -> None:
    """Everyone answers but those who are silent, whose time runs out."""
    to_evaluation(world)
    for member in ANSWERED_BY:
        if member not in silent:
            answer(world, member)
    for name in {"Siri", "Nils"} - set(silent):
        form = stories.form_of(world, name, "evaluering_tjeneste")
        rows = [{"id": row["id"], "oppnaelse": "1"} for row in form.prefill["vurderinger"]]
        given = {"vurderinger": rows, "innspill": f"{name} foreslår noe om Kai og Ola"}
        tasks.complete_task(world.session, world.actor(name), form.task.id, given)
    if silent:
        stories.pass_days(world, 21)


def conclude(world: World, *agreed: tuple[str, str]) -> None:
    """The meeting is held; `agreed` are what and by whom."""
    due = (clock.today() + timedelta(days=10)).isoformat()
    rows: list[dict[str, Any]] = [{"hva": what, "hvem": who, "frist": due} for what, who in agreed]
    world.complete(
        "Siri",
        "evaluering_mote",
        konklusjon="fortsett",
        konklusjoner=[],
        beslutninger=rows,
        begrunnelse="Kai og Ola har det bedre.",
        deltakere=[{"navn": "Kai"}, {"navn": "Ola"}],
        person_deltok="nei",
        person_hort="Kai fortalte.",
    )
    world.session.flush()


def to_person(world: World, member: str) -> str:
    return f"person:{world.persons[member].id}"


def to_service(world: World, kind: str) -> str:
    return f"tjeneste:{world.service_id(kind)}"


def round_of(world: World, instance: ProcessInstance) -> Evaluation:
    """The case's only round."""
    return world.session.scalars(
        select(Evaluation).where(Evaluation.instance_id == instance.id)
    ).one()
