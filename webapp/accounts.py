"""Logging in and out, and choosing a language."""

from flask import Blueprint, current_app, flash, redirect, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import edge
from webapp.edge import permission, safe_path, transaction
from webapp.frame import LANGUAGE_COOKIE
from workflows.access import PUBLIC
from workflows.accounts import LANGUAGES, authenticate, set_language
from workflows.errors import Denied

A_YEAR = 365 * 24 * 3600
blueprint = Blueprint("accounts", __name__)


def _typed_username() -> str:
    return request.form.get("username", "").strip().lower()[:200]


def _failed(response: object) -> bool:
    return getattr(response, "status_code", 0) == 422


@blueprint.get("/logg-inn")
@permission(PUBLIC)
def log_in() -> ResponseReturnValue:
    return render_template("accounts/log_in.html", next=safe_path(request.args.get("next")))


@blueprint.post("/logg-inn")
@permission(PUBLIC)
@edge.limiter.limit("30 per 5 minutes", deduct_when=_failed)
@edge.limiter.limit("10 per 5 minutes", key_func=_typed_username, deduct_when=_failed)
def try_password() -> ResponseReturnValue:
    username, password = request.form.get("username", ""), request.form.get("password", "")
    target = safe_path(request.form.get("next"))
    try:
        with transaction() as session:
            edge.log_in(authenticate(session, username, password))
    except Denied as error:
        page = render_template(
            "accounts/log_in.html", next=target, username=username[:200], error=error.reason
        )
        return page, 422
    return redirect(target or "/", 303)


@blueprint.post("/logg-ut")
@permission(PUBLIC)
def log_out() -> ResponseReturnValue:
    cookie.clear()
    flash(_("Du er logget ut."))
    return redirect("/logg-inn", 303)


@blueprint.post("/sprak")
@permission(PUBLIC)
def choose_language() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    response = redirect(safe_path(request.form.get("next")) or "/", 303)
    if chosen not in LANGUAGES:
        return response
    with transaction() as session:
        actor = edge.actor_if_any()
        if actor:
            set_language(session, actor, chosen)
    response.set_cookie(
        LANGUAGE_COOKIE,
        chosen,
        max_age=A_YEAR,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response
