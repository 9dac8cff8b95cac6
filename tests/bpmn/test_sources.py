"""Hostile and broken files are refused in one line, within bounded memory, without an exception."""

import subprocess
import sys
from types import FrameType

import pytest

from bpmn import sources
from bpmn.checking import check
from bpmn.reading import Problem, UnreadableDiagram, read
from tests.bpmn.samples import HEAD, document, flow

LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
)


def refusal(source: bytes) -> Problem:
    """The problem that reading gives."""
    with pytest.raises(UnreadableDiagram) as refused:
        read(source, "fil.bpmn")
    return refused.value.problem


BROKEN = {
    "empty": (b"", 1, "Filen er tom"),
    "blank": (b" \n\t", 1, "Filen er tom"),
    "binary": (bytes(range(256)), 2, "Filen er ikke tekst i UTF-8"),
    "zeros": (b"<a>\n\0</a>", 2, "Filen er ikke en tekstfil"),
    "UTF-16": (document().encode("utf-16"), 1, "Filen er ikke tekst i UTF-8"),
    "Latin-1": (document().encode("latin-1"), 59, "Filen er ikke tekst i UTF-8"),
    "words": (b"hei\n", 1, "Filen er ikke gyldig XML (Start tag expected, '<' not found"),
    "mismatch": (b"<a>\n<b></a>", 2, "Filen er ikke gyldig XML (Opening and ending tag mismatch"),
    "two roots": (b"<a/>\n<b/>", 2, "Filen er ikke gyldig XML"),
    "undeclared entity": (b"<a>&x;</a>", 1, "Filen er ikke gyldig XML"),
    "HTML": (b"<html/>", 1, "Filen er XML, men ikke BPMN 2.0 (ytterste element er «html»)"),
    "no namespace": (b"\n<definitions/>", 2, "Filen er XML, men ikke BPMN 2.0"),
    "no process": (
        (HEAD + "</bpmn:definitions>").encode(),
        8,
        'Ingen prosess i filen er merket som kjørbar (isExecutable="true")',
    ),
    "process without id": (
        (HEAD + '<bpmn:process isExecutable="true"/></bpmn:definitions>').encode(),
        9,
        "Prosessen mangler id",
    ),
    "document type": (
        b"\n<!DOCTYPE a>\n<a/>",
        2,
        "Filen har en dokumenttype (DTD) eller entiteter",
    ),
    "billion laughs": (
        f"<!DOCTYPE a [{LAUGHS}]><a b='&l9;'>&l9;</a>".encode(),
        1,
        "Filen har en dokumenttype (DTD) eller entiteter",
    ),
    "outside entity": (
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        1,
        "Filen har en dokumenttype (DTD) eller entiteter",
    ),
    "5000 levels": (b"<a>" * 5000 + b"</a>" * 5000, 1, "Filen har for mange nivåer, høyst 200"),
    "5000 levels a line": (b"<a>\n" * 5000, 201, "Filen har for mange nivåer, høyst 200"),
    "attributes": (
        ("<a " + " ".join(f'b{n}="1"' for n in range(200)) + "/>").encode(),
        1,
        "Et element har for mange attributter, høyst 100",
    ),
    "20,000 tasks": (
        (HEAD + "<bpmn:process>" + '\n<bpmn:userTask id="t"/>' * 20_000).encode(),
        20_008,
        "Filen har for mange elementer, høyst 20000",
    ),
    "50 MB": (b"<a>" + b"x" * 50_000_000, 1, "Filen er for stor: 50000003 byte, høyst 5000000"),
}


@pytest.mark.parametrize(("source", "line", "message"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_diagram_is_refused_in_words(
    source: bytes, line: int, message: str
) -> None:
    """One problem, on the line where it is, that says what is wrong with the file."""
    problem = refusal(source)
    assert (problem.file, problem.line, problem.element) == ("fil.bpmn", line, "-")
    assert problem.message.startswith(message)


@pytest.mark.parametrize("tenth", range(1, 10))
def test_half_a_file_is_called_half(tenth: int) -> None:
    """A transfer that stopped is told apart from a file that is wrong."""
    whole = document().encode()
    problem = refusal(whole[: len(whole) * tenth // 10].decode(errors="ignore").encode())
    assert problem.message == "Filen er ikke hel: den slutter før den er ferdig"


def test_a_byte_order_mark_is_no_fault() -> None:
    """Windows editors write one."""
    assert read(b"\xef\xbb\xbf" + document().encode(), "plan.bpmn").key == "plan"


def test_a_declared_encoding_cannot_hide_a_document_type() -> None:
    """The text that was searched is the text that is parsed, whatever the file claims to be."""
    text = document().replace("UTF-8", "UTF-7")
    assert read(text.encode(), "plan.bpmn").key == "plan"


def test_counting_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of a file with too many elements is never parsed."""
    parsed = 0

    def counting(stream: object, **options: object) -> object:
        nonlocal parsed
        steps = original(stream, **options)

        class Steps:
            def __iter__(self) -> object:
                nonlocal parsed
                for step in steps:
                    parsed += 1
                    yield step

        return Steps()

    original = sources.etree.iterparse
    monkeypatch.setattr(sources.etree, "iterparse", counting)
    refusal(b"<a>" + b"<b/>" * 1_000_000)
    assert parsed <= 2 * sources.MAX_ELEMENTS + 1


HOSTILE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (400_000_000, 400_000_000))
from bpmn.checking import check
from bpmn.reading import UnreadableDiagram, read
head = '<d:definitions xmlns:d="http://www.omg.org/spec/BPMN/20100524/MODEL">'
body = '<d:process id="p" isExecutable="true">'
task = '<d:userTask id="t{0}"/>'
flow = '<d:sequenceFlow id="f{0}" sourceRef="t{0}" targetRef="t{1}"/>'
chain = "".join(task.format(n) + flow.format(n, n + 1) for n in range(9_000))
nested = "".join(f'<d:subProcess id="s{n}">' for n in range(190)) + "</d:subProcess>" * 190
files = {
    "chain": head + body + chain + "</d:process></d:definitions>",
    "ring": head + body + chain.replace('"t9000"', '"t0"') + "</d:process></d:definitions>",
    "star": head + body + "".join(task.format(n) + flow.format(n, 0) for n in range(9_000))
        + "</d:process></d:definitions>",
    "nested": head + body + nested + "</d:process></d:definitions>",
    "attributes": head + "<a " + " ".join(f'a{n}=""' for n in range(400_000)) + "/>",
    "entities": "<!DOCTYPE a [" + "".join(f"<!ENTITY e{n} 'x'>" for n in range(200_000)) + "]><a/>",
    "text": head + "<a>" + "x" * 4_900_000,
    "comments": head + "<!---->" * 600_000,
    "comment": head + "<!--" + "x" * 4_900_000,
    "names": head + "".join(f"<a{n}/>" for n in range(400_000)),
}
for name, text in files.items():
    try:
        diagram = read(text.encode(), name)
    except UnreadableDiagram as refused:
        print(name, 1)
    else:
        print(name, len(check(diagram, expression=lambda text: None, library=None)))
        [step.id for key in ("t0", "s0") if key in diagram.elements for step in diagram.after(key)]
"""


def test_the_worst_files_stay_within_memory() -> None:
    """Ten kinds of hostile file, read and checked within 400 MB, all come to an answer."""
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    counts = {name: int(count) for name, count in map(str.split, done.stdout.splitlines())}
    assert len(counts) == 10
    assert all(counts.values())


def diagram(size: int, shape: str) -> bytes:
    """A process of `size` tasks in a chain, in a ring, or all leading to the first."""
    targets = {"chain": range(1, size + 1), "ring": [*range(1, size), 0], "star": [0] * size}[shape]
    tasks = "".join(f'<bpmn:userTask id="t{n}"/>' for n in range(size))
    flows = "".join(flow(f"f{n}", f"t{n}", f"t{target}") for n, target in enumerate(targets))
    begun = f'<bpmn:startEvent id="s"/>{flow("f", "s", "t0")}<bpmn:endEvent id="e"/>'
    return document(
        f'<bpmn:process id="p" isExecutable="true">{begun}{tasks}{flows}</bpmn:process>'
    ).encode()


def lines_run(source: bytes) -> int:
    """How many lines of Python run to check a diagram and ask what comes after its start."""
    lines = 0

    def count(_frame: FrameType, event: str, _argument: object) -> object:
        nonlocal lines
        lines += event == "line"
        return count

    found = read(source, "fil.bpmn")
    before = sys.gettrace()
    sys.settrace(count)
    try:
        check(found, expression=lambda _: None, library=None)
        found.after("s")
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize("shape", ["chain", "ring", "star"])
def test_the_work_grows_with_the_diagram_and_no_faster(shape: str) -> None:
    """Twice the tasks is twice the work: no diagram within the limits can hang the check."""
    assert lines_run(diagram(400, shape)) < 2.2 * lines_run(diagram(200, shape))
