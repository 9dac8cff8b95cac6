"""Finds what would go wrong in a diagram before anybody starts it; never raises for a diagram.

The rules are small functions in `flow_rules` and `element_rules`; here they are run, and the
diagrams of a library are held against each other. Nothing is mended.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath

from bpmn import element_rules, flow_rules
from bpmn.diagrams import Diagram, Element
from bpmn.problems import Problem, shown
from bpmn.rules import Fault, Library, Setting, at, called

__all__ = ["Library", "check", "check_library"]

FOR_ELEMENTS = (*element_rules.FOR_ELEMENTS, *flow_rules.FOR_ELEMENTS)
FOR_FLOWS = (*element_rules.FOR_FLOWS, *flow_rules.FOR_FLOWS)
FOR_DIAGRAMS = (*element_rules.FOR_DIAGRAMS, *flow_rules.FOR_DIAGRAMS)


def check(
    diagram: Diagram, *, expression: Callable[[str], str | None], library: Library | None
) -> list[Problem]:
    """Every fault of one diagram, by line; `library` None takes what it names to exist.

    `expression` returns a message for a text that cannot be read as an expression, else None.
    """
    return _problems(diagram, _faults(Setting(diagram, expression, library)))


def check_library(diagrams: Mapping[str, Diagram]) -> list[Problem]:
    """Every fault between diagrams that run together: names, process ids, calls in a ring."""
    by_key: dict[str, Diagram] = {}
    for diagram in diagrams.values():
        by_key.setdefault(diagram.key, diagram)
    taken: dict[str, str] = {}
    problems: list[Problem] = []
    for diagram in diagrams.values():
        faults = (*_file_name(diagram), *_shared_ids(diagram, taken), *_rings(diagram, by_key))
        problems.extend(_problems(diagram, faults))
    return problems


def _faults(setting: Setting) -> Iterator[Fault]:
    for element in setting.diagram.elements.values():
        for of_element in FOR_ELEMENTS:
            yield from (at(element, message) for message in of_element(element, setting))
    for flow in setting.diagram.flows.values():
        for of_flow in FOR_FLOWS:
            yield from ((flow.id, flow.line, message) for message in of_flow(flow, setting))
    for of_diagram in FOR_DIAGRAMS:
        yield from of_diagram(setting)


def _problems(diagram: Diagram, faults: Iterable[Fault]) -> list[Problem]:
    found = {Problem(diagram.name, line, shown(key) or "-", text) for key, line, text in faults}
    return sorted(found, key=lambda problem: (problem.line, problem.element, problem.message))


def _file_name(diagram: Diagram) -> Iterator[Fault]:
    if PurePath(diagram.name).stem != diagram.key:
        yield diagram.key, diagram.line, f"Filen må hete {shown(diagram.key)}.bpmn, som prosessen"


def _shared_ids(diagram: Diagram, taken: dict[str, str]) -> Iterator[Fault]:
    """A call finds one process."""
    if diagram.key in taken:
        words = f"Id-en «{shown(diagram.key)}» er også brukt i {taken[diagram.key]}"
        yield diagram.key, diagram.line, words
    taken.setdefault(diagram.key, diagram.name)


def _rings(diagram: Diagram, by_key: Mapping[str, Diagram]) -> Iterator[Fault]:
    for element in diagram.elements.values():
        ring = _ring(diagram.key, element, by_key)
        if ring:
            yield at(element, f"{called(element)} kaller i ring: {' → '.join(map(shown, ring))}")


def _ring(home: str, call: Element, by_key: Mapping[str, Diagram]) -> list[str]:
    """The shortest way from `home` through `call` back to `home`; empty when there is none."""
    waiting = [[home, call.called]] if call.called else []
    seen: set[str] = set()
    for way in waiting:
        if way[-1] == home:
            return way
        if way[-1] in by_key and way[-1] not in seen:
            seen.add(way[-1])
            waiting.extend([*way, key] for key in sorted(by_key[way[-1]].calls))
    return []
