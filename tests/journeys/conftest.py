"""Whole stories in a real browser, on a real server, with time travel."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.hands import Keyboard, Mouse
from tests.journeys.people import Cast, Inspector
from tests.journeys.served import Served, serve


@pytest.fixture
def served(database: str) -> Iterator[Served]:
    """A running server on a fresh database."""
    with serve(database) as running:
        yield running


@pytest.fixture
def cast(served: Served, chromium: Browser) -> Iterator[Cast]:
    """People with a mouse and script."""
    made = Cast(served, chromium, Mouse())
    yield made
    made.close()


@pytest.fixture(params=["inspected", "keyboard", "no-script-320"])
def every_cast(
    request: pytest.FixtureRequest, served: Served, chromium: Browser, axe: str
) -> Iterator[Cast]:
    """The same people three times: every page inspected, keyboard alone, narrow without script."""
    made = {
        "inspected": lambda: Cast(served, chromium, Mouse(), inspector=Inspector(axe)),
        "keyboard": lambda: Cast(served, chromium, Keyboard()),
        "no-script-320": lambda: Cast(served, chromium, Mouse(), script=False, width=320),
    }[request.param]()
    yield made
    made.close()
