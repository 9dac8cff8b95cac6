"""A process ready to be run, with all it calls.

It holds no state: one definition serves all its cases, in any thread.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bpmn.decisions import Decision
from workflows.engine.decision_tables import Table
from workflows.engine.events import CallActivity, SubProcess
from workflows.engine.nodes import BusinessRuleTask
from workflows.engine.problems import UnusableDiagram
from workflows.engine.reading import read_process


@dataclass(frozen=True)
class Definition:
    """The process `key` and the processes it calls, by process id."""

    key: str
    processes: Mapping[str, Any]

    @classmethod
    def parse(
        cls,
        sources: Mapping[str, bytes],
        key: str,
        decisions: Mapping[str, Decision] = MappingProxyType({}),
    ) -> "Definition":
        """From BPMN XML by process id; UnusableDiagram when something in it cannot be run."""
        processes: dict[str, Any] = {}
        todo = [(key, key)]
        while todo:
            element, process = todo.pop()
            if process not in processes:
                if process not in sources:
                    raise UnusableDiagram(element, f"Prosessen «{process}» finnes ikke.")
                processes[process] = read_process(sources[process], process)
                tasks = _everything(processes[process])
                todo.extend((t.name, t.called) for t in tasks if isinstance(t, CallActivity))
                _give_tables(tasks, decisions)
        return cls(key, processes)


def _everything(spec: Any) -> list[Any]:
    """The elements of a process, with those of its subprocesses."""
    found = []
    for task in spec.task_specs.values():
        found.append(task)
        if isinstance(task, SubProcess) and not isinstance(task, CallActivity):
            found.extend(_everything(task.inside))
    return found


def _give_tables(tasks: Iterable[Any], decisions: Mapping[str, Decision]) -> None:
    for task in tasks:
        if isinstance(task, BusinessRuleTask):
            if task.decision not in decisions:
                reason = f"Beslutningstabellen «{task.decision}» finnes ikke."
                raise UnusableDiagram(task.name, reason)
            task.table = Table.compile(decisions[task.decision], task.name)
