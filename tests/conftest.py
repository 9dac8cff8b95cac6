"""What every test shares: databases of either kind, and the browser. The app is the rooms' own."""

import os
from collections.abc import Iterator

import pytest
from databases import Databases, PostgreSQL, SqliteFiles, postgresql_server, with_tables
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

import browser

# Playwright's own Node needs libatomic, which a bare Debian lacks. The one from PyPI does not.
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", browser.node_path())


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which database the tests that need one run on."""
    parser.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite")


HANDS = ("keyboard", "no-script-320")
"""Ways to walk through a journey that the database does not notice."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks for a database is what is run once more on the other kind, in one way."""
    for item in items:
        if "databases" in getattr(item, "fixturenames", ()):
            item.add_marker("database")
    if config.getoption("--database") == "postgresql":
        again = [item for item in items if any(f"[{hand}" in item.name for hand in HANDS)]
        config.hook.pytest_deselected(items=again)
        items[:] = [item for item in items if item not in again]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server, also for a run that is otherwise on SQLite."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    """The kind of database this run is on."""
    if request.config.getoption("--database") == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        return server
    return SqliteFiles(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def tables(databases: Databases) -> str:
    """The address of a database with tables and no rows, to be copied."""
    return with_tables(databases)


@pytest.fixture
def database(databases: Databases, tables: str) -> Iterator[str]:
    """The address of a database of one's own, with tables and no rows."""
    url = databases.copy(tables)
    yield url
    databases.drop(url)


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
