"""Serves one page with the built scripts and the product's CSP, without an app behind it."""

import json
import mimetypes
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

HERE = Path(__file__).resolve().parent
STATIC = HERE.parents[1] / "webapp/static"
ORIGIN = "http://rodtrad.test"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
FRAME = """<!doctype html><html lang="nb" data-color-scheme="auto"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prøve</title>{head}</head>
<body><main class="wrap stack"><h1>Prøve</h1>{main}</main>{foot}</body></html>"""

Show = Callable[[str], Page]


def framed(main: str) -> str:
    """The page with every script and style of the manifest."""
    manifest = json.loads((STATIC / "dist/manifest.json").read_text(encoding="utf-8"))
    files = [name for entry in manifest.values() for name in entry.values()]
    css = [f'<link rel="stylesheet" href="/dist/{name}">' for name in files if ".css" in name]
    js = [f'<script type="module" src="/dist/{name}"></script>' for name in files if ".js" in name]
    return FRAME.format(head="".join(css), main=main, foot="".join(js))


@pytest.fixture
def show(page: Page) -> Show:
    """Opens a page with this inside main; files come from webapp/static and from beside this."""

    def shown(main: str) -> Page:
        def answer(route: Route) -> None:
            path = route.request.url.removeprefix(ORIGIN)
            if path == "/":
                headers = {"Content-Security-Policy": CSP}
                route.fulfill(body=framed(main), content_type="text/html", headers=headers)
                return
            found = [
                folder / path[1:] for folder in (STATIC, HERE) if (folder / path[1:]).is_file()
            ]
            if not found:
                route.fulfill(status=404)
                return
            kind = mimetypes.guess_type(path)[0] or "text/xml"
            route.fulfill(body=found[0].read_bytes(), content_type=kind)

        page.route(f"{ORIGIN}/**", answer)
        page.goto(f"{ORIGIN}/")
        return page

    return shown
