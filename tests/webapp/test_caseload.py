"""The page with how many cases each coordinator has."""

from collections.abc import Callable

from flask.testing import FlaskClient
from lxml import html
from world import World

from tests.workflows import stories
from workflows import clock
from workflows.tables import Position, ProcessInstance

ClientOf = Callable[[str], FlaskClient]


def test_numbers_stand_as_text_beside_the_bars(client_of: ClientOf, world: World) -> None:
    """Each row has the coordinator, the sum and the number per process; the bar is for the eye."""
    stories.to_coordinator(world)
    page = html.fromstring(client_of("Kari").get("/belastning/").text)
    [row] = page.xpath("//tbody/tr")
    cells = [" ".join(" ".join(cell.itertext()).split()) for cell in row]
    assert cells == ["Siri Prøvevik skole", "1", "1"]
    assert [" ".join(head.text.split()) for head in page.xpath("//thead//th")] == [
        "Koordinator",
        "Alle",
        "Individuell plan",
    ]
    [bar] = page.xpath("//*[local-name()='svg']")
    assert bar.get("aria-hidden") == "true"
    assert bar[0].get("width") == "100.0"
    assert "Mia" not in page.text_content()


def test_cases_without_coordinator_are_the_units(client_of: ClientOf, world: World) -> None:
    """They have a row of their own."""
    stories.start(world)
    page = client_of("Kari").get("/belastning/").text
    assert "Ingen koordinator" in page
    assert "Koordinerende enhet har ansvaret" in page


def test_nothing_running_is_said(client_of: ClientOf, world: World) -> None:
    """An empty municipality has no empty table."""
    page = client_of("Kari").get("/belastning/").text
    assert "Ingen forløp er i gang." in page
    assert "<table" not in page


def test_the_menu_leads_there_for_those_who_may(client_of: ClientOf, world: World) -> None:
    """The unit and leaders have the link, others do not and are told why."""
    world.employee("Leif", "nav", "Leder", "leder")
    for name, may in (("Kari", True), ("Leif", True), ("Siri", False), ("Mia", False)):
        browser = client_of(name)
        assert ('href="/belastning/"' in browser.get("/varsler/").text) is may
        page = browser.get("/belastning/")
        assert page.status_code == (200 if may else 403)
        assert ("Bare koordinerende enhet og ledere" in page.text) is not may


def test_several_municipalities_are_told_apart(client_of: ClientOf, world: World) -> None:
    """Whoever oversees two sees which municipality a row is about; with one it is not said."""
    stories.to_coordinator(world)
    assert "Prøvevik skole, Prøvevik" not in client_of("Kari").get("/belastning/").text
    other = World(world.session)
    other.municipality.name = "Nordvik"
    other.service("koordinerende_enhet", "Enheten der")
    other.accounts = world.accounts
    work_there(other, "Kari")
    other.person("Ole", account=False)
    case(other)
    page = client_of("Kari").get("/belastning/").text
    assert "Prøvevik skole, Prøvevik" in page
    assert "Koordinerende enhet har ansvaret, Nordvik" in page


def work_there(other: World, name: str) -> None:
    other.session.add(
        Position(
            municipality_id=other.municipality.id,
            account_id=other.account_id(name),
            service_id=other.services["koordinerende_enhet"].id,
            title="Rådgiver",
            roles=[],
        )
    )


def case(other: World) -> None:
    other.session.add(
        ProcessInstance(
            municipality_id=other.municipality.id,
            person_id=other.persons["Ole"].id,
            definition_key="individuell_plan",
            definition_version="x",
            title="Individuell plan",
            state=b"",
            started_at=clock.now(),
            started_by=other.account_id("Kari"),
        )
    )
    other.session.flush()
