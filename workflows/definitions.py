"""Published processes, decision tables and forms: immutable versions, parsed once per process.

It will not change a version: publishing makes a new one, and running cases stay on theirs.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

import bpmn
import forms
from bpmn import decision_reading
from bpmn.decision_reading import read as read_decision
from bpmn.decisions import Decision
from bpmn.reading import Diagram, content_hash
from bpmn.reading import read as read_diagram
from bpmn.sources import with_ids
from forms import feel
from forms.definitions import Form
from forms.definitions import read as read_form
from workflows import clock
from workflows.actors import Actor
from workflows.engine import Definition
from workflows.errors import NotFound
from workflows.tables import (
    DecisionVersion,
    FormVersion,
    OpenTask,
    ProcessDefinition,
    ProcessInstance,
)
from workflows.texts import _

DIAGRAMS = Path(bpmn.__file__).parent / "library"
FORMS = Path(forms.__file__).parent / "library"
SUFFIXES: dict[str, type[ProcessDefinition] | type[DecisionVersion] | type[FormVersion]] = {
    ".bpmn": ProcessDefinition,
    ".dmn": DecisionVersion,
    ".form": FormVersion,
}


@dataclass(frozen=True)
class Process:
    """A process definition ready to run: its diagram, those it calls, and the engine's spec."""

    key: str
    version: str
    diagrams: Mapping[str, Diagram]
    """Process id → diagram, of this process and of everything it calls."""
    decisions: Mapping[str, Decision]
    """Decision id → table, of all that these diagrams decide by."""
    engine: Definition
    routing: frozenset[str]
    """The process variables that expressions and tables read: only these reach the engine."""

    @property
    def diagram(self) -> Diagram:
        return self.diagrams[self.key]


@dataclass(frozen=True)
class Published:
    """A version of a process, decision table or form, and whether it is new."""

    kind: str
    """`process`, `decision` or `form`."""
    key: str
    version: str
    new: bool


def publish_library(
    session: Session, municipality_id: UUID, diagrams: Path = DIAGRAMS, forms_folder: Path = FORMS
) -> int:
    """Publish what is new in the library's folders; how many new versions there were."""
    files = [*diagrams.glob("*.bpmn"), *diagrams.glob("*.dmn"), *forms_folder.glob("*.form")]
    sources = {path.name: path.read_bytes() for path in sorted(files)}
    return sum(each.new for each in publish_sources(session, municipality_id, sources))


def publish_sources(
    session: Session, municipality_id: UUID, sources: Mapping[str, bytes]
) -> list[Published]:
    """Publish files by name (`key.bpmn`, `key.dmn`, `key.form`), checked already: what became of

    each. All that the diagrams call and decide by must be among them.
    """
    diagrams, tables = _of_kind(sources, ".bpmn"), _of_kind(sources, ".dmn")
    decided = {key: decision_reading.version(source) for key, source in tables.items()}
    versions = _versions(diagrams, decided)
    made = [
        *(_publish_decision(session, municipality_id, k, decided[k], s) for k, s in tables.items()),
        *(
            _publish_process(session, municipality_id, key, source, versions, decided)
            for key, source in diagrams.items()
        ),
        *(
            _publish_form(session, municipality_id, source, f"{key}.form")
            for key, source in _of_kind(sources, ".form").items()
        ),
    ]
    session.flush()
    return made


def _of_kind(sources: Mapping[str, bytes], suffix: str) -> dict[str, bytes]:
    return {
        name.removesuffix(suffix): source
        for name, source in sources.items()
        if name.endswith(suffix)
    }


def _publish_process(
    session: Session,
    municipality_id: UUID,
    key: str,
    source: bytes,
    versions: Mapping[str, str],
    decided: Mapping[str, str],
) -> Published:
    version = versions[key]
    if session.get(ProcessDefinition, (municipality_id, version)) is not None:
        return Published("process", key, version, new=False)
    diagram = read_diagram(source, f"{key}.bpmn")
    session.add(
        ProcessDefinition(
            municipality_id=municipality_id,
            version=version,
            key=key,
            title=diagram.title,
            source=with_ids(source),
            calls={called: versions[called] for called in sorted(diagram.calls)},
            decisions={each: decided[each] for each in sorted(diagram.decisions)},
            published_at=clock.now(),
        )
    )
    return Published("process", key, version, new=True)


def _versions(sources: Mapping[str, bytes], decided: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}

    def version(key: str) -> str:
        if key not in found:
            diagram = read_diagram(sources[key], f"{key}.bpmn")
            called = [version(each) for each in sorted(diagram.calls)]
            tables = [decided[each] for each in sorted(diagram.decisions)]
            parts = [content_hash(sources[key]), *called, *tables]
            found[key] = sha256("\n".join(parts).encode()).hexdigest()
        return found[key]

    for key in sources:
        version(key)
    return found


def _publish_decision(
    session: Session, municipality_id: UUID, key: str, version: str, source: bytes
) -> Published:
    if session.get(DecisionVersion, (municipality_id, version)) is not None:
        return Published("decision", key, version, new=False)
    session.add(
        DecisionVersion(
            municipality_id=municipality_id,
            version=version,
            key=key,
            source=source,
            published_at=clock.now(),
        )
    )
    return Published("decision", key, version, new=True)


def _publish_form(session: Session, municipality_id: UUID, source: bytes, name: str) -> Published:
    form = read_form(source, name)
    if session.get(FormVersion, (municipality_id, form.version)) is not None:
        return Published("form", form.key, form.version, new=False)
    session.add(
        FormVersion(
            municipality_id=municipality_id,
            version=form.version,
            key=form.key,
            source=source,
            published_at=clock.now(),
        )
    )
    return Published("form", form.key, form.version, new=True)


def latest_sources(session: Session, municipality_id: UUID) -> dict[str, bytes]:
    """The newest version of every file a municipality uses, by name."""
    found: dict[str, bytes] = {}
    for suffix, table in SUFFIXES.items():
        rows = session.execute(
            select(table.key, table.source)
            .where(table.municipality_id == municipality_id)
            .order_by(table.published_at, table.version)
        )
        found |= {f"{row.key}{suffix}": row.source for row in rows}
    return found


def latest_definitions(session: Session, municipality_id: UUID) -> list[ProcessDefinition]:
    """The newest version of every process, by title."""
    rows = session.scalars(
        select(ProcessDefinition)
        .where(ProcessDefinition.municipality_id == municipality_id)
        .order_by(ProcessDefinition.published_at, ProcessDefinition.version)
    )
    return sorted({row.key: row for row in rows}.values(), key=lambda row: row.title)


def titles(session: Session, municipalities: Collection[UUID]) -> dict[str, str]:
    """Process id → the title of its newest version, without reading any diagram."""
    rows = session.execute(
        select(ProcessDefinition.key, ProcessDefinition.title)
        .where(ProcessDefinition.municipality_id.in_(municipalities))
        .order_by(ProcessDefinition.published_at)
    )
    return {row.key: row.title for row in rows}


def home(actor: Actor) -> UUID:
    """The municipality whose library an actor looks in. Raises NotFound for who belongs to none."""
    if not actor.municipalities:
        raise NotFound(_("Du hører ikke til i noen kommune her."))
    return min(actor.municipalities)


def running_counts(session: Session, municipality_id: UUID) -> dict[str, int]:
    """Process id → how many cases run on it, on any version; numbers alone."""
    rows = session.execute(
        select(ProcessInstance.definition_key, func.count())
        .where(
            ProcessInstance.municipality_id == municipality_id,
            ProcessInstance.ended_at.is_(None),
        )
        .group_by(ProcessInstance.definition_key)
    )
    return {row[0]: row[1] for row in rows}


def source(session: Session, actor: Actor, version: str, key: str) -> bytes:
    """The XML of a process in a published version: its own, or one it calls. Raises NotFound."""
    rows = session.scalars(
        select(ProcessDefinition).where(
            ProcessDefinition.municipality_id.in_(actor.municipalities),
            ProcessDefinition.version == version,
        )
    )
    for row in rows:
        found = _closure(session, row).get(key)
        if found is not None:
            return found.source
    raise NotFound(_("Dette forløpet finnes ikke."))


def find_definition(session: Session, actor: Actor, name: str) -> ProcessDefinition:
    """A version by its hash, or the newest by the process's key. Raises NotFound."""
    rows = session.scalars(
        select(ProcessDefinition)
        .where(
            ProcessDefinition.municipality_id == home(actor),
            or_(ProcessDefinition.version == name, ProcessDefinition.key == name),
        )
        .order_by(ProcessDefinition.published_at.desc(), ProcessDefinition.version.desc())
        .limit(1)
    )
    row = rows.first()
    if row is None:
        raise NotFound(_("Dette forløpet finnes ikke."))
    return row


def latest_process(session: Session, municipality_id: UUID, key: str) -> Process:
    """The newest version of a process. Raises NotFound."""
    for row in latest_definitions(session, municipality_id):
        if row.key == key:
            return process(session, municipality_id, row.version)
    raise NotFound(_("Dette forløpet finnes ikke."))


def process(session: Session, municipality_id: UUID, version: str) -> Process:
    """A published version ready to run. Raises NotFound."""
    if version not in _parsed:
        row = session.get(ProcessDefinition, (municipality_id, version))
        if row is None:
            raise NotFound(_("Dette forløpet finnes ikke."))
        rows = _closure(session, row)
        sources = {key: each.source for key, each in rows.items()}
        _parsed[version] = parse(row.key, version, sources, _tables(session, rows.values()))
    return _parsed[version]


_parsed: dict[str, Process] = {}
"""Versions are content-addressed and immutable, so every municipality and thread may share them."""


def _closure(session: Session, row: ProcessDefinition) -> dict[str, ProcessDefinition]:
    """Process id → definition, of this process and of everything it calls."""
    rows: dict[str, ProcessDefinition] = {}
    waiting = [row]
    while waiting:
        definition = waiting.pop()
        rows[definition.key] = definition
        for called, version in definition.calls.items():
            if called not in rows:
                waiting.append(session.get_one(ProcessDefinition, (row.municipality_id, version)))
    return rows


def _tables(session: Session, rows: Iterable[ProcessDefinition]) -> dict[str, bytes]:
    """Decision id → DMN, of all that these processes decide by."""
    used = {(row.municipality_id, v) for row in rows for v in row.decisions.values()}
    found = [session.get_one(DecisionVersion, key) for key in used]
    return {each.key: each.source for each in found}


def parse(
    key: str, version: str, sources: Mapping[str, bytes], tables: Mapping[str, bytes]
) -> Process:
    """A process ready to run from the XML of it, of all it calls and of all they decide by."""
    diagrams = {k: read_diagram(source, f"{k}.bpmn") for k, source in sources.items()}
    decisions = {k: read_decision(source, f"{k}.dmn") for k, source in tables.items()}
    return Process(
        key=key,
        version=version,
        diagrams=diagrams,
        decisions=decisions,
        engine=Definition.parse(sources, key, decisions),
        routing=frozenset(_read_by(diagrams.values(), decisions.values())),
    )


def _read_by(diagrams: Iterable[Diagram], decisions: Iterable[Decision]) -> Iterator[str]:
    """The variables that expressions and the inputs of tables read."""
    texts = [e.text for diagram in diagrams for e in diagram.expressions]
    texts += [each.expression.text for decision in decisions for each in decision.inputs]
    for text in texts:
        yield from feel.parse(text).names


def latest_form(session: Session, municipality_id: UUID, key: str) -> Form:
    """The newest version of a form. Raises NotFound."""
    row = session.scalar(_LATEST_FORM, {"place": municipality_id, "form": key})
    if row is None:
        raise NotFound(_("Dette skjemaet finnes ikke."))
    return _form(row.source, f"{row.key}.form")


def _newest(what: Any, municipality_id: Any, key: Any) -> Select[Any]:
    """What there is of the newest version of a form; the two are columns or parameters."""
    return (
        select(what)
        .where(FormVersion.municipality_id == municipality_id, FormVersion.key == key)
        .order_by(FormVersion.published_at.desc())
        .limit(1)
    )


_LATEST_FORM = _newest(FormVersion, bindparam("place"), bindparam("form"))
LATEST_OF_TASK = _newest(
    FormVersion.version, OpenTask.municipality_id, OpenTask.form_key
).scalar_subquery()
"""The newest version of a task's form, to be read with the task."""


def form_of(session: Session, task: OpenTask) -> Form:
    """The form that a task, read with `LATEST_OF_TASK`, is answered on. Raises NotFound."""
    version = task.form_version
    if version is None:
        raise NotFound(_("Dette skjemaet finnes ikke."))
    if version not in _forms:
        _forms[version] = form_version(session, task.municipality_id, version)
    return _forms[version]


_forms: dict[str, Form] = {}
"""As `_parsed`."""


def form_version(session: Session, municipality_id: UUID, version: str) -> Form:
    """The version of a form that an old answer was given on."""
    row = session.get_one(FormVersion, (municipality_id, version))
    return _form(row.source, f"{row.key}.form")


_form = lru_cache(maxsize=512)(read_form)
