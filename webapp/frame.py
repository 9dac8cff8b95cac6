"""The frame around every page: the language it speaks, and the menu of whoever is logged in."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import Babel, get_locale
from flask_babel import lazy_gettext as _l

from webapp import edge, problems
from workflows import caseload, clock
from workflows.accounts import LANGUAGES

LANGUAGE_COOKIE = "sprak"
NAMES = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}


def language() -> str:
    """The account's language, else the one chosen here before, else the browser's, else bokmål.

    A program gets what it asks for.
    """
    actor = g.get("actor")
    chosen = actor.language if actor else request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES and not problems.asked_for():
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
    if caseload.overseen(actor):
        places.append(("/belastning/", _l("Belastning")))
    if actor.operates_in:
        places.append(("/drift/", _l("Drift")))
    links = [Link(path, text, _current(path)) for path, text in places]
    unread = g.get("unread", 0)
    return [*links, Link("/varsler/", _l("Varsler"), _current("/varsler/"), unread)]


def _current(path: str) -> str:
    if request.path == path:
        return "page"
    return "true" if path.endswith("/") and request.path.startswith(path) else ""


def init_app(app: Flask) -> None:
    """Give the app its languages and the templates what the frame shows."""
    Babel(app, locale_selector=language, default_locale="nb", default_timezone="Europe/Oslo")
    app.context_processor(frame)
