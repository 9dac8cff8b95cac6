"""A member's own choices in a family's case: whom they show what concerns them, and to leave it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.edge import current_actor, permission, transaction
from workflows import families
from workflows.access import DECIDE_CONSENT
from workflows.errors import Invalid

blueprint = Blueprint(
    "families",
    __name__,
    url_prefix="/forlop-i-gang/<uuid:instance_id>/familien/<uuid:person_id>",
)


@blueprint.get("/forlat")
@permission(DECIDE_CONSENT)
def confirm_leave(instance_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Say what happens when a member leaves."""
    with transaction() as session:
        actor = current_actor(session)
        instance, person = families.to_leave(session, actor, instance_id, person_id)
    return render_template(
        "families/leave.html", instance=instance, person=person, own=person_id in actor.persons
    )


@blueprint.post("/forlat")
@permission(DECIDE_CONSENT)
def leave(instance_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Let the member leave."""
    with transaction() as session:
        families.leave(session, current_actor(session), instance_id, person_id)
    flash(_("Personen er ikke med lenger, og ingen ser det som gjelder personen."))
    return redirect(f"/personer/{person_id}", 303)


@blueprint.post("/vis")
@permission(DECIDE_CONSENT)
def show(instance_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Show another member what concerns this one, or stop showing it."""
    change = families.stop_showing if request.form.get("vis") == "0" else families.start_showing
    with transaction() as session:
        change(session, current_actor(session), instance_id, person_id, _whom())
    flash(_("Valget er lagret og gjelder med en gang."))
    return redirect(url_for("processes.show", instance_id=instance_id) + "#familien", 303)


def _whom() -> UUID:
    try:
        return UUID(request.form.get("til", ""))
    except ValueError as error:
        raise Invalid(_("Velg hvem i familien det gjelder."), "til") from error
