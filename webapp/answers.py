"""The read-only page of an old answer, on the version of the form it was given on."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from forms import answers
from webapp.edge import current_actor, permission, transaction
from workflows import access, history

blueprint = Blueprint("answers", __name__, url_prefix="/svar")


@blueprint.get("/<uuid:entry_id>")
@permission(access.READ_PERSON)
def show(entry_id: UUID) -> ResponseReturnValue:
    with transaction() as session:
        page = history.read_answers(session, current_actor(session), entry_id)
    shown = answers.shown(page.form, page.answers, page.options)
    return render_template("answers/show.html", page=page, shown=shown)
