"""A running case: started, told what people did and what time it is, dumped to bytes.

Every call runs the case on until only people, time or messages can move it. When a call raises, the
case is in the middle of something: throw it away and restore the last state. It knows no database.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from workflows.engine.definition import Definition
from workflows.engine.events import SubProcess, Waiting
from workflows.engine.gateways import InclusiveGateway, Join
from workflows.engine.nodes import Activity
from workflows.engine.problems import Endless, NotOpen, UnusableDiagram
from workflows.engine.scopes import Root, halted_step, item_of, never, step_of
from workflows.engine.state import dump, load
from workflows.engine.timers import Bases, Calendar, Clock, no_bases
from workflows.engine.variables import plain
from workflows.engine.views import (
    Event,
    Incident,
    OpenTask,
    Operate,
    Subscription,
    WaitingTimer,
)

MOST_STEPS = 10_000  # automatic in one call; more means that the diagram goes round without waiting
MOST_TIMERS = 1_000  # due in one call


class Case:
    """One run of a definition. Make it with `start` or `restore`.

    Where `halts` holds of an error, the token that it came from stands still and the rest goes on;
    other errors are raised. After Endless the same can be done again `after` it: then what would
    run by itself stands still at once.
    """

    def __init__(self, root: Root, after: Endless | None = None) -> None:
        self._root = root
        self._after = after
        self._stood_still = False

    @classmethod
    def start(
        cls,
        definition: Definition,
        variables: Mapping[str, Any],
        *,
        operate: Operate,
        calendar: Calendar,
        now: datetime,
        halts: Callable[[Exception], bool] = never,
        after: Endless | None = None,
        bases: Bases = no_bases,
    ) -> "Case":
        """A new case, run on to where it first waits."""
        clock = Clock(now, calendar, bases)
        case = cls(Root(definition.processes, definition.key, operate, clock, halts), after)
        case._root.data = plain(variables)
        SubProcess.open(case._root)
        case._advance()
        return case

    @classmethod
    def restore(
        cls,
        definition: Definition,
        state: bytes,
        *,
        operate: Operate,
        calendar: Calendar,
        now: datetime,
        halts: Callable[[Exception], bool] = never,
        after: Endless | None = None,
        bases: Bases = no_bases,
    ) -> "Case":
        """The case that was dumped, by the same definition."""
        clock = Clock(now, calendar, bases)
        case = cls(Root(definition.processes, definition.key, operate, clock, halts), after)
        load(case._root, state)
        case._stood_still = bool(case.incidents)
        return case

    def dump(self) -> bytes:
        """The state, without the definition and without the past."""
        return dump(self._root)

    @property
    def open_tasks(self) -> list[OpenTask]:
        """What people can complete now."""
        tasks = self._root.everything(_is_open)
        return [
            OpenTask(*_place(task), step_of(task), plain(task.workflow.view(task)))
            for task in tasks
        ]

    @property
    def timers(self) -> list[WaitingTimer]:
        """What time can move, the earliest first; without those whose base is not known yet."""
        found = [
            WaitingTimer(*_place(task)[:3], datetime.fromisoformat(task.internal_data["due"]))
            for task in self._root.everything(lambda task: _waits(task, "timer"))
            if task.internal_data["due"] is not None
        ]
        return sorted(found, key=lambda timer: timer.due_at)

    @property
    def subscriptions(self) -> list[Subscription]:
        """What messages can move."""
        tasks = self._root.everything(lambda task: _waits(task, "message"))
        return [Subscription(*_place(task)[:3], task.task_spec.trigger.name) for task in tasks]

    @property
    def incidents(self) -> list[Incident]:
        """Where something failed and stands still."""
        return [
            Incident(
                *_place(task),
                step_of(task),
                task.internal_data["halted"][1],
                task.task_spec.ways(task),
            )
            for task in self._root.everything(_is_halted)
        ]

    @property
    def had_incidents(self) -> bool:
        """Whether something stands still, or stood still when it was restored."""
        return self._stood_still or bool(self.incidents)

    @property
    def failures(self) -> dict[UUID, Exception]:
        """What failed since the start or the restoring, by the id of the incident."""
        return dict(self._root.failures)

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do."""
        return bool(self._root.completed)

    @property
    def outcome(self) -> str | None:
        """The element id of the end event that the main flow of the process reached."""
        return self._root.outcome

    @property
    def events(self) -> list[Event]:
        """What has happened since the start or the restoring."""
        return list(self._root.events)

    def complete(self, task_id: UUID, variables: Mapping[str, Any]) -> None:
        """Completes an open task; NotOpen when it is not."""
        task = self._find(task_id, _is_open)
        task.workflow.write(task, plain(variables))
        task.run()
        self._advance()

    def retry(self, incident_id: UUID) -> None:
        """Tries again what failed; NotOpen when it does not stand still any more."""
        task = self._find(incident_id, _is_halted)
        task.workflow.emit("retried", task)
        task.task_spec.retry(task)
        self._advance()

    def skip(self, incident_id: UUID, way: str | None = None) -> None:
        """Goes on without what failed; by the flow `way` where the incident has ways.

        NotOpen when it does not stand still any more, ValueError when it has no such way.
        """
        task = self._find(incident_id, _is_halted)
        task.workflow.emit("skipped", task)
        task.task_spec.skip(task, way)
        self._advance()

    def fire(self, timer_id: UUID) -> None:
        """Fires a timer, due or not; NotOpen when it is gone."""
        task = self._find(timer_id, lambda each: _waits(each, "timer"))
        task.task_spec.fire(task, {})
        self._advance()

    def fire_due(self) -> int:
        """Fires the timers that are due, earliest first, each once; how many."""
        fired: set[UUID] = set()
        while due := [timer for timer in self._due if timer.id not in fired]:
            fired.add(due[0].id)
            self.fire(due[0].id)
            if len(fired) > MOST_TIMERS:
                raise Endless(due[0].element, "Går i ring på tid som alt er ute.")
        return len(fired)

    def follow_bases(self) -> None:
        """Sets anew the times that were reckoned from what may have moved since."""
        for task in self._root.everything(lambda task: _waits(task, "timer")):
            task.task_spec.reckon(task)

    @property
    def _due(self) -> list[WaitingTimer]:
        return [timer for timer in self.timers if timer.due_at <= self._root.clock.now]

    def deliver(self, message: str, variables: Mapping[str, Any] | None = None) -> bool:
        """Gives a message to the innermost that wait for it; False when nobody does."""
        waiting = list(self._root.everything(lambda task: _waits(task, "message", message)))
        inmost = max(map(_nearness, waiting), default=None)
        for task in waiting:
            if _nearness(task) == inmost and task.id in task.workflow.tasks:
                task.task_spec.fire(task, plain(variables or {}))
        self._advance()
        return bool(waiting)

    def settle(self) -> None:
        """Runs what can go on by itself; UnusableDiagram when nothing can."""
        self._advance()

    def _find(self, task_id: UUID, wanted: Any) -> Any:
        task = next(self._root.everything(lambda each: each.id == task_id and wanted(each)), None)
        if task is None:
            raise NotOpen(str(task_id))
        return task

    def _advance(self) -> None:
        for _ in range(MOST_STEPS):
            if self._root.agenda:
                task = self._root.agenda.popleft()
                if task.id in task.workflow.tasks:
                    self._run(task)
            elif not self._unite():
                return self._check_alive()
        raise Endless(task.task_spec.name, "Går i ring uten å vente på noen.")

    def _run(self, task: Any) -> None:
        if self._after is None:
            self._root.attempt(task, "run", lambda each: each.run())
        else:
            self._root.halt(task, "run", self._after)

    def _unite(self) -> bool:
        """Lets one inclusive gateway go on, when nothing else can move."""
        waiting = self._root.everything(lambda task: isinstance(task.task_spec, InclusiveGateway))
        return any(task.task_spec.fire_if_complete(task.workflow) for task in list(waiting))

    def _check_alive(self) -> None:
        waits = any(self._root.everything(lambda task: _waits(task, "timer")))
        if self.ended or self.open_tasks or waits or self.subscriptions or self.incidents:
            return
        joins = self._root.everything(lambda task: isinstance(task.task_spec, Join))
        stuck = next(joins, None)
        if stuck is None:
            stuck = next(self._root.everything(lambda task: not task.task_spec.idle(task)))
        error = UnusableDiagram(stuck.task_spec.name, "Venter på noe som ikke kan skje.")
        if not self._root.halts(error):
            raise error
        self._root.halt(stuck, "join", error)


def _place(task: Any) -> tuple[UUID, str, str, str | None]:
    return task.id, task.task_spec.process, task.task_spec.name, item_of(task)


def _is_open(task: Any) -> bool:
    return isinstance(task.task_spec, Activity) and task.task_spec.is_open(task)


def _is_halted(task: Any) -> bool:
    return halted_step(task) is not None


def _waits(task: Any, kind: str, name: str | None = None) -> bool:
    spec = task.task_spec
    return isinstance(spec, Waiting) and spec.waits_for(task, kind, name or spec.trigger.name)


def _nearness(task: Any) -> tuple[int, bool]:
    """How far in a listener is; beside a task is nearer than around the scope."""
    return task.workflow.depth, not task.task_spec.idle(task) or "host" in task.internal_data
