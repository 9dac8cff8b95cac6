"""Driving a case in tests by element names, with or without a save before every step."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from bpmn.decisions import Decision
from workflows.engine import Case, Definition, OpenTask
from workflows.engine.timers import no_bases

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def add(now: datetime, duration: Any) -> datetime:
    """A calendar without weekends."""
    later: datetime = now + duration
    return later


def nothing(
    name: str, given: Mapping[str, Any], seen: Mapping[str, Any], where: Any
) -> Mapping[str, Any]:
    """An operation that does nothing."""
    return {}


class Driver:
    """A case under test; with `saving`, it is dumped and restored before every step."""

    def __init__(
        self,
        *sources: bytes,
        key: str = "",
        variables: Mapping[str, Any] | None = None,
        operate: Callable[..., Any] = nothing,
        saving: bool = False,
        decisions: Mapping[str, Decision] = MappingProxyType({}),
        bases: Callable[[str | None], Mapping[str, Any]] = no_bases,
    ) -> None:
        named = {
            source.split(b'<bpmn:process id="')[1].split(b'"')[0].decode(): source
            for source in sources
        }
        self.definition = Definition.parse(named, key or next(iter(named)), decisions)
        self.operate = operate
        self.bases: Callable[[str | None], Mapping[str, Any]] = bases
        self.saving = saving
        self.now = NOW
        self.case = Case.start(self.definition, variables or {}, **self._around())
        self.history = list(self.case.events)

    def _around(self) -> dict[str, Any]:
        around = {"operate": self.operate, "calendar": add, "now": self.now}
        return around | {"bases": lambda item: self.bases(item)}

    def save(self) -> None:
        """Dump and restore."""
        self.case = Case.restore(self.definition, self.case.dump(), **self._around())

    def step(self, act: Callable[[Case], Any]) -> Any:
        """One call of the case."""
        if self.saving:
            self.save()
        before = len(self.case.events)
        result = act(self.case)
        self.history += self.case.events[before:]
        return result

    def find(self, element: str, item: str | None = None) -> OpenTask:
        """The oldest open task of that element."""
        return next(
            task
            for task in self.case.open_tasks
            if task.element == element and item in (None, task.item)
        )

    def do(self, element: str, item: str | None = None, **variables: Any) -> None:
        """Complete a task by its element."""
        self.step(lambda case: case.complete(self.find(element, item).id, variables))

    def deliver(self, message: str, **variables: Any) -> bool:
        return bool(self.step(lambda case: case.deliver(message, variables)))

    def wait(self, **time: float) -> int:
        """Let time pass and fire what is due."""
        self.now += timedelta(**time)
        self.save()
        return int(self.step(lambda case: case.fire_due()))

    @property
    def open(self) -> list[str]:
        return sorted(
            task.element if task.item is None else f"{task.element}:{task.item}"
            for task in self.case.open_tasks
        )
