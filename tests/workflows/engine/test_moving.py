"""A case moved to another version of its diagram: what follows along, and what is refused."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from SpiffWorkflow.util.task import TaskState

from tests.workflows.engine.diagrams import (
    boundary,
    call,
    end,
    event,
    flow,
    line,
    message,
    multi,
    node,
    parallel,
    process,
    reaction,
    start,
    timer,
    times,
    user,
    xor,
)
from tests.workflows.engine.running import NOW, Driver, add
from workflows.engine import Case, Definition, Move, UnusableDiagram, plan_move

MESSAGES = ("brev", "svar", "trukket")


def plan(case: Driver, *sources: bytes, **mapping: str) -> Move:
    """What becomes of a case on the new sources; the first is the process itself."""
    keyed = {s.split(b'<bpmn:process id="')[1].split(b'"')[0].decode(): s for s in sources}
    new = Definition.parse(keyed, next(iter(keyed)))
    return plan_move(case.definition, new, case.case.dump(), mapping, calendar=add, now=case.now)


def move(case: Driver, *sources: bytes, **mapping: str) -> list[tuple[str, str]]:
    """Moves it; what was armed, dropped or got a new time."""
    made = plan(case, *sources, **mapping)
    assert made.refusals == ()
    keyed = {s.split(b'<bpmn:process id="')[1].split(b'"')[0].decode(): s for s in sources}
    case.definition = Definition.parse(keyed, next(iter(keyed)))
    case.case = Case.restore(case.definition, made.state, **case._around())
    return [(each.kind, each.element) for each in made.changes]


def refused(
    case: Driver, *sources: bytes, **mapping: str
) -> list[tuple[str, str, tuple[str, ...]]]:
    made = plan(case, *sources, **mapping)
    assert made.state == b""
    return [(each.kind, each.element, each.candidates) for each in made.refusals]


def simple(*middle: str, extra: str = "") -> bytes:
    """A process of user tasks in a line."""
    return process(
        "p", start(), *map(user, middle), end(), line("start", *middle, "end"), extra,
        messages=MESSAGES,
    )  # fmt: skip


def forked(*branches: str, after: str = "til") -> bytes:
    """A parallel split into these branches and a join; `a>b` is a branch of two tasks."""
    roads = [branch.split(">") for branch in branches]
    flows = [line("del", *road, "samle") for road in roads]
    tasks = [user(task) for road in roads for task in road]
    return process(
        "p", start(), parallel("del"), *tasks, parallel("samle"), user(after), end(),
        line("start", "del"), *flows, line("samle", after, "end"),
    )  # fmt: skip


def watched(*edge: str) -> bytes:
    return simple("a", "b", extra="".join(edge))


def edge(key: str, *what: str, interrupting: bool = False) -> str:
    """Something at the edge of task `a`, and an end after it."""
    return (
        boundary(key, "a", *what, interrupting=interrupting)
        + end(f"{key}_e")
        + line(key, f"{key}_e")
    )


def due(case: Driver) -> dict[str, timedelta]:
    return {each.element: each.due_at - NOW for each in case.case.timers}


# Tasks


def test_an_open_task_keeps_its_id(run: Callable[..., Driver]) -> None:
    """Drafts and assignments hang on it; a step put in behind it comes next."""
    case = run(simple("a", "b"))
    before = case.find("a").id
    assert move(case, simple("ny", "a", "mellom", "b")) == []
    assert case.find("a").id == before
    case.do("a")
    assert case.open == ["mellom"]


def test_a_removed_open_task_is_refused_with_what_it_could_be(run: Callable[..., Driver]) -> None:
    """Those of its kind at the same place are offered; mapped to one, it goes on there."""
    case = run(simple("a", "b"))
    before = case.find("a").id
    assert refused(case, simple("x", "b")) == [("removed", "a", ("x", "b"))]
    move(case, simple("x", "b"), a="x")
    assert case.open == ["x"]
    assert case.find("x").id == before


@pytest.mark.parametrize("to", ["start", "nowhere"])
def test_a_mapping_to_what_is_no_task_is_refused(run: Callable[..., Driver], to: str) -> None:
    """It exists in the new version and is of the same kind, or the case stays."""
    [(kind, element, offered)] = refused(run(simple("a")), simple("x"), a=to)
    assert (kind in {"mapping", "kind"}, element, offered) == (True, "a", ("x",))


def test_what_became_something_else_is_refused(run: Callable[..., Driver]) -> None:
    """The same id on an element of another kind is another element."""
    case = run(simple("a"))
    other = process("p", start(), call("a", "q"), end(), line("start", "a", "end"))
    [(kind, element, _)] = refused(case, other, simple("b").replace(b'id="p"', b'id="q"'))
    assert (kind, element) == ("kind", "a")


@pytest.mark.parametrize(
    ("was", "now", "kind"),
    [
        ("", multi("l", "x"), "multi"),
        (multi("l", "x"), "", "multi"),
        (multi("l", "x"), multi("l", "x", sequential=True), "multi"),
        (multi("l", "x"), multi("l", "y"), None),
        (multi("l", "x"), times("2"), "multi"),
    ],
)
def test_one_for_each_stays_one_for_each(
    run: Callable[..., Driver], was: str, now: str, kind: str | None
) -> None:
    """Whether a step is repeated, and how, cannot change while it is open; the item's name can."""

    def drawn(many: str) -> bytes:
        return process("p", start(), user("a", many), end(), line("start", "a", "end"))

    case = run(drawn(was), variables={"l": ["en", "to"]})
    before = {task.id: task.item for task in case.case.open_tasks}
    made = plan(case, drawn(now))
    assert {each.kind for each in made.refusals} == ({kind} if kind else set())
    if not kind:
        move(case, drawn(now))
        assert {task.id: task.item for task in case.case.open_tasks} == before
        assert "y" in case.case.open_tasks[0].data


def test_it_is_moved_inside_calls_and_instances_and_in_a_later_round(
    run: Callable[..., Driver],
) -> None:
    """One instance done, the others open, inside a called process, in the third round."""

    def called(*steps: str) -> bytes:
        inside = "".join(map(user, steps)) + start("is") + end("ie") + line("is", *steps, "ie")
        each = node("subProcess", "hver", inside, multi("l", "x"))
        return process("q", start(), each, end(), line("start", "hver", "end"))

    outer = process(
        "p", start(), xor("m"), call("kall", "q"), xor("x", "x-end"), end(),
        line("start", "m", "kall", "x", "end"), flow("x", "m", "b = true"),
    )  # fmt: skip
    case = run(outer, called("a"), variables={"l": ["en", "to"]})
    for _round in range(2):
        case.do("a", "en")
        case.do("a", "to", b=True)
    case.do("a", "en")
    move(case, outer, called("a", "etter"))
    assert case.open == ["a:to"]
    case.do("a", "to", b=False)
    assert case.open == ["etter:to"]
    case.do("etter", "to")
    assert case.case.ended


def test_a_call_that_calls_another_process_is_refused(run: Callable[..., Driver]) -> None:
    """What is inside it is not in the other process."""

    def outer(called: str) -> bytes:
        return process("p", start(), call("k", called), end(), line("start", "k", "end"))

    def inner(key: str) -> bytes:
        return simple("a").replace(b'id="p"', f'id="{key}"'.encode())

    case = run(outer("q"), inner("q"))
    assert refused(case, outer("r"), inner("r")) == [("called", "k", ())]


# Joins


def test_a_new_branch_after_the_split_has_been_passed_is_refused(
    run: Callable[..., Driver],
) -> None:
    """Its token would never come, and the join would wait for ever."""
    case = run(forked("a", "b"))
    assert refused(case, forked("a", "b", "c")) == [("branches", "a", ())]
    case.do("a")
    assert refused(case, forked("a", "b", "c")) == [("join", "samle", ())]


def test_a_new_branch_before_the_split_is_fine(run: Callable[..., Driver]) -> None:
    """The case comes to it later, and waits for all three."""
    case = run(process_before(forked("a", "b")))
    move(case, process_before(forked("a", "b", "c")))
    case.do("for")
    assert case.open == ["a", "b", "c"]


def process_before(source: bytes) -> bytes:
    """The same with a task first."""
    extra = user("for") + line("start", "for", "del")
    return source.replace(line("start", "del").encode(), extra.encode())


def test_a_removed_branch_whose_token_has_come_is_refused(run: Callable[..., Driver]) -> None:
    """The flow it came by is gone; so is one whose task is open."""
    case = run(forked("a", "b", "c"))
    case.do("a")
    [(kind, element, _)] = refused(case, forked("b", "c"))
    assert (kind, element) == ("flow", "a-samle")
    assert refused(case, forked("a", "b"))[0][:2] == ("removed", "c")


def test_a_token_at_a_join_is_of_its_branch_with_a_step_more_or_less(
    run: Callable[..., Driver],
) -> None:
    """The last step of a branch may be new or gone: who has come has come."""
    case = run(forked("a>b", "c"))
    case.do("a")
    case.do("b")
    case.save()
    move(case, forked("a", "c"))
    move(case, forked("a>ny", "c"))
    assert case.open == ["c"]
    case.do("c")
    assert case.open == ["til"]


def test_a_flow_can_be_mapped(run: Callable[..., Driver]) -> None:
    """Where a branch was drawn anew, one says which it is."""
    case = run(forked("a", "c"))
    case.do("a")
    new = forked("x", "c")
    assert refused(case, new) == [("flow", "a-samle", ("x-samle",))]
    move(case, new, **{"a-samle": "x-samle"})
    case.do("c")
    assert case.open == ["til"]


def test_two_cannot_be_one_after_the_other(run: Callable[..., Driver]) -> None:
    """What was side by side and is in a line now would be done twice."""
    case = run(forked("a", "b"))
    assert refused(case, simple("a", "b")) == [("branches", "a", ())]


def test_a_mapping_that_merges_two_branches_is_refused(run: Callable[..., Driver]) -> None:
    """Both tokens in one branch would leave one behind at the join."""
    case = run(forked("a", "b"))
    assert refused(case, forked("a", "c"), b="a") == [("branches", "a", ())]


def test_a_wide_split_in_a_loop_is_looked_through(run: Callable[..., Driver]) -> None:
    """Ten branches, each in its second step, in a diagram with ways that lead elsewhere."""

    def drawn(*late: str) -> bytes:
        roads = [(f"a{n}", f"b{n}", f"c{n}") for n in range(10)]
        tasks = [user(task) for road in roads for task in road]
        flows = [line("del", *road, "samle") for road in roads]
        begin = line("start", "m", "v") + flow("v", "del", "true") + flow("v", "annet", "false")
        after = line("samle", *late, "x", "end") + flow("x", "m", "b = true") + line("annet", "m")
        gateways = [xor("m"), xor("v"), xor("x", "x-end"), parallel("del"), parallel("samle")]
        others = map(user, ("annet", *late))
        return process("p", start(), *gateways, *tasks, *others, end(), begin, *flows, after)

    case = run(drawn("sist"))
    for n in range(10):
        case.do(f"a{n}")
    move(case, drawn("ny", "sist"))
    assert case.open == sorted(f"b{n}" for n in range(10))


# Timers, messages and other listeners


def test_a_timer_that_is_not_changed_keeps_its_time(run: Callable[..., Driver]) -> None:
    """Also when the text of the step is."""
    case = run(watched(edge("t", timer("P5D"))))
    case.wait(days=2)
    assert move(case, watched(edge("t", timer("P5D"))).replace(b'"a"', b'"a" name="Ny"', 1)) == []
    assert due(case) == {"t": timedelta(days=5)}


def test_a_changed_timer_is_counted_from_when_the_task_was_reached(
    run: Callable[..., Driver],
) -> None:
    """Not from when the case was moved."""
    case = run(watched(edge("t", timer("P5D"))))
    case.wait(days=2)
    assert move(case, watched(edge("t", timer("P9D")))) == [("retimed", "t")]
    assert due(case) == {"t": timedelta(days=9)}


def test_a_timer_of_a_state_without_its_beginning_is_counted_from_now(
    run: Callable[..., Driver],
) -> None:
    """States of older releases do not say when a timer began."""
    case = run(watched(edge("t", timer("P5D"))))
    old = json.loads(case.case.dump())
    for row in old["t"]:
        row[3:] and row[3].pop("since", None)
    case.case = Case.restore(case.definition, json.dumps(old).encode(), **case._around())
    case.now += timedelta(days=2)
    case.save()
    move(case, watched(edge("t", timer("P9D"))))
    assert due(case) == {"t": timedelta(days=11)}


def test_a_cycle_fires_as_often_as_the_new_one_says(run: Callable[..., Driver]) -> None:
    """Twice already: of five there are three left, of two there is none."""
    case = run(watched(edge("t", timer("R4/P1D", "timeCycle"))))
    assert (case.wait(days=1), case.wait(days=1)) == (1, 1)
    case.save()
    fewer = plan(case, watched(edge("t", timer("R2/P2D", "timeCycle"))))
    assert [(each.kind, each.element) for each in fewer.changes] == [("dropped", "t")]
    move(case, watched(edge("t", timer("R5/P2D", "timeCycle"))))
    assert [case.wait(days=2) for _ in range(5)] == [1, 1, 1, 0, 0]


def test_a_new_reminder_is_armed_and_a_removed_one_dropped(run: Callable[..., Driver]) -> None:
    """On a task that is open already; counted from the move."""
    case = run(watched(edge("t", timer("P5D"))))
    case.wait(days=2)
    changes = move(case, watched(edge("u", timer("P1D"))))
    assert sorted(changes) == [("armed", "u"), ("dropped", "t")]
    assert due(case) == {"u": timedelta(days=3)}


def test_a_reminder_that_has_fired_is_not_armed_again(run: Callable[..., Driver]) -> None:
    """None lost, none doubled."""
    case = run(watched(edge("t", timer("P1D"))))
    assert case.wait(days=1) == 1
    assert move(case, watched(edge("t", timer("P7D")))) == []
    assert due(case) == {}


def test_what_a_removed_reminder_set_going_goes_on(run: Callable[..., Driver]) -> None:
    """Its steps are there still, though nothing leads to them."""
    after = user("ring") + end("t_e") + line("ring", "t_e")
    with_it = boundary("t", "a", timer("P1D"), interrupting=False) + after + line("t", "ring")
    case = run(watched(with_it))
    case.wait(days=1)
    move(case, watched(after))
    assert case.open == ["a", "ring"]
    case.do("ring")
    assert case.open == ["a"]


def test_a_message_of_another_name_is_waited_for(run: Callable[..., Driver]) -> None:
    """And the old one no more."""
    case = run(watched(edge("m", message("brev"))))
    move(case, watched(edge("m", message("svar"))))
    assert (case.deliver("brev"), case.deliver("svar")) == (False, True)


def test_a_timer_may_become_a_message_and_the_reverse(run: Callable[..., Driver]) -> None:
    """What stands and waits, waits for what the new version says."""

    def drawn(waits: str) -> bytes:
        catch = node("intermediateCatchEvent", "v", waits)
        return process("p", start(), catch, end(), line("start", "v", "end"), messages=MESSAGES)

    case = run(drawn(timer("P1D")))
    move(case, drawn(message("brev")))
    assert (due(case), len(case.case.subscriptions)) == ({}, 1)
    move(case, drawn(timer("P2D")))
    assert (due(case), case.case.subscriptions) == ({"v": timedelta(days=2)}, [])
    assert case.wait(days=2) == 1
    assert case.case.ended


def test_a_timer_without_meaning_is_refused(run: Callable[..., Driver]) -> None:
    """A variable the case does not have gives no time."""
    case = run(watched(edge("t", timer("P5D"))))
    assert refused(case, watched(edge("t", timer("ukjent"))))[0][:2] == ("time", "t")
    assert refused(case, watched(edge("ny", timer("ukjent"))))[0][:2] == ("time", "ny")


def race(**waits: str) -> bytes:
    """An event-based gateway and what races after it."""
    events = [node("intermediateCatchEvent", key, what) for key, what in waits.items()]
    flows = [line("valg", key, "end") for key in waits]
    return process(
        "p", start(), node("eventBasedGateway", "valg"), *events, end(),
        line("start", "valg"), *flows, messages=MESSAGES,
    )  # fmt: skip


def test_a_race_has_its_new_rivals(run: Callable[..., Driver]) -> None:
    """One is dropped, one is armed, and the first that comes still ends the others."""
    case = run(race(t=timer("P1D"), m=message("brev")))
    changes = move(case, race(m=message("brev"), s=message("svar")))
    assert sorted(changes) == [("armed", "s"), ("dropped", "t")]
    assert case.deliver("svar")
    assert case.case.ended


def test_a_race_whose_gateway_is_gone_is_refused(run: Callable[..., Driver]) -> None:
    """The events alone are no race."""
    case = run(race(t=timer("P1D"), m=message("brev")))
    other = race(t=timer("P1D"), m=message("brev")).replace(b"valg", b"annet")
    assert ("removed", "valg", ("annet",)) in refused(case, other)
    move(case, other, valg="annet")
    assert case.deliver("brev")


def guarded(*reactions: str) -> bytes:
    return simple("a", "b", extra="".join(reactions))


def pulled(key: str, *, interrupting: bool) -> str:
    inside = user(f"{key}_u") + end(f"{key}_e") + line(f"{key}_start", f"{key}_u", f"{key}_e")
    return reaction(key, message("trukket"), inside, interrupting=interrupting)


def test_a_new_reaction_listens(run: Callable[..., Driver]) -> None:
    """From now on, in what runs."""
    case = run(guarded())
    assert move(case, guarded(pulled("r", interrupting=False))) == [("armed", "r")]
    case.deliver("trukket")
    assert case.open == ["a", "r_u"]
    assert move(case, guarded(pulled("r", interrupting=False))) == []
    assert len(case.case.subscriptions) == 1


def test_nothing_new_listens_where_a_reaction_has_taken_over(run: Callable[..., Driver]) -> None:
    """It ended the flow, and those that listened beside it."""
    taken = pulled("r", interrupting=True)
    case = run(guarded(taken))
    case.deliver("trukket")
    assert move(case, guarded(taken, pulled("s", interrupting=False))) == []
    assert case.open == ["r_u"]
    assert refused(case, guarded(pulled("r", interrupting=False)))[0][:2] == ("kind", "r")


# Inclusive gateways


def test_an_inclusive_join_waits_for_what_can_come(run: Callable[..., Driver]) -> None:
    """A branch more is fine there: its token cannot come, and so is not waited for."""

    def drawn(*branches: str) -> bytes:
        fork, join = node("inclusiveGateway", "del"), node("inclusiveGateway", "samle")
        flows = [flow("del", each, "true") + line(each, "samle") for each in branches]
        return process(
            "p", start(), fork, *map(user, branches), join, user("til"), end(),
            line("start", "del"), *flows, line("samle", "til", "end"),
        )  # fmt: skip

    case = run(drawn("a", "b"))
    case.do("a")
    move(case, drawn("a", "b", "c"))
    case.step(lambda each: each.settle())
    assert case.open == ["b"]
    case.do("b")
    assert case.open == ["til"]


def test_a_diagram_too_tangled_to_look_through_is_refused(run: Callable[..., Driver]) -> None:
    """In bounded time, rather than moved without knowing."""
    case = run(simple("a"))
    flows = line("start", "m", "del", "a", "end") + line("del", "u", "m") + line("del", "v", "m")
    wild = process("p", start(), xor("m"), parallel("del"), *map(user, "auv"), end(), flows)
    assert refused(case, wild) == [("tangled", "a", ())]


def test_settling_what_cannot_go_on_is_told(run: Callable[..., Driver]) -> None:
    """A restored case in which nothing can happen any more is an error, not silence."""
    case = run(simple("a"))
    state = json.loads(case.case.dump())
    state["t"][0][1:] = ["samle", TaskState.WAITING, {"flow": "a-samle"}]
    forks = Definition.parse({"p": forked("a", "b")}, "p")
    stuck = Case.restore(forks, json.dumps(state).encode(), **case._around())
    with pytest.raises(UnusableDiagram):
        stuck.settle()


def test_escalations_and_signals_are_listened_for_too(run: Callable[..., Driver]) -> None:
    """Every kind of listener is armed on what is open already."""
    declared = '<bpmn:signal id="s1" name="s1"/>'
    new = watched(edge("s", event("signal", "s1"))).replace(
        b"<bpmn:process", declared.encode() + b"<bpmn:process"
    )
    case = run(watched())
    assert move(case, new) == [("armed", "s")]


# What stands still


class Standing(Driver):
    """A case in which what fails stands still."""

    def _around(self) -> dict[str, Any]:
        return super()._around() | {"halts": lambda _error: True}


def test_what_stands_still_does_so_in_the_new_version() -> None:
    """And is tried again by what the new version says, also where a way more leads on."""

    def drawn(*ways: str) -> bytes:
        tasks = user("b") + user("c") + line("b", "end") + line("c", "end")
        fork = node("inclusiveGateway", "x")
        return process("p", start(), fork, tasks, end(), line("start", "x"), *ways)

    case = Standing(drawn(flow("x", "b", "k = 1"), flow("x", "c", "k = 2")))
    [before] = case.case.incidents
    assert move(case, drawn(flow("x", "b", "k = 1", key="annen"), flow("x", "c", "true"))) == []
    assert [each.id for each in case.case.incidents] == [before.id]
    case.step(lambda each: each.retry(before.id))
    assert case.open == ["c"]


def test_a_timer_that_failed_waits_when_its_time_is_mended() -> None:
    """At the edge of a task, and in the flow."""
    case = Standing(watched(edge("t", timer("ukjent"))))
    assert [each.element for each in case.case.incidents] == ["t"]
    assert move(case, watched(edge("t", timer("P2D")))) == [("retimed", "t")]
    assert (case.case.incidents, due(case)) == ([], {"t": timedelta(days=2)})


def test_what_watches_a_task_that_failed_to_begin_is_armed_once() -> None:
    """By the move, and not once more when it begins."""

    def drawn(*extra: str, items: str = "ukjent") -> bytes:
        task = user("a", multi(items, "x"))
        return process("p", start(), task, end(), line("start", "a", "end"), *extra)

    case = Standing(drawn())
    [before] = case.case.incidents
    assert move(case, drawn(edge("t", timer("P2D")), items='["en"]')) == [("armed", "t")]
    case.step(lambda each: each.retry(before.id))
    assert (case.open, list(due(case))) == (["a:en"], ["t"])
    assert len(case.case.timers) == 1
