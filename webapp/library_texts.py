"""Finds the texts of the library's diagrams, tables and forms, to be translated like the pages.

Called by `pybabel extract` (babel.cfg). It will not judge the files: `rodtrad check` does.
"""

import json
from collections.abc import Iterator
from typing import IO, Any

from bpmn import decision_reading
from bpmn.reading import read
from forms import feel
from forms.feel.tree import Literal, Node, parts

Found = Iterator[tuple[int, str, str, list[str]]]
FORM_TEXTS = ("title", "label", "description", "text")
TOLD_TO_PEOPLE = "tekst"
"""The parameter of `notify` whose value people read."""


def extract_form(
    fileobj: IO[bytes],
    keywords: Any,  # noqa: ARG001 - babel's own call
    comment_tags: Any,  # noqa: ARG001
    options: Any,  # noqa: ARG001
) -> Found:
    """Every title, label, help text and choice of a form: (line, function, text, comments)."""
    for text in _texts(json.load(fileobj)):
        yield 1, "", text, []


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _texts(each)
    elif isinstance(part, dict):
        yield from (part[key] for key in FORM_TEXTS if part.get(key))
        for each in part.values():
            yield from _texts(each)


def extract_diagram(
    fileobj: IO[bytes],
    keywords: Any,  # noqa: ARG001 - babel's own call
    comment_tags: Any,  # noqa: ARG001
    options: Any,  # noqa: ARG001
) -> Found:
    """Every name, description and notice of a diagram: (line, function, text, comments)."""
    diagram = read(fileobj.read(), "diagram.bpmn")
    texts = [(diagram.line, diagram.title), (diagram.line, diagram.documentation)]
    texts += [(lane.line, lane.name) for lane in diagram.lanes]
    texts += [(flow.line, flow.name) for flow in diagram.flows.values()]
    for element in diagram.elements.values():
        texts += [(element.line, element.name), (element.line, element.documentation)]
        texts.append((element.line, element.properties.get(TOLD_TO_PEOPLE, "")))
    for line, text in texts:
        if text:
            yield line, "", text, []


def extract_decision(
    fileobj: IO[bytes],
    keywords: Any,  # noqa: ARG001 - babel's own call
    comment_tags: Any,  # noqa: ARG001
    options: Any,  # noqa: ARG001
) -> Found:
    """Every title, heading, reason and text in a cell of a table."""
    decision = decision_reading.read(fileobj.read(), "tabell.dmn")
    texts = [(decision.line, decision.title), (decision.line, decision.documentation)]
    texts += [(column.line, column.label) for column in decision.inputs]
    texts += [(column.line, column.label) for column in decision.outputs]
    texts += [(rule.line, rule.annotation) for rule in decision.rules]
    for rule in decision.rules:
        tests = (feel.parse_tests(cell.text) for cell in rule.tests)
        results = (feel.parse(cell.text or "null") for cell in rule.results)
        texts += [(rule.line, text) for cell in (*tests, *results) for text in _strings(cell.tree)]
    for line, text in texts:
        if text:
            yield line, "", text, []


def _strings(node: Node) -> Iterator[str]:
    if isinstance(node, Literal) and isinstance(node.value, str):
        yield node.value
    for part in parts(node):
        yield from _strings(part)
