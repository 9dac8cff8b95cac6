"""The municipality the crash suite works on: a process that goes round, and those who work in it.

Each round is a task with a form, an operation whose effect can be counted, and a short timer. A
report can come at any time. The process has two versions, between which running cases are moved.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from sqlalchemy import Column, MetaData, String, Table, insert

from tests.workflows.engine.diagrams import (
    boundary,
    end,
    line,
    message,
    node,
    process,
    properties,
    service,
    start,
    timer,
)
from tests.world import World
from workflows import api_tokens, clock, database, definitions, organisations, schema, webhooks
from workflows.actors import load_actor
from workflows.operations import Call, operation

KEY = "runden"
REPORT = "melding"
TASK = re.compile('/oppgaver/[0-9a-f-]{36}(?=["?])')
"""The address of a task, in a list."""
WAIT = timedelta(seconds=0.5)
HALTING, FAILING = "stans", "svikt"
"""How the marks begin whose first or second operation fails until their time, in ms, has come."""
AFTER = "/etter"

FORM = b"""{"type": "default", "schemaVersion": 19, "id": "merke", "title": "Merke", "components": [
  {"type": "textfield", "id": "felt_merke", "key": "merke", "label": "Merke"}]}"""

effects = Table("crash_effect", MetaData(), Column("mark", String, nullable=False))
"""What the operation does to the world, without a key: done twice, it is there twice."""


class NotYet(Exception):
    """A system that an operation needs is away for a while."""


@operation("crash.effect", "form")
def effect(call: Call) -> Mapping[str, Any] | None:
    """Leave the mark of the answers. The person who sent them moves the case here."""
    return _leave(call, HALTING, "")


@operation("crash.after", "form")
def after(call: Call) -> Mapping[str, Any] | None:
    """Leave it once more. Nobody moves the case here, but the timer."""
    return _leave(call, FAILING, AFTER)


def _leave(call: Call, failing: str, ending: str) -> None:
    """Leave a mark; fail after that, when the mark says so."""
    mark = (call.entry().answers or {})["merke"]
    call.session.execute(insert(effects).values(mark=mark + ending))
    if mark.startswith(failing) and clock.now().timestamp() * 1000 < int(mark.split("-")[1]):
        raise NotYet


def drawn(work: str) -> bytes:
    """A version of the process, in which the task is called `work`."""
    form = {"formKey": "merke"}
    unit = {"role": "koordinerende_enhet"}
    told = properties(**form, **unit)
    return process(
        KEY,
        start("start", properties(**form)),
        node("userTask", "arbeid", properties(**form), name=work),
        service("virkning", "crash.effect", form="merke"),
        node("intermediateCatchEvent", "vent", timer(f"PT{WAIT.total_seconds()}S")),
        service("etterpaa", "crash.after", form="merke"),
        boundary("meldt", "arbeid", told, message(REPORT), interrupting=False),
        end(),
        line("start", "arbeid", "virkning", "vent", "etterpaa", "arbeid"),
        line("meldt", "end"),
        messages=[REPORT],
    )


@dataclass(frozen=True)
class Town:
    """Where it is and who is there."""

    url: str
    workers: tuple[tuple[str, int], ...]
    """Account and its generation, of those who do tasks."""
    owner: tuple[str, int]
    """… of who moves cases between versions, and runs the system."""
    people: tuple[UUID, ...]
    """Those nobody has begun a case for."""
    cases: tuple[UUID, ...]
    token: str
    """… of another system that works as one of them."""


def build(url: str, *, colleagues: int, cases: int, people: int, told: str = "") -> Town:
    """Make the tables and fill them; half of the cases are on the older version.

    The other system is `told` at an address of what happens.
    """
    engine = database.connect(url)
    schema.upgrade(engine)
    effects.create(engine)
    with database.sessions(engine).begin() as session:
        world = World(session)
        world.service("koordinerende_enhet")
        names = [f"Kari {number}" for number in range(colleagues)]
        for name in names:
            world.employee(name, "koordinerende_enhet")
        owner = world.employee("Eva", "koordinerende_enhet", "Rådgiver", "prosesseier", "drift")
        token = _system(world, told)
        waiting = [world.person(f"Person {n}", account=False).id for n in range(people)]
        _publish(world, "Arbeid")
        begun = [_begin(world, number) for number in range(cases // 2)]
        _publish(world, "Arbeid på ny måte")
        begun += [_begin(world, number) for number in range(cases // 2, cases)]
        known = [world.accounts[name] for name in names]
    engine.dispose()
    return Town(
        url,
        tuple((str(each.id), each.generation) for each in known),
        (str(owner.id), owner.generation),
        tuple(waiting),
        tuple(begun),
        token,
    )


def _system(world: World, told: str) -> str:
    account = api_tokens.service_account(world.session, "system", "Fagsystemet")
    organisations.employ(
        world.session, account, world.services["koordinerende_enhet"], "System", ()
    )
    if told:
        actor = load_actor(world.session, account.id)
        webhooks.subscribe(world.session, actor, told, [webhooks.TASK_COMPLETED])
    scopes, life = api_tokens.SCOPES, timedelta(days=30)
    return api_tokens.create_token(world.session, account, "crash", scopes, life)[1]


def _begin(world: World, number: int) -> UUID:
    world.person(f"Bruker {number}", account=False)
    return world.start("Kari 0", f"Bruker {number}", key=KEY, merke=f"start-{number}").id


def _publish(world: World, work: str) -> None:
    with TemporaryDirectory() as folder:
        Path(folder, f"{KEY}.bpmn").write_bytes(drawn(work))
        Path(folder, "merke.form").write_bytes(FORM)
        place = Path(folder)
        definitions.publish_library(world.session, world.municipality.id, place, place)
