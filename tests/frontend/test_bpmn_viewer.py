"""The diagram as the reader meets it: marked, in reach of everybody, and never in the way."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

Show = Callable[[str], Page]

DIAGRAM = """<div data-bpmn-viewer data-src="/liten.bpmn" data-done='["start"]'
 data-active='{"onske": "Hos Ada", "borte": ""}' role="img" aria-label="Prosessen nå"></div>"""
ZOOM = 'data-zoom data-zoom-in="Større" data-zoom-out="Mindre" data-zoom-fit="Hele"'


def test_done_and_active_are_marked(show: Show) -> None:
    """What is done and what is active is marked; an element the diagram lacks is passed over."""
    page = show(DIAGRAM)
    expect(page.locator("[data-bpmn-viewer][data-ready]")).to_be_visible()
    expect(page.locator(".is-done")).to_have_attribute("data-element-id", "start")
    expect(page.locator(".is-active")).to_have_attribute("data-element-id", "onske")
    expect(page.locator(".active-label")).to_have_text("Hos Ada")


def test_page_has_no_axe_violations(show: Show, axe: str) -> None:
    """A drawn diagram has no axe violation, in light or dark."""
    page = show(DIAGRAM.replace("data-src", f"{ZOOM} data-src"))
    expect(page.locator("[data-ready]")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(f"{axe}; axe.run().then(result => result.violations)")
        assert [violation["id"] for violation in found] == []


def test_narrow_screen_scrolls_inside_the_diagram(show: Show) -> None:
    """At 320 px the diagram scrolls in its own box, to the active task, and the page does not."""
    page = show("")
    page.set_viewport_size({"width": 320, "height": 600})
    page = show(DIAGRAM)
    expect(page.locator("[data-ready]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate("document.querySelector('.diagram-scroll').scrollLeft") > 0
    expect(page.locator(".is-active")).to_be_in_viewport()


def test_focus_shows_the_place_in_a_small_diagram(show: Show) -> None:
    """A diagram with a focus shows that element large enough to read, whatever its size."""
    page = show(DIAGRAM.replace("data-src", 'data-focus="onske" data-src'))
    task = page.locator("[data-ready] [data-element-id=onske].djs-shape .djs-visual")
    expect(task).to_be_in_viewport()
    box = task.bounding_box()
    assert box is not None
    assert box["width"] >= 75


def test_keyboard_zooms(show: Show) -> None:
    """The three buttons make the diagram larger, smaller and whole again."""
    page = show(DIAGRAM.replace("data-src", f"{ZOOM} data-src"))
    surface = page.locator(".diagram-surface")

    def width_after(button: str) -> float:
        page.get_by_role("button", name=button).press("Enter")
        box = surface.bounding_box()
        assert box is not None
        return box["width"]

    larger = width_after("Større")
    assert width_after("Mindre") < larger
    whole = page.evaluate("document.querySelector('.diagram-scroll').clientWidth")
    assert abs(width_after("Hele") - whole) <= 1


def test_missing_diagram_leaves_nothing_behind(show: Show) -> None:
    """A diagram that cannot be fetched or read takes no room; the text beside it is enough."""
    page = show('<div data-bpmn-viewer data-src="/borte.bpmn" role="img" aria-label="Nå"></div>')
    expect(page.locator("[data-failed]")).to_have_count(1)
    expect(page.locator("[data-failed]")).to_be_hidden()
    assert page.locator("[data-bpmn-viewer] *").count() == 0
