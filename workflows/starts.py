"""What can be started for a person, and the form that is asked when it is.

It will not start anything: `process_instances.start_process` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from forms.definitions import Form
from workflows import access, audit, definitions, prefill, process_instances
from workflows.access import Basis
from workflows.actors import Actor
from workflows.definitions import Process
from workflows.errors import NotFound
from workflows.prefill import Options
from workflows.tables import Person, ProcessInstance
from workflows.texts import _


@dataclass(frozen=True)
class Startable:
    """A process that somebody can start by hand: one that asks for a form when it starts."""

    key: str
    title: str
    documentation: str
    running: bool
    """The person has one already, and one is enough."""


@dataclass(frozen=True)
class StartPage:
    """What the page that starts a process shows."""

    person: Person
    process: Process
    form: Form
    options: Options
    running: Sequence[ProcessInstance]
    """Those of the same kind that the person has already."""


def startable(session: Session, actor: Actor, person: Person) -> list[Startable]:
    """The processes the actor may start for a person; none without a basis."""
    if access.basis_for(session, actor, access.START_PROCESS, person.id) is None:
        return []
    rows = definitions.latest_definitions(session, person.municipality_id)
    found = [definitions.process(session, row.municipality_id, row.version) for row in rows]
    return [
        Startable(
            each.key,
            each.diagram.title,
            each.diagram.documentation or "",
            bool(process_instances.running(session, person, each.key)),
        )
        for each in found
        if _form_key(each)
    ]


def _form_key(process: Process) -> str | None:
    return process.diagram.start.properties.get("formKey")


def list_startable(
    session: Session, actor: Actor, person_id: UUID
) -> tuple[Person, list[Startable]]:
    """A person with what can be started for them. Raises NotFound or Denied."""
    person, basis = _require(session, actor, person_id)
    _record(session, actor, person, basis)
    return person, startable(session, actor, person)


def start_page(session: Session, actor: Actor, person_id: UUID, key: str) -> StartPage:
    """The start form of the newest version of a process. Raises NotFound or Denied."""
    person, basis = _require(session, actor, person_id)
    process = definitions.latest_process(session, person.municipality_id, key)
    form_key = _form_key(process)
    if form_key is None:
        raise NotFound(_("Dette forløpet kan ikke startes for seg."))
    _record(session, actor, person, basis)
    return StartPage(
        person=person,
        process=process,
        form=definitions.latest_form(session, person.municipality_id, form_key),
        options=prefill.municipal_options(session, person.municipality_id),
        running=process_instances.running(session, person, key),
    )


def _require(session: Session, actor: Actor, person_id: UUID) -> tuple[Person, Basis]:
    basis = access.require(session, actor, access.START_PROCESS, person_id)
    return process_instances.find_person(session, actor, person_id), basis


def _record(session: Session, actor: Actor, person: Person, basis: Basis) -> None:
    audit.record(
        session,
        actor,
        municipality_id=person.municipality_id,
        person_id=person.id,
        action="person:read",
        basis=basis,
    )
