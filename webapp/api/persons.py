"""Persons: registering one as the service's own case, and reading what the basis reaches to."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import url_for
from sqlalchemy.orm import Session

from forms import answers
from webapp import people as pages
from webapp import problems
from webapp.api import forms
from webapp.api.nouns import Noun
from webapp.edge import translated
from workflows import access, clock, people
from workflows.actors import Actor
from workflows.api_tokens import PERSONS_READ, PERSONS_WRITE
from workflows.errors import Invalid

noun = Noun("persons", "Personer: de kontoens tjeneste har grunnlag for")


class Facts(ma.Schema):
    """What is written down of a person. The rules are those of the page."""

    name = ma.fields.Raw(required=True, metadata={"type": "string"})
    born_on = ma.fields.Raw(metadata={"type": ["string", "null"], "format": "date"})
    national_number = ma.fields.Raw(metadata={"type": ["string", "null"]})
    phone = ma.fields.Raw(metadata={"type": ["string", "null"]})
    email = ma.fields.Raw(metadata={"type": ["string", "null"]})
    address = ma.fields.Raw(metadata={"type": ["string", "null"]})
    language = ma.fields.Raw(load_default="nb", metadata={"enum": list(pages.LANGUAGES)})


class Registered(ma.Schema):
    """A person's id."""

    id = ma.fields.UUID()


class CaseLine(ma.Schema):
    """A case of the person's."""

    id = ma.fields.UUID()
    definition_key = ma.fields.String()
    title = ma.fields.String()
    started_at = ma.fields.DateTime()
    ended_at = ma.fields.DateTime(allow_none=True)


class PersonShown(Registered):
    """What the account's basis shows of a person."""

    name = ma.fields.String()
    born_on = ma.fields.Date(allow_none=True)
    phone = ma.fields.String(allow_none=True)
    email = ma.fields.String(allow_none=True)
    address = ma.fields.String(allow_none=True)
    language = ma.fields.String()
    basis = ma.fields.String()
    instances = ma.fields.List(ma.fields.Nested(CaseLine))


@noun.does(*("", access.REGISTER_PERSON, PERSONS_WRITE), takes=Facts, gives=Registered, status=201)
def register_person(session: Session, actor: Actor, sent: Mapping[str, Any]) -> Any:
    """Registrer en person som tjenesten har i sin egen sak"""
    people.own_service(session, actor)
    form = pages.registration("nb")
    checked = answers.check_given(form, sent, prefill={}, options={}, today=clock.today())
    forms.reject([*checked.errors, *pages.not_born(checked)], above="")
    try:
        person = people.register_person(session, actor, **pages.facts(checked))
    except Invalid as error:
        # Nothing is begun yet, so this is kept: being told that somebody is known is a sight too.
        people.note_known(session, actor, checked.answers.get("national_number") or "")
        fault = {"pointer": f"/{error.field}", "detail": translated(error.reason)}
        return problems.problem(422, errors=[fault])
    place = url_for("api_persons.get_person", person_id=person.id)
    return person, {"Location": place}


@noun.reads("/<uuid:person_id>", access.READ_PERSON, PERSONS_READ, gives=PersonShown)
def get_person(session: Session, actor: Actor, person_id: UUID) -> dict[str, Any]:
    """En person, med forløpene som kan ses"""
    page = people.person_page(session, actor, person_id)
    shown = {name: getattr(page.person, name) for name in PersonShown().fields
             if name not in {"basis", "instances"}}  # fmt: skip
    return {
        **shown,
        "basis": page.basis.kind,
        "instances": [case.instance for case in page.cases],
    }
