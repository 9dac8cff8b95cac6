"""The municipality the crash suite works on: a process that goes round, and those who work in it.

Each round is a task with a form, an operation whose effect can be counted, and a short timer. A
report can come at any time. The process has two versions, between which running cases are moved.
In another, people consent over and over to what soon has run out, and are to be reminded of it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from sqlalchemy import Column, MetaData, String, Table, insert, select, update

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
from workflows import (
    api_tokens,
    clock,
    consents,
    database,
    definitions,
    idempotency,
    organisations,
    schema,
    webhooks,
)
from workflows.actors import load_actor
from workflows.operations import Call, operation
from workflows.tables import Account, Consent, IdempotencyKey, OpenTask

KEY, CONSENTING = "runden", "samtykkene"
REPORT = "melding"
TASK = re.compile('/oppgaver/[0-9a-f-]{36}(?=["?])')
"""The address of a task, in a list."""
WITHDRAW = re.compile("/samtykker/([0-9a-f-]{36})/trekk")
"""Where a consent is withdrawn, on its person's page."""
WAIT = timedelta(seconds=0.5)
CITIZENS = 3
HALTING, FAILING = "stans", "svikt"
"""How the marks begin whose first or second operation fails until their time, in ms, has come."""
AFTER = "/etter"
OVER = "over"
"""How the marks begin with whose consent a day passes at once."""
LEFT = "Vikar"
"""The name of somebody who does not work here any more."""
TOLD = frozenset({"trukket", "alt_trukket"})
REMINDED, REMINDER = "fornyes", "paaminnelse"
"""The event that a consent is to be asked for again, and the task it makes."""


def _form(key: str, *fields: str) -> bytes:
    """A form of text fields that must be filled in."""
    asked = [
        {"type": "textfield", "id": f"felt_{name}", "key": name, "label": name,
         "validate": {"required": True}}
        for name in fields
    ]  # fmt: skip
    made = {"type": "default", "schemaVersion": 19, "id": key, "title": key, "components": asked}
    return json.dumps(made).encode()


FORMS = {
    "merke": _form("merke", "merke"),
    "svar": _form("svar", "merke", "svar", "deles_ikke"),
    "forslag": _form("forslag", "tjenester", "varighet"),
}

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


@operation("crash.day", "form")
def day_passes(call: Call) -> None:
    """Let the consent have run out, who had the reminders have left, and an answer be old."""
    mark = (call.entry().answers or {})["merke"]
    if not mark.startswith(OVER):
        return
    in_case = {"municipality_id": call.instance.municipality_id, "instance_id": call.instance.id}
    left = select(Account.id).where(Account.name == LEFT).scalar_subquery()
    yesterday = clock.today() - timedelta(days=1)
    for changed in (
        update(Consent).filter_by(not_shared=mark, **in_case).values(valid_until=yesterday),
        update(OpenTask).filter_by(element=REMINDER, **in_case).values(assignee_id=left),
    ):
        call.session.execute(changed)
    whose = call.actor.account_id or UUID(int=0)
    idempotency.keep(call.session, whose, mark, "", "", (200, "", None))
    old = clock.now() - 2 * idempotency.KEPT
    call.session.execute(update(IdempotencyKey).filter_by(key=mark).values(created_at=old))


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


def consenting() -> bytes:
    """The process in which a person answers for ever, and what became of it is told."""
    answer = properties(formKey="svar", role="person")
    return process(
        CONSENTING,
        start("start", properties(formKey="forslag")),
        node("userTask", "svar", answer, name="Svar"),
        service("skriv", "consent.record", form="svar", forslag="forslag"),
        service("dagen", "crash.day", form="svar"),
        boundary("trukket", "svar", message(consents.WITHDRAWN), interrupting=False),
        boundary("alt_trukket", "svar", message(consents.ALL_WITHDRAWN), interrupting=False),
        boundary(REMINDED, "svar", message(consents.RENEW), interrupting=False),
        node("userTask", REMINDER, properties(formKey="merke"), name="Spør igjen"),
        end(),
        line("start", "svar", "skriv", "dagen", "svar"),
        line("trukket", "end"),
        line("alt_trukket", "end"),
        line(REMINDED, REMINDER, "end"),
        messages=[consents.WITHDRAWN, consents.ALL_WITHDRAWN, consents.RENEW],
    )


@dataclass(frozen=True)
class Citizen:
    """Somebody who is asked for consent."""

    account: tuple[str, int]
    person: UUID


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
    citizens: tuple[Citizen, ...]


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
        world.service("skole")
        world.account(LEFT)
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
        citizens = [_ask(world, f"Ola {number}") for number in range(CITIZENS)]
        known = [world.accounts[name] for name in names]
    engine.dispose()
    return Town(
        url,
        tuple((str(each.id), each.generation) for each in known),
        (str(owner.id), owner.generation),
        tuple(waiting),
        tuple(begun),
        token,
        tuple(citizens),
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


def _ask(world: World, name: str) -> Citizen:
    """Somebody whose consents all last a week: they are to be asked for again at once."""
    person = world.person(name)
    asked = {"tjenester": [world.service_id("skole")], "varighet": "1"}
    world.start("Kari 0", name, CONSENTING, **asked)
    account = world.accounts[name]
    return Citizen((str(account.id), account.generation), person.id)


def _publish(world: World, work: str) -> None:
    with TemporaryDirectory() as folder:
        Path(folder, f"{KEY}.bpmn").write_bytes(drawn(work))
        Path(folder, f"{CONSENTING}.bpmn").write_bytes(consenting())
        for name, form in FORMS.items():
            Path(folder, f"{name}.form").write_bytes(form)
        place = Path(folder)
        definitions.publish_library(world.session, world.municipality.id, place, place)
