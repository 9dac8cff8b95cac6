"""Fields that do not apply are hidden where script runs, on the same trees as the server's."""

import re

from playwright.sync_api import expect

from tests.journeys.people import Cast
from tests.journeys.test_individuell_plan import report_need


def test_a_question_shows_when_its_condition_holds(cast: Cast) -> None:
    """«Hvilke tjenester» is asked of the one who says yes to some, and of nobody else."""
    report_need(cast)
    cast["Kari"].do(
        "samtykke_forslag",
        formal="Samarbeid.",
        opplysninger=["hverdag"],
        tjenester=[cast.served.world.service_id("skole")],
        varighet="52",
    )
    page = cast["Mia"].page
    cast["Mia"].open_task("samtykke_svar")
    services = page.get_by_role("group", name=re.compile("Hvilke tjenester sier du ja til"))
    expect(services).to_be_hidden()
    page.locator('[name="svar"][value="noen"]').check()
    expect(services).to_be_visible()
