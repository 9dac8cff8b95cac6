"""From BPMN XML to the task specs of this package, at SpiffWorkflow's own extension points.

Its parser finds the processes and messages. The elements are made here one by one and then
connected: its own walk along the flow recurses once for each element.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import SimpleBpmnTask
from SpiffWorkflow.specs import WorkflowSpec

from bpmn import dialects
from bpmn.diagrams import FLOW_NODES
from bpmn.problems import UnreadableDiagram
from bpmn.sources import BPMN, parse
from workflows.engine import events, gateways, nodes
from workflows.engine.elements import NodeReader, refuse
from workflows.engine.expressions import expression
from workflows.engine.problems import UnusableDiagram

MOST_INCLUSIVE = 100  # inclusive joins in one process: each looks at all that comes before it


def read_process(source: bytes, key: str) -> Any:
    """The spec of process `key` in a BPMN document; UnusableDiagram when it cannot be run."""
    try:
        root = parse(source, key)
    except UnreadableDiagram as error:
        found = error.problem
        raise UnusableDiagram(key, f"Linje {found.line}: {found.message}.") from error
    _check_ids(root, key)
    try:
        reader = Reader()
        reader.add_bpmn_xml(root)
        return reader.get_spec(key)
    except UnusableDiagram:
        raise
    except Exception as error:  # SpiffWorkflow raises a dozen kinds
        raise UnusableDiagram(key, f"Diagrammet kan ikke leses: {error}") from error


def _check_ids(root: Any, key: str) -> None:
    """The process is in the file, and every element and flow has an id of its own."""
    if not any(process.get("id") == key for process in root.iterchildren(BPMN + "process")):
        raise UnusableDiagram(key, "Prosessen finnes ikke i filen.")
    tags = (*FLOW_NODES, "process", "sequenceFlow")
    found = Counter(node.get("id") for node in root.iter(*(BPMN + tag for tag in tags)))
    for each, times in found.items():
        if each and times > 1:
            raise UnusableDiagram(each, "Id-en er brukt flere ganger.")


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]
    """A process or the inside of a subprocess: its elements, its start, its event subprocesses."""

    def __init__(self, name: str, *, depth: int = 0) -> None:
        WorkflowSpec.__init__(self, name=name)
        self.depth = depth
        self.data_objects: dict[str, Any] = {}
        self.bpmn_start_events: list[Any] = []
        self.start = SimpleBpmnTask(self, "(root)")  # a BPMN id may be "Start", but not this
        self.begin = ""
        self.main: frozenset[str] = frozenset()
        self.event_subprocesses: list[events.EventSubProcess] = []


class ProcessReader(ProcessParser):  # type: ignore[misc]
    """Makes a ProcessSpec from a process or subprocess element."""

    process: str

    def _parse(self) -> None:
        self.spec = self.create_spec()  # data objects and stores are drawings here
        self.add_tasks()

    def create_spec(self) -> ProcessSpec:
        self.process = self.parent.process if self.parent else self.bpmn_id
        depth = self.parent.spec.depth + 1 if self.parent else 0
        return ProcessSpec(self.bpmn_id, depth=depth)

    def add_tasks(self) -> None:
        for node in self.node.iterchildren("{*}*"):
            if node.tag in self.parser.PARSER_CLASSES:
                self.parse_node(node)
            else:
                refuse(node, node)
        for flow in self.node.iterchildren(full_tag("sequenceFlow")):
            self._connect(flow)
        self._begin()
        for task in self._all(nodes.Node):
            self._finish(task)
        self._find_sources()
        self.spec.main = self._main()

    def _all(self, kind: type[nodes.Node]) -> list[Any]:
        return [task for task in self.spec.task_specs.values() if isinstance(task, kind)]

    def _connect(self, flow: Any) -> None:
        known = self.spec.task_specs
        source, target = known.get(flow.get("sourceRef")), known.get(flow.get("targetRef"))
        key = flow.get("id")
        if source is None or target is None:
            raise UnusableDiagram(key, "Pilen mangler en ende på samme nivå.")
        text = dialects.condition(flow)
        condition = expression(text, key) if text else None
        default = self.nodes_by_id[source.name].get("default") == key
        source.flows.append(nodes.Flow(key, target.name, condition, default))
        target.incoming.append(key)
        source.connect(target)

    def _begin(self) -> None:
        starts = self._all(events.StartEvent)
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
        if isinstance(task, events.EventGateway):
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
            raise UnusableDiagram(event.name, "Hendelsen må sitte på en oppgave eller delprosess.")
        host.boundary.append(event)

    def _link(self, throw: Any) -> None:
        targets = [task for task in self._all(events.CatchEvent) if task.trigger == throw.trigger]
        if len(targets) != 1:
            reason = f"Lenken «{throw.trigger.name}» må ha akkurat ett mål."
            raise UnusableDiagram(throw.name, reason)
        if throw.flows or targets[0].incoming:
            raise UnusableDiagram(throw.name, "Fra en lenke til målet skal det ikke gå piler.")
        throw.flows.append(nodes.Flow(f"{throw.name}.link", targets[0].name))

    def _main(self) -> frozenset[str]:
        """The elements of the main flow: what a reminder sets going beside it is not."""
        after: dict[str, set[str]] = {}
        for task in self._all(nodes.Node):
            breaks = [event.name for event in getattr(task, "boundary", []) if event.interrupting]
            after[task.name] = {*breaks, *(flow.target for flow in task.flows)}
        return reached(self.spec.begin, after)

    def _find_sources(self) -> None:
        """For each flow into an inclusive join, where a token that comes by it may be."""
        every = self._all(gateways.InclusiveGateway)
        for gateway in every:
            gateway.sources = dict.fromkeys(gateway.incoming, frozenset())
        joins = [task for task in every if len(task.incoming) > 1]
        if len(joins) > MOST_INCLUSIVE:
            reason = f"Prosessen har for mange inklusive porter, høyst {MOST_INCLUSIVE}."
            raise UnusableDiagram(self.bpmn_id, reason)
        before = self._before() if joins else {}
        for join in joins:
            around = {**before, join.name: set()}
            join.sources = {
                flow: reached(self.nodes_by_id[flow].get("sourceRef"), around) - {join.name}
                for flow in join.incoming
            }

    def _before(self) -> dict[str, set[str]]:
        """Element → those from which a token comes to it in one step."""
        before: dict[str, set[str]] = {}
        for task in self._all(nodes.Node):
            watching = [event.name for event in getattr(task, "boundary", [])]
            for name in [*watching, *(onward.target for onward in task.flows)]:
                before.setdefault(name, set()).add(task.name)
        return before


class Reader(BpmnParser):  # type: ignore[misc]
    """SpiffWorkflow's parser with our elements; of the rest of a file we want only the names."""

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
            "businessRuleTask": nodes.BusinessRuleTask,
            "subProcess": events.SubProcess,
            "callActivity": events.CallActivity,
            "exclusiveGateway": gateways.ExclusiveGateway,
            "inclusiveGateway": gateways.InclusiveGateway,
            "parallelGateway": gateways.ParallelGateway,
            "eventBasedGateway": events.EventGateway,
        }.items()
    }

    def add_bpmn_xml(self, bpmn: Any, filename: str | None = None) -> None:
        """Reads a document: neither lanes, shapes, data stores nor correlations matter here."""
        for process in bpmn.iterchildren(BPMN + "process"):
            if process.get("id"):
                self.create_parser(process, filename)
        self.messages = _named(bpmn, "message", "name")
        self.signals = _named(bpmn, "signal", "name")
        self.errors = _named(bpmn, "error", "errorCode")
        self.escalations = _named(bpmn, "escalation", "escalationCode")


def _named(bpmn: Any, tag: str, attribute: str) -> dict[str, str | None]:
    """The name or code of the declared by id; an error or escalation may lack a code."""
    declared = [node for node in bpmn.iterchildren(BPMN + tag) if node.get("id")]
    own = attribute.endswith("Code")
    return {
        node.get("id"): node.get(attribute) or (node.get("id") if own else None)
        for node in declared
    }


def reached(first: str, onward: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Everything that can be come to from `first`, itself included."""
    found: set[str] = set()
    todo = [first]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(onward.get(name, ()))
    return frozenset(found)
