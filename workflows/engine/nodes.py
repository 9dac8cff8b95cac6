"""Elements of a diagram as SpiffWorkflow task specs, without its predictions.

Its hooks keep their meaning: `_update_hook` when a token arrives (True: ready), `_run_hook` the
work, `_on_complete_hook` the leaving. Nothing calls itself along the flow: what is ready goes on
the agenda of the case.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

from bpmn.diagrams import MOST_TIMES
from forms import feel
from workflows.engine.decision_tables import Table
from workflows.engine.problems import UnusableDiagram
from workflows.engine.scopes import halted_step, item_of
from workflows.engine.variables import plain
from workflows.engine.views import OperationTask


@dataclass(frozen=True)
class Flow:
    """A sequence flow out of an element; `target` is an element id."""

    id: str
    target: str
    condition: feel.Expression | None = None
    default: bool = False


class Node(BpmnSpecMixin):  # type: ignore[misc]
    """Any element a token can stand in."""

    name: str

    def __init__(self, wf_spec: Any, bpmn_id: str, process: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.process = process
        self.flows: list[Flow] = []
        self.incoming: list[str] = []

    def test(self) -> None:
        """SpiffWorkflow asks for inputs; a boundary event has none."""

    def idle(self, _: Any) -> bool:
        """Whether the task is there only to listen, and keeps nothing alive."""
        return False

    def shown(self, _: Any) -> bool:
        """Whether the history tells of this task."""
        return True

    def waits_for(self, _: Any, __: str, ___: str | None) -> bool:
        """Whether the task waits for such an event."""
        return False

    def accept(self, scope: Any, _: Flow) -> None:
        """A token comes along a flow."""
        scope.enter(self)

    def receive(self, task: Any) -> None:
        """A token is here."""
        task.workflow.top.attempt(task, "arrive", self._update)

    def retry(self, task: Any) -> None:
        """Tries again what failed at a token."""
        top, step = task.workflow.top, halted_step(task)
        if step == "run":
            top.agenda.append(task)
        else:
            top.attempt(task, "arrive", self._update)

    def skip(self, task: Any, _: str | None) -> None:
        """The token leaves a place where something failed, as if all had been done there."""
        task.internal_data["skipped"] = True
        del task.internal_data["halted"]
        task.complete()

    def ways(self, _: Any) -> tuple[str, ...]:
        """The flows out that somebody must choose among to skip this."""
        return ()

    def arrive(self, task: Any) -> bool:
        """What happens when a token arrives; True when the task can run at once."""
        task.workflow.emit("reached", task)
        return True

    def work(self, task: Any) -> None:
        """What the element does."""

    def leave(self, task: Any) -> None:
        """Where the token goes."""
        self.follow(task, self.flows)

    def follow(self, task: Any, flows: Iterable[Flow]) -> None:
        """One token along each of the flows."""
        scope = task.workflow
        for flow in flows:
            scope.spec.task_specs[flow.target].accept(scope, flow)

    def _update_hook(self, my_task: Any) -> bool:
        return self.arrive(my_task)

    def _on_ready_hook(self, my_task: Any) -> None:
        my_task.workflow.top.agenda.append(my_task)

    def _run_hook(self, my_task: Any) -> bool:
        self.work(my_task)
        return True

    def _on_complete_hook(self, my_task: Any) -> None:
        my_task.workflow.emit("completed", my_task)
        self.leave(my_task)


@dataclass(frozen=True)
class Multi:
    """Multi-instance: the list, the variable with the item, one by one or all at once.

    `counted`: a number of times, and the item is which. It is about nothing, so no view names it.
    """

    items: feel.Expression
    item: str
    sequential: bool
    until: feel.Expression | None
    counted: bool = False


class Activity(Node):
    """What takes time: may have boundary events, and may run once for each item of a list.

    With a list there is one token for the whole, the body, which the boundary events watch, and one
    for each instance.
    """

    isolates = False
    multi: Any = None  # Multi, or None
    person = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.boundary: list[Any] = []

    def is_body(self, task: Any) -> bool:
        """Whether the task is the whole of a multi-instance, and not one of the instances."""
        return self.multi is not None and "body" not in task.internal_data

    def is_open(self, task: Any) -> bool:
        """Whether a person can complete the task now."""
        return self.person and task.state == TaskState.READY and not self.is_body(task)

    def shown(self, task: Any) -> bool:
        return not self.is_body(task)

    def arrive(self, task: Any) -> bool:
        if self.is_body(task):
            return self._open_instances(task)
        task.workflow.emit("reached", task)
        self._arm(task)
        return self.begin(task)

    def begin(self, _: Any) -> bool:
        """Starts the activity itself; True when it is ready to run."""
        return True

    def instance_done(self, body: Any) -> None:
        """Goes on after one instance, unless whether that is enough cannot be told."""
        body.workflow.top.attempt(body, "next", self._after_instance)

    def _after_instance(self, body: Any) -> None:
        scope, multi = body.workflow, self.multi
        seen = scope.view(body) | body.internal_data.get("out", {})
        enough = multi.until is not None and scope.top.clock.evaluate(multi.until, seen) is True
        for instance in scope.linked("body", body) if enough else ():
            scope.withdraw(instance)
        self._next(body, [] if enough else body.internal_data.get("left", []))

    def _next(self, body: Any, left: list[Any]) -> None:
        scope = body.workflow
        if left:
            scope.enter(self, body=body.id, item=left.pop(0))
        if not scope.linked("body", body):
            body.complete()

    def retry(self, task: Any) -> None:
        if halted_step(task) == "next":
            self.instance_done(task)
        else:
            super().retry(task)

    def skip(self, task: Any, way: str | None) -> None:
        if halted_step(task) != "next":
            super().skip(task, way)
            return
        del task.internal_data["halted"]  # not enough: the next, or the end
        self._next(task, task.internal_data.get("left", []))

    def _arm(self, task: Any) -> None:
        if "body" not in task.internal_data and halted_step(task) is None:
            for event in self.boundary:
                event.listen(task)

    def _open_instances(self, body: Any) -> bool:
        try:
            items = self._items(body)
        except Exception:
            self._arm(body)  # what watches it does so while it stands still
            raise
        if not items:
            return True
        body.be(TaskState.STARTED)
        self._arm(body)
        now, later = (items[:1], items[1:]) if self.multi.sequential else (items, [])
        body.internal_data.update({"left": later} if later else {})
        for item in now:
            body.workflow.enter(self, body=body.id, item=item)
        return False

    def _items(self, body: Any) -> list[Any]:
        items = plain(body.workflow.evaluate(self.multi.items, body))
        if self.multi.counted:
            return self._numbers(items)
        if not isinstance(items, list):
            raise UnusableDiagram(self.name, f"«{self.multi.items.source}» er ikke en liste.")
        return items

    def _numbers(self, times: Any) -> list[Any]:
        if type(times) is not int or not 0 <= times <= MOST_TIMES:
            what = f"«{self.multi.items.source}» er ikke et antall fra 0 til {MOST_TIMES}."
            raise UnusableDiagram(self.name, what)
        return list(range(1, times + 1))

    def _on_ready_hook(self, my_task: Any) -> None:
        if not self.is_open(my_task):
            super()._on_ready_hook(my_task)

    def _run_hook(self, my_task: Any) -> bool:
        return self.is_body(my_task) or super()._run_hook(my_task)

    def _on_complete_hook(self, my_task: Any) -> None:
        scope = my_task.workflow
        if self.shown(my_task):
            scope.emit("completed", my_task)
        if "body" not in my_task.internal_data:
            scope.disarm(my_task)
            scope.write(my_task, my_task.internal_data.pop("out", {}))
            self.leave(my_task)


class UserTask(Activity):
    """Waits for a person."""

    person = True


class ServiceTask(Activity):
    """Calls a registered operation; never code."""

    operation: str
    parameters: Mapping[str, str | feel.Expression]

    def work(self, task: Any) -> None:
        scope = task.workflow
        seen = plain(scope.view(task))
        given = {
            name: value if isinstance(value, str) else plain(scope.evaluate(value, task))
            for name, value in self.parameters.items()
        }
        where = OperationTask(self.process, self.name, item_of(task), task.id)
        scope.write(task, plain(scope.top.operate(self.operation, given, seen, where) or {}))


class BusinessRuleTask(Activity):
    """Asks a decision table; its outputs become process variables."""

    decision: str
    table: Table  # set when the whole definition is read

    def work(self, task: Any) -> None:
        scope = task.workflow
        scope.write(task, plain(self.table.decide(scope.view(task), scope.top.clock.today)))
