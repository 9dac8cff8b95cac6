"""Two versions of a diagram side by side: whether an element, a flow, a whole process is the same.

It looks at one process or subprocess at a time, and at no case.
"""

from collections.abc import Callable
from typing import Any

from workflows.engine import events, nodes

KIND, MULTI, CALLED = "kind", "multi", "called"


def difference(old: Any, new: Any) -> str | None:
    """What makes an element another than it was, where a token stands in it."""
    if type(old) is not type(new) or getattr(old, "replaces", 0) != getattr(new, "replaces", 0):
        return KIND
    if _many(old) != _many(new):
        return MULTI
    if isinstance(old, events.CallActivity) and old.called != new.called:
        return CALLED
    return None


def _many(spec: Any) -> Any:
    multi = getattr(spec, "multi", None)
    return multi and (multi.sequential, multi.counted)


def candidates(spec: Any, new: Any) -> tuple[str, ...]:
    """The elements of a scope that a token of `spec` could stand in."""
    known = new.spec.task_specs.values()
    return tuple(each.name for each in known if difference(spec, each) is None)


def same_branch(old: Any, new: Any, flow: str, name: Callable[[str], str]) -> str | None:
    """The flow into a gateway by which the branch comes now that came by `flow`.

    `old` and `new` are the token at the gateway in both. It goes back along the branch to what is
    in both versions, and from there straight on to the gateway.
    """
    before, after, gateway = old.workflow.spec, new.workflow.spec, new.task_spec
    for _ in elements(before):
        if source_of(after, flow):
            return straight(after, flow, gateway)
        source = before.task_specs[source_of(before, flow)]
        twin = after.task_specs.get(name(source.name))
        if twin is not None:
            found = {straight(after, each.id, gateway) for each in twin.flows} - {None}
            return found.pop() if len(found) == 1 else None
        if len(source.incoming) != 1 or len(source.flows) != 1:
            return None
        flow = source.incoming[0]
    return None


def straight(spec: Any, flow: str, gateway: Any) -> str | None:
    """The flow into a gateway that one comes by along `flow`, with no other way in or out."""
    ways = {each.id: each for node in elements(spec) for each in node.flows}
    for _ in ways:
        if flow not in ways:
            return None
        target = spec.task_specs[ways[flow].target]
        if target.name == gateway.name:
            return flow
        if len(target.flows) != 1 or len(target.incoming) != 1:
            return None
        flow = target.flows[0].id
    return None


def source_of(spec: Any, flow: str) -> str:
    """The element that a flow comes from."""
    found = (node.name for node in elements(spec) if any(each.id == flow for each in node.flows))
    return next(found, "")


def targets(gateway: Any) -> set[str]:
    """The elements after a gateway."""
    return {flow.target for flow in gateway.flows}


def shape(spec: Any) -> Any:
    """What decides where tokens can stand: elements, kinds, flows and events at the edge."""
    return {
        node.name: (
            type(node),
            _ends(node),
            sorted((flow.id, flow.target) for flow in node.flows),
            sorted((event.name, event.interrupting) for event in getattr(node, "boundary", [])),
        )
        for node in elements(spec)
    }


def _ends(node: Any) -> str | None:
    return node.trigger.kind if isinstance(node, events.EndEvent) else None


def elements(spec: Any) -> list[Any]:
    """The elements of a process or subprocess."""
    return [each for each in spec.task_specs.values() if isinstance(each, nodes.Node)]
