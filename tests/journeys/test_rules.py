"""The page of a process that decides by a table, in a real browser."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.journeys.hands import Mouse
from tests.journeys.people import Cast, Inspector
from tests.journeys.served import Served
from tests.workflows import deciding
from workflows import definitions


def test_the_rules_of_a_process_are_accessible(
    served: Served, chromium: Browser, axe: str, tmp_path: Path
) -> None:
    """No axe violation in light or dark, and the page is no wider than 320 px with its table."""
    folder = deciding.library(tmp_path)
    world = served.world
    definitions.publish_library(world.session, world.municipality.id, folder, folder)
    world.session.commit()
    people = Cast(served, chromium, Mouse(), inspector=Inspector(axe))
    people["Mia"].visit("/forlop/ruten")
    people["Mia"].sees("Én regel gjelder om gangen.")
    people.close()
