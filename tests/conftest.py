"""What every browser test shares. It knows no database and no app: the rooms' own conftest do."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

import browser

# Playwright's own Node needs libatomic, which a bare Debian lacks. The one from PyPI does not.
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", browser.node_path())


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, for page.evaluate."""
    return (browser.installed() / "axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    path, extra = browser.find()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path, args=browser.arguments(), env={**os.environ, **extra}
        )
        yield opened
        opened.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh browser profile; the test fails on a script error or a breach of the page's CSP."""
    wrong: list[str] = []
    context = chromium.new_context(
        locale="nb-NO", timezone_id="Europe/Oslo", viewport={"width": 1280, "height": 900}
    )
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda message: wrong.extend(breach(message)))
    yield context.new_page()
    context.close()
    assert not wrong


def breach(message: ConsoleMessage) -> list[str]:
    """The console's words about something the Content Security Policy refused."""
    return [message.text] if "Content Security Policy" in message.text else []
