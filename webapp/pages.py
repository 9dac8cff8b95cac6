"""The pages that are about nobody: the way in, what this is, and accessibility."""

from datetime import date

from flask import Blueprint, current_app, redirect, render_template
from flask import session as cookie
from flask.typing import ResponseReturnValue

from webapp.edge import permission
from workflows.access import PUBLIC

blueprint = Blueprint("pages", __name__)

TESTED = date(2026, 11, 22)
"""When the pages were last gone through by hand; the automatic tests run at every change."""


@blueprint.get("/")
@permission(PUBLIC)
def front() -> ResponseReturnValue:
    if "account" in cookie:
        return redirect("/oppgaver/", 303)
    return redirect("/demo/" if current_app.config["DEMO"] else "/logg-inn", 303)


@blueprint.get("/om")
@permission(PUBLIC)
def about() -> ResponseReturnValue:
    return render_template("pages/about.html")


@blueprint.get("/tilgjengelighet")
@permission(PUBLIC)
def accessibility() -> ResponseReturnValue:
    return render_template("pages/accessibility.html", tested=TESTED)
