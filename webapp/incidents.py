"""The page of those who run the system: what stands still because it failed, retried or skipped.

It shows no person: a case is called by its number. It will not say what is wrong with a diagram
beyond where it stopped and why.
"""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from webapp.edge import (
    STATUS,
    current_actor,
    permission,
    text_arg,
    transaction,
    translated,
    uuid_arg,
)
from workflows import incidents
from workflows.access import OPERATE
from workflows.errors import Invalid
from workflows.halting import KINDS, OPEN, WHOLE_CASE

blueprint = Blueprint("incidents", __name__, url_prefix="/drift")

Page = str | tuple[str, int] | Response


@blueprint.get("/")
@permission(OPERATE)
def index() -> Page:
    """What stands still, by element and one by one, the oldest first."""
    process = text_arg("forlop")
    with transaction() as session:
        actor = current_actor(session)
        groups = incidents.groups(session, actor)
        lines = incidents.incidents(session, actor, process, uuid_arg("etter"))
    return render_template(
        "incidents/index.html",
        groups=groups,
        lines=lines,
        process=process,
        processes=incidents.processes(groups),
        total=sum(group.count for group in groups if process in ("", group.process)),
        after=lines[-1].id if len(lines) == incidents.PAGE else None,
        kinds=KINDS,
    )


@blueprint.post("/prov-igjen")
@permission(OPERATE)
def retry_all() -> Page:
    """Let everything that stands still at one element be tried again."""
    process, element = request.form.get("forlop", ""), request.form.get("element", "")
    with transaction() as session:
        count = incidents.retry_all(session, current_actor(session), process, element)
    flash(
        ngettext(
            "%(num)d prøves igjen i løpet av et minutt.",
            "%(num)d prøves igjen i løpet av et minutt.",
            count,
        )
    )
    return redirect(url_for("incidents.index"), 303)


@blueprint.get("/<uuid:incident_id>")
@permission(OPERATE)
def show(incident_id: UUID) -> Page:
    """One thing that stands still, and what can be done about it."""
    return _page(incident_id)


def _page(incident_id: UUID, fault: Invalid | None = None) -> Page:
    with transaction() as session:
        line, ways = incidents.shown(session, current_actor(session), incident_id)
    page = render_template(
        "incidents/show.html",
        line=line,
        ways=ways,
        kinds=KINDS,
        fault=fault,
        typed=request.form,
        longest=incidents.LONGEST_REASON,
    )
    return (page, STATUS[Invalid]) if fault else page


@blueprint.post("/<uuid:incident_id>/prov-igjen")
@permission(OPERATE)
def retry(incident_id: UUID) -> Page:
    """Try one again, and tell how it went."""
    with transaction() as session:
        row = incidents.retry(session, current_actor(session), incident_id)
        stands, whole = row.status == OPEN, row.kind == WHOLE_CASE
    if stands and not whole:
        flash(_("Det stoppet igjen. Se feilen under."))
        return redirect(url_for("incidents.show", incident_id=incident_id), 303)
    flash(_("Prøves igjen i løpet av et minutt.") if whole else _("Forløpet går videre."))
    return redirect(url_for("incidents.index"), 303)


@blueprint.post("/<uuid:incident_id>/hopp-over")
@permission(OPERATE)
def skip(incident_id: UUID) -> Page:
    """Go on without what failed, for a reason."""
    reason, way = request.form.get("reason", ""), request.form.get("way", "")
    try:
        with transaction() as session:
            incidents.skip(session, current_actor(session), incident_id, reason, way)
    except Invalid as error:
        return _page(incident_id, Invalid(translated(error.reason), error.field))
    flash(_("Steget er hoppet over, og forløpet går videre."))
    return redirect(url_for("incidents.index"), 303)
