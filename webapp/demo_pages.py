"""Only in the demo: be anyone with one click, and move the time on.

Outside the demo these addresses do not exist.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from webapp import display, edge, jobs
from webapp.edge import permission, transaction
from workflows import clock, organisations, tenancy, timers
from workflows.access import PUBLIC
from workflows.accounts import DemoUser, demo_users
from workflows.errors import NotFound
from workflows.tables import Account

blueprint = Blueprint("demo", __name__, url_prefix="/demo")

GROUPS = {
    "koordinerende_enhet": _l("Koordinerende enhet"),
    "ansatt": _l("Ansatte i tjenestene"),
    "person": _l("Personer med plan"),
    "foresatt": _l("Foresatte og verger"),
}
STEPS = {"dag": 1, "uke": 7, "fire_uker": 28}
"""Days."""
JUST_AFTER = timedelta(seconds=1)
FARTHEST = timedelta(days=365 * 20)
MOST_AT_ONCE = 1000
MOST_STOPS = 200


@contextmanager
def everywhere() -> Iterator[Session]:
    """A transaction that sees every municipality: all of them are invented."""
    with transaction() as session:
        tenancy.lift(session)
        yield session


@blueprint.get("/")
@permission(PUBLIC)
def index() -> ResponseReturnValue:
    with everywhere() as session:
        users = demo_users(session)
        next_at, evaluation_at = (
            timers.next_instant(session),
            timers.next_evaluation_instant(session),
        )
    return render_template(
        "demo/index.html",
        groups=[(title, _of(users, group)) for group, title in GROUPS.items()],
        next_at=next_at,
        evaluation_at=evaluation_at,
        now=clock.now(),
    )


def _of(users: list[DemoUser], group: str) -> list[DemoUser]:
    return [user for user in users if user.group == group]


@blueprint.post("/")
@permission(PUBLIC)
def become() -> ResponseReturnValue:
    with everywhere() as session:
        wanted = request.form.get("account", "")
        user = next((u for u in demo_users(session) if str(u.account_id) == wanted), None)
        if user is None:
            raise NotFound(_("Vi finner ikke denne demobrukeren."))
        edge.log_in(session.get_one(Account, user.account_id))
    return redirect("/", 303)


@blueprint.post("/tid")
@permission(PUBLIC)
def move_time() -> ResponseReturnValue:
    with everywhere() as session:
        offset = _offset(session, request.form.get("til", ""))
        if offset is not None:
            organisations.keep_offset(session, offset)
    if offset is None:
        flash(_("Vi kan ikke flytte tiden dit."))
        return redirect("/demo/", 303)
    moved = _go_to(offset)
    flash(_("Nå er det %(date)s.", date=display.date_time(clock.now())))
    flash(ngettext("%(num)d forløp gikk videre.", "%(num)d forløp gikk videre.", moved))
    return redirect("/demo/", 303)


def _go_to(offset: timedelta) -> int:
    """Travel by way of every deadline on the road, so that each is followed by the next in its own

    time; how many things happened.
    """
    moved = 0
    for _step in range(MOST_STOPS):
        with everywhere() as session:
            moment = timers.next_instant(session)
        if moment is None or _just_after(moment) >= offset:
            break
        clock.travel(_just_after(moment))
        moved += jobs.run_due(edge.sessions(), limit=MOST_AT_ONCE)
    clock.travel(offset)
    return moved + jobs.run_due(edge.sessions(), limit=MOST_AT_ONCE)


def _just_after(moment: datetime) -> timedelta:
    return moment + JUST_AFTER - datetime.now(UTC)


def _offset(session: Session, to: str) -> timedelta | None:
    """How far from the wall clock the demo is to be; None when there is nothing to go to."""
    if to in STEPS:
        offset = clock.offset_in(STEPS[to])
    else:
        moment = _moment(session, to)
        if moment is None:
            return None
        offset = _just_after(moment)
    return offset if offset < FARTHEST else None


def _moment(session: Session, to: str) -> datetime | None:
    if to == "neste":
        return timers.next_instant(session)
    return timers.next_evaluation_instant(session) if to == "evaluering" else None
