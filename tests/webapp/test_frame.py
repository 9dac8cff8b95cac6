"""The frame around every page in a real browser: accessible, narrow, by keyboard, no script."""

import pytest
from playwright.sync_api import Browser, Page
from world import PASSWORD, World

PUBLIC = ("/logg-inn", "/om", "/tilgjengelighet", "/finnes-ikke")
OWN = ("/om", "/varsler/", "/finnes-ikke")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
VIOLATIONS = """rules => axe.run(document, {runOnly: rules})
    .then(found => found.violations.map(one => one.id + ' ' + one.nodes[0].html))"""
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def log_in(page: Page, site: str, username: str = "kari") -> None:
    """Logs in by the keyboard alone, from wherever one is."""
    page.goto(f"{site}/logg-inn")
    page.get_by_label("Brukernavn").focus()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Logg ut").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(page: Page, site: str, axe: str, scheme: str) -> None:
    """axe finds nothing wrong, in light and dark, with and without log-in."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for logged_in, paths in ((False, PUBLIC), (True, OWN)):
        if logged_in:
            log_in(page, site)
        for path in paths:
            page.goto(site + path)
            page.evaluate(axe)
            assert page.evaluate(VIOLATIONS, RULES) == [], path


def test_narrow_screens(page: Page, site: str) -> None:
    """At 320 pixels nothing is wider than the screen."""
    page.set_viewport_size({"width": 320, "height": 640})
    log_in(page, site)
    for path in OWN:
        page.goto(site + path)
        assert not page.evaluate(TOO_WIDE), path


def test_keyboard_skips_to_the_content(page: Page, site: str) -> None:
    """The first stop is a link past the menu, it can be seen, and it leads to the content."""
    log_in(page, site)
    page.goto(f"{site}/varsler/")
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Hopp til hovedinnhold")
    box = link.bounding_box()
    assert box is not None
    assert box["height"] > 20
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_focus_is_seen_on_every_stop(page: Page, site: str) -> None:
    """Whatever the keyboard comes to has an outline or a shadow."""
    log_in(page, site)
    page.goto(f"{site}/varsler/")
    for _ in range(12):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
               return [e.textContent.trim(), s.outlineStyle !== 'none' || s.boxShadow !== 'none'
                                             || e.classList.contains('ds-skip-link')]; }"""
        )
        assert outline or name == "", name


def test_everything_works_without_script(chromium: Browser, site: str, world: World) -> None:
    """Log in, change language and log out with script turned off."""
    context = chromium.new_context(java_script_enabled=False, locale="nb-NO")
    page = context.new_page()
    log_in(page, site)
    page.goto(f"{site}/om")
    page.get_by_role("button", name="Nynorsk").click()
    assert page.locator("html").get_attribute("lang") == "nn"
    assert page.url == f"{site}/om?" or page.url == f"{site}/om"
    page.get_by_role("button", name="Bokmål").click()
    page.get_by_role("button", name="Logg ut").click()
    page.get_by_label("Brukernavn").wait_for()
    context.close()


def test_error_summary_has_focus(page: Page, site: str) -> None:
    """After a wrong password the reader of the page is taken to what is wrong."""
    page.goto(f"{site}/logg-inn")
    page.get_by_label("Brukernavn").fill("kari")
    page.get_by_label("Passord").fill("feil")
    page.get_by_role("button", name="Logg inn").click()
    summary = page.locator(".ds-error-summary")
    summary.wait_for()
    assert summary.evaluate("e => e === document.activeElement")
    assert page.get_by_label("Brukernavn").input_value() == "kari"


def test_diagram_is_drawn_under_the_policy(page: Page, site: str) -> None:
    """The viewer needs no inline style: the same strict policy holds where a diagram is shown."""
    log_in(page, site)
    policy = page.goto(f"{site}/forlop/individuell_plan")
    assert policy is not None
    assert "unsafe" not in policy.headers["content-security-policy"]
    page.locator("[data-bpmn-viewer][data-ready] svg .djs-shape").first.wait_for()
