"""A small process that is published again and again, as a process owner changes it."""

from pathlib import Path
from shutil import copy
from uuid import UUID

from sqlalchemy.orm import Session
from world import World

from tests.workflows.engine.diagrams import end, line, node, parallel, process, properties, start
from workflows import definitions
from workflows.tables import ProcessInstance

KEY = "veien"


def task(key: str, name: str = "", form: str = "kartlegging", **more: str) -> str:
    """A user task with a form."""
    return node("userTask", key, properties(formKey=form, **more), name=name or key.capitalize())


def in_line(*tasks: str, extra: str = "") -> bytes:
    """Tasks one after another; each is drawn by `task`."""
    keys = [each.split('id="')[1].split('"')[0] for each in tasks]
    begin = start("start", properties(formKey="kartlegging"))
    return process(KEY, begin, *tasks, end(), line("start", *keys, "end"), extra, messages=["brev"])


def side_by_side(*keys: str) -> bytes:
    """Tasks in the branches of a split."""
    begin = start("start", properties(formKey="kartlegging"))
    flows = [line("del", key, "samle") for key in keys]
    return process(
        KEY, begin, parallel("del"), *map(task, keys), parallel("samle"), task("til"), end(),
        line("start", "del"), *flows, line("samle", "til", "end"),
    )  # fmt: skip


def owned(session: Session) -> World:
    """A municipality without the library: Kari in the coordinating unit, and a process owner."""
    world = World(session)
    world.service("koordinerende_enhet", "Koordinerende enhet")
    world.service("skole")
    world.employee("Kari", "koordinerende_enhet")
    world.employee("Siri", "skole")
    world.employee("Eva", "skole", "Rådgiver", "prosesseier")
    world.person("Mia")
    return world


def publish(world: World, folder: Path, source: bytes, key: str = KEY) -> str:
    """Publish a version of it, with two of the library's forms; the version."""
    for form in ("kartlegging.form", "plan.form"):
        if not (folder / form).exists():
            copy(definitions.FORMS / form, folder)
    (folder / f"{key}.bpmn").write_bytes(source)
    place = world.municipality.id
    definitions.publish_library(world.session, place, folder, folder)
    return definitions.latest_process(world.session, place, key).version


def publish_other(world: World, folder: Path) -> str:
    """Publish a process that has nothing to do with it."""
    other = in_line(task("a")).replace(KEY.encode(), b"annet")
    return publish(world, folder, other, "annet")


def begin(world: World, *people: str) -> list[ProcessInstance]:
    """A case for each, started by the coordinating unit."""
    for name in people:
        if name not in world.persons:
            world.person(name)
    return [world.start("Kari", name, key=KEY) for name in people]


def place(world: World) -> UUID:
    return world.municipality.id
