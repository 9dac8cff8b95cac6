"""Finds the texts that are not marked, to be translated like the pages: the library's diagrams,

tables and forms, and what the API says of itself.

Called by `pybabel extract` (babel.cfg). It will not judge the files: `rodtrad check` does.
"""

import ast
import json
from collections.abc import Iterator
from typing import IO, Any

from babel.messages.extract import extract_python

from bpmn import decision_reading
from bpmn.reading import read
from forms import feel
from forms.feel.tree import Literal, Node, parts

Found = Iterator[tuple[int, str, str, list[str]]]
FORM_TEXTS = ("title", "label", "description", "text", "lowest", "highest")
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


def extract_api(
    fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[Any, ...]]:
    """What is marked in a module of the API, and what its OpenAPI document says."""
    yield from extract_python(fileobj, keywords, comment_tags, options)
    fileobj.seek(0)
    for node in ast.walk(ast.parse(fileobj.read())):
        for text in _said(node):
            yield 1, "", text, []


def _said(node: ast.AST) -> Iterator[str]:
    """The summary of an operation, the description of a noun, and of what it takes and gives."""
    if isinstance(node, ast.FunctionDef) and any(map(_of_noun, node.decorator_list)):
        yield (ast.get_docstring(node) or "").partition("\n")[0]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Noun":
        yield ast.literal_eval(node.args[1])
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            told = isinstance(key, ast.Constant) and key.value == "description"
            if told and isinstance(value, ast.Constant):
                yield str(value.value)


def _of_noun(decorator: ast.expr) -> bool:
    declared = decorator.func if isinstance(decorator, ast.Call) else decorator
    of = declared.value if isinstance(declared, ast.Attribute) else None
    return isinstance(of, ast.Name) and of.id == "noun"


def _strings(node: Node) -> Iterator[str]:
    if isinstance(node, Literal) and isinstance(node.value, str):
        yield node.value
    for part in parts(node):
        yield from _strings(part)
