"""The small help on top of pages that work without it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

Show = Callable[[str], Page]


def test_error_summary_has_focus(show: Show) -> None:
    """The list of errors has focus when the page opens, so that it is read first."""
    page = show('<div class="ds-error-summary" tabindex="-1"><h2>Du må rette én feil</h2></div>')
    expect(page.locator(".ds-error-summary")).to_be_focused()
