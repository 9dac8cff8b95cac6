"""Takes the pictures of the docs from a running demo: `take.py ADDRESS`. It changes nothing there.

The demo must be fresh: the person's page is shown before anybody has answered anything.
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import browser  # noqa: E402 - the tests' own way to find a Chromium

HERE = Path(__file__).resolve().parent


def become(page: Page, address: str, name: str) -> None:
    """Log in as a demo user."""
    page.goto(f"{address}/demo/")
    page.get_by_role("button", name=f"Logg inn som {name}", exact=True).click()
    page.wait_for_load_state("networkidle")


def whole_diagram(page: Page) -> None:
    """Make the diagram small enough to be seen as a whole."""
    page.get_by_role("button", name="Hele diagrammet").click()
    page.mouse.move(0, 0)


def take(page: Page, name: str) -> None:
    """What the window shows."""
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / f"{name}.png", animations="disabled")


def main(address: str) -> None:
    """Every picture, at 1280 pixels."""
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", browser.node_path())
    path, extra = browser.find()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path, args=browser.arguments(), env={**os.environ, **extra}
        )
        size = {"width": 1280, "height": 1000}
        page = opened.new_context(locale="nb-NO", viewport=size).new_page()  # type: ignore[arg-type]
        become(page, address, "Ingrid Dahl")
        page.goto(f"{address}/oppgaver/?vis=alle")
        take(page, "oppgaver")
        page.goto(f"{address}/personer/?q=Emma")
        page.get_by_role("link", name="Emma Bakken").click()
        page.get_by_role("link", name="Vis hele forløpet").click()
        whole_diagram(page)
        part = page.locator("section:has(> #status)")
        part.screenshot(path=HERE / "sak.png", animations="disabled")
        page.goto(f"{address}/forlop/individuell_plan")
        whole_diagram(page)
        take(page, "forlop")
        opened.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
