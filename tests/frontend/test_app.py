"""The small help on top of pages that work without it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

Show = Callable[[str], Page]


def test_error_summary_has_focus(show: Show) -> None:
    """The list of errors has focus when the page opens, so that it is read first."""
    page = show('<div class="ds-error-summary" tabindex="-1"><h2>Du må rette én feil</h2></div>')
    expect(page.locator(".ds-error-summary")).to_be_focused()


OLDER = '["compare", ">=", ["name", "alder"], ["literal", 18]]'
UNKNOWN = f'["logic", "or", [["compare", "=", ["name", "alder"], ["literal", null]], {OLDER}]]'


@pytest.mark.parametrize(
    ("kind", "said", "visible"),
    [("number", "14", True), ("number", "18,5", False), ("words", "Ja", True), (None, "", False)],
)
def test_a_condition_knows_what_is_only_there_to_be_read(
    show: Show, kind: str | None, said: str, visible: bool
) -> None:
    """A child is asked, a grown-up is not; what is not there is nothing, and words hide nothing."""
    age = f'<div id="alder" data-fixed="{kind}"><p>Alder</p><p class="form-answer">{said}</p></div>'
    asked = f"<div data-hide='{UNKNOWN}' data-scope=''>Hva mener barnet?</div>"
    page = show(f"<form>{age if kind else ''}{asked}</form>")
    expect(page.locator("[data-hide]")).to_be_visible(visible=visible)
