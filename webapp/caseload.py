"""How many cases each coordinator has, for those who appoint and those who lead.

It shows no person and no case.
"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.edge import current_actor, permission, transaction
from workflows import caseload
from workflows.access import READ_CASELOAD

blueprint = Blueprint("caseload", __name__, url_prefix="/belastning")


@blueprint.get("/")
@permission(READ_CASELOAD)
def index() -> ResponseReturnValue:
    """Coordinators and how many running cases of each process they have."""
    with transaction() as session:
        found = caseload.caseload(session, current_actor(session))
    towns = {load.municipality for load in found.loads}
    return render_template("caseload/index.html", caseload=found, several_towns=len(towns) > 1)
