"""Gateways by BPMN's token rules: in loops, in any order, with excess tokens."""

from collections.abc import Callable
from itertools import permutations, product

import pytest

from tests.workflows.engine.diagrams import (
    boundary,
    end,
    flow,
    line,
    message,
    node,
    parallel,
    process,
    service,
    start,
    timer,
    user,
    xor,
)
from tests.workflows.engine.running import Driver

Run = Callable[..., Driver]
PLAN_CYCLE = process(
    "p",
    start(),
    xor("m"),
    user("a"),
    parallel("s"),
    user("c"),
    user("d"),
    parallel("j"),
    user("e"),
    xor("x", "x-end"),
    end(),
    line("start", "m", "a", "s", "c", "j", "e", "x", "end"),
    line("s", "d", "j"),
    flow("x", "m", "videre = true"),
)


@pytest.mark.parametrize("orders", [*product(permutations("cd"), repeat=3)])
def test_join_in_a_loop(run: Run, orders: tuple[tuple[str, str], ...]) -> None:
    """In every round the join waits for both branches, whatever order they ended in before."""
    case = run(PLAN_CYCLE)
    for first, last in orders:
        case.do("a")
        assert case.open == ["c", "d"]
        case.do(first)
        assert case.open == [last]
        case.do(last)
        assert case.open == ["e"]
        case.do("e", videre=True)
    assert case.open == ["a"]


@pytest.mark.parametrize("order", [*permutations("cd")])
def test_join_keeps_what_both_branches_wrote(run: Run, order: tuple[str, str]) -> None:
    """Neither branch's stale copy overwrites the other's new value, in any order and round."""
    case = run(PLAN_CYCLE, variables={"c": 0, "d": [0], "begge": ""})
    for n in (1, 2, 3):
        case.do("a")
        for element in order:
            case.do(element, begge=element, **({"c": n} if element == "c" else {"d": [n] * n}))
        data = case.find("e").data
        assert (data["c"], data["d"], data["begge"]) == (n, [n] * n, order[-1])
        case.do("e", videre=True)


def test_branches_share_variables(run: Run) -> None:
    """A variable belongs to the process: the other branch sees it as soon as it is written."""
    case = run(PLAN_CYCLE)
    case.do("a")
    case.do("c", funnet="ja")
    assert case.find("d").data["funnet"] == "ja"


def test_one_branch_may_loop_while_the_other_waits(run: Run) -> None:
    """A loop inside one branch gives the join no extra token."""
    case = run(
        process(
            "p",
            start(),
            parallel("s"),
            xor("m"),
            user("a"),
            xor("x", "x-j"),
            user("b"),
            parallel("j"),
            user("z"),
            end(),
            line("start", "s", "m", "a", "x", "j", "z", "end"),
            line("s", "b", "j"),
            flow("x", "m", "igjen = true"),
        )
    )
    for _ in range(5):
        case.do("a", igjen=True)
    case.do("b")
    assert case.open == ["a"]
    case.do("a", igjen=False)
    assert case.open == ["z"]


def test_excess_tokens_stay_at_the_join(run: Run) -> None:
    """Two tokens on one incoming flow, one on the other: the join fires once, one stays."""
    case = run(
        process(
            "p",
            start(),
            parallel("s"),
            user("a"),
            user("b"),
            user("c"),
            xor("m"),
            parallel("j"),
            user("z"),
            end(),
            line("start", "s", "a", "m", "j", "z", "end"),
            line("s", "b", "m"),
            line("s", "c", "j"),
        )
    )
    case.do("a")
    case.do("b")
    assert case.open == ["c"]
    state = case.case.dump()
    assert state.count(b'"j"') == 2
    case.do("c")
    assert case.open == ["z"]
    assert case.case.dump().count(b'"j"') == 1


def test_two_flows_from_one_element_to_the_join(run: Run) -> None:
    """Incoming flows are counted, not the elements they come from."""
    case = run(
        process(
            "p",
            start(),
            parallel("s"),
            parallel("j"),
            user("a"),
            user("b"),
            end(),
            line("start", "s", "a", "j", "b", "end"),
            flow("s", "j", key="f1"),
            flow("s", "j", key="f2"),
        )
    )
    assert case.open == ["a"]
    case.do("a")
    assert case.open == ["b"]


def test_many_flows_out_of_a_task_split(run: Run) -> None:
    """Two flows out of an activity are two tokens, as BPMN says."""
    flows = line("start", "a", "b", "end"), line("a", "c", "end")
    case = run(process("p", start(), user("a"), user("b"), user("c"), end(), *flows))
    case.do("a")
    assert case.open == ["b", "c"]


INCLUSIVE = process(
    "p",
    start(),
    user("a"),
    node("inclusiveGateway", "s", default="s-d"),
    user("b"),
    user("c"),
    user("d"),
    node("inclusiveGateway", "j"),
    user("e"),
    xor("x", "x-end"),
    end(),
    line("start", "a", "s"),
    flow("s", "b", "b = true"),
    flow("s", "c", "c = true"),
    flow("s", "d"),
    line("b", "j", "e", "x", "end"),
    line("c", "j"),
    line("d", "j"),
    flow("x", "a", "igjen = true"),
)


@pytest.mark.parametrize("taken", ["b", "c", "bc", "cb", "d"])
def test_inclusive_gateway_waits_for_what_was_taken(run: Run, taken: str) -> None:
    """The join waits for exactly the branches that were taken, in every round."""
    case = run(INCLUSIVE)
    for _ in range(3):
        case.do("a", b="b" in taken, c="c" in taken)
        assert case.open == sorted(taken)
        for element in taken:
            assert case.open != ["e"]
            case.do(element)
        assert case.open == ["e"]
        case.do("e", igjen=True)


def test_inclusive_join_waits_for_a_token_far_behind(run: Run) -> None:
    """A token that can still come, by a boundary event's way too, holds the join."""
    case = run(
        process(
            "p",
            start(),
            parallel("s"),
            user("a"),
            user("b"),
            service("o", "o"),
            node("boundaryEvent", "t", timer("P1D"), attachedToRef="b"),
            node("inclusiveGateway", "j"),
            user("z"),
            end("borte"),
            end(),
            line("start", "s", "a", "j", "z", "end"),
            line("s", "b", "borte"),
            line("t", "o", "j"),
        )
    )
    case.do("a")
    assert case.open == ["b"]
    assert case.wait(days=1) == 1
    assert case.open == ["z"]


def test_inclusive_join_goes_on_when_nothing_more_can_come(run: Run) -> None:
    """When the other token has ended elsewhere, the join does not wait for it."""
    case = run(
        process(
            "p",
            start(),
            parallel("s"),
            user("a"),
            user("b"),
            xor("x", "x-borte"),
            node("inclusiveGateway", "j"),
            user("z"),
            end("borte"),
            end(),
            line("start", "s", "a", "j", "z", "end"),
            line("s", "b", "x", "borte"),
            flow("x", "j", "svar = true"),
        )
    )
    case.do("a")
    assert case.open == ["b"]
    case.do("b")
    assert case.open == ["z"]


RACE = process(
    "p",
    start(),
    user("a"),
    node("eventBasedGateway", "g"),
    node("intermediateCatchEvent", "svar", message("svar")),
    node("intermediateCatchEvent", "frist", timer("P2D")),
    user("takk"),
    user("purr"),
    end(),
    line("start", "a", "g", "svar", "takk", "end"),
    line("g", "frist", "purr", "a"),
    messages=["svar"],
)


def test_first_event_after_an_event_gateway_wins(run: Run) -> None:
    """The one that comes first goes on; the other is not waited for any more, in each round."""
    case = run(RACE)
    for _ in range(3):
        case.do("a")
        assert case.wait(days=3) == 1
        assert (case.open, case.case.subscriptions) == (["purr"], [])
        case.do("purr")
    case.do("a")
    assert case.deliver("svar", dato="i dag")
    assert (case.open, case.case.timers) == (["takk"], [])
    assert case.find("takk").data == {"dato": "i dag"}


def test_inclusive_join_does_not_wait_for_a_newcomer(run: Run) -> None:
    """A token that could come by the flow already taken as well as the empty one holds nothing."""
    case = run(
        process(
            "p",
            start(),
            parallel("f"),
            user("a"),
            user("b"),
            xor("m"),
            node("inclusiveGateway", "s"),
            user("x"),
            user("y"),
            node("inclusiveGateway", "j"),
            user("z"),
            end(),
            line("start", "f", "a", "m", "s"),
            line("f", "b", "m"),
            flow("s", "x", "x = true"),
            flow("s", "y", "y = true"),
            line("x", "j", "z", "end"),
            line("y", "j"),
        )
    )
    case.do("a", x=True)
    case.do("x")
    assert case.open == ["b", "z"]


def test_condition_of_the_default_flow_is_not_read(run: Run) -> None:
    """The default flow is for when no other condition holds, whatever is written on it."""
    ways = flow("x", "standard", "true", key="d"), flow("x", "annen", "true")
    gateway = xor("x", "d")
    parts = start(), gateway, user("standard"), user("annen"), line("start", "x"), *ways
    assert run(process("p", *parts)).open == ["annen"]


def test_inclusive_join_looks_back_through_links_and_boundary_events(run: Run) -> None:
    """Wherever in the file they stand, what can come by them is waited for."""
    jump = "<bpmn:linkEventDefinition name='L'/>"
    case = run(
        process(
            "p",
            start(),
            node("inclusiveGateway", "j"),
            user("e"),
            end(),
            node("inclusiveGateway", "s", default="s-a"),
            user("a"),
            user("b"),
            user("c"),
            boundary("tid", "b", timer("P1D")),
            node("intermediateThrowEvent", "kast", jump),
            node("intermediateCatchEvent", "gripe", jump),
            line("start", "s"),
            flow("s", "a"),
            flow("s", "b", "true", key="s-b"),
            flow("s", "c", "true", key="s-c"),
            line("a", "j", "e", "end"),
            line("b", "end"),
            line("tid", "kast"),
            line("gripe", "j"),
            line("c", "j"),
        )
    )
    case.do("c")
    assert case.open == ["b"]
    case.wait(days=2)
    assert case.open == ["e"]
