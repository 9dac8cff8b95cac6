"""Withdrawing a consent: first what it means in plain words, then at once.

It will not ask why: a consent is voluntary as long as it lasts.
"""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.edge import current_actor, permission, transaction
from workflows.access import DECIDE_CONSENT
from workflows.consents import to_withdraw, withdraw_consent

blueprint = Blueprint("consents", __name__, url_prefix="/samtykker")


@blueprint.get("/<uuid:consent_id>/trekk")
@permission(DECIDE_CONSENT)
def confirm(consent_id: UUID) -> ResponseReturnValue:
    """Say what happens when this consent is withdrawn."""
    with transaction() as session:
        actor = current_actor(session)
        line = to_withdraw(session, actor, consent_id)
    return render_template(
        "consents/withdraw.html",
        lines=[line],
        person_id=line.person_id,
        name=line.person,
        everything=False,
        own=line.person_id in actor.persons,
    )


@blueprint.post("/<uuid:consent_id>/trekk")
@permission(DECIDE_CONSENT)
def withdraw(consent_id: UUID) -> ResponseReturnValue:
    """Withdraw it."""
    with transaction() as session:
        actor = current_actor(session)
        line = to_withdraw(session, actor, consent_id)
        withdraw_consent(session, actor, consent_id)
    flash(_("Samtykket er trukket. %(service)s ser ikke planen lenger.", service=line.service))
    return redirect(f"/personer/{line.person_id}", 303)
