"""From one element of a BPMN document to its task spec; connecting them is the process's business.

What cannot be run is refused with the element and the reason.
"""

from collections.abc import Collection
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser

from bpmn import dialects
from bpmn.reading import timer
from workflows.engine import events, nodes
from workflows.engine.expressions import expression
from workflows.engine.problems import UnusableDiagram
from workflows.engine.scopes import DEEPEST
from workflows.engine.timers import Time

NAMES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
}
PROPERTIES = "bpmn:extensionElements/spiffworkflow:properties/spiffworkflow:property"
REFUSED = {
    "scriptTask": "Et diagram kan ikke kjøre kode. Bruk en tjenesteoppgave med en operasjon.",
    "task": "Oppgaven har ingen type. Velg brukeroppgave eller tjenesteoppgave.",
    "sendTask": "Å sende en melding er en operasjon. Bruk en tjenesteoppgave.",
    "complexGateway": "Komplekse gatewayer støttes ikke.",
    "adHocSubProcess": "Ad hoc-delprosesser støttes ikke.",
    "transaction": "Transaksjoner støttes ikke.",
    "standardLoopCharacteristics": "Løkkemarkør støttes ikke. Tegn løkken med en gateway.",
    **dict.fromkeys(
        ("choreographyTask", "subChoreography", "callChoreography"), "Koreografi støttes ikke."
    ),
    "loopDataOutputRef": "Å samle svar i en liste støttes ikke.",
}
TRIGGERS = {  # the kinds of event allowed in each place
    "intermediateCatchEvent": {"timer", "message", "signal", "link"},
    "receiveTask": {"message"},
    "boundaryEvent": {"timer", "message", "signal", "error", "escalation"},
    "startEvent": {"none", "timer", "message", "signal", "error", "escalation"},
    "intermediateThrowEvent": {"none", "signal", "escalation", "link"},
    "endEvent": {"none", "terminate", "error", "escalation", "signal"},
}


class NodeReader(TaskParser):  # type: ignore[misc]
    """Makes the spec of an element, at SpiffWorkflow's extension point for it."""

    def parse_node(self) -> Any:
        tag = etree.QName(self.node).localname
        for child in self.node.iterchildren("{*}*"):
            refuse(child, self.node)
        cls = self.spec_class
        if self.node.get("triggeredByEvent") == "true":
            cls = events.EventSubProcess
        self.task = cls(
            self.spec, self.bpmn_id, self.process_parser.process, bpmn_name=self.node.get("name")
        )
        if isinstance(self.task, events.Triggered) and tag in TRIGGERS:
            self._read_event(tag)
        if isinstance(self.task, nodes.Activity):
            self.task.multi = self._multi()
        if isinstance(self.task, nodes.ServiceTask):
            self._read_operation()
        if isinstance(self.task, nodes.BusinessRuleTask):
            self._read_decision()
        if isinstance(self.task, events.SubProcess):
            self._read_inside()
        return self.task

    def parse_incoming_data_references(self) -> list[Any]:
        """Arrows from data are drawings here."""
        return []

    def parse_outgoing_data_references(self) -> list[Any]:
        """Arrows to data too."""
        return []

    def _read_event(self, tag: str) -> None:
        self.task.trigger = self._trigger(TRIGGERS[tag])
        said = self.node.get("cancelActivity"), self.node.get("isInterrupting")
        self.task.interrupting = "false" not in said

    def _trigger(self, allowed: Collection[str]) -> events.Trigger:
        inside = self.node.iterchildren("{*}*")
        definitions = [node for node in inside if str(node.tag).endswith("EventDefinition")]
        if etree.QName(self.node).localname == "receiveTask":
            return events.Trigger("message", self._named(self.node, "message"))
        names = [etree.QName(node).localname for node in definitions] or ["none"]
        kind = names[0].removesuffix("EventDefinition") if len(names) == 1 else "multiple"
        if kind not in allowed:
            reason = f"En hendelse av typen {kind} støttes ikke her."
            raise UnusableDiagram(self.bpmn_id, reason)
        if kind == "none":
            return events.Trigger()
        if kind == "timer":
            return events.Trigger(kind, time=self._time(definitions[0]))
        if kind == "link":
            return events.Trigger(kind, definitions[0].get("name"))
        return events.Trigger(kind, self._named(definitions[0], kind))

    def _time(self, definition: Any) -> Time:
        text = timer(definition).text
        if not text:
            raise UnusableDiagram(self.bpmn_id, "Tidspunktet mangler.")
        return Time.read(text.removeprefix("="), self.bpmn_id)

    def _named(self, node: Any, kind: str) -> Any:
        """The name of the message or signal referred to, the code of the error or escalation."""
        reference = node.get(f"{kind}Ref")
        known = getattr(self.process_parser.parser, f"{kind}s", {}).get(reference)
        if not known and reference:
            raise UnusableDiagram(self.bpmn_id, "Hendelsen viser til noe som ikke har navn.")
        if not known and kind in ("message", "signal"):
            reason = "Det står ikke hvilken melding eller hvilket signal det gjelder."
            raise UnusableDiagram(self.bpmn_id, reason)
        return known or None

    def _multi(self) -> nodes.Multi | None:
        loop = self.node.find("bpmn:multiInstanceLoopCharacteristics", NAMES)
        if loop is None:
            return None
        for child in loop:
            refuse(child, self.node)
        many = dialects.repetition(loop)
        until = loop.findtext("bpmn:completionCondition", "", NAMES).strip()
        if not many.over or not many.item:
            reason = "Flere forekomster trenger loopDataInputRef og inputDataItem."
            raise UnusableDiagram(self.bpmn_id, reason)
        return nodes.Multi(
            expression(many.over, self.bpmn_id),
            many.item,
            loop.get("isSequential") == "true",
            expression(until.removeprefix("="), self.bpmn_id) if until else None,
            many.counted,
        )

    def _read_operation(self) -> None:
        given = self._properties()
        self.task.operation = given.pop("operation", "")
        if not self.task.operation:
            raise UnusableDiagram(self.bpmn_id, "Tjenesteoppgaven mangler egenskapen «operation».")
        self.task.parameters = {
            name: expression(value[1:], self.bpmn_id) if value.startswith("=") else value
            for name, value in given.items()
        }

    def _read_decision(self) -> None:
        self.task.decision = self._properties().get("decision") or dialects.decision(self.node)
        if not self.task.decision:
            raise UnusableDiagram(self.bpmn_id, "Regeloppgaven mangler egenskapen «decision».")

    def _properties(self) -> dict[str, str]:
        found = self.node.findall(PROPERTIES, NAMES)
        return {each.get("name", ""): each.get("value", "") for each in found}

    def _read_inside(self) -> None:
        if isinstance(self.task, events.CallActivity):
            self.task.called = dialects.called_process(self.node)
            return
        if self.spec.depth >= DEEPEST:
            raise UnusableDiagram(self.bpmn_id, f"Delprosesser inni mer enn {DEEPEST} andre.")
        outside = self.process_parser
        inside = type(outside)(outside.parser, self.node, outside.nsmap, {})
        inside.parent = outside
        self.task.inside = inside.get_spec()
        if isinstance(self.task, events.EventSubProcess):
            start = self.task.inside.task_specs[self.task.inside.begin]
            if start.trigger.kind == "none" or self.task.multi:
                raise UnusableDiagram(self.bpmn_id, "Delprosessen må starte med en hendelse.")
            self.task.trigger, self.task.interrupting = start.trigger, start.interrupting
            self.spec.event_subprocesses.append(self.task)


def refuse(node: Any, element: Any) -> None:
    """UnusableDiagram when `node`, at or in `element`, is of a kind that cannot be run."""
    if reason := REFUSED.get(etree.QName(node).localname):
        raise UnusableDiagram(element.get("id", "?"), reason)
