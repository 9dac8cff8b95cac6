"""Reads the bytes of a BPMN file into a `Diagram`; any prefix for the standard's namespace will do.

Refuses only what cannot be read as one process at all. Everything else is read as it stands, faults
included, so that `bpmn.checking` can tell all of them at once.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bpmn.diagrams import (
    CONTAINERS,
    FLOW_NODES,
    Diagram,
    Element,
    Expression,
    Flow,
    Lane,
    Remark,
    Repetition,
    Timer,
)
from bpmn.dialects import called_process, condition, decision, repetition
from bpmn.ids import IDENTIFIED
from bpmn.problems import Problem, UnreadableDiagram, shown
from bpmn.sources import BPMN, content_hash, parse

__all__ = [
    "Diagram",
    "Element",
    "Expression",
    "Flow",
    "Problem",
    "UnreadableDiagram",
    "content_hash",
    "read",
]

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DD = "{http://www.omg.org/spec/DD/20100524/DI}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"

# What else may stand in a file: read below, or of no consequence for what happens.
KNOWN = FLOW_NODES | {
    *("sequenceFlow", "laneSet", "childLaneSet", "lane", "flowNodeRef", "conditionExpression"),
    *("incoming", "outgoing", "documentation", "extensionElements", "script"),
    *("timerEventDefinition", "timeDuration", "timeDate", "timeCycle", "messageEventDefinition"),
    *("signalEventDefinition", "errorEventDefinition", "escalationEventDefinition"),
    *("terminateEventDefinition", "linkEventDefinition", "conditionalEventDefinition", "condition"),
    *("compensateEventDefinition", "cancelEventDefinition", "eventDefinitionRef"),
    *("multiInstanceLoopCharacteristics", "loopDataInputRef", "inputDataItem", "loopCardinality"),
    *("textAnnotation", "text", "association", "group", "category", "categoryValue"),
    *("dataObject", "dataObjectReference", "dataStoreReference", "property"),
    *("process", "collaboration", "participant", "message", "signal", "error", "escalation"),
    *("definitions", "itemDefinition"),
}
EVENTS = {
    "timerEventDefinition": "timer",
    "messageEventDefinition": "message",
    "signalEventDefinition": "signal",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "terminateEventDefinition": "terminate",
    "linkEventDefinition": "link",
    "conditionalEventDefinition": "conditional",
    "compensateEventDefinition": "compensate",
    "cancelEventDefinition": "cancel",
    "eventDefinitionRef": "reference",
}
REFERENCES = ("messageRef", "signalRef", "errorRef", "escalationRef")
CODE_TAGS = {"preScript", "postScript", "script", "executionListener", "taskListener"}
CODE_ATTRIBUTES = {"class", "delegateExpression", "expression", "resource"}


@dataclass(frozen=True)
class _Places:
    """The lanes by the element they hold, for asking where an element stands."""

    lanes: Mapping[str, Lane]

    def lane(self, node: Any) -> Lane | None:
        """The lane of the node or, failing that, of the nearest subprocess around it."""
        for around in (node, *node.iterancestors()):
            lane = self.lanes.get(around.get("id", ""))
            if lane:
                return lane
        return None

    def role(self, node: Any) -> str | None:
        """The role written on the task, else the lane's."""
        lane = self.lane(node)
        return _properties(node).get("role") or (lane.role if lane else None)


def read(source: bytes, name: str) -> Diagram:
    """The one executable process in the file `name`; raises UnreadableDiagram."""
    root = parse(source, name)
    process, *others = _executable(root, name)
    lanes = tuple(_lane(node) for node in process.iter(BPMN + "lane"))
    places = _Places({member: lane for lane in lanes for member, _ in lane.members if member})
    names = _names(root)
    nodes = [node for node in process.iter("*") if _tag(node) in FLOW_NODES]
    return Diagram(
        name=name,
        key=process.get("id"),
        title=process.get("name") or _participant(root, process) or process.get("id"),
        documentation=_text(process, "documentation"),
        line=process.sourceline,
        elements=_by_id(_element(node, places, names) for node in nodes),
        flows=_by_id(_flow(node) for node in process.iter(BPMN + "sequenceFlow")),
        lanes=lanes,
        drawn=frozenset(_drawn(root)),
        remarks=(
            *_remarks(root, process),
            *(Remark("process", p.get("id", "-"), p.sourceline) for p in others),
        ),
    )


def _executable(root: Any, name: str) -> list[Any]:
    found = [p for p in root.findall(BPMN + "process") if p.get("isExecutable") == "true"]
    if not found:
        raise UnreadableDiagram(_nothing_to_run(root, name))
    if not found[0].get("id"):
        raise UnreadableDiagram(Problem(name, found[0].sourceline, "-", "Prosessen mangler id"))
    return found


def _nothing_to_run(root: Any, name: str) -> Problem:
    """At the first process, if there is any."""
    node = next(root.iterchildren(BPMN + "process"), root)
    key = shown(node.get("id", "")) if node is not root else ""
    message = 'Ingen prosess i filen er merket som kjørbar (isExecutable="true")'
    return Problem(name, node.sourceline, key or "-", message)


def _element(node: Any, places: _Places, names: Mapping[str, str]) -> Element:
    parent = node.getparent()
    lane = places.lane(node)
    bare = Element(
        id=node.get("id", ""),
        kind=_tag(node),
        line=node.sourceline,
        name=" ".join(node.get("name", "").split()),
        documentation=_text(node, "documentation"),
        properties=_properties(node),
        lane=lane.name if lane else None,
        role=places.role(node),
        parent=parent.get("id", "") if _tag(parent) in CONTAINERS else None,
        default=node.get("default"),
    )
    return replace(bare, **_activity(node), **_event(node, names))


def _activity(node: Any) -> dict[str, Any]:
    return {
        "called": called_process(node) or None if _tag(node) == "callActivity" else None,
        "multi_instance": _multi_instance(node),
        "by_event": node.get("triggeredByEvent") == "true",
    }


def _multi_instance(node: Any) -> Repetition | None:
    loop = node.find(BPMN + "multiInstanceLoopCharacteristics")
    return None if loop is None else repetition(loop)


def _event(node: Any, names: Mapping[str, str]) -> dict[str, Any]:
    definitions = [child for child in node if _tag(child) in EVENTS]
    kinds = [EVENTS[_tag(child)] for child in definitions]
    referring = [node, *definitions]
    refers = next((ref for n in referring for a in REFERENCES if (ref := n.get(a))), None)
    link = next((n.get("name", "") for n in definitions if EVENTS[_tag(n)] == "link"), None)
    interrupts = node.get("isInterrupting" if _tag(node) == "startEvent" else "cancelActivity")
    return {
        "event": "multiple" if len(kinds) > 1 else next(iter(kinds), None),
        "trigger": link if refers is None else names.get(refers, ""),
        "timer": next(
            (timer(child) for child in definitions if _tag(child) == "timerEventDefinition"), None
        ),
        "attached_to": node.get("attachedToRef"),
        "interrupting": interrupts != "false",
    }


def timer(node: Any) -> Timer:
    """The time of a timerEventDefinition; its text is empty when it says none."""
    for kind in ("Duration", "Date", "Cycle"):
        child = node.find(f"{BPMN}time{kind}")
        if child is not None:
            return Timer(kind.lower(), (child.text or "").strip(), child.sourceline)
    return Timer("duration", "", node.sourceline)


def _flow(node: Any) -> Flow:
    said = node.find(BPMN + "conditionExpression")
    return Flow(
        id=node.get("id", ""),
        source=node.get("sourceRef", ""),
        target=node.get("targetRef", ""),
        name=" ".join(node.get("name", "").split()),
        condition=None if said is None else condition(node),
        line=node.sourceline if said is None else said.sourceline,
    )


def _lane(node: Any) -> Lane:
    around = [node, *(n for n in node.iterancestors() if _tag(n) == "lane")]
    return Lane(
        id=node.get("id", ""),
        name=" ".join(node.get("name", "").split()),
        role=next((role for n in around if (role := _properties(n).get("role"))), None),
        line=node.sourceline,
        members=tuple(
            ((n.text or "").strip(), n.sourceline) for n in node.findall(BPMN + "flowNodeRef")
        ),
        nested=node.find(BPMN + "childLaneSet") is not None,
    )


def _properties(node: Any) -> dict[str, str]:
    """The node's own properties, with the form key that Camunda and Zeebe write elsewhere."""
    extensions = node.find(BPMN + "extensionElements")
    found = {} if extensions is None else _form_keys(extensions)
    found.update((k, v) for k, v in _foreign_attributes(node) if k == "formKey")
    if table := decision(node):
        found["decision"] = table
    if extensions is not None:
        for item in extensions.iterfind(f"{SPIFF}properties/{SPIFF}property"):
            found[item.get("name", "")] = item.get("value", "")
    return found


def _form_keys(extensions: Any) -> dict[str, str]:
    for child in extensions.iterchildren("*"):
        key = child.get("formKey") or child.get("formId")
        if _local(child) == "formDefinition" and key:
            return {"formKey": key}
    return {}


def _foreign_attributes(node: Any) -> Iterator[tuple[str, str]]:
    for name, value in node.attrib.items():
        if name.startswith("{") and not name.startswith(BPMN):
            yield name.rpartition("}")[2], value


def _names(root: Any) -> dict[str, str]:
    """Ids of messages, signals, errors and escalations to their names; of the latter two the code
    will do, or the id."""
    named = [BPMN + tag for tag in ("message", "signal")]
    coded = [BPMN + tag for tag in ("error", "escalation")]
    return {
        **{n.get("id", ""): n.get("name", "").strip() for n in root.iterchildren(*named)},
        **{n.get("id", ""): _coded(n) for n in root.iterchildren(*coded)},
    }


def _coded(node: Any) -> str:
    """What an error or escalation is known by."""
    code = node.get("errorCode") or node.get("escalationCode")
    return str(node.get("name", "").strip() or code or node.get("id", ""))


def _participant(root: Any, process: Any) -> str | None:
    for node in root.iter(BPMN + "participant"):
        if node.get("processRef") == process.get("id"):
            return str(node.get("name", "")) or None
    return None


def _drawn(root: Any) -> Iterator[str]:
    for node in root.iter(DI + "BPMNShape"):
        bounds = node.find(DC + "Bounds")
        if bounds is not None and all(
            _is_number(bounds.get(a)) for a in ("x", "y", "width", "height")
        ):
            yield node.get("bpmnElement", "")
    for node in root.iter(DI + "BPMNEdge"):
        points = node.findall(DD + "waypoint")
        if len(points) > 1 and all(_is_number(p.get(a)) for p in points for a in ("x", "y")):
            yield node.get("bpmnElement", "")


def _is_number(text: str | None) -> bool:
    try:
        return math.isfinite(float(text or "x"))
    except ValueError:
        return False


def _remarks(root: Any, process: Any) -> Iterator[Remark]:
    yield from _id_remarks(root)
    for node in process.iter(*IDENTIFIED):
        if _tag(node.getparent()) not in CONTAINERS | {"process"}:
            yield Remark("misplaced", _owner(node), node.sourceline, _tag(node))
    for node in (*root.iterchildren("*"), *process.iter("*")):
        if _is_foreign(node) and not _is_foreign(node.getparent()):
            yield Remark("foreign", _owner(node), node.sourceline, _tag(node))
    for node in process.iter("*"):
        for what in _code(node):
            yield Remark("script", _owner(node), node.sourceline, what)


def _is_foreign(node: Any) -> bool:
    return _tag(node) not in KNOWN and _tag(node) != ""


def _id_remarks(root: Any) -> Iterator[Remark]:
    seen: set[str] = set()
    for node in root.iter(BPMN + "*"):
        key = node.get("id")
        if key in seen:
            yield Remark("duplicate", key, node.sourceline)
        if key:
            seen.add(key)


def _code(node: Any) -> Iterator[str]:
    """What would run code in other engines, hidden in extensions; a script task says so itself."""
    if not node.tag.startswith(BPMN) and _local(node) in CODE_TAGS:
        yield _local(node)
    yield from (name for name, _ in _foreign_attributes(node) if name in CODE_ATTRIBUTES)


def _owner(node: Any) -> str:
    """The id of the BPMN element the node belongs to."""
    for around in (node, *node.iterancestors()):
        if around.tag.startswith(BPMN) and around.get("id"):
            return str(around.get("id"))
    return "-"


def _by_id(items: Iterable[Any]) -> dict[str, Any]:
    """The first of each id; the others are remarked upon as duplicates."""
    found: dict[str, Any] = {}
    for item in items:
        if item.id:
            found.setdefault(item.id, item)
    return found


def _text(node: Any, tag: str) -> str:
    return " ".join((node.findtext(BPMN + tag) or "").split())


def _tag(node: Any) -> str:
    """The element's name in BPMN, empty for elements of other namespaces."""
    return node.tag.removeprefix(BPMN) if node.tag.startswith(BPMN) else ""


def _local(node: Any) -> str:
    return str(node.tag.rpartition("}")[2])
