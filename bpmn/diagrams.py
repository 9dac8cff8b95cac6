"""One process as values: its elements, flows and lanes, and what comes before and after a step.

Says what a file holds, right or wrong; whether it may run is `bpmn.checking`'s business.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from bpmn import times

T = TypeVar("T")

ASKS_PEOPLE = frozenset({"userTask", "manualTask"})
DECIDES = frozenset({"businessRuleTask"})
ACTIVITIES = frozenset(
    {"userTask", "manualTask", "serviceTask", "businessRuleTask", "callActivity", "subProcess"}
)
CONTAINERS = frozenset({"subProcess", "adHocSubProcess", "transaction"})
GATEWAYS = frozenset(
    {
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "eventBasedGateway",
        "complexGateway",
    }
)
FLOW_NODES = CONTAINERS | {
    *(
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
    ),
    *("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"),
    *("complexGateway", "callActivity", "task", "userTask", "manualTask", "serviceTask"),
    *("scriptTask", "businessRuleTask", "sendTask", "receiveTask"),
    *("choreographyTask", "subChoreography", "callChoreography"),
}
MOST_TIMES = 1_000  # that something is repeated by a number
CATCHES = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"})


@dataclass(frozen=True)
class Timer:
    """When a timer event fires; `kind` is duration, date or cycle, `text` as written."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class Repetition:
    """A multi-instance: once for each of a collection or, `counted`, a number of times.

    `over` is the expression, `item` the variable for what each is about; empty when not said.
    """

    over: str
    item: str
    counted: bool = False


@dataclass(frozen=True)
class Element:
    """A flow node. `lane` and `role` are its own or those of the subprocess around it.

    `event` is the kind of its event definition, "multiple" for several; `trigger` the name of the
    message, signal, error, escalation or link it waits for or throws. `properties` of a service
    task hold its operation and parameters.
    """

    id: str
    kind: str
    line: int
    name: str = ""
    documentation: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    lane: str | None = None
    role: str | None = None
    parent: str | None = None
    called: str | None = None
    multi_instance: Repetition | None = None
    attached_to: str | None = None
    interrupting: bool = True
    event: str | None = None
    trigger: str | None = None
    timer: Timer | None = None
    default: str | None = None
    by_event: bool = False  # an event subprocess


@dataclass(frozen=True)
class Flow:
    """A sequence flow; source and target are element ids as written, which may not exist."""

    id: str
    source: str
    target: str
    name: str
    condition: str | None
    line: int


@dataclass(frozen=True)
class Lane:
    """A lane; `members` are the (id, line) of its flowNodeRefs, `nested`: other lanes lie in it."""

    id: str
    name: str
    role: str | None
    line: int
    members: tuple[tuple[str, int], ...] = ()
    nested: bool = False


@dataclass(frozen=True)
class Expression:
    """A text over process variables; `use`: condition, timer, due, collection or parameter."""

    element_id: str
    line: int
    text: str
    use: str


@dataclass(frozen=True)
class Remark:
    """What else the reading noticed; `kind` is duplicate, misplaced, process, script or foreign."""

    kind: str
    element: str
    line: int
    what: str = ""


@dataclass(frozen=True, eq=False)
class Diagram:
    """One executable process of one file; mappings are in document order."""

    name: str
    key: str
    title: str
    documentation: str
    line: int
    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    lanes: tuple[Lane, ...] = ()
    drawn: frozenset[str] = frozenset()
    remarks: tuple[Remark, ...] = ()

    @cached_property
    def start(self) -> Element:
        """The blank start of the process; raises LookupError when there is none."""
        for element in self.within(None):
            if element.kind == "startEvent" and element.event is None:
                return element
        raise LookupError(f"{self.name} has no blank start event")

    @cached_property
    def calls(self) -> frozenset[str]:
        """The ids of the processes that call activities name."""
        return frozenset(e.called for e in self.elements.values() if e.called)

    @cached_property
    def decisions(self) -> frozenset[str]:
        """The ids of the decision tables that business rule tasks name."""
        deciding = (e for e in self.elements.values() if e.kind in DECIDES)
        return frozenset(key for e in deciding if (key := e.properties.get("decision")))

    @cached_property
    def form_keys(self) -> Mapping[str, str]:
        """Element id to the form it asks, for the start event and user tasks."""
        asking = (e for e in self.elements.values() if e.kind in ("startEvent", "userTask"))
        return {e.id: key for e in asking if (key := e.properties.get("formKey"))}

    @cached_property
    def messages(self) -> frozenset[str]:
        """The names of the messages that something here waits for."""
        catching = (e for e in self.elements.values() if e.kind in CATCHES)
        return frozenset(
            e.trigger
            for e in catching
            if e.trigger and (e.event == "message" or e.kind == "receiveTask")
        )

    @cached_property
    def expressions(self) -> list[Expression]:
        """Every expression, conditions first, then by element; ISO 8601 literals are none."""
        found = [
            Expression(f.id, f.line, feel(f.condition), "condition")
            for f in self.flows.values()
            if f.condition
        ]
        for element in self.elements.values():
            found.extend(_expressions(element))
        return found

    def role_of(self, element_id: str) -> str | None:
        """Its own role, else its lane's, else that of the subprocess around it."""
        return self.elements[element_id].role

    def within(self, parent: str | None) -> list[Element]:
        """The elements directly in the subprocess `parent`, or in the process itself for None."""
        return self._scopes.get(parent, [])

    def outgoing(self, element_id: str) -> list[Flow]:
        """The sequence flows that leave the element, and the jump of a link."""
        return self._by_source.get(element_id, [])

    def incoming(self, element_id: str) -> list[Flow]:
        """The sequence flows that lead to the element, and the jumps of links."""
        return self._by_target.get(element_id, [])

    def attached(self, element_id: str) -> list[Element]:
        """The boundary events on the element."""
        return self._boundaries.get(element_id, [])

    def after(self, element_id: str, also: frozenset[str] = frozenset()) -> list[Element]:
        """The nearest tasks for people, calls and named ends that the ordinary flow leads to.

        `also` are further kinds of element to stop at. A step that loops comes after itself.
        """
        return self._nearest(
            self.elements[element_id],
            self._onward,
            self._entered,
            lambda element: element.kind in also or self._is_step(element, ends=True),
        )

    def before(self, element_id: str) -> list[Element]:
        """The nearest tasks for people and calls that lead here, also by their boundary events."""
        return self._nearest(
            self.elements[element_id],
            self._backward,
            self._left,
            lambda element: self._is_step(element, ends=False),
        )

    def _nearest(
        self,
        origin: Element,
        step: Callable[[Element], Iterable[Element]],
        inside: Callable[[Element], list[Element]],
        stops: Callable[[Element], bool],
    ) -> list[Element]:
        found: set[str] = set()
        seen: set[str] = set()
        waiting = list(step(origin))
        while waiting:
            element = waiting.pop()
            if element.id in seen:
                continue
            seen.add(element.id)
            if stops(element):
                found.add(element.id)
            else:
                waiting.extend(inside(element) or step(element))
        return [element for key, element in self.elements.items() if key in found]

    def _is_step(self, element: Element, *, ends: bool) -> bool:
        if element.kind == "endEvent":
            return ends and bool(element.name) and self._embedded_in(element) is None
        return element.kind in ASKS_PEOPLE or element.kind == "callActivity"

    def _embedded_in(self, element: Element) -> Element | None:
        """The subprocess whose own flows lead in and out; none in an event subprocess."""
        parent = self.elements.get(element.parent or "")
        return None if parent is None or parent.by_event else parent

    def _onward(self, element: Element) -> list[Element]:
        if element.kind == "endEvent":
            around = self._embedded_in(element)
            return self._onward(around) if around else []
        targets = (self.elements.get(flow.target) for flow in self.outgoing(element.id))
        return [target for target in targets if target]

    def _backward(self, element: Element) -> list[Element]:
        if element.kind == "boundaryEvent":
            host = self.elements.get(element.attached_to or "")
            return [host] if host else []
        if element.kind == "startEvent":
            around = self._embedded_in(element)
            return self._backward(around) if around else []
        sources = (self.elements.get(flow.source) for flow in self.incoming(element.id))
        return [source for source in sources if source]

    def _entered(self, element: Element) -> list[Element]:
        return [e for e in self._inside(element) if e.kind == "startEvent"]

    def _left(self, element: Element) -> list[Element]:
        return [e for e in self._inside(element) if e.kind == "endEvent"]

    def _inside(self, element: Element) -> list[Element]:
        return self.within(element.id) if element.kind in CONTAINERS else []

    @cached_property
    def _scopes(self) -> Mapping[str | None, list[Element]]:
        return _grouped(self.elements.values(), lambda element: element.parent)

    @cached_property
    def _by_source(self) -> Mapping[str | None, list[Flow]]:
        return _grouped((*self.flows.values(), *self._jumps), lambda flow: flow.source)

    @cached_property
    def _by_target(self) -> Mapping[str | None, list[Flow]]:
        return _grouped((*self.flows.values(), *self._jumps), lambda flow: flow.target)

    @cached_property
    def _jumps(self) -> tuple[Flow, ...]:
        """From each link that is thrown to where it is caught, as flows that nobody drew."""
        return tuple(
            Flow(throw.id, throw.id, catch.id, "", None, throw.line)
            for throw in self.elements.values()
            if throw.kind == "intermediateThrowEvent"
            for catch in self.caught_links(throw)
        )

    def caught_links(self, throw: Element) -> list[Element]:
        """The links of the same name that are caught in the same scope as one thrown."""
        return [
            catch
            for catch in self.within(throw.parent)
            if catch.kind == "intermediateCatchEvent"
            and catch.event == throw.event == "link"
            and catch.trigger == throw.trigger
        ]

    @cached_property
    def _boundaries(self) -> Mapping[str | None, list[Element]]:
        return _grouped(self.elements.values(), lambda element: element.attached_to)


def feel(text: str) -> str:
    """The expression without the `=` that some editors write before FEEL."""
    return text.strip().removeprefix("=").strip()


def _expressions(element: Element) -> Iterable[Expression]:
    if element.multi_instance and element.multi_instance.over:
        yield Expression(element.id, element.line, element.multi_instance.over, "collection")
    if element.timer and element.timer.text and times.literal(element.timer.text) is None:
        yield Expression(element.id, element.timer.line, feel(element.timer.text), "timer")
    due = element.properties.get("due")
    if due and times.literal(due) is None:
        yield Expression(element.id, element.line, feel(due), "due")
    if element.kind == "serviceTask":
        for value in parameters(element).values():
            if value.startswith("="):
                yield Expression(element.id, element.line, feel(value), "parameter")


def parameters(element: Element) -> dict[str, str]:
    """A service task's parameters as written; a value that begins with `=` is FEEL."""
    return {name: value for name, value in element.properties.items() if name != "operation"}


def _grouped(items: Iterable[T], key: Callable[[T], str | None]) -> dict[str | None, list[T]]:
    groups: dict[str | None, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
