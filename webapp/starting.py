"""Starting a process for a person: what can be started, and the start form."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms import answers
from forms.answers import Checked, Redrawn
from webapp.edge import current_actor, permission, transaction, translated
from workflows import access, process_instances, starts, task_pages
from workflows.starts import StartPage

blueprint = Blueprint("starting", __name__, url_prefix="/personer/<uuid:person_id>/start")


@blueprint.get("/")
@permission(access.START_PROCESS)
def index(person_id: UUID) -> ResponseReturnValue:
    """What can be started for the person."""
    with transaction() as session:
        actor = current_actor(session)
        person, startable = starts.list_startable(session, actor, person_id)
    return render_template("starting/index.html", person=person, startable=startable)


@blueprint.get("/<key>")
@permission(access.START_PROCESS)
def show(person_id: UUID, key: str) -> ResponseReturnValue:
    """The empty start form."""
    with transaction() as session:
        page = starts.start_page(session, current_actor(session), person_id, key)
    return _draw(page, Redrawn(answers.empty(page.form, {}, page.options), ""))


def _draw(page: StartPage, drawn: Redrawn) -> str:
    return render_template("starting/start.html", page=page, data=drawn.data, focus=drawn.focus)


@blueprint.post("/<key>")
@permission(access.START_PROCESS)
def start(person_id: UUID, key: str) -> ResponseReturnValue:
    """A row more or less in the form, or the process started."""
    with transaction() as session:
        page = starts.start_page(session, current_actor(session), person_id, key)
        redrawn = answers.rows(page.form, request.form, prefill={}, options=page.options)
        checked = answers.check(page.form, request.form, prefill={}, options=page.options)
        if not redrawn and not checked.errors:
            place = _start(session, person_id, key, checked)
    if redrawn:
        return _draw(page, redrawn)
    if checked.errors:
        return _wrong(page, checked)
    flash(_("Forløpet «%(process)s» er startet.", process=translated(page.process.diagram.title)))
    return redirect(place, 303)


def _wrong(page: StartPage, checked: Checked) -> ResponseReturnValue:
    errors, data = checked.errors, checked.typed
    return render_template("starting/start.html", page=page, data=data, errors=errors), 422


def _start(session: Session, person_id: UUID, key: str, checked: Checked) -> str:
    """Start it; the address of the first task when it is the starter's, else of the person."""
    actor = current_actor(session)
    instance = process_instances.start_process(session, actor, person_id, key, checked.answers)
    first = task_pages.next_in_case(session, actor, instance.id)
    if first:
        return url_for("tasks.show", task_id=first.id)
    return f"/personer/{person_id}"
