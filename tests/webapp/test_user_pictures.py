"""The user-oriented picture on the pages: drawn for the eye, and whole as text."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from playwright.sync_api import Page
from world import World

from tests.webapp.test_frame import log_in
from tests.workflows import stories
from tests.workflows.test_user_picture import map_again, towards
from webapp import user_pictures
from workflows.tables import ProcessInstance
from workflows.user_picture import Helper, Item, Picture, Words

ClientOf = Callable[[str], FlaskClient]
SVG = "//*[local-name()='svg'][contains(@class, 'surroundings')]"
LONG = "Trives best når det er rolig rundt henne, og når hun vet hva som skal skje i morgen."


def pages(instance: ProcessInstance) -> list[str]:
    return [f"/forlop-i-gang/{instance.id}", f"/personer/{instance.person_id}"]


def to_picture(world: World) -> ProcessInstance:
    instance = stories.to_measures(world)
    map_again(world, personen=LONG)
    towards(world, instance, "Sove bedre", None, "Sove bedre")
    return instance


def test_picture_is_drawn_and_told_on_both_pages(client_of: ClientOf, world: World) -> None:
    """Long words are cut in the drawing and whole in the text; each line is told with its why."""
    instance = to_picture(world)
    for path in pages(instance):
        page = html.fromstring(client_of("Siri").get(path).text)
        drawings = page.xpath(SVG)
        assert len(drawings) == 2
        for drawing in drawings:
            drawn = " ".join(drawing.xpath(".//*[local-name()='text']/text()"))
            assert "Mia" in drawn
            assert "Skole" in drawn
            assert "Trives best" in drawn
            assert LONG not in drawn
            assert len(drawing.xpath(".//*[@class='tie']")) == 1
        [told] = page.xpath("//*[@class='picture-text']")
        text = " ".join(" ".join(told.itertext()).split())
        assert LONG in text
        assert "Hva er vanskelig? Friminutt" in text
        assert "Prøvevik skole og NAV Prøvevik Tiltak mot samme mål: «Sove bedre»" in text
        assert "Fastlegen Samtaler" in text


def test_rounds_that_tie_are_told(client_of: ClientOf, world: World) -> None:
    """One round by its number, several by how many and the last."""
    instance = stories.to_measures(world)
    for told in ("evaluering: runde 1", "evaluering 2 ganger, sist i runde 2"):
        stories.pass_until_evaluation(world)
        for name in ("Siri", "Nils"):
            stories.evaluate_as(world, name)
        stories.pass_days(world, 21)
        stories.conclude(world)
        assert f"Svarte i samme {told}" in client_of("Siri").get(pages(instance)[0]).text


def test_each_drawing_has_a_name_and_says_what_it_holds(client_of: ClientOf, world: World) -> None:
    """Whoever cannot see it hears what it is, and that the text is below."""
    instance = to_picture(world)
    page = html.fromstring(client_of("Siri").get(pages(instance)[0]).text)
    for drawing in page.xpath(SVG):
        assert drawing.get("role") == "img"
        named = [page.get_element_by_id(one) for one in drawing.get("aria-labelledby").split()]
        assert named[0].text_content() == "Personen i midten, og det som er rundt"
        assert (
            "Mia er i midten. Rundt: 2 forhold som påvirker, 2 arenaer" in named[1].text_content()
        )
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_who_may_not_read_the_plan_sees_no_picture(client_of: ClientOf, world: World) -> None:
    """An own case gives a name and a coordinator, not what is around the person."""
    instance = to_picture(world)
    world.service("ppt")
    world.employee("Tone", "ppt")
    world.own_case("ppt", "Mia")
    for path in pages(instance):
        page = client_of("Tone").get(path).text
        assert "surroundings" not in page
        assert "Trives best" not in page


def test_what_is_ours_is_translated_and_what_is_theirs_is_not(app: Flask) -> None:
    """«Skole» from a form becomes «School»; a service that is called so keeps its name."""
    school = Item(Words("Skole", ours=True))
    picture = Picture(persons=("Mia",), arenas=(school,), helpers=(Helper(Words("Skole")),))
    with app.test_request_context(headers={"Accept-Language": "en"}):
        texts = [one.text for one in user_pictures.drawn(picture).wide.texts]
        several = user_pictures.said(Words("Skole\nHjem", ours=True))
    assert "School" in texts
    assert "Skole" in texts
    assert several == "School, Home"


def test_many_measures_and_own_ones_are_counted(app: Flask) -> None:
    """A box has room for two lines: the second says how many more there are."""
    items = tuple(Item(Words(f"Tiltak {at}")) for at in range(4))
    nav = Helper(Words("NAV"), measures=items)
    picture = Picture(persons=("Mia", "Mor"), own=items, helpers=(nav,))
    with app.test_request_context():
        texts = [one.text for one in user_pictures.drawn(picture).wide.texts]
    assert "Mia, Mor" in texts
    assert "4 egne tiltak" in texts
    assert {"NAV", "Tiltak 0", "og 3 til"} <= set(texts)
    assert "Tiltak 1" not in texts


def test_what_is_written_is_never_markup(client_of: ClientOf, world: World) -> None:
    """In the drawing and in the text, markup and placeholders are shown as they were typed."""
    instance = stories.to_measures(world)
    evil = "</text></svg><img src=x onerror=alert(1)>%(name)s{{7*7}}"
    arena = {"arena": "skole", "fungerer": evil}
    map_again(
        world, personen=evil, arenaer=[arena], hjelp_i_dag=[{"tiltak": evil, "tjeneste": evil}]
    )
    towards(world, instance, evil, evil, evil)
    for path in pages(instance):
        page = client_of("Siri").get(path).text
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;%(name)s{{7*7}}" in page


def test_one_drawing_at_a_time_is_shown(page: Page, site: str, world: World) -> None:
    """The wide one on a wide screen, the stacked one at 320 px, where its letters stay 11 px."""
    instance = to_picture(world)
    world.session.commit()
    log_in(page, site, "siri")
    page.goto(site + pages(instance)[0])
    for width, shown, hidden in ((1280, "wide", "stacked"), (320, "stacked", "wide")):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.locator(f".surroundings-{shown}").is_visible()
        assert not page.locator(f".surroundings-{hidden}").is_visible()
        sizes = page.evaluate(SIZES, f".surroundings-{shown}")
        assert min(sizes["heights"]) >= 11
        assert max(sizes["over"]) <= 0


SIZES = """shape => {
  const svg = document.querySelector(shape), edge = svg.getBoundingClientRect().right;
  const texts = [...svg.querySelectorAll('text')].map(one => one.getBoundingClientRect());
  return { heights: texts.map(one => one.height), over: texts.map(one => one.right - edge) };
}"""
"""How high each text is in CSS pixels, and how far it reaches over the picture's edge."""
