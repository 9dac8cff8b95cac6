"""The picture of somebody and those around stays in its frame, and nothing covers anything."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp import networks
from webapp.networks import Box, Drawing, Group, Node, Surroundings

words = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=60)
nodes = st.builds(Node, words, st.lists(words, max_size=4))
groups = st.builds(Group, words, st.lists(nodes, min_size=1, max_size=9))
surroundings = st.lists(nodes, max_size=12).flatmap(
    lambda around: st.builds(
        Surroundings,
        middle=nodes,
        near=st.lists(groups, max_size=2),
        around=st.builds(Group, words, st.just(around)),
        ties=st.just(list(combinations(range(len(around)), 2))),
        more=st.just("og %d til"),
    )
)


def around(count: int, *, near: int = 0, ties: tuple[tuple[int, int], ...] = ()) -> Surroundings:
    many = [Node(f"Tjeneste {at}", ["Hjelp"] * 5) for at in range(count)]
    groups = [
        Group(
            "Arenaer",
            [Node("Skole", ["Trives godt i kunst og håndverk, og har én nær venn"])] * near,
        )
    ] * 2
    return Surroundings(
        Node("Mia"), groups if near else [], Group("Rundt", many), ties, "og %d til"
    )


def boxes(drawing: Drawing, *kinds: str) -> list[Box]:
    return [box for box in drawing.boxes if box.kind in kinds]


def apart(one: Box, other: Box) -> bool:
    return (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )


@pytest.mark.parametrize("near", [0, 1, 3, 4, 6, 9])
@pytest.mark.parametrize("count", range(12))
def test_no_box_covers_another(count: int, near: int) -> None:
    """However many there are, in either shape."""
    what = around(count, near=near)
    rings = [
        boxes(networks.wide(what), "around", "frame"),
        boxes(networks.wide(what), "near", "self"),
    ]
    for found in (*rings, list(networks.stacked(what).boxes)):
        for one, other in combinations(found, 2):
            assert apart(one, other), (one, other)


@given(surroundings)
def test_everything_stays_inside_the_picture(what: Surroundings) -> None:
    """Whatever is written and however many there are."""
    for drawing in (networks.wide(what), networks.stacked(what)):
        for box in drawing.boxes:
            assert box.x >= 0
            assert box.x + box.width <= drawing.width
            assert drawing.top <= box.y
            assert box.y + box.height <= drawing.top + drawing.height


@given(surroundings)
def test_no_text_is_longer_than_its_box(what: Surroundings) -> None:
    """Every text in a box is cut to the letters there is room for."""
    for drawing in (networks.wide(what), networks.stacked(what)):
        for text in drawing.texts:
            if text.kind == "heading":
                continue
            [box] = [b for b in boxes(drawing, "self", "near", "around") if holds(b, text)]
            assert len(text.text) * networks.LETTER <= box.width - networks.PAD


def holds(box: Box, text: networks.Text) -> bool:
    across = box.x <= text.x <= box.x + box.width
    return across and box.y <= text.y <= box.y + box.height


def test_those_without_room_are_counted() -> None:
    """Eight places: seven services, and how many more there are."""
    drawing = networks.wide(around(11))
    assert "og 4 til" in [text.text for text in drawing.texts]
    assert len(boxes(drawing, "around")) == 8


def test_ties_are_drawn_between_those_who_are_drawn() -> None:
    """A tie to somebody there was no room for leads nowhere, and is left to the text."""
    what = around(11, ties=((0, 1), (0, 6), (0, 7), (9, 10)))
    assert len(networks.wide(what).ties) == len(networks.stacked(what).ties) == 2
    assert len(networks.wide(around(8, ties=((0, 7),))).ties) == 1


def test_opposites_are_not_tied_through_the_person() -> None:
    """A line between two on either side bends past the middle."""
    [tie] = networks.wide(around(2, ties=((0, 1),))).ties
    x, y = (float(each) for each in tie.split(" Q ")[1].split()[:2])
    assert abs(x - networks.WIDE / 2) > 100
    assert y == 0


def test_few_near_have_more_words_than_many() -> None:
    """Three arenas have two lines each, four one, more none; none is silently left out."""
    for near, lines in ((3, 6), (4, 4), (5, 0)):
        drawing = networks.stacked(around(0, near=near))
        assert sum(text.kind == "words" for text in drawing.texts) == 2 * lines
    assert "og 4 til" in [text.text for text in networks.stacked(around(0, near=9)).texts]


@pytest.mark.parametrize(
    ("text", "lines", "cut"),
    [
        ("Skole", 1, ["Skole"]),
        ("", 1, [""]),
        ("Helsestasjon og skolehelsetjeneste", 1, ["Helsest…"]),
        ("Ro og god søvn", 2, ["Ro og", "god søvn"]),
        ("Ro og god søvn hver natt", 2, ["Ro og", "god søv…"]),
        ("Skolehelsetjeneste", 2, ["Skolehe…"]),
    ],
)
def test_long_texts_are_cut(text: str, lines: int, cut: list[str]) -> None:
    """At a word where there is another line, else with an ellipsis; never longer than asked."""
    assert networks.cut(text, 8, lines) == cut
