"""Whether a case begun on a diagram could ever stand in these places at once.

A marking counts the tokens in each place of one process or subprocess: an element, or a gateway
with the flow by which a token that waits there came. What is inside an activity is a marking of its
own. Conditions are not asked: every way may be taken. It knows no state and no variables.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations
from typing import Any

from workflows.engine import events, gateways, nodes

Place = tuple[str, str | None]
Marking = frozenset[tuple[Place, int]]
MOST_MARKINGS = 4_000


class TooMany(Exception):
    """The diagram has more markings than can be looked through."""


def marking(places: Iterable[Place]) -> Marking:
    """The marking with a token in each of the places."""
    return frozenset(Counter(places).items())


@lru_cache(maxsize=4096)
def may_stand(spec: Any, wanted: Marking) -> bool:
    """Whether tokens can come to stand as `wanted` and nowhere else. Raises TooMany."""
    walk = Walk(spec, wanted)
    first = (Counter[Place]([(spec.begin, None)]), Counter[str]())
    seen = {_key(*first)}
    todo = [first]
    while todo:
        state = todo.pop()
        if frozenset(state[0].items()) == wanted:
            return True
        for following in walk.after(*state):
            key = _key(*following)
            if key not in seen:
                seen.add(key)
                todo.append(following)
        if len(seen) > MOST_MARKINGS:
            raise TooMany
    return False


def _key(tokens: Counter[Place], fired: Counter[str]) -> Any:
    return frozenset(tokens.items()), frozenset(fired.items())


def come_to(spec: Any) -> frozenset[str]:
    """The elements that a token can come to."""
    return onward(spec, spec.begin)


@lru_cache(maxsize=4096)
def onward(spec: Any, first: str) -> frozenset[str]:
    """Everything that can be come to from an element, itself included."""
    found: set[str] = set()
    todo = [first]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            element = spec.task_specs[name]
            todo += [flow.target for flow in element.flows]
            todo += [event.name for event in getattr(element, "boundary", [])]
    return frozenset(found)


class Walk:
    """The ways from marking to marking on the road to a wanted one.

    Where a token has to leave its place, its ways are the only ones that are tried: what the others
    do is the same before and after. What sets something going beside its host does so no more often
    than there are wanted tokens it could account for.
    """

    def __init__(self, spec: Any, wanted: Marking) -> None:
        self.spec = spec
        self.wanted: Mapping[Place, int] = dict(wanted)

    def after(
        self, tokens: Counter[Place], fired: Counter[str]
    ) -> Iterator[tuple[Counter[Place], Counter[str]]]:
        """The markings that may follow; `fired` is how often each non-interrupting event has."""
        several: list[Any] = []
        for place, count in tokens.items():
            ways = list(self._ways(place, tokens, fired))
            has_to_leave = bool(ways) if self._is_join(place) else count > self.wanted.get(place, 0)
            if has_to_leave:
                several = ways
                break
            several += ways
        for way in several:
            yield self._moved(tokens, fired, *way)

    def _is_join(self, place: Place) -> bool:
        return place[1] is not None

    @staticmethod
    def _moved(
        tokens: Counter[Place],
        fired: Counter[str],
        taken: Iterable[Place],
        given: Iterable[Place],
        event: str | None = None,
    ) -> tuple[Counter[Place], Counter[str]]:
        after = Counter(tokens)
        after.subtract(taken)
        after.update(given)
        return +after, fired + Counter([event] if event else [])

    def _ways(self, place: Place, tokens: Counter[Place], fired: Counter[str]) -> Iterator[Any]:
        """(places left, places entered, the event that fired if it stands beside its host)."""
        element = self.spec.task_specs[place[0]]
        if self._is_join(place):
            yield from self._joined(element, tokens)
            return
        for flows in self._choices(element):
            yield [place], self._enter(flows)
        for event in getattr(element, "boundary", []):
            if event.interrupting:
                yield [place], [(event.name, None)]
            elif fired[event.name] < self._accounted_for(event):
                yield [], [(event.name, None)], event.name

    def _choices(self, element: Any) -> Iterator[Iterable[nodes.Flow]]:
        """The sets of flows by which a token may go on; none where it ends everything."""
        match element:
            case gateways.ExclusiveGateway(flows=[_, *_]):
                yield from ([flow] for flow in element.flows)
            case gateways.InclusiveGateway():
                yield from _subsets(element.flows)
            case events.EventGateway():
                yield from (self.spec.task_specs[flow.target].flows for flow in element.flows)
            case _ if not _ends_all(element):
                yield element.flows

    def _accounted_for(self, event: Any) -> int:
        beyond = onward(self.spec, event.name)
        return sum(count for (name, _flow), count in self.wanted.items() if name in beyond)

    def _enter(self, flows: Iterable[nodes.Flow]) -> list[Place]:
        return [self._place(flow) for flow in flows]

    def _place(self, flow: nodes.Flow) -> Place:
        target = self.spec.task_specs[flow.target]
        waits = isinstance(target, gateways.Join) and len(target.incoming) > 1
        return flow.target, flow.id if waits else None

    def _joined(self, join: Any, tokens: Counter[Place]) -> Iterator[Any]:
        here = [flow for flow in join.incoming if tokens[join.name, flow]]
        if isinstance(join, gateways.ParallelGateway):
            if len(here) == len(join.incoming):
                yield [(join.name, flow) for flow in here], self._enter(join.flows)
        elif not self._may_come(join, here, tokens):
            for flows in _subsets(join.flows):
                yield [(join.name, flow) for flow in here], self._enter(flows)

    def _may_come(self, join: Any, here: list[str], tokens: Counter[Place]) -> bool:
        """The rule of gateways.InclusiveGateway, over places."""
        empty = [join.sources[flow] for flow in join.incoming if flow not in here]
        full = [join.sources[flow] for flow in here]
        return any(
            any(name in sources for sources in empty)
            and not any(name in sources for sources in full)
            for name, _flow in tokens
            if name != join.name
        )


def _subsets(flows: list[nodes.Flow]) -> Iterator[tuple[nodes.Flow, ...]]:
    """Every choice of at least one of the flows; nothing where there are none."""
    if not flows:
        yield ()
    for size in range(1, len(flows) + 1):
        yield from combinations(flows, size)


def _ends_all(element: Any) -> bool:
    return isinstance(element, events.EndEvent) and element.trigger.kind in ("terminate", "error")
