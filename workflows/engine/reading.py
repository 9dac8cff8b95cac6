"""From BPMN XML to the task specs of this package, at SpiffWorkflow's own extension points.

Its parser finds the processes and messages. The elements are made here one by one and then
connected: its own walk along the flow recurses once for each element. What cannot be run is refused
with the element and the reason.
"""

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import SimpleBpmnTask
from SpiffWorkflow.specs import WorkflowSpec

from workflows.engine import events, gateways, nodes
from workflows.engine.expressions import expression
from workflows.engine.problems import UnusableDiagram
from workflows.engine.timers import Time

NAMES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
}
REFUSED = {
    "scriptTask": "Et diagram kan ikke kjøre kode. Bruk en tjenesteoppgave med en operasjon.",
    "task": "Oppgaven har ingen type. Velg brukeroppgave eller tjenesteoppgave.",
    "businessRuleTask": "Beslutningstabeller støttes ikke ennå.",
    "sendTask": "Å sende en melding er en operasjon. Bruk en tjenesteoppgave.",
    "complexGateway": "Komplekse gatewayer støttes ikke.",
    "adHocSubProcess": "Ad hoc-delprosesser støttes ikke.",
    "transaction": "Transaksjoner støttes ikke.",
    "standardLoopCharacteristics": "Løkkemarkør støttes ikke. Tegn løkken med en gateway.",
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


def read_process(source: bytes, key: str) -> Any:
    """The spec of process `key` in a BPMN document; UnusableDiagram when it cannot be run."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        reader = Reader()
        reader.add_bpmn_xml(etree.fromstring(source, parser))
        return reader.get_spec(key)
    except UnusableDiagram:
        raise
    except Exception as error:  # SpiffWorkflow and lxml raise a dozen kinds
        raise UnusableDiagram(key, f"Diagrammet kan ikke leses: {error}") from error


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]
    """A process or the inside of a subprocess: its elements, its start, its event subprocesses."""

    def __init__(self, name: str, filename: str | None = None) -> None:
        WorkflowSpec.__init__(self, name=name, filename=filename)
        self.data_objects: dict[str, Any] = {}
        self.bpmn_start_events: list[Any] = []
        self.start = SimpleBpmnTask(
            self, "(root)"
        )  # no BPMN id looks like this; SpiffWorkflow's own names do
        self.begin = ""
        self.event_subprocesses: list[events.EventSubProcess] = []


class ProcessReader(ProcessParser):  # type: ignore[misc]
    """Makes a ProcessSpec from a process or subprocess element."""

    process: str

    def create_spec(self) -> ProcessSpec:
        self.process = self.parent.process if self.parent else self.bpmn_id
        return ProcessSpec(self.bpmn_id)

    def add_tasks(self) -> None:
        for node in self.node.iterchildren("{*}*"):
            key = node.get("id")
            if node.tag in self.parser.PARSER_CLASSES and key and key not in self.spec.task_specs:
                self.parse_node(node)
            elif node.tag in self.parser.PARSER_CLASSES:
                raise UnusableDiagram(
                    key or self.bpmn_id, "Elementet mangler en id som er dets egen."
                )
            else:
                refuse(node, node)
        for flow in self.node.iterchildren(full_tag("sequenceFlow")):
            self._connect(flow)
        self._begin()
        for task in list(self.spec.task_specs.values()):
            if isinstance(task, nodes.Node):
                self._finish(task)

    def _connect(self, flow: Any) -> None:
        source, target = (
            self.spec.task_specs.get(flow.get(end)) for end in ("sourceRef", "targetRef")
        )
        key = flow.get("id") or self.bpmn_id
        if source is None or target is None or not flow.get("id"):
            raise UnusableDiagram(key, "Pilen mangler id, eller en ende på samme nivå.")
        text = self._xpath(flow, "string(./bpmn:conditionExpression)").strip()
        condition = expression(text.removeprefix("="), key) if text else None
        default = self.nodes_by_id[source.name].get("default") == key
        source.flows.append(nodes.Flow(key, target.name, condition, default))
        target.incoming.append(key)
        source.connect(target)

    def _begin(self) -> None:
        starts = [
            task for task in self.spec.task_specs.values() if isinstance(task, events.StartEvent)
        ]
        if self.node.get("triggeredByEvent") != "true":
            starts = [start for start in starts if start.trigger.kind == "none"]
        if len(starts) != 1:
            raise UnusableDiagram(self.bpmn_id, f"Trenger akkurat én start, men har {len(starts)}.")
        self.spec.begin = starts[0].name

    def _finish(self, task: Any) -> None:
        """What can only be known when everything is connected."""
        if isinstance(task, gateways.ExclusiveGateway | gateways.InclusiveGateway):
            self._check_ways(task)
        elif any(flow.condition for flow in task.flows):
            raise UnusableDiagram(task.name, "Betingelser hører hjemme på veiene ut av en gateway.")
        if isinstance(task, gateways.InclusiveGateway):
            task.sources = {flow: self._sources(flow, task.name) for flow in task.incoming}
        elif isinstance(task, events.EventGateway):
            self._check_race(task)
        elif isinstance(task, events.BoundaryEvent):
            self._attach(task)
        elif isinstance(task, events.ThrowEvent) and task.trigger.kind == "link":
            self._link(task)

    @staticmethod
    def _check_ways(gateway: Any) -> None:
        known = [flow.condition is not None or flow.default for flow in gateway.flows]
        if len(known) > 1 and not all(known):
            raise UnusableDiagram(gateway.name, "En vei ut mangler betingelse og er ikke standard.")

    def _check_race(self, gateway: Any) -> None:
        after = [self.spec.task_specs[flow.target] for flow in gateway.flows]
        if not all(isinstance(each, events.CatchEvent) for each in after):
            reason = "Etter en hendelsesstyrt gateway kan det bare stå hendelser."
            raise UnusableDiagram(gateway.name, reason)

    def _attach(self, event: Any) -> None:
        host = self.spec.task_specs.get(self.nodes_by_id[event.name].get("attachedToRef"))
        if not isinstance(host, nodes.Activity) or isinstance(host, events.EventSubProcess):
            raise UnusableDiagram(
                event.name, "Hendelsen må sitte på en oppgave, en delprosess eller et kall."
            )
        host.boundary.append(event)

    def _link(self, throw: Any) -> None:
        targets = [
            task
            for task in self.spec.task_specs.values()
            if isinstance(task, events.CatchEvent) and task.trigger == throw.trigger
        ]
        if len(targets) != 1:
            raise UnusableDiagram(
                throw.name, f"Lenken «{throw.trigger.name}» må ha akkurat ett mål."
            )
        throw.flows.append(nodes.Flow(f"{throw.name}.link", targets[0].name))

    def _sources(self, flow: str, gateway: str) -> frozenset[str]:
        """The elements from which a token can come along `flow` without passing `gateway`."""
        specs = self.spec.task_specs
        before: dict[str, set[str]] = {}
        for task in specs.values():
            for onward in getattr(task, "flows", []):
                before.setdefault(onward.target, set()).add(task.name)
            for event in getattr(task, "boundary", []):
                before.setdefault(event.name, set()).add(task.name)
        found: set[str] = set()
        todo = [self.nodes_by_id[flow].get("sourceRef")]
        while todo:
            name = todo.pop()
            if name not in found and name != gateway:
                found.add(name)
                todo.extend(before.get(name, ()))
        return frozenset(found)


class NodeReader(TaskParser):  # type: ignore[misc]
    """Makes the spec of one element; connecting is the process's business."""

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
        if isinstance(self.task, events.Event) and tag in TRIGGERS:
            self._read_event(tag)
        if isinstance(self.task, nodes.Activity):
            self.task.multi = self._multi()
        if isinstance(self.task, nodes.ServiceTask):
            self._read_operation()
        if isinstance(self.task, events.SubProcess):
            self._read_inside()
        return self.task

    def _read_event(self, tag: str) -> None:
        trigger = self._trigger()
        if trigger.kind not in TRIGGERS[tag]:
            raise UnusableDiagram(
                self.bpmn_id, f"En hendelse av typen {trigger.kind} støttes ikke her."
            )
        self.task.trigger = trigger
        self.task.interrupting = "false" not in (
            self.node.get("cancelActivity"),
            self.node.get("isInterrupting"),
        )

    def _trigger(self) -> events.Trigger:
        definitions = [
            node for node in self.node if etree.QName(node).localname.endswith("EventDefinition")
        ]
        if etree.QName(self.node).localname == "receiveTask":
            return events.Trigger("message", self._named(self.node, "message"))
        if not definitions:
            return events.Trigger()
        kind = etree.QName(definitions[0]).localname.removesuffix("EventDefinition")
        if len(definitions) > 1:
            return events.Trigger("multiple")
        if kind == "timer":
            return events.Trigger(kind, time=self._time(definitions[0]))
        if kind == "link":
            return events.Trigger(kind, definitions[0].get("name"))
        return events.Trigger(kind, self._named(definitions[0], kind))

    def _time(self, definition: Any) -> Time:
        text = "".join(definition.itertext()).strip()
        if not text:
            raise UnusableDiagram(self.bpmn_id, "Tidspunktet mangler.")
        return Time.read(text.removeprefix("="), self.bpmn_id)

    def _named(self, node: Any, kind: str) -> str | None:
        """The name of the message or signal referred to, the code of the error or escalation."""
        known = {
            "message": self.process_parser.parser.messages,
            "signal": self.process_parser.parser.signals,
            "error": {
                key: value["error_code"] or key
                for key, value in self.process_parser.parser.errors.items()
            },
            "escalation": {
                key: value["escalation_code"] or key
                for key, value in self.process_parser.parser.escalations.items()
            },
        }.get(kind, {})
        name: str | None = known.get(node.get(f"{kind}Ref"))
        if not name and (kind in ("message", "signal") or node.get(f"{kind}Ref")):
            raise UnusableDiagram(
                self.bpmn_id, "Hendelsen viser til noe som ikke er navngitt i diagrammet."
            )
        return name

    def _multi(self) -> nodes.Multi | None:
        loop = self.node.find("bpmn:multiInstanceLoopCharacteristics", NAMES)
        if loop is None:
            return None
        for child in loop:
            refuse(child, self.node)
        items = loop.findtext("bpmn:loopDataInputRef", "", NAMES).strip()
        item = loop.find("bpmn:inputDataItem", NAMES)
        until = loop.findtext("bpmn:completionCondition", "", NAMES).strip()
        if not items or item is None:
            raise UnusableDiagram(
                self.bpmn_id, "Flere forekomster trenger loopDataInputRef og inputDataItem."
            )
        return nodes.Multi(
            expression(items.removeprefix("="), self.bpmn_id),
            item.get("name") or item.get("id"),
            loop.get("isSequential") == "true",
            expression(until.removeprefix("="), self.bpmn_id) if until else None,
        )

    def _read_operation(self) -> None:
        found = self.node.findall(
            "bpmn:extensionElements/spiffworkflow:properties/spiffworkflow:property", NAMES
        )
        given = {each.get("name", ""): each.get("value", "") for each in found}
        self.task.operation = given.pop("operation", "")
        if not self.task.operation:
            raise UnusableDiagram(self.bpmn_id, "Tjenesteoppgaven mangler egenskapen «operation».")
        self.task.parameters = {
            name: expression(value[1:], self.bpmn_id) if value.startswith("=") else value
            for name, value in given.items()
        }

    def _read_inside(self) -> None:
        if isinstance(self.task, events.CallActivity):
            self.task.called = self.node.get("calledElement", "")
            return
        outside = self.process_parser
        inside = ProcessReader(outside.parser, self.node, outside.nsmap, {})
        inside.parent = outside
        self.task.inside = inside.get_spec()
        if isinstance(self.task, events.EventSubProcess):
            start = self.task.inside.task_specs[self.task.inside.begin]
            if start.trigger.kind == "none" or self.task.multi:
                raise UnusableDiagram(
                    self.bpmn_id, "En hendelsesstyrt delprosess må starte med en hendelse."
                )
            self.task.trigger, self.task.interrupting = start.trigger, start.interrupting
            self.spec.event_subprocesses.append(self.task)


class Reader(BpmnParser):  # type: ignore[misc]
    """SpiffWorkflow's parser with our elements; correlations and data stores say nothing to us."""

    PROCESS_PARSER_CLASS = ProcessReader
    PARSER_CLASSES = {
        full_tag(tag): (NodeReader, cls)
        for tag, cls in {
            "startEvent": events.StartEvent,
            "endEvent": events.EndEvent,
            "intermediateCatchEvent": events.CatchEvent,
            "receiveTask": events.CatchEvent,
            "intermediateThrowEvent": events.ThrowEvent,
            "boundaryEvent": events.BoundaryEvent,
            "userTask": nodes.UserTask,
            "manualTask": nodes.UserTask,
            "serviceTask": nodes.ServiceTask,
            "subProcess": events.SubProcess,
            "callActivity": events.CallActivity,
            "exclusiveGateway": gateways.ExclusiveGateway,
            "inclusiveGateway": gateways.InclusiveGateway,
            "parallelGateway": gateways.ParallelGateway,
            "eventBasedGateway": events.EventGateway,
        }.items()
    }

    def _add_data_stores(self, bpmn: Any) -> None:
        """They are drawings here."""

    def _add_correlations(self, bpmn: Any) -> None:
        """A case is addressed directly."""


def refuse(node: Any, element: Any) -> None:
    """UnusableDiagram when `node`, at or in `element`, is of a kind that cannot be run."""
    if reason := REFUSED.get(etree.QName(node).localname):
        raise UnusableDiagram(element.get("id", "?"), reason)
