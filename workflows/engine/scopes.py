"""Where tokens live: a SpiffWorkflow workflow for the process and for each subprocess that runs.

SpiffWorkflow keeps every finished task and predicts the coming ones, so that a case grows with each
round of a loop. Here a task hangs directly under its scope's root from the moment a token arrives,
and is taken out when it is finished: a case is as large as what is open in it. The history is the
events, which the caller keeps.

Variables belong to the process, as BPMN has it: branches, embedded subprocesses and event
subprocesses share them, so a join has nothing to merge and the last writer of a name wins. A called
process and each instance of a multi-instance activity write to a layer of their own, and what they
wrote is handed outwards when they end.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from forms import feel
from workflows.engine.expressions import FeelEngine
from workflows.engine.problems import UnusableDiagram, reason_of
from workflows.engine.timers import Clock
from workflows.engine.views import Event, Operate

DEEPEST = 50  # scopes inside one another
LINKS = (
    "host",
    "body",
)  # a boundary event's task names its host, an instance's task names its multi-instance body


class Token(Task):  # type: ignore[misc]
    """A SpiffWorkflow task, with the transitions it keeps to itself."""

    def be(self, state: int) -> None:
        """Changes the state without running anything."""
        self._set_state(state)

    def ready(self) -> None:
        """What it waited for has come."""
        self._ready()


class Scope:
    """The part of a running case that belongs to one process or subprocess."""

    host: Any  # the task outside that this scope is the inside of; None for the process itself
    top: "Root"
    spec: Any
    data: dict[str, Any]
    tasks: dict[UUID, Any]
    task_tree: Any
    completed: bool

    def enter(self, spec: Any, **internal: Any) -> Any:
        """A token arrives at `spec`."""
        task = self.put(spec)
        task.internal_data.update(internal)
        spec.receive(task)
        return task

    def put(self, spec: Any) -> Any:
        """A new token that does nothing yet."""
        return Token(self, spec, self.task_tree, TaskState.FUTURE)

    def current(self) -> list[Any]:
        """The tasks in this scope, oldest first; SpiffWorkflow's root left out."""
        return [task for task in self.tasks.values() if task is not self.task_tree]

    def tokens(self) -> list[Any]:
        """The tasks that keep the scope alive: all but those that only listen."""
        return [task for task in self.current() if not task.task_spec.idle(task)]

    def linked(self, link: str, task: Any) -> list[Any]:
        """The boundary events (`host`) or instances (`body`) of a task."""
        return [each for each in self.current() if each.internal_data.get(link) == task.id]

    # Variables

    def view(self, task: Any = None) -> dict[str, Any]:
        """The variables seen from a task in this scope."""
        seen = self.host.workflow.view(self.host) if self.host else {}
        return {**seen, **self.data, **(own(task) if task else {})}

    def evaluate(self, expression: feel.Expression, task: Any = None) -> Any:
        """The value of an expression as seen from a task in this scope."""
        return self.top.clock.evaluate(expression, self.view(task))

    def write(self, task: Any, values: Mapping[str, Any]) -> None:
        """Variables set by a task: into the nearest layer that keeps them."""
        payload = task.internal_data.get("payload", {})
        payload.update({name: values[name] for name in values if name in payload})
        rest = {name: value for name, value in values.items() if name not in own(task)}
        if "body" in task.internal_data:
            self._write_body(self.tasks[task.internal_data["body"]], rest)
        elif self._isolated():
            self.data.update(rest)
        else:
            self.host.workflow.write(self.host, rest)

    def _write_body(self, body: Any, values: Mapping[str, Any]) -> None:
        if body.task_spec.multi.sequential:
            self.write(body, values)
        else:  # the other instances do not see it until all are done
            body.internal_data.setdefault("out", {}).update(values)

    def _isolated(self) -> bool:
        host = self.host
        return host is None or host.task_spec.isolates or "body" in host.internal_data

    # Endings

    def drop(self, task: Any) -> None:
        """Takes a task out of the tree without a word."""
        if not task.has_state(TaskState.FINISHED_MASK):
            task.be(TaskState.CANCELLED)
        if task.id in self.tasks:
            self._remove_task(task.id)  # type: ignore[attr-defined]

    def disarm(self, host: Any) -> None:
        """Takes the waiting boundary events of a task away."""
        for event in self.linked("host", host):
            self.drop(event)

    def withdraw(self, task: Any) -> None:
        """Cancels a task with everything inside it and attached to it."""
        self.disarm(task)
        for instance in self.linked("body", task):
            self.withdraw(instance)
        if inner := self.top.subprocesses.pop(task.id, None):
            inner.clear()
            inner.completed = True
        if task.task_spec.shown(task) and not task.has_state(TaskState.FINISHED_MASK):
            self.emit("cancelled", task)
        if out := task.internal_data.pop("out", None):  # instances that were done stay done
            self.write(task, out)
        self.drop(task)

    def clear(self, keep: Any = None) -> None:
        """Cancels everything in this scope but `keep`."""
        for task in self.current():
            if task is not keep and task.id in self.tasks:
                self.withdraw(task)

    def close_if_done(self) -> None:
        """Ends the scope when no token is left in it."""
        if self.completed or self.tokens():
            return
        self.clear()
        self.completed = True
        if self.host is None:
            self.top.end()
            return
        del self.top.subprocesses[self.host.id]
        self.host.workflow.write(self.host, self.data)
        self.host.complete()

    def _task_completed_notify(self, task: Any) -> None:
        """When a task is complete. SpiffWorkflow's own would look at every waiting task."""
        self.drop(task)
        body = self.tasks.get(task.internal_data.get("body"))
        if body is not None:
            body.task_spec.instance_done(body)
        self.close_if_done()

    def emit(self, kind: str, task: Any) -> None:
        """Writes a line of history; what was skipped is not told of as completed too."""
        spec = task.task_spec
        if kind == "completed" and "skipped" in task.internal_data:
            return
        self.top.events.append(Event(kind, spec.process, spec.name, item_of(task), task.id))


def never(_: Exception) -> bool:
    """What fails is raised, and nothing becomes an incident."""
    return False


class Root(Scope, BpmnWorkflow):  # type: ignore[misc]
    """The scope of the process that was started, and what all scopes of the case share."""

    host = None

    def __init__(
        self,
        processes: Mapping[str, Any],
        key: str,
        operate: Operate,
        clock: Clock,
        halts: Callable[[Exception], bool] = never,
    ) -> None:
        self.processes = processes
        self.operate = operate
        self.clock = clock
        self.halts = halts
        self.failures: dict[UUID, Exception] = {}
        self.agenda: deque[Any] = deque()
        self.events: list[Event] = []
        self.outcome: str | None = None
        self.top = self
        super().__init__(processes[key], script_engine=FeelEngine(), deserializing=True)
        plant(self)

    def create_subprocess(self, my_task: Any, spec: Any) -> "Inner":
        """The empty inside of a task."""
        if my_task.workflow.depth > DEEPEST:
            raise UnusableDiagram(my_task.task_spec.name, "Prosesser kaller hverandre uten ende.")
        inner = self.subprocesses[my_task.id] = Inner(spec, my_task, self)
        return inner

    def scopes(self) -> list[Scope]:
        """This scope and those inside it, outermost first."""
        return sorted([self, *self.subprocesses.values()], key=lambda scope: scope.depth)

    def everything(self, wanted: Callable[[Any], bool]) -> Iterator[Any]:
        """The tasks of all scopes for which `wanted` holds."""
        return (task for scope in self.scopes() for task in scope.current() if wanted(task))

    def broadcast(self, kind: str, name: str | None) -> None:
        """Fires everything that waits for a signal."""
        for task in list(self.everything(lambda each: each.task_spec.waits_for(each, kind, name))):
            if task.id in task.workflow.tasks:
                task.task_spec.fire(task, {})

    def attempt(self, task: Any, step: str, act: Callable[[Any], Any]) -> None:
        """Does something with a token. When that fails the token stays where it is, and only it."""
        state, told = task.state, len(self.events)
        try:
            act(task)
        except Exception as error:
            if task.id not in task.workflow.tasks or not self.halts(error):
                raise
            task.be(state)
            others = [event for event in self.events[told:] if event.task_id != task.id]
            self.events[told:] = others
            self.halt(task, step, error)
        else:
            task.internal_data.pop("halted", None)

    def halt(self, task: Any, step: str, error: Exception) -> None:
        """Notes at a token what failed there."""
        task.internal_data["halted"] = [step, reason_of(error)]
        self.failures[task.id] = error
        task.workflow.emit("failed", task)

    def end(self) -> None:
        """The last token is gone."""
        element = self.outcome or self.spec.name
        self.events.append(Event("ended", self.spec.name, element, None, self.task_tree.id))


class Inner(Scope, BpmnSubWorkflow):  # type: ignore[misc]
    """The scope inside a subprocess, a call activity or an event subprocess."""

    def __init__(self, spec: Any, host: Any, top: Root) -> None:
        self.host = host
        self.top = top
        super().__init__(spec, host.id, top, deserializing=True)
        plant(self)

    def _calculate_depth(self) -> int:
        return int(self.host.workflow.depth) + 1


def plant(scope: Any) -> None:
    """Gives a scope the root SpiffWorkflow's tree needs; it carries nothing."""
    scope.task_tree = Token(scope, scope.spec.start, state=TaskState.COMPLETED)


def own(task: Any) -> Mapping[str, Any]:
    """What only this task and its inside see: an instance's item, an event subprocess's payload."""
    if "body" in task.internal_data:
        return {task.task_spec.multi.item: task.internal_data["item"]}
    payload: Mapping[str, Any] = task.internal_data.get("payload", {})
    return payload


def step_of(task: Any) -> str:
    """The nearest element around a task (or itself) that stands in the case's own process."""
    while task.task_spec.process != task.workflow.top.spec.name:
        task = task.workflow.host
    return str(task.task_spec.name)


def item_of(task: Any) -> str | None:
    """The multi-instance item nearest around a task; a number of times has none."""
    while task is not None and ("body" not in task.internal_data or task.task_spec.multi.counted):
        task = task.workflow.host
    return None if task is None else str(task.internal_data["item"])


def halted_step(task: Any) -> str | None:
    """What failed at a token: its arriving, its running, its listening, going on, or joining."""
    step: str | None = task.internal_data.get("halted", [None])[0]
    return step
