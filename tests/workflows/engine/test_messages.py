"""Messages: boundary, intermediate and event subprocesses, in loops, calls and after saves."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.workflows.engine.diagrams import (
    boundary,
    call,
    end,
    flow,
    line,
    message,
    multi,
    node,
    parallel,
    process,
    reaction,
    service,
    start,
    timer,
    user,
    xor,
)
from tests.workflows.engine.running import Driver

Run = Callable[..., Driver]


def waiting(case: Driver) -> list[tuple[str, str, str]]:
    return sorted((each.process, each.element, each.message) for each in case.case.subscriptions)


def plan(*reactions: str) -> bytes:
    """A loop over the task `a` until `videre` is not true, with event subprocesses."""
    flows = line("start", "m", "a", "x", "ferdig"), flow("x", "m", "videre = true")
    parts = start(), xor("m"), user("a"), xor("x", "x-ferdig"), end("ferdig"), *flows
    return process("p", *parts, *reactions, messages=["trukket", "alt", "slutter"])


def small(key: str, name: str, interrupting: bool = False) -> str:
    """An event subprocess with the task `<key>_task`."""
    task = f"{key}_task"
    inner = user(task), end(f"{key}_end"), line(f"{key}_start", task, f"{key}_end")
    return reaction(key, message(name), *inner, interrupting=interrupting)


def test_message_nobody_waits_for(run: Run) -> None:
    """It is not delivered, and changes nothing."""
    case = run(plan())
    before = case.case.dump()
    assert not case.deliver("trukket", x=1)
    assert case.case.dump() == before


def test_intermediate_message(run: Run) -> None:
    """The flow waits for the message and goes on with what came in it."""
    catch = node("intermediateCatchEvent", "c", message("svar"))
    parts = start(), catch, user("a"), end(), line("start", "c", "a", "end")
    case = run(process("p", *parts, messages=["svar"]))
    assert (case.open, waiting(case)) == ([], [("p", "c", "svar")])
    assert case.deliver("svar", hva="ja")
    assert (case.find("a").data, waiting(case)) == ({"hva": "ja"}, [])


def test_receive_task(run: Run) -> None:
    """A receive task waits for its message like a catch event."""
    receive = node("receiveTask", "c", messageRef="m_svar")
    parts = start(), receive, user("a"), end(), line("start", "c", "a", "end")
    case = run(process("p", *parts, messages=["svar"]))
    assert case.deliver("svar")
    assert case.open == ["a"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_boundary_message_every_round(run: Run, interrupting: bool) -> None:
    """Interrupting takes the task; non-interrupting leaves it and may come many times."""
    parts = user("a"), boundary("b", "a", message("trukket"), interrupting=interrupting)
    flows = line("start", "m", "a", "m"), line("b", "r", "m" if interrupting else "end")
    case = run(
        process("p", start(), xor("m"), *parts, user("r"), end(), *flows, messages=["trukket"])
    )
    for _ in range(4):
        times = 1 if interrupting else 3
        for _ in range(times):
            assert case.deliver("trukket")
        assert case.open == (["r"] if interrupting else ["a", "r", "r", "r"])
        assert case.deliver("trukket") is not interrupting
        while "r" in case.open:
            case.do("r")
        if not interrupting:
            case.do("a")


def test_non_interrupting_event_subprocess_many_times(run: Run) -> None:
    """It fires as often as the message comes, in any round, while the main flow goes on."""
    case = run(plan(small("r", "trukket")))
    for n in range(1, 6):
        assert case.deliver("trukket")
        assert case.deliver("trukket")
        assert case.open == ["a", "r_task", "r_task"]
        case.do("r_task")
        case.do("a", videre=True)
        case.do("r_task")
        assert case.open == ["a"], n
    assert waiting(case) == [("p", "r", "trukket")]


def test_process_waits_for_its_event_subprocesses(run: Run) -> None:
    """The process has not ended while a reaction is open; then the main end is the outcome."""
    case = run(plan(small("r", "trukket")))
    case.deliver("trukket")
    case.do("a")
    assert (case.open, case.case.ended) == (["r_task"], False)
    assert case.deliver("trukket")
    case.do("r_task")
    case.do("r_task")
    assert (case.case.ended, case.case.outcome, waiting(case)) == (True, "ferdig", [])


def test_each_event_subprocess_has_its_own_message(run: Run) -> None:
    """What came with the message stays with that reaction; the process does not get it."""
    case = run(plan(small("r", "trukket")))
    case.deliver("trukket", tjeneste="x")
    case.deliver("trukket", tjeneste="y")
    data = [task.data.get("tjeneste") for task in case.case.open_tasks if task.element == "r_task"]
    assert sorted(data, key=str) == ["x", "y"]
    assert "tjeneste" not in case.find("a").data


def test_event_subprocess_shares_the_variables_of_the_process(run: Run) -> None:
    """What is decided in a reaction is seen by the main flow at once."""
    case = run(plan(small("r", "trukket")))
    case.deliver("trukket", tjeneste="x")
    case.do("r_task", avklart=True, tjeneste="z")
    assert case.find("a").data == {"avklart": True}


def interrupted() -> bytes:
    """A plan in two branches with timers and reactions, and one reaction that replaces it all."""
    loop = (
        service("stans", "plan.suspend"),
        xor("om"),
        user("oppfolging"),
        xor("ox", "ox-slutt"),
        end("slutt"),
        line("alt_start", "stans", "om", "oppfolging", "ox", "slutt"),
        flow("ox", "om", "videre = true"),
    )
    return process(
        "p",
        start(),
        parallel("s"),
        user("a"),
        boundary("t", "a", timer("P5D")),
        call("c", "under"),
        parallel("j"),
        end(),
        line("start", "s", "a", "j", "end"),
        line("s", "c", "j"),
        line("t", "j"),
        small("r", "trukket"),
        reaction("alt", message("alt"), *loop, interrupting=True),
        messages=["trukket", "alt"],
    )


UNDER = process("under", start(), user("u"), end(), line("start", "u", "end"))


def test_interrupting_event_subprocess_replaces_everything(run: Run) -> None:
    """Branches, timers, calls and reactions are cancelled; its loop goes on to its own end."""
    calls: list[str] = []
    case = run(interrupted(), UNDER, operate=lambda name, *_: calls.append(name) or {})
    case.deliver("trukket")
    assert case.open == ["a", "r_task", "u"]
    assert case.deliver("alt", hvorfor="ja")
    assert (case.open, case.case.timers, waiting(case)) == (["oppfolging"], [], [])
    assert calls == ["plan.suspend"]
    cancelled = {event.element for event in case.history if event.kind == "cancelled"}
    assert cancelled == {"a", "c", "u", "r", "r_task"}
    for _ in range(3):
        case.do("oppfolging", videre=True)
    assert not case.deliver("alt")
    assert not case.deliver("trukket")
    case.do("oppfolging", videre=False)
    assert (case.case.ended, case.case.outcome) == (True, "slutt")


def test_message_reaches_into_a_call_in_a_loop(run: Run) -> None:
    """A reaction of the called process is there in each round, and only while it runs."""
    inner = start(), user("u"), end(), line("start", "u", "end"), small("r", "trukket")
    called = process("under", *inner, messages=["trukket"])
    flows = line("start", "m", "c", "a", "m")
    case = run(process("p", start(), xor("m"), call("c", "under"), user("a"), *flows), called)
    for _ in range(3):
        assert case.deliver("trukket")
        assert case.deliver("trukket")
        assert case.open == ["r_task", "r_task", "u"]
        case.do("r_task")
        case.do("u")
        assert case.open == ["r_task"]
        case.do("r_task")
        assert case.open == ["a"]
        assert not case.deliver("trukket")
        case.do("a")


def test_innermost_gets_the_message(run: Run) -> None:
    """Of those that wait for the same name, the called process's own is nearest."""
    inner = start(), user("u"), end(), line("start", "u", "end"), small("r", "trukket")
    called = process("under", *inner, messages=["trukket"])
    parts = start(), call("c", "under"), user("a"), end(), line("start", "c", "a", "end")
    case = run(process("p", *parts, small("ytre", "trukket"), messages=["trukket"]), called)
    assert waiting(case) == [("p", "ytre", "trukket"), ("under", "r", "trukket")]
    case.deliver("trukket")
    assert case.open == ["r_task", "u"]
    case.do("u")
    case.do("r_task")
    case.deliver("trukket")
    assert case.open == ["a", "ytre_task"]


def test_boundary_is_nearer_than_event_subprocess(run: Run) -> None:
    """A task's own boundary event takes the message before the process's reaction."""
    parts = start(), user("a"), boundary("b", "a", message("trukket")), user("n"), end()
    flows = line("start", "a", "end"), line("b", "n", "end")
    case = run(process("p", *parts, *flows, small("r", "trukket"), messages=["trukket"]))
    case.deliver("trukket")
    assert case.open == ["n"]
    case.deliver("trukket")
    assert case.open == ["n", "r_task"]


def test_all_instances_get_the_message(run: Run) -> None:
    """Instances of a multi-instance stand equally near, and all get it."""
    inner = start("s"), user("u"), boundary("b", "u", message("trukket")), end("e"), end("e2")
    inside = *inner, line("s", "u", "e"), line("b", "e2"), multi("tjenester", "t")
    parts = start(), node("subProcess", "sub", *inside), user("a"), end()
    case = run(
        process("p", *parts, line("start", "sub", "a", "end"), messages=["trukket"]),
        variables={"tjenester": ["x", "y"]},
    )
    assert len(case.case.subscriptions) == 2
    case.deliver("trukket")
    assert case.open == ["a"]


def test_call_inside_an_event_subprocess(run: Run) -> None:
    """A reaction may call a process, many at a time, and what each wrote comes back."""
    inner = call("rc", "under"), end("re"), line("r_start", "rc", "re")
    case = run(plan(reaction("r", message("slutter"), *inner)), UNDER)
    case.deliver("slutter", n=1)
    case.deliver("slutter", n=2)
    assert case.open == ["a", "u", "u"]
    case.do("u", overlevert=True)
    assert case.find("a").data == {"overlevert": True}
    assert [task.data["n"] for task in case.case.open_tasks if task.element == "u"] == [2]


def test_subscription_keeps_its_id(run: Run) -> None:
    """A place that waits is the same over saves and rounds."""
    case = run(plan(small("r", "trukket")))
    [before] = case.case.subscriptions
    for _ in range(3):
        case.do("a", videre=True)
        case.deliver("trukket")
    assert case.case.subscriptions == [before]


def test_message_variables_reach_the_operation(run: Run) -> None:
    """An operation in a reaction sees what came with the message."""
    calls: list[Any] = []
    inner = service("o", "si", hvem="=tjeneste"), end("e"), line("r_start", "o", "e")
    case = run(
        plan(reaction("r", message("trukket"), *inner)),
        operate=lambda name, given, seen, where: calls.append((name, given, where.element)) or {},
    )
    case.deliver("trukket", tjeneste="x")
    assert calls == [("si", {"hvem": "x"}, "o")]


def test_side_flow_is_no_outcome(run: Run) -> None:
    """A reminder's own end, whenever it is reached, is not what the process came to."""
    parts = user("a"), boundary("t", "a", timer("P1D"), interrupting=False), user("purr")
    flows = line("start", "a", "ferdig"), line("t", "purr", "purret")
    case = run(process("p", start(), *parts, end("ferdig"), end("purret"), *flows))
    case.wait(days=1)
    case.do("a")
    assert not case.case.ended
    case.do("purr")
    assert (case.case.ended, case.case.outcome) == (True, "ferdig")


def test_reaction_may_change_what_came_with_its_message(run: Run) -> None:
    """The reaction goes on with the new value; the process still does not get it."""
    inner = user("u"), user("v"), end("e"), line("r_start", "u", "v", "e")
    case = run(plan(reaction("r", message("trukket"), *inner)))
    case.deliver("trukket", tjeneste="x")
    case.do("u", tjeneste="y")
    assert case.find("v").data == {"tjeneste": "y"}
    assert case.find("a").data == {}


def test_boundary_message_brings_variables(run: Run) -> None:
    """What comes with a message to a task becomes variables of the process."""
    parts = user("a"), boundary("b", "a", message("trukket")), user("r"), end()
    flows = line("start", "a", "end"), line("b", "r", "end")
    case = run(process("p", start(), *parts, *flows, messages=["trukket"]))
    case.deliver("trukket", tjeneste="x")
    assert case.find("r").data == {"tjeneste": "x"}


def test_waiting_flow_is_nearer_than_event_subprocess(run: Run) -> None:
    """The flow that stands and waits takes the message before the process's reaction."""
    catch = node("intermediateCatchEvent", "c", message("trukket"))
    parts = start(), catch, user("a"), end(), line("start", "c", "a", "end")
    case = run(process("p", *parts, small("r", "trukket"), messages=["trukket"]))
    case.deliver("trukket")
    assert case.open == ["a"]
    case.deliver("trukket")
    assert case.open == ["a", "r_task"]
