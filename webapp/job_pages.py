"""How it goes with what moves by itself, for those who run the system.

Numbers only: it shows no person and no case.
"""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from webapp.edge import current_actor, permission, transaction
from workflows import job_queue
from workflows.access import OPERATE

blueprint = Blueprint("jobs", __name__, url_prefix="/drift/jobber")


@blueprint.get("/")
@permission(OPERATE)
def index() -> ResponseReturnValue:
    """What waits, who works, and what has failed."""
    with transaction() as session:
        queue = job_queue.show(session, current_actor(session))
    return render_template("jobs/index.html", queue=queue)


@blueprint.post("/")
@permission(OPERATE)
def retry() -> ResponseReturnValue:
    """Give what has failed another chance now."""
    with transaction() as session:
        works = job_queue.retry(session, current_actor(session))
    flash(ngettext("%(num)d jobb prøves igjen.", "%(num)d jobber prøves igjen.", works))
    return redirect("/drift/jobber/", 303)
