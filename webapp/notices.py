"""The notices of whoever is logged in, and the way from one to the case it is about."""

from uuid import UUID

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from webapp.edge import current_actor, permission, transaction
from workflows.access import OWN_ACCOUNT
from workflows.notices import notices_of, read_notice

blueprint = Blueprint("notices", __name__, url_prefix="/varsler")


@blueprint.get("/")
@permission(OWN_ACCOUNT)
def index() -> ResponseReturnValue:
    with transaction() as session:
        notices = notices_of(session, current_actor(session))
    return render_template("notices/index.html", notices=notices)


@blueprint.post("/<uuid:notice_id>")
@permission(OWN_ACCOUNT)
def read(notice_id: UUID) -> ResponseReturnValue:
    with transaction() as session:
        notice = read_notice(session, current_actor(session), notice_id)
    return redirect(
        f"/forlop-i-gang/{notice.instance_id}" if notice.instance_id else "/varsler/", 303
    )
