"""Turns bytes from anywhere into an XML tree within bounds; knows of BPMN and DMN only the root.

In a diagram everything has an id, and is referred to by it, however the file says so (`bpmn.ids`).

No document type, no entities and no network, so nothing in a file can grow or reach out. The
counting happens while the parser works: a hostile file is refused before its tree is built.
"""

import io
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from lxml import etree

from bpmn.ids import give_ids, unqualify
from bpmn.problems import Problem, UnreadableDiagram, shown

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DMN = (
    "{https://www.omg.org/spec/DMN/20191111/MODEL/}",
    "{http://www.omg.org/spec/DMN/20180521/MODEL/}",
)
MAX_BYTES = 5_000_000
MAX_DEPTH = 200
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 100  # on one element

DECLARES = re.compile(r"<!(DOCTYPE|ENTITY)")


@dataclass(frozen=True)
class Standard:
    """What a file may be: the standard's name, and its namespaces as lxml writes them."""

    name: str
    namespaces: tuple[str, ...]


DIAGRAM = Standard("BPMN 2.0", (BPMN,))
DECISION = Standard("DMN 1.3", DMN)


def parse(source: bytes, name: str, standard: Standard = DIAGRAM) -> Any:
    """The root of the document in `source`, an lxml element; raises UnreadableDiagram."""
    root = _root(source, name, standard)
    if standard is DIAGRAM:
        give_ids(root)
        unqualify(root)
    return root


def with_ids(source: bytes) -> bytes:
    """The diagram with the ids it was read with; as it is when all have one, else no comments."""
    root = _root(source, "diagram", DIAGRAM)
    if not give_ids(root):
        return source
    xml: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return xml


def _root(source: bytes, name: str, standard: Standard) -> Any:
    text = _text(source, name)
    declared = DECLARES.search(text)
    if declared:
        line = text.count("\n", 0, declared.start()) + 1
        raise _unreadable(
            name, line, "Filen har en dokumenttype (DTD) eller entiteter; det er ikke tillatt"
        )
    root = _tree(text, name)
    if root.tag not in {namespace + "definitions" for namespace in standard.namespaces}:
        wrong = f"men ikke {standard.name} (ytterste element er «{shown(root.tag)}»)"
        raise _unreadable(name, root.sourceline, f"Filen er XML, {wrong}")
    return root


def content_hash(source: bytes, standard: Standard = DIAGRAM) -> str:
    """SHA-256 in hex of the canonical XML; raises UnreadableDiagram.

    White space around texts, comments and the order of attributes make no difference.
    """
    canonical = etree.tostring(
        parse(source, "diagram", standard), method="c14n2", strip_text=True, with_comments=False
    )
    return sha256(canonical).hexdigest()


def _text(source: bytes, name: str) -> str:
    if len(source) > MAX_BYTES:
        raise _unreadable(
            name,
            1,
            f"Filen er for stor: {len(source)} byte, høyst {MAX_BYTES}",
        )
    if not source.strip():
        raise _unreadable(name, 1, "Filen er tom")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise _unreadable(name, line, "Filen er ikke tekst i UTF-8") from None
    if "\0" in text:
        raise _unreadable(
            name, text.count("\n", 0, text.index("\0")) + 1, "Filen er ikke en tekstfil"
        )
    return text


def _tree(text: str, name: str) -> Any:
    # The declared encoding is overruled: what was searched for a DTD is what is parsed.
    steps = etree.iterparse(
        io.BytesIO(text.encode()),
        events=("start", "end"),
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        _count(steps, name)
    except etree.XMLSyntaxError as error:
        raise _unreadable(name, error.lineno or 1, _why(text, error)) from None
    return steps.root


def _count(steps: Any, name: str) -> None:
    depth = elements = 0
    for event, node in steps:
        if event == "end":
            depth -= 1
            continue
        depth, elements = depth + 1, elements + 1
        if depth > MAX_DEPTH:
            raise _unreadable(
                name, node.sourceline, f"Filen har for mange nivåer, høyst {MAX_DEPTH}"
            )
        if elements > MAX_ELEMENTS:
            raise _unreadable(
                name, node.sourceline, f"Filen har for mange elementer, høyst {MAX_ELEMENTS}"
            )
        if len(node.attrib) > MAX_ATTRIBUTES:
            raise _unreadable(
                name,
                node.sourceline,
                f"Et element har for mange attributter, høyst {MAX_ATTRIBUTES}",
            )


def _why(text: str, error: Any) -> str:
    if "definitions" in text[:2000] and not text.rstrip().endswith("definitions>"):
        return "Filen er ikke hel: den slutter før den er ferdig"
    return f"Filen er ikke gyldig XML ({shown(error.msg or '')})"


def _unreadable(name: str, line: int, message: str) -> UnreadableDiagram:
    return UnreadableDiagram(Problem(name, line, "-", message))
