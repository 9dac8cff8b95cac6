"""Telling a running case something: the form of a message that its diagram waits for."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms import answers
from forms.answers import FieldError
from webapp.edge import current_actor, permission, transaction, translated
from webapp.tasks import source_words
from workflows import access, messages
from workflows.messages import MessagePage

blueprint = Blueprint(
    "messages", __name__, url_prefix="/forlop-i-gang/<uuid:instance_id>/meld/<event_id>"
)


@blueprint.get("/")
@permission(access.GIVE_MESSAGE)
def show(instance_id: UUID, event_id: str) -> ResponseReturnValue:
    """The form, with what is known."""
    with transaction() as session:
        page = messages.message_page(
            session, current_actor(session), instance_id, event_id, translated
        )
    return _draw(page, answers.empty(page.form, page.prefill, page.options))


@blueprint.post("/")
@permission(access.GIVE_MESSAGE)
def send(instance_id: UUID, event_id: str) -> ResponseReturnValue:
    """A row more or less in the form, or the case told."""
    with transaction() as session:
        actor = current_actor(session)
        page = messages.message_page(session, actor, instance_id, event_id, translated)
        form, known, options = page.form, page.prefill, page.options
        redrawn = answers.rows(form, request.form, prefill=known, options=options)
        checked = answers.check(form, request.form, prefill=known, options=options)
        if not redrawn and not checked.errors:
            messages.send_message(session, actor, instance_id, event_id, checked.answers)
    if redrawn:
        return _draw(page, redrawn.data, focus=redrawn.focus)
    if checked.errors:
        return _draw(page, checked.typed, checked.errors), 422
    flash(_("«%(message)s» er meldt.", message=translated(page.message.title)))
    return redirect(url_for("processes.show", instance_id=instance_id), 303)


def _draw(
    page: MessagePage,
    data: Mapping[str, Any],
    errors: Sequence[FieldError] = (),
    *,
    focus: str = "",
) -> str:
    return render_template(
        "messages/message.html",
        page=page,
        data=data,
        errors=errors,
        focus=focus,
        sources=source_words(page.sources),
    )
