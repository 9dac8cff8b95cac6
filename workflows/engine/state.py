"""The state of a case as bytes: what is open, and nothing of the diagrams or of what is past.

JSON: each scope is {"d": its variables, "t": its tasks}, each task [id, element, state, own data,
inside], where a link to another task of the scope is that task's place in the list.
"""

import json
from typing import Any
from uuid import UUID

from workflows.engine.problems import UnusableDiagram
from workflows.engine.scopes import LINKS, Root, Token

VERSION = 1
OUTLINED = (*LINKS, "flow")


def dump(root: Root) -> bytes:
    """The state of a case at rest."""
    state = {"v": VERSION, "outcome": root.outcome, "ended": root.completed, **_scope(root)}
    return json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()


def load(root: Root, state: bytes) -> None:
    """Fills the empty root; UnusableDiagram when the diagram lacks an element of the state."""
    saved = json.loads(state)
    if saved["v"] != VERSION:
        raise ValueError(f"state of version {saved['v']}")
    root.outcome, root.completed = saved["outcome"], saved["ended"]
    _fill(root, saved)


def outline(state: bytes) -> str:
    """Where the tokens of a dumped case stand: the same for all cases that stand alike."""
    return json.dumps(_outlined(json.loads(state)["t"]), separators=(",", ":"))


def _outlined(rows: list[Any]) -> list[Any]:
    found = []
    for _id, element, state, *more in rows:
        internal, inside = (*more, {}, {})[:2]
        known = {name: internal[name] for name in OUTLINED if name in internal}
        found.append([element, state, known, _outlined(inside.get("t", []))])
    return found


def _scope(scope: Any) -> dict[str, Any]:
    tasks = scope.current()
    places = {task.id: place for place, task in enumerate(tasks)}
    return {"d": scope.data, "t": [_task(task, places) for task in tasks]}


def _task(task: Any, places: dict[UUID, int]) -> list[Any]:
    internal = {
        name: places[value] if name in LINKS else value
        for name, value in task.internal_data.items()
    }
    row: list[Any] = [task.id.hex, task.task_spec.name, task.state]
    inner = task.workflow.top.subprocesses.get(task.id)
    if internal or inner:
        row.append(internal)
    if inner:
        row.append(_scope(inner))
    return row


def _fill(scope: Any, saved: dict[str, Any]) -> None:
    scope.data = saved["d"]
    tasks = [_restored(scope, *row) for row in saved["t"]]
    for task in tasks:
        for link in LINKS:
            if link in task.internal_data:
                task.internal_data[link] = tasks[task.internal_data[link]].id


def _restored(
    scope: Any, key: str, element: str, state: int, internal: Any = None, inside: Any = None
) -> Any:
    spec = scope.spec.task_specs.get(element)
    if spec is None:
        raise UnusableDiagram(element, "Saken står her, men elementet finnes ikke i diagrammet.")
    task = Token(scope, spec, scope.task_tree, state=state, id=UUID(hex=key))
    task.internal_data = internal or {}
    if inside is not None:
        _fill(scope.top.create_subprocess(task, spec.inner(task)), inside)
    return task
