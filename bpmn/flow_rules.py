"""Rules for the arrows: where a process starts, branches and ends, and that all is on the way."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from bpmn.diagrams import CONTAINERS, GATEWAYS, Diagram, Element, Flow
from bpmn.problems import shown
from bpmn.rules import DiagramRule, ElementRule, Fault, FlowRule, Setting, at, called

CHOOSES = frozenset({"exclusiveGateway", "inclusiveGateway"})


class Scope(NamedTuple):
    """The process or one subprocess, with the elements directly in it."""

    id: str
    line: int
    title: str
    elements: list[Element]
    by_event: bool

    @property
    def starts(self) -> list[Element]:
        """Its start events, of any kind."""
        return [element for element in self.elements if element.kind == "startEvent"]


def joins_elements(flow: Flow, setting: Setting) -> Iterator[str]:
    """A flow leads from one element to another of the same scope."""
    source = setting.diagram.elements.get(flow.source)
    target = setting.diagram.elements.get(flow.target)
    if source is None:
        yield f"Pilen kommer fra «{shown(flow.source)}», som ikke finnes"
    if target is None:
        yield f"Pilen går til «{shown(flow.target)}», som ikke finnes"
    if source and target and source.parent != target.parent:
        yield "Pilen krysser kanten på en delprosess"


def has_condition_where_chosen(flow: Flow, setting: Setting) -> Iterator[str]:
    """Only flows out of a choice may ask anything, and all but the default must."""
    source = setting.diagram.elements.get(flow.source)
    if source is None:
        return
    chosen = source.kind in CHOOSES and len(setting.diagram.outgoing(source.id)) > 1
    if not flow.condition and chosen and flow.id != source.default:
        yield f"Veien ut av porten {called(source)} mangler betingelse"
    elif flow.condition is not None and source.kind not in CHOOSES:
        yield "Bare veier ut av en eksklusiv eller inklusiv port kan ha betingelse"
    elif flow.condition is not None and not chosen:
        yield "Den eneste veien ut av en port kan ikke ha betingelse"
    elif flow.condition is not None and flow.id == source.default:
        yield "Standardveien kan ikke ha betingelse"


def waits_after_event_gateway(flow: Flow, setting: Setting) -> Iterator[str]:
    """An event-based gateway leads to events that are waited for."""
    source = setting.diagram.elements.get(flow.source)
    target = setting.diagram.elements.get(flow.target)
    waits = ("intermediateCatchEvent", "receiveTask")
    if source and source.kind == "eventBasedGateway" and target and target.kind not in waits:
        yield "Etter en hendelsesport må det komme en hendelse som ventes på"


def is_not_passed(element: Element, setting: Setting) -> Iterator[str]:
    """No flow leads to what begins by itself or from what ends."""
    begins = element.kind in ("startEvent", "boundaryEvent") or element.by_event
    if begins and setting.diagram.incoming(element.id):
        yield "Ingen pil kan gå til en starthendelse, kanthendelse eller hendelsesdelprosess"
    if (element.kind == "endEvent" or element.by_event) and setting.diagram.outgoing(element.id):
        yield "Ingen pil kan gå fra en sluttehendelse eller hendelsesdelprosess"


def branches_by_gateway(element: Element, setting: Setting) -> Iterator[str]:
    """Only a gateway has several ways out."""
    if len(setting.diagram.outgoing(element.id)) > 1 and element.kind not in GATEWAYS:
        yield f"Flere piler går ut fra {called(element)}; sett inn en port"


def has_default(element: Element, setting: Setting) -> Iterator[str]:
    """A choice has a way out also when no condition holds; otherwise the case would stop there."""
    ways = {flow.id for flow in setting.diagram.outgoing(element.id)}
    if element.kind in CHOOSES and element.default and element.default not in ways:
        yield f"Standardveien «{shown(element.default)}» går ikke ut fra porten"
    elif element.kind in CHOOSES and len(ways) > 1 and not element.default:
        yield f"Porten {called(element)} mangler standardvei for når ingen betingelse stemmer"


def leads_on(element: Element, setting: Setting) -> Iterator[str]:
    """Only ends and event subprocesses stop; where a link leads is a rule of its own."""
    stops = element.kind == "endEvent" or element.by_event or element.event == "link"
    if not stops and not setting.diagram.outgoing(element.id):
        yield f"Ingen vei går videre fra {called(element)}, som ikke er en sluttehendelse"


def one_start(setting: Setting) -> Iterator[Fault]:
    """The process and every subprocess has one start event of the right kind."""
    for scope in _scopes(setting.diagram):
        if not scope.starts:
            yield scope.id, scope.line, f"{scope.title} mangler starthendelse"
            continue
        for extra in scope.starts[1:]:
            yield at(extra, f"{scope.title} har flere starthendelser; det skal være én")
        if scope.by_event and not scope.starts[0].event:
            yield at(scope.starts[0], f"{scope.title} må starte med for eksempel en melding")
        if not scope.by_event and scope.starts[0].event:
            yield at(scope.starts[0], f"{scope.title} må starte med en tom starthendelse")


def some_end(setting: Setting) -> Iterator[Fault]:
    """The process and every subprocess can end."""
    for scope in _scopes(setting.diagram):
        if not any(element.kind == "endEvent" for element in scope.elements):
            yield scope.id, scope.line, f"{scope.title} mangler sluttehendelse"


def everything_is_reached(setting: Setting) -> Iterator[Fault]:
    """Every element lies on a way from the start of its scope."""
    diagram = setting.diagram
    for scope in filter(lambda scope: scope.starts, _scopes(diagram)):
        begins = [element.id for element in scope.elements if _begins(diagram, element)]
        reached = _spread(begins, lambda key: _next(diagram, key))
        for element in scope.elements:
            if element.id not in reached:
                yield at(element, f"Ingen vei fra starten fører til {called(element)}")


def everything_ends(setting: Setting) -> Iterator[Fault]:
    """From every element a way leads to where something stops; each ring is told once."""
    diagram = setting.diagram
    for scope in _scopes(diagram):
        stops = [element.id for element in scope.elements if _stops(diagram, element)]
        told = _spread(stops, lambda key: _previous(diagram, key))
        for element in scope.elements if stops else ():
            if element.id not in told:
                yield at(element, f"Fra {called(element)} går det i ring uten vei til en slutt")
            told = _spread([element.id], lambda key: _around(diagram, key), told)


FOR_FLOWS: tuple[FlowRule, ...] = (
    joins_elements,
    has_condition_where_chosen,
    waits_after_event_gateway,
)
FOR_ELEMENTS: tuple[ElementRule, ...] = (
    is_not_passed,
    branches_by_gateway,
    has_default,
    leads_on,
)
FOR_DIAGRAMS: tuple[DiagramRule, ...] = (
    one_start,
    some_end,
    everything_is_reached,
    everything_ends,
)


def _scopes(diagram: Diagram) -> Iterator[Scope]:
    yield Scope(diagram.key, diagram.line, "Prosessen", diagram.within(None), by_event=False)
    for element in diagram.elements.values():
        if element.kind in CONTAINERS:
            title, inside = f"Delprosessen {called(element)}", diagram.within(element.id)
            yield Scope(element.id, element.line, title, inside, element.by_event)


def _begins(diagram: Diagram, element: Element) -> bool:
    """Whether a token can come to be here; a boundary event on nothing has a fault of its own."""
    loose = element.kind == "boundaryEvent" and element.attached_to not in diagram.elements
    return element.kind == "startEvent" or element.by_event or loose


def _stops(diagram: Diagram, element: Element) -> bool:
    """Whether no flow leads on to anything; where none should stop, that is a fault of its own."""
    return not any(flow.target in diagram.elements for flow in diagram.outgoing(element.id))


def _around(diagram: Diagram, key: str) -> list[str]:
    return _next(diagram, key) + _previous(diagram, key)


def _next(diagram: Diagram, key: str) -> list[str]:
    """Where a token goes from here, also out through the boundary events."""
    onward = [flow.target for flow in diagram.outgoing(key)]
    return onward + [element.id for element in diagram.attached(key)]


def _previous(diagram: Diagram, key: str) -> list[str]:
    """Where a token may have come from; to a boundary event from what it sits on."""
    element = diagram.elements.get(key)
    host = [element.attached_to] if element and element.attached_to else []
    return host + [flow.source for flow in diagram.incoming(key)]


def _spread(
    begins: Iterable[str], step: Callable[[str], Iterable[str]], seen: set[str] | None = None
) -> set[str]:
    """Everything that `step` leads to from `begins`, added to what is `seen` already."""
    seen = set() if seen is None else seen
    waiting = list(begins)
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting.extend(step(key))
    return seen
