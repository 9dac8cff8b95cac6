"""The small help on top of pages that work without it."""

from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

Show = Callable[[str], Page]

FORM = """<form data-draft="/utkast"><label>Mål <input name="maal"></label>
<p role="status" data-draft-status data-saved="Lagret" data-failed="Ikke lagret"></p></form>"""


def test_error_summary_has_focus(show: Show) -> None:
    """The list of errors has focus when the page opens, so that it is read first."""
    page = show('<div class="ds-error-summary" tabindex="-1"><h2>Du må rette én feil</h2></div>')
    expect(page.locator(".ds-error-summary")).to_be_focused()


def test_draft_is_saved_while_one_writes(show: Show) -> None:
    """A form with data-draft posts what was typed after a pause and says that it is kept."""
    page = show(FORM)
    sent: list[Request] = []
    page.route("**/utkast", lambda route: (sent.append(route.request), route.fulfill(status=204)))
    page.get_by_label("Mål").fill("Bo alene")
    expect(page.get_by_role("status")).to_have_text("Lagret")
    assert [request.method for request in sent] == ["POST"]
    assert "Bo alene" in (sent[0].post_data or "")


def test_draft_that_is_not_saved_is_told(show: Show) -> None:
    """A draft the server did not take is told of."""
    page = show(FORM)
    page.get_by_label("Mål").fill("Bo alene")
    expect(page.get_by_role("status")).to_have_text("Ikke lagret")
