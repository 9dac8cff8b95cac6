"""Drafts that save themselves, on top of forms that work without script."""

from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

Show = Callable[[str], Page]

FORM = """<form data-draft="/utkast" action="/send">
<label>Mål <input name="maal"></label><button>Send</button>
<p role="status" data-draft-status data-failed="Ikke lagret"></p></form>"""


def test_draft_is_saved_while_one_writes(show: Show) -> None:
    """A form with data-draft posts what was typed after a pause and says what the server said."""
    page = show(FORM)
    sent: list[Request] = []
    page.route(
        "**/utkast",
        lambda route: (sent.append(route.request), route.fulfill(json={"message": "Lagret kl. 9"})),
    )
    page.get_by_label("Mål").fill("Bo alene")
    expect(page.get_by_role("status")).to_have_text("Lagret kl. 9")
    assert [request.method for request in sent] == ["POST"]
    assert "Bo alene" in (sent[0].post_data or "")


def test_draft_that_is_not_saved_is_told(show: Show) -> None:
    """A draft the server did not take is told of."""
    page = show(FORM)
    page.get_by_label("Mål").fill("Bo alene")
    expect(page.get_by_role("status")).to_have_text("Ikke lagret")


def test_form_is_sent_once(show: Show) -> None:
    """Pressing twice sends a form once."""
    page = show(FORM)
    sent: list[str] = []
    page.route("**/send*", lambda route: sent.append(route.request.url))  # and never answered
    page.get_by_role("button").dblclick(no_wait_after=True)
    page.wait_for_timeout(200)
    assert len(sent) == 1
