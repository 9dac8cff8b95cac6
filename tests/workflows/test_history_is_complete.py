"""Everything a case has finished stands in its history, once."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select
from world import World

from bpmn.diagrams import GATEWAYS
from tests.workflows import stories
from workflows import process_instances
from workflows.engine import Case, Event
from workflows.tables import HistoryEntry, ProcessInstance


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """What the engine itself tells, gathered beside the history."""
    told: list[Event] = []
    dump = Case.dump

    def heard(case: Case) -> bytes:
        told.extend(case.events)
        return dump(case)

    monkeypatch.setattr(Case, "dump", heard)
    return told


def finished(events: list[Event], kinds: dict[tuple[str, str], str]) -> Counter[Any]:
    """The activities and events that were completed, by token."""
    return Counter(
        (event.element, event.task_id)
        for event in events
        if event.kind == "completed" and kinds[event.process, event.element] not in GATEWAYS
    )


def walked(world: World) -> ProcessInstance:
    """An individuell plan to its end, through a round of evaluation."""
    instance = stories.to_measures(world)
    stories.report(world, "Siri")
    stories.pass_until_evaluation(world)
    stories.evaluate_as_person(world)
    stories.pass_days(world, 21)
    stories.conclude(world, "avslutt")
    world.complete("Siri", "avslutt_plan", arsak="mal_nadd", oppsummering="Bra")
    assert instance.ended_at is not None
    return instance


def test_every_activity_and_event_is_there_once(world: World, events: list[Event]) -> None:
    """Compared with the engine's own account: by element and token, with process and version."""
    instance = walked(world)
    diagrams = process_instances.process_of(world.session, instance).diagrams
    kinds = {(k, e.id): e.kind for k, d in diagrams.items() for e in d.elements.values()}
    rows = world.session.scalars(select(HistoryEntry).order_by(HistoryEntry.seq)).all()
    # An event that waits is there as fired: by the token that waited, or for a catch the same.
    there = Counter(row.element for row in rows if row.kind in ("completed", "started", "fired"))
    expected: Counter[str] = Counter()
    for (element, _token), times in finished(events, kinds).items():
        expected[element] += times
    by_event = {d.elements[e].id for d in diagrams.values() for e in d.elements
                if d.elements[e].by_event}  # fmt: skip
    for element in by_event:  # told of when it begins and when it ends
        there[element] = min(there[element], expected[element])
    assert {k: v for k, v in there.items() if v} == dict(expected)
    assert [row.seq for row in rows] == list(range(1, instance.history_length + 1))
    assert {row.definition_version for row in rows} == {instance.definition_version}


def test_answers_have_who_and_which_form(world: World) -> None:
    """Every task that was answered has its actor, form, version and answers."""
    walked(world)
    rows = world.session.scalars(select(HistoryEntry).where(HistoryEntry.form_key.is_not(None)))
    for row in rows:
        assert row.actor_id, row.element
        assert row.form_version, row.element
        assert row.answers is not None, row.element
    tasks = select(HistoryEntry).where(
        HistoryEntry.kind == "completed", HistoryEntry.element == "vurder_behov"
    )
    assert world.session.scalars(tasks).one().form_key == "vurder_behov"
