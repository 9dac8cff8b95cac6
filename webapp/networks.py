"""Somebody in the middle and others around them, as geometry: words in, places in an SVG out.

Two drawings of the same: a wide one, and one that is stacked for narrow screens. Long texts are cut
here; they stand whole beside the picture. It knows no persons and makes no markup.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

LINE = 16
PAD = 9
LETTER = 6.9
"""The width of an ordinary letter at 13 px; there are wider ones, and PAD has room for them."""
MOST_AROUND, MOST_NEAR, MOST_LINES = 8, 6, 2
FEW = 3
"""So many near boxes have room for two lines each; one more has one, and more than that none."""


@dataclass(frozen=True)
class Node:
    """A title, and lines of what belongs to it."""

    title: str
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Group:
    """Nodes under a heading."""

    heading: str
    nodes: Sequence[Node]


@dataclass(frozen=True)
class Surroundings:
    """What is drawn: who is in the middle, what is near, who is around, and who are tied."""

    middle: Node
    near: Sequence[Group]
    """At most two groups."""
    around: Group
    ties: Sequence[tuple[int, int]]
    """Pairs of places in `around`."""
    more: str
    """What stands for the nodes there is no room for, with `%d` for how many."""


@dataclass(frozen=True)
class Text:
    """A line of text, from its left end."""

    x: float
    y: float
    text: str
    kind: str
    """`title`, `words` or `heading`: a class of the style sheet."""


@dataclass(frozen=True)
class Box:
    """A rectangle with rounded corners."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    """`self`, `near`, `around` or `frame`: a class of the style sheet."""


@dataclass(frozen=True)
class Drawing:
    """A picture, from the back to the front: spokes, ties, boxes, texts."""

    top: float
    width: float
    height: float
    spokes: Sequence[str] = ()
    """Paths, as SVG writes them."""
    ties: Sequence[str] = ()
    boxes: Sequence[Box] = ()
    texts: Sequence[Text] = ()


def cut(text: str, letters: int, lines: int = 1) -> list[str]:
    """A text on at most so many lines of so many letters; an ellipsis where there is more."""
    words, found = text.split(), [""]
    for at, word in enumerate(words):
        longer = f"{found[-1]} {word}".strip()
        if len(longer) <= letters:
            found[-1] = longer
        elif len(found) < lines and found[-1]:
            found.append(word)
        else:
            rest = " ".join([found.pop(), *words[at:]]).strip()
            return [*found, _shortened(rest, letters)]
        if len(found[-1]) > letters:
            return [*found[:-1], _shortened(found[-1], letters)]
    return found


def _shortened(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def fewer(nodes: Sequence[Node], most: int, more: str) -> list[Node]:
    """So many nodes as there is room for, the last of them saying how many are left out."""
    if len(nodes) <= most:
        return list(nodes)
    return [*nodes[: most - 1], Node(more % (len(nodes) - most + 1))]


def _letters(width: float) -> int:
    return int((width - 2 * PAD) / LETTER)


def _written(node: Node, width: float, title_lines: int, lines: int) -> list[tuple[str, str]]:
    """(text, kind) of each line in a box."""
    letters = _letters(width)
    titles = [(text, "title") for text in cut(node.title, letters, title_lines)]
    return titles + [(cut(text, letters)[0], "words") for text in node.lines[:lines]]


def _height(written: Sequence[tuple[str, str]]) -> float:
    return len(written) * LINE + 2 * PAD - 4


def _box(
    written: Sequence[tuple[str, str]], x: float, y: float, width: float, kind: str
) -> tuple[Box, list[Text]]:
    """A box with its upper left corner at (x, y)."""
    texts = [
        Text(x + PAD, y + PAD + 10 + at * LINE, text, style)
        for at, (text, style) in enumerate(written)
    ]
    return Box(x, y, width, _height(written), kind), texts


@dataclass(frozen=True)
class _Column:
    """Boxes under one another, and where they end."""

    boxes: Sequence[Box]
    texts: Sequence[Text]
    bottom: float


def _column(group: Group, x: float, y: float, width: float, more: str) -> _Column:
    boxes, texts = [], [Text(x, y + 10, group.heading, "heading")]
    bottom = y + LINE + 2
    room = max(0, min(MOST_LINES, MOST_LINES + FEW - len(group.nodes)))
    for node in fewer(group.nodes, MOST_NEAR, more):
        lines = [line for text in node.lines[:1] for line in cut(text, _letters(width), room)]
        short = Node(node.title, lines if room else [])
        box, words = _box(_written(short, width, 1, room), x, bottom, width, "near")
        boxes.append(box)
        texts += words
        bottom += box.height + 6
    return _Column(boxes, texts, bottom - 6)


WIDE, EDGE = 990, 8
SIDE, MIDDLE, CIRCLE = 160, 130, (395, 275)
AROUND = 180
BENT, NEARLY_OPPOSITE = 0.85, 40


def wide(what: Surroundings) -> Drawing:
    """Those around in a ring, with what is near in a frame in its middle."""
    center_x, center_y = WIDE / 2, 0.0
    nodes = fewer(what.around.nodes, MOST_AROUND, what.more)
    places = [
        (center_x + CIRCLE[0] * cos(angle), center_y + CIRCLE[1] * sin(angle))
        for angle in (2 * pi * at / len(nodes) - pi / 2 for at in range(len(nodes)))
    ]
    boxes, texts = _middle(what, center_x, center_y)
    for node, (x, y) in zip(nodes, places, strict=True):
        written = _written(node, AROUND, 2, MOST_LINES)
        box, lines = _box(written, x - AROUND / 2, y - _height(written) / 2, AROUND, "around")
        boxes.append(box)
        texts += lines
    top = min(box.y for box in boxes) - EDGE
    return Drawing(
        top=top,
        width=WIDE,
        height=max(box.y + box.height for box in boxes) + EDGE - top,
        spokes=[f"M {x:.0f} {y:.0f} L {center_x:.0f} {center_y:.0f}" for x, y in places],
        ties=[_curve(places[a], places[b]) for a, b in _drawn_ties(what, len(nodes))],
        boxes=boxes,
        texts=texts,
    )


def _middle(what: Surroundings, center_x: float, center_y: float) -> tuple[list[Box], list[Text]]:
    """The person, with what is near to the left and to the right, in a frame around them all."""
    lefts = [center_x - MIDDLE / 2 - 12 - SIDE, center_x + MIDDLE / 2 + 12]
    columns = [
        _column(group, x, 0, SIDE, what.more) for group, x in zip(what.near, lefts, strict=False)
    ]
    written = _written(what.middle, MIDDLE, 3, 1)
    tall = max([_height(written), *(column.bottom for column in columns)])
    top = center_y - tall / 2
    person, names = _box(
        written, center_x - MIDDLE / 2, center_y - _height(written) / 2, MIDDLE, "self"
    )
    half = (MIDDLE / 2 + 12 + SIDE if columns else MIDDLE / 2) + 14
    frame = Box(center_x - half, top - 14, 2 * half, tall + 28, "frame")
    boxes, texts = [frame, person], list(names)
    for column in columns:
        boxes += [Box(b.x, b.y + top, b.width, b.height, b.kind) for b in column.boxes]
        texts += [Text(t.x, t.y + top, t.text, t.kind) for t in column.texts]
    return boxes, texts


def _curve(one: tuple[float, float], other: tuple[float, float]) -> str:
    """From one to the other, drawn a little towards the middle; past it where they are opposite."""
    x, y = (one[0] + other[0]) / 2 - WIDE / 2, (one[1] + other[1]) / 2
    if abs(x) + abs(y) < NEARLY_OPPOSITE:
        x, y = (other[1] - one[1]) / 4, (one[0] - other[0]) / 4
    ends = f"M {one[0]:.0f} {one[1]:.0f}", f"{other[0]:.0f} {other[1]:.0f}"
    return f"{ends[0]} Q {WIDE / 2 + x * BENT:.0f} {y * BENT:.0f} {ends[1]}"


def _drawn_ties(what: Surroundings, drawn: int) -> Iterator[tuple[int, int]]:
    """The ties between those that are drawn themselves."""
    left_out = len(what.around.nodes) > drawn
    known = drawn - 1 if left_out else drawn
    return (tie for tie in what.ties if max(tie) < known)


NARROW, MARGIN, THREAD = 250, 44, 14


def stacked(what: Surroundings) -> Drawing:
    """What is near above the person, those around below, with the ties as bows in the margin."""
    boxes, texts, y = _above(what)
    person, names = _box(_written(what.middle, NARROW - 2, 2, 1), 1, y, NARROW - 2, "self")
    around, words, middles = _below(what, y + person.height + 10)
    begun, last = y + person.height, around[-1] if around else person
    return Drawing(
        top=0,
        width=NARROW,
        height=last.y + last.height + 2,
        spokes=[f"M {THREAD} {begun:.0f} L {THREAD} {middles[-1]:.0f}"] if middles else [],
        ties=[_bow(middles[a], middles[b], b - a) for a, b in _drawn_ties(what, len(middles))],
        boxes=[*boxes, person, *around],
        texts=[*texts, *names, *words],
    )


def _above(what: Surroundings) -> tuple[list[Box], list[Text], float]:
    """The near boxes, and where the next is to begin."""
    boxes: list[Box] = []
    texts: list[Text] = []
    y = 2.0
    for group in what.near:
        column = _column(group, 1, y, NARROW - 2, what.more)
        boxes += column.boxes
        texts += column.texts
        y = column.bottom + 14
    return boxes, texts, y


def _below(what: Surroundings, y: float) -> tuple[list[Box], list[Text], list[float]]:
    """The boxes of those around, and the height at which each has its middle."""
    boxes: list[Box] = []
    texts: list[Text] = []
    if what.around.nodes:
        texts.append(Text(2 * THREAD, y + 10, what.around.heading, "heading"))
    y += LINE + 2
    for node in fewer(what.around.nodes, MOST_AROUND, what.more):
        width = NARROW - MARGIN
        box, lines = _box(_written(node, width, 2, MOST_LINES), 1, y, width, "around")
        boxes.append(box)
        texts += lines
        y += box.height + 8
    return boxes, texts, [box.y + box.height / 2 for box in boxes]


def _bow(one: float, other: float, apart: int) -> str:
    """Further out the further apart they are, and never outside the picture."""
    start = NARROW - MARGIN + 1
    out = start + min(10 + 9 * apart, MARGIN - 6) / 0.75
    return f"M {start} {one:.0f} C {out:.0f} {one:.0f} {out:.0f} {other:.0f} {start} {other:.0f}"
