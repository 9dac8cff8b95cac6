"""Where a request meets the rooms below: who is asking, one transaction, errors as pages, headers.

The only place besides the jobs that commits. It will not decide who may do what to whom:
`workflows.access` does; a route only declares which permission it is about.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext, refresh
from flask_babel import lazy_gettext as _l
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as AnyResponse

from webapp import logs, problems, rates
from workflows import notices, tenancy
from workflows.access import PUBLIC
from workflows.actors import Actor, load_actor
from workflows.database import LAST_TRY, anew, is_away, lost_race
from workflows.errors import Conflict, Denied, Invalid, NotFound, WorkflowError
from workflows.tables import Account

P = ParamSpec("P")
R = TypeVar("R")
Answer = tuple[str, int] | AnyResponse

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, storage_uri=f"{rates.Counters.STORAGE_SCHEME[0]}://")

RETRY_SECONDS = 10
LAST_PAGE = 10_000
LONGEST_QUERY = 200
MOST_SHOWN_AGAIN = 60

STATUS: dict[type[WorkflowError], int] = {NotFound: 404, Denied: 403, Conflict: 409, Invalid: 422}
"""The errors of the domain as HTTP."""

WORDS = {
    400: (_l("Vi forstod ikke forespørselen"), _l("Gå tilbake og prøv en gang til.")),
    401: (_l("Du må logge inn"), _l("Du er ikke logget inn, eller du har vært borte for lenge.")),
    403: (_l("Du har ikke tilgang"), _l("Du har ikke grunnlag for å se eller gjøre dette.")),
    404: (_l("Siden finnes ikke"), _l("Adressen kan være skrevet feil, eller siden er borte.")),
    405: (_l("Det går ikke an her"), _l("Denne adressen tar ikke imot det som ble sendt.")),
    409: (
        _l("Noen andre var raskere"),
        _l("Det du arbeidet med, er endret av noen andre. Last siden på nytt og se hva som står."),
    ),
    413: (
        _l("Det er for mye på en gang"),
        _l("Skjemaet er større enn vi kan ta imot. Gå tilbake og gjør teksten kortere."),
    ),
    422: (_l("Noe stemmer ikke"), _l("Gå tilbake, rett det som er feil, og prøv en gang til.")),
    429: (
        _l("Vent litt"),
        _l("Det har vært for mange forsøk på kort tid. Vent noen minutter og prøv igjen."),
    ),
    500: (
        _l("Noe gikk galt hos oss"),
        _l("Feilen er notert. Det du hadde lagret, er trygt. Prøv igjen om litt."),
    ),
    503: (
        _l("Databasen svarer ikke"),
        _l(
            "Vi får ikke tak i databasen akkurat nå. Det du hadde lagret, er trygt. "
            "Vent litt, og se om det du sendte sist, kom fram før du sender det igjen."
        ),
    ),
}
"""Title and plain words per HTTP status, when nobody below had better ones."""

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class LogInNeeded(Exception):
    """Nobody is logged in, or the session has been ended from elsewhere."""


def permission(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare which permission a view is about; all but PUBLIC ones require log-in."""

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if name != PUBLIC and "account" not in cookie:
                raise LogInNeeded
            return again_when_lost(partial(view, *args, **kwargs))

        guarded.permission = name  # type: ignore[attr-defined]
        return guarded

    return declare


def again_when_lost(view: Callable[[], R]) -> R:
    """The view's answer; one that lost a race has changed nothing, and sees at the next try why."""

    def tried(last: bool) -> R:
        g.last_try = last
        return view()

    return anew(tried)


def sessions() -> sessionmaker[Session]:
    """The running app's factory of database sessions."""
    factory: sessionmaker[Session] = current_app.extensions["sessions"]
    return factory


@contextmanager
def begun() -> Iterator[Session]:
    """A database session that commits on leaving, and knows whether this is the last try."""
    with sessions().begin() as session:
        session.info[LAST_TRY] = g.get("last_try", False)
        yield session


@contextmanager
def transaction() -> Iterator[Session]:
    """A database session that commits on leaving and rolls back when something is raised.

    Raises LogInNeeded when the view needs someone and the log-in no longer holds.
    """
    with begun() as session:
        identify(session)
        if g.actor is None and not _is_public():
            raise LogInNeeded
        yield session
        g.unread = notices.unread(session, g.actor) if g.actor else 0


def identify(session: Session) -> None:
    """Set `g.actor` to whoever is logged in, or None; the rest of the transaction is limited to

    the municipalities of that actor.
    """
    g.actor = _logged_in(session)
    tenancy.limit(session, g.actor.municipalities if g.actor else ())
    if g.actor:
        refresh()  # the account's language may differ from the one chosen so far


def _logged_in(session: Session) -> Actor | None:
    """The actor that the cookie names; a log-in of an older generation is over."""
    if "account" not in cookie:
        return None
    account = session.get(Account, UUID(cookie["account"]))
    if account is None or account.generation != cookie.get("generation"):
        cookie.clear()
        return None
    return load_actor(session, account.id)


def _is_public() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return view is None or getattr(view, "permission", None) == PUBLIC


def current_actor(session: Session) -> Actor:  # noqa: ARG001 - it belongs to this transaction
    """Whoever is asking, as loaded in this transaction. Raises LogInNeeded."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        raise LogInNeeded
    return actor


def actor_for_page() -> Actor | None:
    """The actor for the frame around a page, also where the view itself asked for nobody."""
    if "actor" not in g:
        g.actor, g.unread = None, 0
        if "account" in cookie:
            _look_up()
    actor: Actor | None = g.actor
    return actor


def _look_up() -> None:
    try:
        with sessions().begin() as session:
            identify(session)
            g.unread = notices.unread(session, g.actor) if g.actor else 0
    except SQLAlchemyError as error:
        # The frame is also drawn around the page that tells of a database out of order.
        logs.failure("frame", error)


def actor_if_any() -> Actor | None:
    """Whoever is asking on a public page, inside a transaction; None for a stranger."""
    actor: Actor | None = g.get("actor")
    return actor


def log_in(account: Account) -> None:
    """Begin a fresh browser session for an account."""
    cookie.clear()
    cookie["account"], cookie["generation"] = str(account.id), account.generation
    cookie.permanent = True


def translated(reason: str) -> str:
    """A sentence from below webapp in the user's language."""
    return gettext(reason)


def text_arg(name: str, longest: int = LONGEST_QUERY) -> str:
    """A text of the query string, without control characters and no longer than `longest`."""
    typed = request.args.get(name, "")[: longest * 2]
    return "".join(c if c.isprintable() else " " for c in typed).strip()[:longest]


def page_arg(name: str = "page") -> int:
    """A page number of the query string; 1 for anything that is none."""
    typed = request.args.get(name, "")
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else 1
    return min(max(number, 1), LAST_PAGE)


def uuid_arg(name: str) -> UUID | None:
    """An id of the query string; None for anything that is none."""
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


def choice_arg(name: str, allowed: tuple[str, ...]) -> str:
    """One of `allowed` from the query string; the first of them for anything else."""
    typed = request.args.get(name, "")
    return typed if typed in allowed else allowed[0]


def safe_path(target: str | None) -> str | None:
    """`target` when it is a path on this site, else None: nobody is sent elsewhere after log-in."""
    if not target or not target.startswith("/") or not target.isprintable() or "\\" in target:
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc or target.startswith("//") else target


def error_page(status: int, reason: str | None = None, **more: Any) -> Answer:
    """The page for an error, in plain words and with a way on; for a program a problem."""
    if problems.asked_for():
        more = {name: more[name] for name in ("errors", "reference") if name in more}
        return problems.problem(status, gettext(str(reason)) if reason else None, **more)
    actor_for_page()  # first, so that the words are in their language
    title, words = WORDS.get(status, WORDS[400 if status < 500 else 500])
    shown = gettext(str(reason)) if reason else words
    return render_template("error.html", heading=title, reason=shown, status=status, **more), status


def _workflow_error(error: WorkflowError) -> Answer:
    field = getattr(error, "field", "")
    where = [{"field": field, "detail": gettext(error.reason)}] if field else []
    return error_page(STATUS[type(error)], error.reason, errors=where)


def _log_in_needed(_error: LogInNeeded) -> Answer:
    if problems.asked_for() or request.method not in {"GET", "HEAD"}:
        return error_page(401)  # never a redirect: a script must not take the answer for success
    here = request.full_path.rstrip("?")
    return redirect(url_for("accounts.log_in", next=here if here != "/" else None), 303)


def _stale(_error: StaleDataError) -> Answer:
    return error_page(409, typed=_typed())


def _busy(error: SQLAlchemyError) -> Answer:
    if lost_race(error) or "locked" in str(getattr(error, "orig", "")):
        words = _l("Systemet er opptatt akkurat nå. Vent litt og prøv igjen.")
        return error_page(409, words, typed=_typed())
    if is_away(error):
        return _away(error)
    raise error


def _away(error: SQLAlchemyError) -> Answer:
    logs.failure("database", error)
    g.setdefault("actor", None)  # or the frame would ask the database, and wait for it once more
    g.setdefault("unread", 0)
    answer = current_app.make_response(error_page(503, typed=_typed()))
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _csrf(_error: CSRFError) -> Answer:
    return error_page(
        400,
        _l(
            "Siden hadde stått åpen for lenge, så vi tok ikke imot skjemaet. "
            "Gå tilbake, last siden på nytt og send inn en gang til."
        ),
        typed=_typed(),
    )


def _typed() -> list[str]:
    """What was sent and not taken, to be shown again."""
    typed = [
        value.replace("\0", "")
        for name, values in request.form.lists()
        for value in values
        if name not in {"csrf_token", "password", "next"} and value.strip()
    ]
    return typed[:MOST_SHOWN_AGAIN]


def _http(error: HTTPException) -> Answer:
    status = error.code or 500
    reference = g.get("reference") if isinstance(error, InternalServerError) else None
    page = error_page(status, reference=reference, errors=problems.places(error))
    return problems.with_headers(page, error) if isinstance(page, Response) else page


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def init_app(app: Flask) -> None:
    """Give the app its protection of forms, error pages and headers."""
    csrf.init_app(app)
    limiter.init_app(app)
    app.register_error_handler(WorkflowError, _workflow_error)
    app.register_error_handler(LogInNeeded, _log_in_needed)
    app.register_error_handler(StaleDataError, _stale)
    for of_the_database in (DBAPIError, PendingRollbackError, PoolTimeout):
        app.register_error_handler(of_the_database, _busy)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(problems.Rejected, problems.rejected)
    app.register_error_handler(HTTPException, _http)
    app.after_request(_headers)
