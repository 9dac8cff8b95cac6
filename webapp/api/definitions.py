"""Published processes with their forms, and publishing new versions."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import Response, request
from sqlalchemy.orm import Session

from webapp import logs, problems
from webapp.api.fields import Text
from webapp.api.nouns import MULTIPART, Noun
from webapp.edge import translated
from workflows import access, definitions, publishing
from workflows.actors import Actor
from workflows.api_tokens import DEFINITIONS_PUBLISH, DEFINITIONS_READ
from workflows.errors import NotFound
from workflows.publishing import Faulty
from workflows.tables import ProcessDefinition

noun = Noun("definitions", "Forløp: diagrammer med tabeller og skjemaer, i versjoner")


class DefinitionLine(ma.Schema):
    """A version of a process."""

    key = ma.fields.String()
    title = ma.fields.String()
    version = ma.fields.String()
    published_at = ma.fields.DateTime()
    calls = ma.fields.Dict(metadata={"description": "Forløp som kalles: nøkkel → versjon"})
    decisions = ma.fields.Dict(metadata={"description": "Tabeller: nøkkel → versjon"})


class DefinitionList(ma.Schema):
    """The newest version of every process."""

    definitions = ma.fields.List(ma.fields.Nested(DefinitionLine))


class DefinitionShown(DefinitionLine):
    """A version of a process with the keys of its forms, and the form that starts it."""

    documentation = ma.fields.String(allow_none=True)
    forms = ma.fields.List(ma.fields.String())
    start = ma.fields.Dict(
        allow_none=True, metadata={"description": "Startskjemaet (form-js); null når det ikke er."}
    )


class SourceFile(ma.Schema):
    """A file: `key.bpmn`, `key.dmn` or `key.form`."""

    name = Text(required=True)
    source = ma.fields.String(required=True)


class Files(ma.Schema):
    """Files to publish together."""

    files = ma.fields.List(ma.fields.Nested(SourceFile), required=True)


class PublishedLine(ma.Schema):
    """What became of a file; `new` is false when that very version is in use already."""

    kind = ma.fields.String(metadata={"enum": ["process", "decision", "form"]})
    key = ma.fields.String()
    version = ma.fields.String()
    new = ma.fields.Boolean()


class PublishedList(ma.Schema):
    """What was published: what was sent, and the new versions of what calls it."""

    published = ma.fields.List(ma.fields.Nested(PublishedLine))


@noun.reads("", access.READ_DEFINITIONS, DEFINITIONS_READ, gives=DefinitionList)
def list_definitions(session: Session, actor: Actor) -> dict[str, Any]:
    """Forløpene som er i bruk, i nyeste versjon"""
    rows = definitions.latest_definitions(session, definitions.home(actor))
    return {"definitions": rows}


@noun.reads("/<name>", access.READ_DEFINITIONS, DEFINITIONS_READ, gives=DefinitionShown)
def get_definition(session: Session, actor: Actor, name: str) -> dict[str, Any]:
    """Et forløp, etter versjon eller nøkkel (da den nyeste)"""
    row = _find(session, actor, name)
    diagram = definitions.process(session, row.municipality_id, row.version).diagram
    start = diagram.start.properties.get("formKey")
    form = definitions.latest_form(session, row.municipality_id, start) if start else None
    return {
        **{name: getattr(row, name) for name in DefinitionLine().fields},
        "documentation": diagram.documentation,
        "forms": sorted(set(diagram.form_keys.values())),
        "start": form.raw if form else None,
    }


def _find(session: Session, actor: Actor, name: str) -> ProcessDefinition:
    if not (name.isascii() and name.isprintable()):  # no key is, and not every database takes it
        raise NotFound(access.UNKNOWN)
    return definitions.find_definition(session, actor, name)


@noun.reads("/<name>/source", access.READ_DEFINITIONS, DEFINITIONS_READ, gives="application/xml")
def get_definition_source(session: Session, actor: Actor, name: str) -> Response:
    """Diagrammet som BPMN-fil"""
    row = _find(session, actor, name)
    return Response(row.source, content_type="application/xml; charset=utf-8")


@noun.does(
    *("", access.PUBLISH_DEFINITIONS, DEFINITIONS_PUBLISH),
    takes=Files,
    or_takes=MULTIPART,
    gives=PublishedList,
    status=201,
)
def publish_definitions(
    session: Session, actor: Actor, sent: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Ta i bruk nye diagrammer, tabeller og skjemaer. Alt eller ingenting"""
    sources = _uploaded() if sent is None else _named(sent["files"])
    try:
        made = publishing.publish(session, actor, sources)
    except Faulty as error:
        raise problems.Rejected(list(map(_located, error.problems)), error.reason) from error
    logs.event("published", account=str(actor.account_id), versions=sum(one.new for one in made))
    return {"published": made}


def _uploaded() -> dict[str, bytes]:
    return {file.filename or "": file.read() for file in request.files.values()}


def _named(files: list[Mapping[str, str]]) -> dict[str, bytes]:
    return {file["name"]: file["source"].encode("utf-8", "replace") for file in files}


def _located(problem: Any) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "element": problem.element,
        "detail": translated(problem.message),
    }
