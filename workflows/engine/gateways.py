"""Gateways by BPMN's own token rules, in loops too.

A parallel gateway waits for one token on each incoming flow and takes exactly those. SpiffWorkflow
asks instead whether the branches were ever completed, and so counts the last round's.
"""

from typing import Any

from SpiffWorkflow.util.task import TaskState

from workflows.engine.nodes import Flow, Node
from workflows.engine.problems import UnusableDiagram
from workflows.engine.scopes import halted_step


class Join(Node):
    """A gateway that may have to wait: each token remembers the flow it came by."""

    def accept(self, scope: Any, flow: Flow) -> None:
        scope.enter(self, flow=flow.id)

    def shown(self, task: Any) -> bool:
        return not task.has_state(TaskState.WAITING)

    def waiting(self, scope: Any) -> dict[str, Any]:
        """The oldest token on each incoming flow that has one."""
        tokens: dict[str, Any] = {}
        for task in scope.current():
            if task.task_spec is self and task.has_state(TaskState.FUTURE | TaskState.WAITING):
                tokens.setdefault(task.internal_data["flow"], task)
        return tokens

    def unite(self, scope: Any, tokens: dict[str, Any]) -> Any:
        """Takes the tokens as one, the youngest."""
        *others, last = tokens.values()
        for task in others:
            scope.drop(task)
        last.internal_data.pop("halted", None)
        scope.emit("reached", last)
        return last

    def retry(self, task: Any) -> None:
        if halted_step(task) == "join":
            del task.internal_data["halted"]
            self.recheck(task.workflow)
        else:
            super().retry(task)

    def skip(self, task: Any, way: str | None) -> None:
        if halted_step(task) != "join":
            super().skip(task, way)
            return
        last = self.unite(task.workflow, self.waiting(task.workflow))
        last.ready()

    def recheck(self, scope: Any) -> None:
        """Looks once more at whether the tokens that wait may go on."""


class ParallelGateway(Join):
    """Waits for a token on every incoming flow, and sends one along each outgoing."""

    def arrive(self, task: Any) -> bool:
        tokens = self.waiting(task.workflow)
        if len(tokens) < len(self.incoming):
            task.be(TaskState.WAITING)
            return False
        self.unite(task.workflow, tokens)  # the newest, which goes on, completes the set
        return True

    def recheck(self, scope: Any) -> None:
        tokens = self.waiting(scope)
        if len(tokens) >= len(self.incoming):
            self.unite(scope, tokens).ready()


class Choice(Node):
    """A gateway with conditions: to skip it somebody chooses the way."""

    def ways(self, task: Any) -> tuple[str, ...]:
        several = len(self.flows) > 1 and halted_step(task) == "run"
        return tuple(flow.id for flow in self.flows) if several else ()

    def skip(self, task: Any, way: str | None) -> None:
        if self.ways(task):
            if way not in self.ways(task):
                raise ValueError(way)
            task.internal_data["way"] = way
        super().skip(task, way)

    def leave(self, task: Any) -> None:
        way = task.internal_data.get("way")
        chosen = [flow for flow in self.flows if flow.id == way]
        self.follow(task, chosen or self.choose(task))

    def choose(self, task: Any) -> list[Flow]:
        """The flows to follow; UnusableDiagram when no condition holds and none is default."""
        raise NotImplementedError


class InclusiveGateway(Choice, Join):
    """Takes every flow whose condition holds; waits while a token could still come here."""

    sources: dict[str, frozenset[str]]  # incoming flow → where a token that comes by it may be

    def arrive(self, task: Any) -> bool:
        if len(self.incoming) > 1:
            task.be(TaskState.WAITING)
            return False
        return super().arrive(task)

    def fire_if_complete(self, scope: Any) -> bool:
        """Lets the tokens through when no more can come; asked when nothing else can move."""
        tokens = self.waiting(scope)
        if not tokens:  # one that stands still because no condition can be told has none
            return False
        empty = [self.sources[flow] for flow in self.incoming if flow not in tokens]
        full = [self.sources[flow] for flow in tokens]
        places = {task.task_spec.name for task in scope.tokens() if task.task_spec is not self}
        may_come = any(
            any(place in sources for sources in empty)
            and not any(place in sources for sources in full)
            for place in places
        )
        if may_come:
            return False
        self.unite(scope, tokens).ready()
        return True

    def choose(self, task: Any) -> list[Flow]:
        return [flow for flow in self.flows if holds(flow, task)] or default(self)


class ExclusiveGateway(Choice):
    """Takes the first flow whose condition holds, else the default."""

    def choose(self, task: Any) -> list[Flow]:
        chosen = next((flow for flow in self.flows if holds(flow, task)), None)
        return [chosen] if chosen else default(self)


def holds(flow: Flow, task: Any) -> bool:
    """Whether a flow's condition is true, which null is not; a lone flow needs none."""
    if flow.condition is None:
        return len(task.task_spec.flows) == 1
    return not flow.default and task.workflow.evaluate(flow.condition, task) is True


def default(gateway: Node) -> list[Flow]:
    """The default flow; UnusableDiagram when there is none and no condition held."""
    found = [flow for flow in gateway.flows if flow.default]
    if not found and gateway.flows:
        raise UnusableDiagram(
            gateway.name, "Ingen betingelse er oppfylt, og ingen vei er standard."
        )
    return found
