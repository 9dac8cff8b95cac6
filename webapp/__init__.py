"""The web edge: pages, command line and the one place that opens and commits transactions."""

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import Babel, get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import make_url

from webapp import display, edge, logs
from workflows import clock, database, organisations
from workflows.access import PUBLIC
from workflows.accounts import LANGUAGES

INSTANCE = Path("instance")
NOUNS = (
    *("accounts", "notices", "pages", "tasks", "answers", "starting"),
    *("people", "processes", "consents", "definitions"),
)
LANGUAGE_COOKIE = "sprak"
SHORTEST_KEY = 32
NAMES = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}


class App(Flask):
    """Flask that tells of an exception without its message, and keeps bundles in the cache."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        if exc_info[1] is not None:
            rule = request.url_rule.rule if request.url_rule else "-"
            g.reference = logs.failure(rule, exc_info[1])

    def get_send_file_max_age(self, filename: str | None) -> int:
        # A bundle's name changes with its content.
        return 31_536_000 if filename and filename.startswith("dist/") else 3600


def create_app(
    database_url: str | None = None, *, demo: bool = False, testing: bool = False
) -> Flask:
    """The application on a database (RODTRAD_DATABASE_URL, else a file in ./instance).

    Raises RuntimeError when the front end is not built or the secret key is too short.
    """
    app = App("webapp")
    app.config.update(settings(demo=demo, testing=testing))
    engine = database.connect(database_url or default_database(demo=demo))
    database.Base.metadata.create_all(engine)
    app.extensions["engine"] = engine
    app.extensions["sessions"] = database.sessions(engine)
    Babel(app, locale_selector=language, default_locale="nb", default_timezone="Europe/Oslo")
    for part in (logs, edge, display):
        part.init_app(app)
    app.context_processor(frame)
    register(app, demo=demo)
    if demo:
        restore_clock(app)
    return app


def settings(*, demo: bool, testing: bool) -> dict[str, Any]:
    """Flask's settings."""
    return {
        "SECRET_KEY": secrets.token_hex() if testing else secret_key(),
        "TESTING": testing,
        "DEMO": demo,
        "SESSION_COOKIE_NAME": "rodtrad",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": not (demo or testing),
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=10),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the log-in: a plan takes hours to write
        "MAX_CONTENT_LENGTH": 2_000_000,
        "MAX_FORM_MEMORY_SIZE": 2_000_000,
        "MAX_FORM_PARTS": 3000,
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
    }


def secret_key() -> str:
    """RODTRAD_SECRET_KEY, else one kept in ./instance so that log-ins outlive a restart."""
    given = os.environ.get("RODTRAD_SECRET_KEY")
    if given is not None:
        if len(given) < SHORTEST_KEY:
            raise RuntimeError(f"RODTRAD_SECRET_KEY må ha minst {SHORTEST_KEY} tegn.")
        return given
    file = INSTANCE / "secret_key"
    INSTANCE.mkdir(mode=0o700, exist_ok=True)
    try:
        with open(file, "x", opener=_only_ours, encoding="ascii") as new:
            new.write(secrets.token_hex())
    except FileExistsError:
        pass
    return file.read_text(encoding="ascii")


def _only_ours(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def default_database(*, demo: bool) -> str:
    """RODTRAD_DATABASE_URL, else a SQLite file in ./instance."""
    given = os.environ.get("RODTRAD_DATABASE_URL")
    file = INSTANCE / ("demo.db" if demo else "rodtrad.db")
    url = given or f"sqlite:///{file.resolve()}"
    path = make_url(url).database
    if url.startswith("sqlite") and path and path != ":memory:":
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return url


def language() -> str:
    """The account's language, else the one chosen here before, else the browser's, else bokmål."""
    actor = g.get("actor")
    chosen = actor.language if actor else request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return str(chosen)
    best = request.accept_languages.best_match([*LANGUAGES, "no"], "nb")
    return "nb" if best in {"no", None} else str(best)


def frame() -> dict[str, Any]:
    """What the frame around every page needs."""
    actor = edge.actor_for_page()
    return {
        "actor": actor,
        "navigation": navigation,
        "unread_notices": g.get("unread", 0),
        "demo": current_app.config["DEMO"],
        "today": clock.today(),
        "language": str(get_locale()),
        "languages": NAMES,
    }


@dataclass(frozen=True)
class Link:
    """A link of the main menu. `current` is the value of its aria-current, empty elsewhere."""

    path: str
    text: str
    current: str
    count: int = 0


def navigation() -> list[Link]:
    """The main menu of whoever is logged in: those who are asked see less than those who work."""
    actor = edge.actor_for_page()
    if actor is None:
        return []
    places = [("/oppgaver/", _l("Mine oppgaver"))]
    if len(actor.acts_as) == 1:
        places.append((f"/personer/{next(iter(actor.acts_as))}", _l("Min side")))
    elif actor.acts_as:
        places.append(("/personer/", _l("Mine personer")))
    if actor.is_employee:
        places += [("/personer/", _l("Personer")), ("/forlop/", _l("Forløp"))]
    links = [Link(path, text, _current(path)) for path, text in places]
    unread = g.get("unread", 0)
    return [*links, Link("/varsler/", _l("Varsler"), _current("/varsler/"), unread)]


def _current(path: str) -> str:
    if request.path == path:
        return "page"
    return "true" if path.endswith("/") and request.path.startswith(path) else ""


def register(app: Flask, *, demo: bool) -> None:
    """Register every noun's blueprint, those of the demo only there."""
    nouns = [*NOUNS, "demo_pages"] if demo else NOUNS
    for noun in nouns:
        if find_spec(f"webapp.{noun}"):
            app.register_blueprint(import_module(f"webapp.{noun}").blueprint)
    app.view_functions["static"] = edge.permission(PUBLIC)(app.send_static_file)


def restore_clock(app: Flask) -> None:
    """Go on at the time the demo had travelled to."""
    with app.extensions["sessions"].begin() as session:
        clock.travel(organisations.kept_offset(session))
