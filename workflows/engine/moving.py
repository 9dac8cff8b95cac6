"""Moving a case that runs to another version of its diagram: what cannot be moved and why, else the

moved state. Every token keeps its id, and so do the tasks people have open.

An element is the same when it has the same id and is of the same kind at the same place (process,
subprocess, called process), or when the mapping says which it is now. Where the flow around it has
changed, the tokens of each process and subprocess must be able to stand where they do in a case
begun on the new version (`reachable`): a join can then neither wait in vain nor open too early.
It knows no database.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from SpiffWorkflow.util.task import TaskState

from workflows.engine import events, gateways, reachable
from workflows.engine.definition import Definition
from workflows.engine.likeness import (
    candidates,
    difference,
    elements,
    same_branch,
    shape,
    targets,
)
from workflows.engine.problems import UnusableDiagram
from workflows.engine.reachable import Place
from workflows.engine.scopes import Root, Token, halted_step
from workflows.engine.state import dump, load
from workflows.engine.timers import Calendar, Clock

REMOVED, FLOW, BRANCHES, JOIN, MAPPING = "removed", "flow", "branches", "join", "mapping"
TIME, TANGLED = "time", "tangled"
ARMED, DROPPED, RETIMED = "armed", "dropped", "retimed"
NO_MAPPING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Refusal:
    """Why a case cannot be moved, and the element or the flow of the old version it is about.

    removed: it is gone. kind: it is something else now. multi: one for each, one after another or
    for all. called: another process is called. flow: a join has a token that came by a flow that is
    gone. join, branches: a new case could not stand here, with a join that waits, or without.
    mapping: what it was mapped to will not do. time: a timer's time has no meaning. tangled: more
    ways than can be looked through.
    """

    kind: str
    process: str
    element: str
    candidates: tuple[str, ...] = ()
    """What it could be mapped to: element ids, or flow ids where it is about a flow."""
    others: tuple[str, ...] = ()
    """Where else the case stands, where it is the places together that cannot be."""


@dataclass(frozen=True)
class Change:
    """What the move does besides: a listener that is armed or dropped, a timer with a new time."""

    kind: str
    process: str
    element: str


@dataclass(frozen=True)
class Move:
    """The moved state, or why there is none."""

    refusals: tuple[Refusal, ...]
    changes: tuple[Change, ...]
    places: tuple[tuple[str, str], ...]
    """Where the case stands in the old version: process and element, innermost."""
    state: bytes


def plan_move(
    old: Definition,
    new: Definition,
    state: bytes,
    mapping: Mapping[str, str] = NO_MAPPING,
    *,
    calendar: Calendar,
    now: datetime,
) -> Move:
    """The state of a case of `old` as one of `new`; nothing in it has happened meanwhile.

    `mapping` gives elements of the old version by those of the new, and flows into a join likewise.
    """
    before, after = (
        Root(each.processes, each.key, _nothing, Clock(now, calendar)) for each in (old, new)
    )
    load(before, state)
    mover = Mover(mapping)
    mover.scope(before, after)
    after.outcome, after.completed = before.outcome, before.completed
    refused = tuple(dict.fromkeys(mover.refusals))
    places = tuple(dict.fromkeys(_places(before)))
    return Move(refused, tuple(mover.changes), places, b"" if refused else dump(after))


def _places(root: Root) -> Iterator[tuple[str, str]]:
    for task in root.everything(lambda each: not each.task_spec.idle(each)):
        if task.id not in root.subprocesses and not task.workflow.linked("body", task):
            yield task.task_spec.process, task.task_spec.name


def _nothing(*_: Any) -> Mapping[str, Any]:
    return {}


class Mover:
    """Copies the tokens of a case from scope to scope, and writes down what stands in the way."""

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self.mapping = mapping
        self.refusals: list[Refusal] = []
        self.changes: list[Change] = []

    def scope(self, old: Any, new: Any) -> None:
        """All tokens of a process or subprocess, and what is inside them."""
        new.data = deepcopy(old.data)
        refused = len(self.refusals)
        races = self._races(old, new)
        for task in old.current():
            if task.task_spec.idle(task):
                self._listener(task, new)
            else:
                self._token(task, new, races)
        self._arm(old, new)
        self._start_rivals(races, new)
        if len(self.refusals) == refused:
            self._check(old, new, races)

    def _refuse(self, kind: str, task: Any, candidates: Any = (), about: str = "") -> None:
        element = about or task.task_spec.name
        self.refusals.append(Refusal(kind, task.task_spec.process, element, tuple(candidates)))

    def _change(self, kind: str, spec: Any) -> None:
        self.changes.append(Change(kind, spec.process, spec.name))

    def _name(self, element: str) -> str:
        return self.mapping.get(element, element)

    # Tokens

    def _token(self, task: Any, new: Any, races: Mapping[str, Any]) -> None:
        target = self._target(task, new)
        race = races.get(task.internal_data.get("race", ""))
        if race is not None and (target is None or target.name not in targets(race)):
            return self._change(DROPPED, task.task_spec)
        if target is None:
            return self._refuse_target(task, new)
        if unlike := difference(task.task_spec, target):
            return self._refuse(unlike, task, candidates(task.task_spec, new))
        twin = self._twin(task, target, new)
        if isinstance(target, gateways.Join):
            self._waiting_flow(task, twin)
        if isinstance(target, events.CatchEvent):
            self._listen_anew(task, twin)
        inside = task.workflow.top.subprocesses.get(task.id)
        if inside is not None:
            self.scope(inside, new.top.create_subprocess(twin, target.inner(twin)))
        return None

    @staticmethod
    def _twin(task: Any, target: Any, new: Any) -> Any:
        twin = Token(new, target, new.task_tree, state=task.state, id=task.id)
        twin.internal_data = deepcopy(task.internal_data)
        return twin

    def _target(self, task: Any, new: Any) -> Any:
        return new.spec.task_specs.get(self._name(task.task_spec.name))

    def _refuse_target(self, task: Any, new: Any) -> None:
        kind = MAPPING if task.task_spec.name in self.mapping else REMOVED
        self._refuse(kind, task, candidates(task.task_spec, new))

    def _waiting_flow(self, task: Any, twin: Any) -> None:
        flow = task.internal_data.get("flow")
        if flow is None:
            return
        found = self._same_flow(flow, task, twin)
        if len(twin.task_spec.incoming) == 1 and halted_step(task) is not None:
            [found] = twin.task_spec.incoming  # it has failed there, and need wait for no other
        if found is None:
            fresh = [
                each for each in twin.task_spec.incoming if each not in task.task_spec.incoming
            ]
            self._refuse(FLOW, task, fresh or twin.task_spec.incoming, about=flow)
        twin.internal_data["flow"] = found

    def _same_flow(self, flow: str, task: Any, twin: Any) -> str | None:
        """The flow into the new gateway that a token has come by.

        The same, the one mapped to, or the one of the same branch: with a step more or less.
        """
        if self._name(flow) in twin.task_spec.incoming:
            return self._name(flow)
        if flow in self.mapping:
            return None
        return same_branch(task, twin, flow, self._name)

    # Listeners

    def _listener(self, task: Any, new: Any) -> None:
        target = self._target(task, new)
        host = new.tasks.get(task.internal_data.get("host"))
        allowed = new.spec.event_subprocesses
        if "host" in task.internal_data:
            allowed = host.task_spec.boundary if host else []
        if target is not None and any(target is each for each in allowed):
            self._listen_anew(task, self._twin(task, target, new))
        else:
            self._change(DROPPED, task.task_spec)

    def _listen_anew(self, task: Any, twin: Any) -> None:
        """Waits for what the new version says; a changed time is counted from when it began to."""
        was, now = task.task_spec.trigger, twin.task_spec.trigger
        if was.kind != now.kind:
            _wait_afresh(twin)
        if now.time is None or (was.time is not None and was.time.source == now.time.source):
            return
        try:
            self._retime(task, twin)
        except UnusableDiagram:
            self._refuse(TIME, task)

    def _retime(self, task: Any, twin: Any) -> None:
        scope, clock = task.workflow, task.workflow.top.clock
        fired = _fired(task, clock)
        time = twin.task_spec.trigger.time
        since = twin.internal_data.get("since")
        begun = Clock(datetime.fromisoformat(since), clock.calendar) if since else clock
        fresh = time.due(scope.view(), begun)
        _wait_afresh(twin)
        left = fresh.get("left", 1)
        if fired and left is not None and left <= fired:
            twin.workflow.drop(twin)  # it has fired as often as it should
            self._change(DROPPED, task.task_spec)
        else:
            twin.internal_data.update(fresh | ({"left": left - fired} if fired and left else {}))
            self._change(RETIMED, twin.task_spec)

    def _arm(self, old: Any, new: Any) -> None:
        """What is new in this version listens from now on, where its host has begun."""
        for task in new.current():
            host = old.tasks.get(task.id)
            if host is None or not _is_watched(task):
                continue
            known = {self._name(each.name) for each in getattr(host.task_spec, "boundary", [])}
            for event in getattr(task.task_spec, "boundary", []):
                if event.name not in known:
                    self._begin(task, lambda each=event, at=task: each.listen(at), event)
        if any(_has_taken_over(task) for task in old.current()):
            return
        known = {self._name(each.name) for each in old.spec.event_subprocesses}
        for event in new.spec.event_subprocesses:
            if event.name not in known:
                self._begin(None, lambda each=event: each.wait(new.put(each)), event)

    def _begin(self, host: Any, begin: Any, event: Any) -> None:
        try:
            begin()
        except UnusableDiagram:
            about = host.task_spec if host else event
            self.refusals.append(Refusal(TIME, about.process, event.name))
        else:
            self._change(ARMED, event)

    # Events that race after an event-based gateway

    def _races(self, old: Any, new: Any) -> dict[str, Any]:
        """Race → the gateway of the new version after which it goes on."""
        found: dict[str, Any] = {}
        for task in old.current():
            race = task.internal_data.get("race")
            if race is None or race in found:
                continue
            gateway = _gateway_of(task)
            target = gateway and new.spec.task_specs.get(self._name(gateway.name))
            if isinstance(target, events.EventGateway):
                found[race] = target
            else:
                about = gateway.name if gateway else task.task_spec.name
                self._refuse(REMOVED, task, candidates(gateway, new), about=about)
        return found

    def _start_rivals(self, races: Mapping[str, Any], new: Any) -> None:
        for race, gateway in races.items():
            running = [each for each in new.current() if each.internal_data.get("race") == race]
            there = {each.task_spec.name for each in running}
            for name in targets(gateway) - there:
                event = new.spec.task_specs[name]
                self._begin(None, lambda each=event, of=race: new.enter(each, race=of), event)

    # Together

    def _check(self, old: Any, new: Any, races: Mapping[str, Any]) -> None:
        """The tokens of a scope must be able to stand as they do."""
        standing = [task for task in old.current() if _counts(task) and not self._left(task, new)]
        if any(_has_taken_over(task) for task in standing):
            return
        places = list(self._places(standing, new, races))
        if not places or (shape(old.spec) == shape(new.spec) and self._unmapped(standing)):
            return
        try:
            if reachable.may_stand(new.spec, reachable.marking(places)):
                return
            kind = JOIN if any(flow for _name, flow in places) else BRANCHES
        except reachable.TooMany:
            kind = TANGLED
        first, *others = dict.fromkeys(_blamed(standing))
        self.refusals.append(
            Refusal(kind, standing[0].task_spec.process, first, others=tuple(others))
        )

    def _left(self, task: Any, new: Any) -> bool:
        """Whether what a reminder set going beside the flow goes on with no reminder any more."""
        name = task.task_spec.name
        beside = name not in task.workflow.spec.main
        return beside and self._name(name) not in reachable.come_to(new.spec)

    def _unmapped(self, standing: list[Any]) -> bool:
        names = {task.task_spec.name for task in standing}
        names |= {task.internal_data.get("flow") for task in standing}
        return not names & self.mapping.keys()

    def _places(self, standing: list[Any], new: Any, races: Mapping[str, Any]) -> Iterator[Place]:
        racing = [task.internal_data["race"] for task in standing if "race" in task.internal_data]
        yield from ((races[race].name, None) for race in dict.fromkeys(racing))
        for task in standing:
            if "race" not in task.internal_data:
                twin = new.tasks[task.id]
                waits = len(twin.task_spec.incoming) > 1
                yield twin.task_spec.name, twin.internal_data.get("flow") if waits else None


def _gateway_of(task: Any) -> Any:
    """The event-based gateway that set a race going."""
    scope, race = task.workflow, task.internal_data["race"]
    rivals = {each.task_spec.name for each in scope.current() if _races_in(each, race)}
    found = (each for each in elements(scope.spec) if isinstance(each, events.EventGateway))
    return next((each for each in found if targets(each) == rivals), None)


def _races_in(task: Any, race: str) -> bool:
    return bool(task.internal_data.get("race") == race)


def _is_watched(task: Any) -> bool:
    """Whether events at the edge of a task watch it: not a single one of several instances."""
    return not task.task_spec.idle(task) and "body" not in task.internal_data


def _wait_afresh(task: Any) -> None:
    """Forgets the time of before, and what may have failed in finding it."""
    for name in ("due", "every", "left", "since"):
        task.internal_data.pop(name, None)
    if halted_step(task) in ("arrive", "listen"):
        del task.internal_data["halted"]
        task.be(TaskState.WAITING)


def _counts(task: Any) -> bool:
    """Whether a token says where the flow stands: no listener, no single instance, and no

    event subprocess beside the flow, which may be there at any time.
    """
    spec = task.task_spec
    beside = isinstance(spec, events.EventSubProcess) and not spec.interrupting
    return not spec.idle(task) and "body" not in task.internal_data and not beside


def _has_taken_over(task: Any) -> bool:
    """Whether an interrupting event subprocess has come in place of all else."""
    spec = task.task_spec
    return isinstance(spec, events.EventSubProcess) and spec.interrupting and not spec.idle(task)


def _blamed(standing: list[Any]) -> Iterator[str]:
    """Where the case stands, what waits at a join first."""
    yield from (task.task_spec.name for task in standing if "flow" in task.internal_data)
    yield from (task.task_spec.name for task in standing)


def _fired(task: Any, clock: Clock) -> int:
    """How many times a cycle has fired, as far as is known."""
    left, time = task.internal_data.get("left"), task.task_spec.trigger.time
    if not isinstance(left, int) or time is None:
        return 0
    try:
        return max(0, int(time.due(task.workflow.view(), clock).get("left") or left) - left)
    except UnusableDiagram:
        return 0
