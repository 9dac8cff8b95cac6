"""Events: what starts, waits, interrupts, throws and ends. SpiffWorkflow's event manager is idle.

A waiting event is a token of its own: a catch event where it stands, a boundary event beside its
host, an event subprocess in the scope it guards. A non-interrupting one may fire again and again.
"""

from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.util.task import TaskState

from workflows.engine.nodes import Activity, Node
from workflows.engine.scopes import halted_step, item_of
from workflows.engine.timers import Time, again


@dataclass(frozen=True)
class Trigger:
    """What an event waits for or throws: the kind in BPMN's words, and its name, code or time."""

    kind: str = "none"
    name: str | None = None
    time: Time | None = None


class Triggered(Node):
    """An element with a trigger."""

    trigger = Trigger()


class Waiting(Triggered):
    """An event that something must happen to. `fire` is called when it does."""

    def waits_for(self, task: Any, kind: str, name: str | None) -> bool:
        caught = self.trigger
        named = caught.name == name or (caught.name is None and kind in ("error", "escalation"))
        return bool(task.has_state(TaskState.WAITING) and caught.kind == kind and named)

    def wait(self, task: Any) -> None:
        """Makes the task wait, with its due time when it is a timer."""
        scope = task.workflow
        task.be(TaskState.WAITING)
        if self.trigger.time is not None:
            clock = scope.top.clock
            task.internal_data.update(self.trigger.time.set(scope.view(), clock, item_of(task)))

    def reckon(self, task: Any) -> None:
        """Sets the time of a timer anew, as on the day it was set, when its base has moved."""
        time, armed, scope = self.trigger.time, task.internal_data, task.workflow
        if time is not None and time.follows and "begun" not in armed:
            clock = scope.top.clock.at(armed["since"])
            armed.update(time.set(scope.view(), clock, item_of(task)))

    def fire(self, task: Any, payload: dict[str, Any]) -> None:
        """What was waited for has happened; `payload` came with the message."""
        raise NotImplementedError

    def stay(self, task: Any) -> None:
        """After a non-interrupting event: a timer waits for its next time, if any."""
        if self.trigger.time is None:
            return
        if (armed := again(task.internal_data, task.workflow.top.clock)) is None:
            task.workflow.drop(task)
        else:
            if self.trigger.time.follows:
                armed["begun"] = True  # from now on it keeps its own time
            task.internal_data.update(armed)


class CatchEvent(Waiting):
    """Stands in the flow until its event comes; after an event-based gateway, any of them."""

    def arrive(self, task: Any) -> bool:
        task.workflow.emit("reached", task)
        if self.trigger.kind != "link":
            self.wait(task)
        return self.trigger.kind == "link"

    def fire(self, task: Any, payload: dict[str, Any]) -> None:
        task.workflow.emit("fired", task)
        self._win(task)
        task.workflow.write(task, payload)
        task.ready()

    @staticmethod
    def _win(task: Any) -> None:
        race = task.internal_data.get("race")
        for rival in task.workflow.current():
            if race is not None and rival is not task and rival.internal_data.get("race") == race:
                task.workflow.withdraw(rival)

    def skip(self, task: Any, way: str | None) -> None:
        self._win(task)
        super().skip(task, way)


class EventGateway(Node):
    """Lets the events after it race."""

    def leave(self, task: Any) -> None:
        for flow in self.flows:
            task.workflow.enter(task.workflow.spec.task_specs[flow.target], race=task.id.hex)


class BoundaryEvent(Waiting):
    """Watches its host. One token waits there, and another leaves each time it fires."""

    interrupting = True

    def idle(self, task: Any) -> bool:
        return "host" in task.internal_data

    def shown(self, task: Any) -> bool:
        return not self.idle(task)

    def skip(self, task: Any, way: str | None) -> None:
        if self.idle(task):
            task.workflow.drop(task)  # it will not watch its host
        else:
            super().skip(task, way)

    def listen(self, host: Any) -> None:
        """Begins to watch a task that has started."""
        host.workflow.enter(self, host=host.id)

    def arrive(self, task: Any) -> bool:
        if "host" not in task.internal_data:
            return super().arrive(task)
        self.wait(task)
        return False

    def fire(self, task: Any, payload: dict[str, Any]) -> None:
        scope = task.workflow
        scope.emit("fired", task)
        scope.write(task, payload)
        if self.interrupting:
            scope.withdraw(scope.tasks[task.internal_data["host"]])
        else:
            self.stay(task)
        scope.enter(self)


class StartEvent(Triggered):
    """Where a process or subprocess begins; of an event subprocess, what starts it."""

    interrupting = True


class ThrowEvent(Triggered):
    """Throws an escalation or a signal, or nothing."""

    def leave(self, task: Any) -> None:
        scope = task.workflow
        throw(task, self.trigger)
        if task.id in scope.tasks:  # else an interrupting event caught it
            self.follow(task, self.flows)


class EndEvent(ThrowEvent):
    """Consumes the token; where the main flow of the process ends is the outcome."""

    def leave(self, task: Any) -> None:
        scope = task.workflow
        host = scope.host
        top = host is None or (host.task_spec.replaces and host.workflow is scope.top)
        if top and self.name in scope.spec.main:
            scope.top.outcome = self.name
        if self.trigger.kind == "terminate":
            scope.clear(keep=task)
        else:
            throw(task, self.trigger)


class SubProcess(Activity):
    """An activity with an inside."""

    inside: Any = None
    replaces = False

    def begin(self, task: Any) -> bool:
        task.be(TaskState.STARTED)
        self.open(task.workflow.top.create_subprocess(task, self.inner(task)))
        return False

    def inner(self, _: Any) -> Any:
        """The spec of the inside."""
        return self.inside

    @staticmethod
    def open(scope: Any) -> None:
        """Begins a process: its event subprocesses listen, and a token stands at the start."""
        for listener in scope.spec.event_subprocesses:
            scope.top.attempt(scope.put(listener), "listen", listener.wait)
        scope.enter(scope.spec.task_specs[scope.spec.begin])


class CallActivity(SubProcess):
    """An activity whose inside is another process."""

    isolates = True
    called: str

    def inner(self, task: Any) -> Any:
        return task.workflow.top.processes[self.called]


class EventSubProcess(SubProcess, Waiting):
    """Listens while its scope lives.

    An interrupting one cancels all else in the scope and goes on in its place.
    """

    interrupting = True

    @property
    def replaces(self) -> bool:  # type: ignore[override]
        return self.interrupting

    def idle(self, task: Any) -> bool:
        return task.has_state(TaskState.WAITING) or halted_step(task) == "listen"

    def shown(self, task: Any) -> bool:
        return not self.idle(task)

    def retry(self, task: Any) -> None:
        if self.idle(task):
            task.workflow.top.attempt(task, "listen", self.wait)
        else:
            super().retry(task)

    def skip(self, task: Any, way: str | None) -> None:
        if self.idle(task):
            task.workflow.drop(task)  # it will not listen
        else:
            super().skip(task, way)

    def fire(self, task: Any, payload: dict[str, Any]) -> None:
        scope = task.workflow
        scope.emit("fired", task)
        if self.interrupting:
            scope.clear()
        else:
            self.stay(task)
        scope.enter(self, **({"payload": payload} if payload else {}))


def throw(task: Any, trigger: Trigger) -> None:
    """Throws: a signal to all who wait, an error or escalation to the nearest around the task."""
    scope = task.workflow
    if trigger.kind == "signal":
        scope.top.broadcast("signal", trigger.name)
    elif trigger.kind in ("error", "escalation"):
        catcher = _catcher(scope, trigger)
        if catcher is not None:
            catcher.task_spec.fire(catcher, {})
        elif trigger.kind == "error":  # nobody handles it: the process is over
            scope.top.outcome = task.task_spec.name
            scope.top.clear(keep=task)
            scope.top.close_if_done()


def _catcher(scope: Any, trigger: Trigger) -> Any:
    """Outwards from a scope: its event subprocesses, then what watches its host, and so on."""
    while scope is not None:
        if found := _catching(scope, trigger, (None,)):
            return found
        host, scope = scope.host, scope.host and scope.host.workflow
        watched = host and (host.id, host.internal_data.get("body", host.id))
        if host and (found := _catching(scope, trigger, watched)):
            return found
    return None


def _catching(scope: Any, trigger: Trigger, watched: tuple[Any, ...]) -> Any:
    """What catches in a scope, watching one of these hosts; an event for just this goes first."""
    found = [
        task
        for task in scope.current()
        if task.internal_data.get("host") in watched
        and task.task_spec.waits_for(task, trigger.kind, trigger.name)
    ]
    return min(found, key=lambda task: task.task_spec.trigger.name is None, default=None)
