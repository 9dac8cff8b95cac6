"""How values look on a page."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask, g, render_template_string

from webapp import display
from workflows import clock
from workflows.actors import Actor

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def page(app: Flask) -> Iterator[None]:
    """Inside a request on Monday 23 November 2026, for a reader of bokmål."""
    noon = datetime(2026, 11, 23, 11, tzinfo=UTC)
    with clock.at(noon), app.test_request_context(headers={"Accept-Language": "nb"}):
        g.actor = None
        yield


def speaks(language: str) -> None:
    g.actor = Actor(account_id=None, name="", language=language)


@pytest.mark.parametrize(
    ("days", "words", "state"),
    [
        (-400, "400 dager over fristen", "over"),
        (-1, "1 dag over fristen", "over"),
        (0, "i dag", "soon"),
        (1, "i morgen", "soon"),
        (2, "om 2 dager", "soon"),
        (7, "om 7 dager", "soon"),
        (8, "tirsdag 1. desember", "later"),
        (100, "onsdag 3. mars 2027", "later"),
    ],
)
def test_due_in_words(days: int, words: str, state: str) -> None:
    """A due date is told as far away as one thinks of it."""
    day = TODAY + timedelta(days=days)
    assert (display.due(day), display.due_state(day)) == (words, state)


def test_no_due_date() -> None:
    """What has no due date says so."""
    assert (display.due(None), display.due_state(None)) == ("ingen frist", "none")


def test_due_instant_counts_in_norwegian_days() -> None:
    """Half past eleven in the evening UTC is tomorrow in Norway."""
    assert display.due(datetime(2026, 11, 23, 23, 30, tzinfo=UTC)) == "i morgen"


def test_dates() -> None:
    """Dates are long in text and dd.mm.åååå in tables; instants are in Norwegian time."""
    assert display.date_long(date(2027, 3, 3)) == "3. mars 2027"
    assert display.date_short(date(2027, 3, 3)) == "03.03.2027"
    moment = datetime(2027, 7, 3, 12, 5, tzinfo=UTC)
    assert display.date_time(moment) == "3. juli 2027 kl. 14.05"
    assert display.clock_time(moment) == "14.05"
    nothing = (display.date_long, display.date_short, display.date_time, display.clock_time)
    assert [show(None) for show in nothing] == [""] * 4


def test_dates_in_english() -> None:
    """A reader of English gets English dates."""
    speaks("en")
    assert display.date_long(date(2027, 3, 3)) == "3 March 2027"
    assert display.due(TODAY + timedelta(days=8)) == "Tuesday 1 December"


@pytest.mark.parametrize(
    ("born", "words"),
    [(date(2010, 11, 23), "16 år"), (date(2010, 11, 24), "15 år"), (date(2026, 11, 1), "0 år")],
)
def test_age_turns_on_the_birthday(born: date, words: str) -> None:
    """One is a year older on the day, not before."""
    assert display.age(born) == words


def test_age_unknown() -> None:
    """Nothing is said about an age nobody has told."""
    assert display.age(None) == ""


def test_markdown_shows_html_as_text() -> None:
    """HTML in a text never becomes HTML of the page, and a script is no link."""
    shown = display.markdown("**a** <script>b</script> [c](javascript:d) ![e](https://x/f.png)")
    assert "<strong>a</strong>" in shown
    assert "&lt;script&gt;" in shown
    assert 'href="javascript' not in shown
    assert "<img" not in shown


def test_markdown_headings_stand_below_the_page_title() -> None:
    """A text's own first heading is the page's second level."""
    assert display.markdown("# A\n\n###### B") == "<h2>A</h2>\n<h6>B</h6>\n"


def test_markdown_of_nothing() -> None:
    """No text gives nothing."""
    assert display.markdown(None) == ""


def test_translated_variable_is_escaped_and_may_hold_a_percent_sign() -> None:
    """A text from a diagram or a form goes through gettext without becoming markup or a pattern."""
    shown = render_template_string("{{ _(x) }}", x="<b> 100 %(x)s % dekket")
    assert shown == "&lt;b&gt; 100 %(x)s % dekket"


def test_variables_in_a_text_are_escaped() -> None:
    """What is put into a translated sentence is text."""
    assert render_template_string("{{ _('Hei %(n)s', n='<i>') }}") == "Hei &lt;i&gt;"


def test_bundles_come_from_the_manifest() -> None:
    """Scripts and styles carry the hash of their content."""
    assert display.script("app.js").startswith('<script type="module" src="/static/dist/app-')
    assert "/static/dist/bpmn-viewer-" in display.style("bpmn-viewer.js")
    assert display.style("app.css").endswith('.css">')
