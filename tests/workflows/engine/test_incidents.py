"""What fails stands still, and only that: retried, skipped, saved, watched and withdrawn."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.engine.diagrams import (
    boundary,
    call,
    end,
    flow,
    line,
    multi,
    node,
    parallel,
    process,
    properties,
    reaction,
    service,
    start,
    timer,
    user,
    xor,
)
from tests.workflows.engine.running import Driver
from workflows.engine import Case, Endless, NotOpen


class Trouble(Exception):
    """What an operation raises in these tests."""


class Failing:
    """Operations that fail as often as they are told to, and then succeed."""

    def __init__(self, times: int = 1) -> None:
        self.left = times
        self.done: list[str] = []

    def __call__(self, name: str, *_: Any) -> Mapping[str, Any]:
        if self.left:
            self.left -= 1
            raise Trouble("Mia Testesen")
        self.done.append(name)
        return {"gjort": name}


class Standing(Driver):
    """A case in which everything that fails becomes an incident."""

    after: Endless | None = None

    def _around(self) -> dict[str, Any]:
        return {**super()._around(), "halts": lambda _: True, "after": self.after}

    @property
    def halted(self) -> list[str]:
        return [each.element for each in self.case.incidents]

    def retry(self, at: int = 0) -> None:
        self.step(lambda case: case.retry(case.incidents[at].id))

    def skip(self, way: str | None = None) -> None:
        self.step(lambda case: case.skip(case.incidents[0].id, way))

    def told(self, element: str) -> list[str]:
        return [event.kind for event in self.history if event.element == element]


Run = Callable[..., Standing]


@pytest.fixture(params=[False, True], ids=["in memory", "saved at every step"])
def run(request: pytest.FixtureRequest) -> Run:
    return partial(Standing, saving=request.param)


SERVED = process(
    "p",
    start(),
    user("a"),
    service("s", "o"),
    user("b"),
    end(),
    line("start", "a", "s", "b", "end"),
)


def test_what_fails_stands_still_and_the_answer_is_kept(run: Run) -> None:
    """The person's completion counts; the token stays at the element, over dump and restore."""
    case = run(SERVED, operate=Failing())
    case.do("a", n=1)
    case.save()
    (incident,) = case.case.incidents
    assert (incident.process, incident.element, incident.item) == ("p", "s", None)
    assert (incident.reason, case.open, case.case.ended) == ("Trouble", [], False)
    assert case.told("s") == ["reached", "failed"]


def test_nothing_of_the_message_is_kept() -> None:
    """What an error says may be about a person: the state knows its kind only."""
    case = Standing(SERVED, operate=Failing())
    case.do("a")
    assert b"Testesen" not in case.case.dump()


def test_retry_goes_on_where_it_stood(run: Run) -> None:
    """A retry that fails leaves it standing; one that succeeds goes on with what came of it."""
    case = run(SERVED, operate=Failing(2))
    case.do("a")
    case.retry()
    assert case.halted == ["s"]
    case.retry()
    assert (case.halted, case.open, dict(case.find("b").data)) == ([], ["b"], {"gjort": "o"})
    assert case.told("s") == ["reached", "failed", "retried", "failed", "retried", "completed"]


def test_skip_goes_on_without(run: Run) -> None:
    """As if completed with no variables, and told of as skipped, not as completed."""
    case = run(SERVED, operate=Failing())
    case.do("a")
    case.skip()
    assert (case.halted, case.open, dict(case.find("b").data)) == ([], ["b"], {})
    assert case.told("s") == ["reached", "failed", "skipped"]


def test_incident_that_is_gone_is_not_open(run: Run) -> None:
    """Retrying or skipping what stands still no more is refused."""
    case = run(SERVED, operate=Failing())
    case.do("a")
    gone = case.case.incidents[0].id
    case.retry()
    for act in (case.case.retry, case.case.skip):
        with pytest.raises(NotOpen):
            act(gone)


def test_error_that_does_not_halt_is_raised() -> None:
    """The caller decides which errors make an incident."""
    case = Driver(SERVED, operate=Failing())
    with pytest.raises(Trouble):
        case.do("a")


def test_other_branches_go_on(run: Run) -> None:
    """Beside a branch that stands still people work, and the join waits for it."""
    parts = parallel("g"), service("s", "o"), user("b"), parallel("j"), user("c"), end()
    flows = line("start", "g", "s", "j", "c", "end"), line("g", "b", "j")
    case = run(process("p", start(), *parts, *flows), operate=Failing())
    case.do("b")
    assert (case.halted, case.open) == (["s"], [])
    case.retry()
    assert case.open == ["c"]


def test_each_round_of_a_loop_stands_for_itself(run: Run) -> None:
    """An incident in one round leaves nothing behind for the next."""
    source = process(
        "p", start(), xor("m"), user("a"), service("s", "o"), xor("x", "x-end"), end(),
        line("start", "m", "a", "s", "x", "end"), flow("x", "m", "igjen = true"),
    )  # fmt: skip
    trouble = Failing(0)
    case = run(source, operate=trouble)
    for again in (True, True, False):
        trouble.left = 1
        case.do("a", igjen=again)
        assert (case.halted, case.open) == (["s"], [])
        case.retry()
    assert (case.case.ended, trouble.done) == (True, ["o"] * 3)


def test_one_instance_of_several(run: Run) -> None:
    """The incident names its item; the other instances are done, and the whole when it is."""
    each = node("serviceTask", "s", properties(operation="o", hvem="=t"), multi("tjenester", "t"))
    source = process("p", start(), each, user("a"), end(), line("start", "s", "a", "end"))

    def operate(_: str, given: Any, *__: Any) -> dict[str, Any]:
        if given["hvem"] in bad:
            raise Trouble
        return {}

    bad = {"y"}
    case = run(source, variables={"tjenester": ["x", "y", "z"]}, operate=operate)
    assert [(each.element, each.item) for each in case.case.incidents] == [("s", "y")]
    bad.clear()
    case.retry()
    assert case.open == ["a"]


@pytest.mark.parametrize("sequential", [False, True])
def test_what_is_no_list_stands_still_and_is_still_watched(run: Run, sequential: bool) -> None:
    """The opening is tried again with the variables as they are then; its timer runs meanwhile."""
    task = user("u", multi("tjenester", "t", sequential))
    reminder = boundary("t", "u", timer("P7D"), interrupting=False)
    source = process(
        "p", start(), parallel("g"), user("b"), task, reminder, user("purr"), end(),
        line("start", "g", "u", "end"), line("g", "b", "end"), line("t", "purr", "end"),
    )  # fmt: skip
    case = run(source, variables={"tjenester": "x"})
    assert (case.halted, case.open) == (["u"], ["b"])
    assert case.wait(days=7) == 1
    case.do("b", tjenester=["x", "y"])
    case.retry()
    assert case.open[-1] == "u:x" if sequential else case.open[-2:] == ["u:x", "u:y"]
    assert case.case.timers == []


def test_completion_condition_that_fails(run: Run) -> None:
    """After one instance nobody can say whether it is enough: that alone stands still."""
    endless = "every i in l satisfies every j in l satisfies i + j > 0"
    task = user("u", multi("tjenester", "t", sequential=True, until=endless))
    source = process("p", start(), task, user("a"), end(), line("start", "u", "a", "end"))
    case = run(source, variables={"tjenester": ["x", "y"], "l": [1] * 2000})
    case.do("u")
    assert (case.halted, case.open) == (["u"], [])
    assert case.case.incidents[0].reason == "Uttrykket tar for lang tid å regne ut."
    case.retry()
    assert case.halted == ["u"]
    case.skip()
    assert (case.halted, case.open) == ([], ["u:y"])
    case.do("u")
    case.skip()
    assert case.open == ["a"]


def test_inside_a_subprocess_and_a_called_process(run: Run) -> None:
    """The incident knows its own process and the step of the case; what is around goes on after."""
    inner = process("q", start(), service("s", "o"), end(), line("start", "s", "end"))
    body = start("ds"), call("c", "q"), end("de"), line("ds", "c", "de")
    source = process(
        "p",
        start(),
        node("subProcess", "d", *body),
        user("a"),
        end(),
        line("start", "d", "a", "end"),
    )
    case = run(source, inner, key="p", operate=Failing())
    (incident,) = case.case.incidents
    assert (incident.process, incident.element, incident.step) == ("q", "s", "c")
    case.retry()
    assert (case.open, dict(case.find("a").data)) == (["a"], {"gjort": "o"})


def test_boundary_event_takes_what_stands_still(run: Run) -> None:
    """An interrupting timer withdraws the incident with its task."""
    parts = service("s", "o"), boundary("t", "s", timer("P1D")), user("a"), end()
    source = process("p", start(), *parts, line("start", "s", "end"), line("t", "a", "end"))
    case = run(source, operate=Failing())
    assert case.wait(days=1) == 1
    assert (case.halted, case.open) == ([], ["a"])
    assert case.told("s") == ["reached", "failed", "cancelled"]


CHOICE = process(
    "p", start(), user("a"), xor("x"), end("ja"), end("nei"),
    line("start", "a", "x"), flow("x", "ja", "n = 1"), flow("x", "nei", "n = 2"),
)  # fmt: skip


def test_gateway_without_a_way_is_skipped_by_a_choice(run: Run) -> None:
    """The operator chooses the flow; without one, or with one that is not its, it is refused."""
    case = run(CHOICE)
    case.do("a", n=3)
    assert case.case.incidents[0].ways == ("x-ja", "x-nei")
    assert "Ingen betingelse" in case.case.incidents[0].reason
    for way in (None, "a-x"):
        with pytest.raises(ValueError, match=str(way)):
            case.skip(way)
        case.save()
    case.skip("x-nei")
    assert case.case.outcome == "nei"


def test_inclusive_gateway_is_tried_again_with_what_is_known_then(run: Run) -> None:
    """A retry evaluates the conditions anew."""
    source = process(
        "p", start(), parallel("g"), user("a"), node("inclusiveGateway", "x"), user("b"), user("c"),
        end(), line("start", "g", "a", "end"), line("g", "x"), flow("x", "b", "n = 1"),
        flow("x", "c", "n > 0"), line("b", "end"), line("c", "end"),
    )  # fmt: skip
    case = run(source)
    assert (case.halted, case.open) == (["x"], ["a"])
    case.do("a", n=1)
    case.retry()
    assert case.open == ["b", "c"]


WATCHED = process(
    "p", start(), parallel("g"), user("a"), user("b"), boundary("t", "a", timer("frist")),
    user("sen"), end(), line("start", "g", "a", "end"), line("g", "b", "end"),
    line("t", "sen", "end"),
)  # fmt: skip


def test_timer_that_cannot_be_read_does_not_stop_its_task(run: Run) -> None:
    """The task can be done; the timer is set when its time is known."""
    case = run(WATCHED, variables={"frist": "Mia Testesen"})
    assert (case.halted, case.open) == (["t"], ["a", "b"])
    assert "Testesen" not in case.case.incidents[0].reason
    case.do("b", frist="P1D")
    case.retry()
    assert case.wait(days=1) == 1
    assert case.open == ["sen"]


def test_timer_that_stands_still_goes_with_its_task(run: Run) -> None:
    """Once the task is done there is nothing to watch."""
    case = run(WATCHED)
    case.do("a")
    case.do("b")
    assert (case.halted, case.case.ended) == ([], True)


def test_timer_that_is_skipped_never_fires(run: Run) -> None:
    """A watching event that is skipped is left out; its task is as it was."""
    case = run(WATCHED)
    case.skip()
    assert (case.halted, case.open, case.case.timers) == ([], ["a", "b"], [])


def test_catch_event_that_cannot_be_read(run: Run) -> None:
    """In the flow it stands still; skipped, it is passed at once."""
    catch = node("intermediateCatchEvent", "t", timer("frist"))
    case = run(process("p", start(), catch, user("a"), end(), line("start", "t", "a", "end")))
    assert (case.halted, case.open) == (["t"], [])
    case.skip()
    assert case.open == ["a"]


@pytest.mark.parametrize("skip", [False, True])
def test_reaction_that_cannot_listen(run: Run, skip: bool) -> None:
    """An event subprocess whose time is not known holds nothing back, and listens when told."""
    inside = reaction("r", timer("frist"), user("u"), end("re"), line("r_start", "u", "re"))
    source = process(
        "p", start(), user("a"), user("b"), end(), inside, line("start", "a", "b", "end")
    )
    case = run(source)
    assert (case.halted, case.open) == (["r"], ["a"])
    case.do("a", frist="P1D")
    if skip:
        case.skip()
    else:
        case.retry()
    assert case.wait(days=1) == (0 if skip else 1)
    assert case.open == (["b"] if skip else ["b", "u"])
    while case.open:
        case.do(case.case.open_tasks[0].element)
    assert case.case.ended


def test_join_that_nothing_can_reach_stands_still(run: Run) -> None:
    """It is told; skipped, it goes on with the tokens it has."""
    dead = process(
        "p", start(), xor("x", "x-j"), parallel("j"), user("a"), user("b"), end(),
        line("start", "x", "j", "b", "end"), flow("x", "a", "false"), line("a", "j"),
    )  # fmt: skip
    case = run(dead)
    assert case.halted == ["j"]
    case.retry()
    assert case.halted == ["j"]
    case.skip()
    assert (case.halted, case.open) == ([], ["b"])


def test_ring_stands_still_before_it_begins(run: Run) -> None:
    """Done again after Endless, nothing runs by itself; a later retry may find a way out."""
    ring = process(
        "p", start(), user("a"), xor("x"), service("s", "o"), xor("y", "y-x"), end(),
        line("start", "a", "x", "s", "y", "x"), flow("y", "end", "gjort = 1"),
    )  # fmt: skip
    answers: list[dict[str, Any]] = [{}]
    case = run(ring, operate=lambda *_: answers[0])
    before = case.case.dump()
    with pytest.raises(Endless) as endless:
        case.do("a")
    case.after = endless.value
    case.case = Case.restore(case.definition, before, **case._around())
    case.do("a")
    assert case.halted == ["x"]
    assert "Går i ring" in case.case.incidents[0].reason
    case.after, answers[0] = None, {"gjort": 1}
    case.save()
    case.retry()
    assert case.case.ended


LOOPED = process(
    "p", start(), xor("m"), user("a"), parallel("g"), service("s", "s"), user("b"),
    node("serviceTask", "v", properties(operation="v"), multi("l", "i")),
    parallel("j"), xor("x", "x-end"), end(),
    line("start", "m", "a", "g", "s", "j"), line("g", "b", "v", "j", "x", "end"),
    flow("x", "m", "igjen = true"),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=12), st.booleans())
def test_any_number_of_failures_gives_the_same_end(failures: list[int], saving: bool) -> None:
    """Failing at random and then succeeding ends as if nothing had ever failed."""

    def walk(plan: list[int]) -> tuple[Any, list[Any]]:
        trouble = Failing(0)

        def operate(name: str, given: Any, seen: Any, where: Any) -> Mapping[str, Any]:
            trouble.left = trouble.left or (plan.pop() if plan and where.task_id not in met else 0)
            met.add(where.task_id)
            trouble(name)
            done.append((name, where.item))
            return {"sum": seen.get("sum", 0) + 1}

        met: set[Any] = set()
        done: list[Any] = []
        case = Standing(LOOPED, variables={"l": ["x", "y"]}, operate=operate, saving=saving)
        for again in (True, False):
            case.do("a", igjen=again)
            while case.halted:
                case.retry()
            case.do("b", svar=1)
            while case.halted:
                case.retry()
        assert case.case.ended
        return case.case._root.data, sorted(done, key=str)

    assert walk(list(failures)) == walk([])


def test_time_passes_for_an_incident(run: Run) -> None:
    """A timer set by a retry counts from the retry, not from when it failed."""
    catch = node("intermediateCatchEvent", "t", timer("frist"))
    source = process(
        "p", start(), parallel("g"), catch, user("a"), user("b"), end(),
        line("start", "g", "t", "b", "end"), line("g", "a", "end"),
    )  # fmt: skip
    case = run(source)
    case.do("a", frist="P1D")
    assert case.wait(days=5) == 0
    case.retry()
    assert [each.due_at for each in case.case.timers] == [case.now + timedelta(days=1)]
