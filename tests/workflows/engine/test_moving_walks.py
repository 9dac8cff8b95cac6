"""Random cases moved to randomly edited diagrams: refused, or as if begun on the new one."""

import os
from random import Random
from uuid import UUID

import pytest

from tests.workflows.engine.editing import LISTS, Block, Maker, document, together
from tests.workflows.engine.running import NOW, add, nothing
from workflows.engine import Case, Definition, Move, plan_move

WALKS = int(os.environ.get("RODTRAD_WALKS", "200"))
AROUND = {"operate": nothing, "calendar": add, "now": NOW}
HARMLESS = {"condition", "time"}


def parsed(block: Block) -> Definition:
    return Definition.parse(document(block), "p")


def step(case: Case, random: Random, *, again: bool) -> None:
    """One thing that people or time do."""
    ways = [*case.open_tasks, *case.timers]
    if not ways:
        return
    way = random.choice(ways)
    if way in case.timers:
        case.fire(way.id)
    else:
        said = {
            "k": random.randrange(3),
            "l": random.randrange(3),
            "b": again and random.random() < 0.4,
        }
        case.complete(way.id, said)


def begun(block: Block, random: Random) -> Case:
    """A case some way on, still running."""
    for _ in range(20):
        case = Case.start(parsed(block), LISTS, **AROUND)
        for _ in range(random.randrange(14)):
            if not case.ended:
                step(case, random, again=True)
        if not case.ended:
            return case
    return Case.start(parsed(block), LISTS, **AROUND)


def open_in(case: Case) -> dict[UUID, str]:
    return {task.id: task.element for task in case.open_tasks}


def finish(case: Case, block: Block, random: Random) -> None:
    """Walks to the end; at every step what is open may be open together."""
    for n in range(400):
        assert together(block, list(open_in(case).values())), open_in(case)
        if case.ended:
            return
        step(case, random, again=n < 30)
    pytest.fail("it does not end")


def moved(case: Case, old: Block, new: Block, **mapping: str) -> Move:
    return plan_move(parsed(old), parsed(new), case.dump(), mapping, calendar=add, now=NOW)


def remapped(case: Case, old: Block, new: Block, move: Move, random: Random) -> Move:
    """The same with something at random in the place of what is gone, where it is offered."""
    mapping: dict[str, str] = {}
    while offered := [each for each in move.refusals if each.candidates]:
        if offered[0].element in mapping:
            break
        mapping[offered[0].element] = random.choice(offered[0].candidates)
        move = moved(case, old, new, **mapping)
    return move


@pytest.mark.parametrize("part", range(4))
def test_a_case_is_moved_soundly_or_not_at_all(part: int) -> None:
    """What was open stays open with its id; the rest of the walk never hangs and never opens

    together what the new diagram has one after the other, with what is gone mapped at random too.
    Harmless edits are never refused.
    """
    counts = {"moved": 0, "refused": 0}
    for seed in range(part * 10_000, part * 10_000 + WALKS // 2):
        maker = Maker(seed)
        block = maker.block()
        case = begun(block, maker.random)
        if case.ended:
            continue
        names, edited = [], block
        for _ in range(maker.random.choice([1, 1, 2, 3])):
            name, edited = maker.edit(edited)
            names.append(name)
        move = moved(case, block, edited)
        context = seed, names
        assert bool(move.state) is not bool(move.refusals), context
        assert move.state or not set(names) <= HARMLESS, context
        counts["moved" if move.state else "refused"] += 1
        if not move.state:
            move = remapped(case, block, edited, move, maker.random)
        if not move.state:
            continue
        after = Case.restore(parsed(edited), move.state, **AROUND)
        assert open_in(after).keys() == open_in(case).keys(), context
        after.settle()
        assert after.dump() == move.state, context
        finish(after, edited, maker.random)
    assert min(counts.values()) > WALKS // 10, counts


def test_a_case_that_is_moved_to_its_own_version_is_as_it_was() -> None:
    """Nothing is refused, dropped, armed or changed, whatever the case stands in."""
    for seed in range(WALKS):
        maker = Maker(seed)
        block = maker.block()
        case = begun(block, maker.random)
        move = moved(case, block, block)
        assert (move.refusals, move.changes, move.state) == ((), (), case.dump())
