"""How values look on a page: dates, due dates in words, ages, simple markdown, bundled files.

It will not fetch anything.
"""

import json
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from babel import dates
from flask import Flask, current_app, url_for
from flask_babel import get_locale, gettext, ngettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from workflows import clock

MANIFEST = Path(__file__).parent / "static/dist/manifest.json"
DAYS_COUNTED = 7
_DAY_AND_MONTH = {"en": "EEEE d MMMM"}
_LOCALES = {"en": "en_GB"}  # the day before the month, as everybody here writes it
_SHORT = "dd.MM.yyyy"


def _language() -> str:
    locale = get_locale()
    return str(locale.language) if locale else "nb"


def _day(value: date | datetime) -> date:
    return value.astimezone(clock.OSLO).date() if isinstance(value, datetime) else value


def date_long(value: date | datetime | None) -> str:
    """«3. mars 2027»; nothing for None."""
    if value is None:
        return ""
    language = _language()
    return dates.format_date(_day(value), "long", locale=_LOCALES.get(language, language))


def date_short(value: date | datetime | None) -> str:
    """«03.03.2027»; nothing for None."""
    return dates.format_date(_day(value), _SHORT, locale=_language()) if value else ""


def clock_time(value: datetime | None) -> str:
    """«14.05», in Norwegian time; nothing for None."""
    if value is None:
        return ""
    pattern = "HH:mm" if _language() == "en" else "HH.mm"
    return dates.format_time(value.astimezone(clock.OSLO), pattern, locale=_language())


def date_time(value: datetime | None) -> str:
    """«3. mars 2027 kl. 14.05», in Norwegian time; nothing for None."""
    if value is None:
        return ""
    return gettext("%(date)s kl. %(time)s", date=date_long(value), time=clock_time(value))


def due(value: date | datetime | None) -> str:
    """How far away a due date is, in words: «i dag», «om 5 dager», «3 dager over fristen»."""
    if value is None:
        return gettext("ingen frist")
    days = (_day(value) - clock.today()).days
    if days < 0:
        return ngettext("%(num)d dag over fristen", "%(num)d dager over fristen", -days)
    if days <= 1:
        return gettext("i morgen") if days else gettext("i dag")
    if days <= DAYS_COUNTED:
        return ngettext("om %(num)d dag", "om %(num)d dager", days)
    return _weekday(_day(value))


def _weekday(day: date) -> str:
    pattern = _DAY_AND_MONTH.get(_language(), "EEEE d. MMMM")
    year = "" if day.year == clock.today().year else " y"
    return dates.format_date(day, pattern + year, locale=_language())


def due_state(value: date | datetime | None) -> str:
    """`over`, `soon` (within seven days), `later` or `none`: for the colour beside the words."""
    if value is None:
        return "none"
    days = (_day(value) - clock.today()).days
    if days < 0:
        return "over"
    return "soon" if days <= DAYS_COUNTED else "later"


def age(born_on: date | None) -> str:
    """«16 år», today; nothing for None."""
    if born_on is None:
        return ""
    today = clock.today()
    years = today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
    return ngettext("%(num)d år", "%(num)d år", max(years, 0))


class _Renderer(RendererHTML):
    """Headings one level down: the page itself has the only h1."""

    def renderToken(  # noqa: N802 - markdown-it's own name
        self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        token = tokens[idx]
        if token.type in {"heading_open", "heading_close"}:
            level = min(int(token.tag[1]) + 1, 6)
            token = token.copy(tag=f"h{level}")
            tokens = [*tokens[:idx], token, *tokens[idx + 1 :]]
        return super().renderToken(tokens, idx, options, env)


_markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).disable("image")


def markdown(text: str | None) -> Markup:
    """Simple markdown as HTML."""
    # The one place where text becomes markup: HTML in it is shown as text (html is off),
    # javascript:, vbscript:, file: and data: addresses are refused by markdown-it itself.
    return Markup(_markdown.render(text or ""))  # noqa: S704


def _manifest() -> Mapping[str, Mapping[str, str]]:
    if not MANIFEST.is_file():
        raise RuntimeError("Nettsidene er ikke bygget. Kjør: python3 dev.py setup")
    found: Mapping[str, Mapping[str, str]] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return found


def _bundled(name: str) -> str:
    return url_for("static", filename=f"dist/{name}")


def script(name: str) -> Markup:
    """The tag that loads a bundled script, such as `bpmn-viewer.js`."""
    file = current_app.extensions["manifest"][name]["file"]
    return Markup('<script type="module" src="{}"></script>').format(_bundled(file))


def style(name: str) -> Markup:
    """The tag that loads a bundled style sheet, or the one that belongs to a script."""
    entry = current_app.extensions["manifest"][name]
    file = entry.get("css") or entry["file"]
    return Markup('<link rel="stylesheet" href="{}">').format(_bundled(file))


def diagram_source(version: str, process: str) -> str:
    """The address of a diagram whose names are in the reader's language."""
    language = _language()
    return url_for(
        "definitions.source",
        version=version,
        process=process,
        sprak=None if language == "nb" else language,
    )


def translated(text: str | None) -> str:
    """A text from the library, or from below the web, in the user's language."""
    return gettext(text) if text else ""  # gettext of nothing is the catalogue's own header


def init_app(app: Flask) -> None:
    """Give the templates their filters. Raises RuntimeError when the front end is not built."""
    app.extensions["manifest"] = _manifest()
    app.jinja_env.filters.update(
        date=date_long,
        date_short=date_short,
        datetime=date_time,
        clock_time=clock_time,
        due=due,
        due_state=due_state,
        age=age,
        markdown=markdown,
        translated=translated,
    )
    app.jinja_env.globals.update(script=script, style=style, diagram_source=diagram_source)
    # Jinja's newer gettext marks what it returns as safe and reads every % as a placeholder:
    # wrong for `_(variable)`. Called plainly, the result is escaped as any other text.
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=False)  # type: ignore[attr-defined]
