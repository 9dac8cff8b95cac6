"""A process ready to be run, with all it calls.

It holds no state: one definition serves all its cases, in any thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.engine.events import CallActivity, SubProcess
from workflows.engine.problems import UnusableDiagram
from workflows.engine.reading import read_process


@dataclass(frozen=True)
class Definition:
    """The process `key` and the processes it calls, by process id."""

    key: str
    processes: Mapping[str, Any]

    @classmethod
    def parse(cls, sources: Mapping[str, bytes], key: str) -> "Definition":
        """From BPMN XML by process id; UnusableDiagram when something in it cannot be run."""
        processes: dict[str, Any] = {}
        todo = [(key, key)]
        while todo:
            element, process = todo.pop()
            if process not in processes:
                if process not in sources:
                    raise UnusableDiagram(element, f"Prosessen «{process}» finnes ikke.")
                processes[process] = read_process(sources[process], process)
                todo.extend((call.name, call.called) for call in _calls(processes[process]))
        return cls(key, processes)


def _calls(spec: Any) -> list[CallActivity]:
    found = []
    for task in spec.task_specs.values():
        if isinstance(task, CallActivity):
            found.append(task)
        elif isinstance(task, SubProcess):
            found.extend(_calls(task.inside))
    return found
