"""What rules are given and give; the rules are in `flow_rules` and `element_rules`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bpmn.diagrams import Diagram, Element, Flow
from bpmn.problems import shown

Fault = tuple[str, int, str]  # element id, line, message


@dataclass(frozen=True)
class Library:
    """What a diagram may name. An operation's parameter that ends with `?` may be left out."""

    processes: frozenset[str]
    forms: frozenset[str]
    operations: Mapping[str, frozenset[str]]
    roles: frozenset[str]
    decisions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Setting:
    """The diagram under the rules, what exists around it, and the reader of expressions."""

    diagram: Diagram
    expression: Callable[[str], str | None]
    library: Library | None


ElementRule = Callable[[Element, Setting], Iterator[str]]
FlowRule = Callable[[Flow, Setting], Iterator[str]]
DiagramRule = Callable[[Setting], Iterator[Fault]]


def at(element: Element, message: str) -> Fault:
    """A fault at the element."""
    return element.id, element.line, message


def called(element: Element) -> str:
    """What a person knows the element by: its name, else its id."""
    return f"«{shown(element.name or element.id)}»"
