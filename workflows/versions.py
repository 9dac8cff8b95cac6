"""The versions of a process: how many cases run on each, and what is new in one.

Numbers alone: it shows no case. Moving cases is `workflows.upgrades`' business.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from workflows import definitions
from workflows.definitions import Process
from workflows.tables import FormVersion, ProcessDefinition, ProcessInstance


@dataclass(frozen=True)
class VersionLine:
    """A published version and how many cases run on it; numbers alone."""

    version: str
    published_at: datetime
    running: int
    newest: bool


def versions(session: Session, municipality_id: UUID, key: str) -> list[VersionLine]:
    """The versions of a process, the newest first. Raises NotFound for no such process."""
    newest = definitions.latest_process(session, municipality_id, key).version
    running = dict(
        session.execute(
            running_cases(municipality_id, key)
            .with_only_columns(ProcessInstance.definition_version, func.count())
            .group_by(ProcessInstance.definition_version)
        ).all()
    )
    rows = session.execute(
        select(ProcessDefinition.version, ProcessDefinition.published_at)
        .where(ProcessDefinition.municipality_id == municipality_id, ProcessDefinition.key == key)
        .order_by(ProcessDefinition.published_at.desc())
    )
    lines = [
        VersionLine(
            row.version, row.published_at, running.get(row.version, 0), row.version == newest
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: not line.newest)


def running_cases(municipality_id: UUID, key: str) -> Select[ProcessInstance]:
    """The cases of a process that run, on any version."""
    return select(ProcessInstance).where(
        ProcessInstance.municipality_id == municipality_id,
        ProcessInstance.definition_key == key,
        ProcessInstance.ended_at.is_(None),
    )


@dataclass(frozen=True)
class Difference:
    """What is new in a version: names of steps, of tables and of forms."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    tables: tuple[str, ...]
    forms: tuple[str, ...]
    """Forms with a newer version; they are used at once, in every case, moved or not."""


def difference(session: Session, municipality_id: UUID, old: Process, new: Process) -> Difference:
    """What differs between two versions of a process and of all it calls."""
    before, after = _elements(old), _elements(new)
    both = before.keys() & after.keys()
    return Difference(
        added=_words(after[each] for each in after.keys() - both),
        removed=_words(before[each] for each in before.keys() - both),
        changed=_words(after[each] for each in both if before[each] != after[each]),
        tables=tuple(
            sorted(
                table.title
                for key, table in new.decisions.items()
                if old.decisions.get(key) != table
            )
        ),
        forms=_newer_forms(session, municipality_id, old, new),
    )


def _elements(process: Process) -> dict[tuple[str, str], Any]:
    """Every element without where it stands in its file."""
    return {
        (key, element.id): replace(
            element, line=0, timer=element.timer and replace(element.timer, line=0)
        )
        for key, diagram in process.diagrams.items()
        for element in diagram.elements.values()
    }


def _words(elements: Iterable[Any]) -> tuple[str, ...]:
    return tuple(sorted({element.name for element in elements if element.name}))


def _newer_forms(
    session: Session, municipality_id: UUID, old: Process, new: Process
) -> tuple[str, ...]:
    keys = {key for diagram in new.diagrams.values() for key in diagram.form_keys.values()}
    since = session.get_one(ProcessDefinition, (municipality_id, old.version)).published_at
    found = session.scalars(
        select(FormVersion.key)
        .where(
            FormVersion.municipality_id == municipality_id,
            FormVersion.key.in_(keys),
            FormVersion.published_at > since,
        )
        .distinct()
    )
    forms = (definitions.latest_form(session, municipality_id, key) for key in found)
    return tuple(sorted(form.title for form in forms))
