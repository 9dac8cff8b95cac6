"""Whatever the bytes, reading and checking end in values or a refusal, never in an exception."""

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn import decision_checking, decision_reading
from bpmn.checking import check, check_library
from bpmn.reading import Diagram, Problem, UnreadableDiagram, content_hash, read
from tests.bpmn.decision_samples import TABLE
from tests.bpmn.samples import LIBRARY, PROCESS, document, simple_expression
from workflows.cells import Feel

WHOLE = document().encode()
LINES = PROCESS.splitlines()
WORDS = sorted(set(re.findall(r'"[^"]*"', document())))


def survives(source: bytes) -> None:
    """Reads, hashes, checks and walks the bytes; any exception fails the test."""
    for problem in problems_in(source):
        assert "\n" not in str(problem)
        assert 1 <= problem.line <= source.count(b"\n") + 1


def problems_in(source: bytes) -> list[Problem]:
    """Every problem there is to find, or the one that stops the reading."""
    try:
        diagram = read(source, "fil.bpmn")
    except UnreadableDiagram as refused:
        return [refused.problem]
    content_hash(source)
    walk(diagram)
    one = check(diagram, expression=simple_expression, library=LIBRARY)
    return [*one, *check_library({"fil.bpmn": diagram})]


def walk(diagram: Diagram) -> None:
    """Asks everything of a diagram."""
    for key in diagram.elements:
        assert all(e.kind != "endEvent" for e in diagram.before(key))
        assert {e.id for e in diagram.after(key)} <= set(diagram.elements)
        diagram.role_of(key)


@given(st.binary(max_size=500))
def test_any_bytes(source: bytes) -> None:
    """Bytes that have nothing to do with BPMN."""
    survives(source)


@given(st.text(alphabet='<>/&;!?"=[]- abpmn:\n', max_size=300))
def test_anything_that_looks_like_xml(text: str) -> None:
    """Text of markup's own characters."""
    survives(text.encode())


@given(st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE)))
def test_any_piece_of_a_diagram(start: int, end: int) -> None:
    """Truncated from either side."""
    survives(WHOLE[start:end])


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3)), max_size=5))
def test_any_changed_bytes(changes: list[tuple[int, bytes]]) -> None:
    """Bytes exchanged here and there."""
    source = WHOLE
    for at, new in changes:
        source = source[:at] + new + source[at + 1 :]
    survives(source)


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)), min_size=1, max_size=8))
@settings(max_examples=200)
def test_any_exchanged_values(changes: list[tuple[str, str]]) -> None:
    """Well-formed files in which ids, references, names and times have changed places."""
    text = document()
    for old, new in changes:
        text = text.replace(old, new)
    survives(text.encode())


@given(st.randoms(use_true_random=False), st.integers(0, len(LINES)))
@settings(max_examples=200)
def test_any_shuffled_and_missing_elements(chance: random.Random, kept: int) -> None:
    """Lines in any order and some of them gone; most files are no longer well-formed, some are."""
    lines = chance.sample(LINES[1:-1], min(kept, len(LINES) - 2))
    survives(document("\n".join([LINES[0], *lines, LINES[-1]])).encode())


@given(st.randoms(use_true_random=False), st.integers(0, 40))
@settings(max_examples=200)
def test_any_whole_elements_shuffled(chance: random.Random, kept: int) -> None:
    """Only whole elements in any order: every file is well-formed and every answer is a value."""
    whole = [line for line in LINES if re.fullmatch(r"<bpmn:(\w+) .*(/>|</bpmn:\1>)", line)]
    lines = chance.sample(whole, min(kept, len(whole)))
    diagram = read(document("\n".join([LINES[0], *lines, LINES[-1]])).encode(), "fil.bpmn")
    walk(diagram)
    check(diagram, expression=simple_expression, library=LIBRARY)


DECISION = TABLE.encode()
ROWS = TABLE.splitlines()
TEXTS = sorted(set(re.findall(r'"[^"<>]*"|(?<=<text>)[^<]+', TABLE)))


def decision_survives(source: bytes) -> None:
    """Reads, hashes and checks the bytes of a table; any exception fails the test."""
    try:
        decision = decision_reading.read(source, "vei.dmn")
    except UnreadableDiagram as refused:
        found = [refused.problem]
    else:
        decision_reading.version(source)
        found = decision_checking.check(decision, Feel())
    for problem in found:
        assert "\n" not in str(problem)
        assert 1 <= problem.line <= source.count(b"\n") + 1


@given(st.integers(0, len(DECISION)), st.integers(0, len(DECISION)))
def test_any_piece_of_a_table(start: int, end: int) -> None:
    """Truncated from either side."""
    decision_survives(DECISION[start:end])


@given(st.lists(st.tuples(st.sampled_from(TEXTS), st.sampled_from(TEXTS)), min_size=1, max_size=8))
@settings(max_examples=200)
def test_any_exchanged_values_of_a_table(changes: list[tuple[str, str]]) -> None:
    """Well-formed files in which ids, types, names and cells have changed places."""
    text = TABLE
    for old, new in changes:
        text = text.replace(old, new)
    decision_survives(text.encode())


@given(st.text(max_size=40))
@settings(max_examples=200)
def test_any_text_in_a_cell(text: str) -> None:
    """A cell may hold anything that XML can."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    decision_survives(TABLE.replace('"ja"', escaped).encode(errors="ignore"))


@given(st.randoms(use_true_random=False), st.integers(0, len(ROWS)))
@settings(max_examples=200)
def test_any_missing_lines_of_a_table(chance: random.Random, kept: int) -> None:
    """Columns, cells and rules gone: the counts no longer agree."""
    lines = sorted(chance.sample(range(len(ROWS)), kept))
    decision_survives("\n".join(ROWS[line] for line in lines).encode())
