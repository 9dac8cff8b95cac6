"""Writing down those close to a person.

It will not give anyone the right to act for the person: an account for that is made by those who
run the installation, who have seen who it is.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms import answers
from forms.answers import FieldError
from forms.definitions import Form
from forms.definitions import read as read_form
from webapp.edge import STATUS, current_actor, permission, transaction
from workflows import access, people, process_instances
from workflows.errors import Invalid
from workflows.tables import Person

FORM = Path(__file__).with_name("naerperson.form")
blueprint = Blueprint("relations", __name__, url_prefix="/personer/<uuid:person_id>/naerperson")


@cache
def _form() -> Form:
    return read_form(FORM.read_bytes(), FORM.name)


@blueprint.get("/")
@permission(access.START_PROCESS)
def new(person_id: UUID) -> ResponseReturnValue:
    """An empty form."""
    return _page(_person(person_id), answers.empty(_form(), {}, {}))


@blueprint.post("/")
@permission(access.START_PROCESS)
def add(person_id: UUID) -> ResponseReturnValue:
    """Write the relation down, or show the form again with everything that was typed."""
    checked = answers.check(_form(), request.form, prefill={}, options={})
    if checked.errors:
        return _page(_person(person_id), checked.typed, checked.errors), STATUS[Invalid]
    with transaction() as session:
        people.add_relation(session, current_actor(session), person_id, **checked.answers)
    flash(_("%(name)s er skrevet opp.", name=checked.answers["name"]))
    return redirect(f"/personer/{person_id}#naere", 303)


def _person(person_id: UUID) -> Person:
    with transaction() as session:
        actor = current_actor(session)
        basis = access.require(session, actor, access.START_PROCESS, person_id)
        person = process_instances.find_person(session, actor, person_id)
        people.record(session, actor, person, "person:read", basis)
        return person


def _page(person: Person, data: Mapping[str, Any], errors: Sequence[FieldError] = ()) -> str:
    return render_template(
        "people/relation.html", person=person, form=_form(), data=data, errors=errors
    )
