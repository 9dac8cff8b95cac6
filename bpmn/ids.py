"""Ids: those a diagram leaves out, as BPMN allows, and references to them with a prefix.

What is given an id is given the same each time the file is read.

An arrow is known by its ends and all else by where it stands, so that what is new elsewhere in a
later version changes nothing. A process is never given an id: that is the key it is found by.
"""

from collections import Counter
from typing import Any

from bpmn.diagrams import FLOW_NODES

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
FLOW = BPMN + "sequenceFlow"
IDENTIFIED = (FLOW, *(BPMN + tag for tag in FLOW_NODES))
REFERENCES = ["messageRef", "signalRef", "errorRef", "escalationRef", "processRef", "calledElement"]
"""BPMN's attributes that are qualified names; other references are ids as they are."""
LONGEST = 150  # characters before the number


def give_ids(root: Any) -> bool:
    """Gives every element and flow in the tree an id; whether any was without."""
    nameless = [node for node in root.iter(*IDENTIFIED) if not node.get("id")]
    taken = {node.get("id") for node in root.iter("*")} if nameless else set()
    used: Counter[str] = Counter()
    for node in nameless:
        node.set("id", _free(_place(node), used, taken))
    return bool(nameless)


def unqualify(root: Any) -> None:
    """Takes the prefix off references to what is in the file's own target namespace."""
    own = root.get("targetNamespace")
    for node in root.iter(BPMN + "*"):
        for name in REFERENCES:
            prefix, colon, key = node.get(name, "").partition(":")
            if colon and own and node.nsmap.get(prefix) == own:
                node.set(name, key)


def _place(node: Any) -> str:
    if node.tag == FLOW:
        return f"Flow_{node.get('sourceRef', '')}_{node.get('targetRef', '')}"[:LONGEST]
    kind = node.tag.removeprefix(BPMN)
    return f"{node.getparent().get('id') or 'process'}"[:LONGEST] + f"_{kind}"


def _free(place: str, used: Counter[str], taken: set[str]) -> str:
    """The place itself for the first that stands there, then with a number; never a taken id."""
    while True:
        used[place] += 1
        key = place if used[place] == 1 else f"{place}_{used[place]}"
        if key not in taken:
            return key
