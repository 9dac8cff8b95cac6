"""Reads the bytes of a DMN file into a `Decision`; any prefix for the standard's namespace will do.

Refuses only what cannot be read as one decision table at all. Everything else is read as it stands,
faults included, so that `bpmn.decision_checking` can tell all of them at once.
"""

from collections.abc import Iterator
from typing import Any

from bpmn.decisions import Cell, Decision, Foreign, Input, Output, Rule
from bpmn.diagrams import feel
from bpmn.problems import Problem, UnreadableDiagram, shown
from bpmn.sources import DECISION, DMN, content_hash, parse

__all__ = ["Decision", "Problem", "UnreadableDiagram", "read", "version"]

# What may stand in a file: read below, or of no consequence for what the table says.
KNOWN = {
    *("definitions", "decision", "decisionTable", "input", "inputExpression", "inputValues"),
    *("output", "outputValues", "rule", "inputEntry", "outputEntry", "text", "description"),
    *("annotation", "annotationEntry", "question", "allowedAnswers", "variable"),
    *("informationRequirement", "requiredInput", "inputData", "extensionElements"),
    *("authorityRequirement", "requiredAuthority", "knowledgeSource", "owner", "locationURI"),
    *("decisionMaker", "decisionOwner", "organizationUnit", "usingProcess", "usingTask"),
    *("supportedObjective", "impactedPerformanceIndicator", "performanceIndicator"),
    *("textAnnotation", "association", "sourceRef", "targetRef", "group"),
    *("itemDefinition", "itemComponent", "typeRef", "allowedValues", "type"),
}


def read(source: bytes, name: str) -> Decision:
    """The one decision table in the file `name`; raises UnreadableDiagram."""
    root = parse(source, name, DECISION)
    decision, table = _only_table(root, name)
    return Decision(
        name=name,
        key=decision.get("id"),
        title=_words(decision.get("name", "")) or decision.get("id"),
        documentation=_words(_text(decision, "description").text),
        line=decision.sourceline,
        hit_policy=table.get("hitPolicy", "UNIQUE"),
        aggregation=table.get("aggregation", ""),
        inputs=tuple(_input(node) for node in _children(table, "input")),
        outputs=tuple(_output(node) for node in _children(table, "output")),
        rules=tuple(_rule(node) for node in _children(table, "rule")),
        foreign=tuple(_foreign(root)),
    )


def version(source: bytes) -> str:
    """What a table is addressed by: the hash of its content."""
    return content_hash(source, DECISION)


def _only_table(root: Any, name: str) -> tuple[Any, Any]:
    decisions = list(_children(root, "decision"))
    if not decisions:
        raise _unreadable(name, root, "Filen har ingen beslutning (decision)")
    if len(decisions) > 1:
        raise _unreadable(name, decisions[1], "Filen har flere beslutninger; det skal være én")
    if not decisions[0].get("id"):
        raise _unreadable(name, decisions[0], "Beslutningen mangler id")
    tables = list(_children(decisions[0], "decisionTable"))
    if len(tables) != 1:
        reason = "Beslutningen må være én beslutningstabell (decisionTable)"
        raise _unreadable(name, decisions[0], reason)
    return decisions[0], tables[0]


def _unreadable(name: str, node: Any, message: str) -> UnreadableDiagram:
    key = shown(node.get("id", "")) or "-"
    return UnreadableDiagram(Problem(name, node.sourceline, key, message))


def _input(node: Any) -> Input:
    expression = next(_children(node, "inputExpression"), None)
    cell = Cell("", node.sourceline) if expression is None else _text(expression, "text")
    return Input(
        label=_words(node.get("label", "")),
        expression=Cell(feel(cell.text), cell.line),
        type="" if expression is None else _type(expression),
        allowed=_inside(node, "inputValues"),
        line=node.sourceline,
    )


def _output(node: Any) -> Output:
    return Output(
        name=node.get("name", "").strip(),
        label=_words(node.get("label", "")),
        type=_type(node),
        allowed=_inside(node, "outputValues"),
        line=node.sourceline,
    )


def _rule(node: Any) -> Rule:
    notes = [_text(node, "description"), *(_text(n, "text") for n in _entries(node, "annotation"))]
    return Rule(
        id=node.get("id", ""),
        tests=tuple(_text(entry, "text") for entry in _entries(node, "input")),
        results=tuple(_text(entry, "text") for entry in _entries(node, "output")),
        annotation=_words(" ".join(note.text for note in notes)),
        line=node.sourceline,
    )


def _entries(rule: Any, of: str) -> Iterator[Any]:
    return _children(rule, f"{of}Entry")


def _inside(node: Any, tag: str) -> Cell:
    """The text in the text element of the child `tag`."""
    child = next(_children(node, tag), None)
    return Cell("", node.sourceline) if child is None else _text(child, "text")


def _text(node: Any, tag: str) -> Cell:
    child = next(_children(node, tag), None)
    if child is None:
        return Cell("", node.sourceline)
    return Cell("".join(child.itertext()).strip(), child.sourceline)


def _words(text: str) -> str:
    return " ".join(text.split())


def _type(node: Any) -> str:
    """The type without the prefix that DMN 1.2 may have before it."""
    return str(node.get("typeRef", "").strip().rpartition(":")[2])


def _foreign(root: Any) -> Iterator[Foreign]:
    for node in root.iter("*"):
        tag, language = _tag(node), node.get("expressionLanguage", "")
        if tag and tag not in KNOWN:
            yield Foreign(_owner(node), node.sourceline, f"Elementet {shown(tag)}")
        if tag and language and "feel" not in language.lower():
            yield Foreign(_owner(node), node.sourceline, f"Språket «{shown(language)}»")


def _owner(node: Any) -> str:
    """The id of the nearest element around the node that has one."""
    around = (node, *node.iterancestors())
    return next((shown(str(each.get("id"))) for each in around if each.get("id")), "-")


def _children(node: Any, tag: str) -> Iterator[Any]:
    return (child for child in node if _tag(child) == tag)


def _tag(node: Any) -> str:
    """The element's name in DMN, empty for elements of other namespaces."""
    for namespace in DMN:
        if node.tag.startswith(namespace):
            return str(node.tag.removeprefix(namespace))
    return ""
