"""The stairs follow from the facts alone: all evidence is dated, and more facts lower nothing."""

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.coordination_stairs import Deed, Facts, Meeting, Round, climb

DAY = date(2026, 3, 2)
SCHOOL, NAV = Deed(DAY, "Skolen"), Deed(DAY, "NAV")
TOP = Facts(
    consents=(SCHOOL, NAV),
    meetings=(Meeting(DAY, "Hold startmøte", 4),),
    agreed=(SCHOOL, NAV),
    approved_on=DAY,
    reports=(SCHOOL, NAV),
    rounds=(Round(DAY, 1, ("Skolen", "NAV")), Round(DAY, 2, ("NAV", "Skolen"))),
)
LOST = {
    0: {"consents": ()},
    1: {"meetings": (Meeting(DAY, "Hold startmøte", 1),)},
    2: {"agreed": (SCHOOL, SCHOOL)},
    3: {"reports": (NAV,)},
    4: {"rounds": TOP.rounds[:1]},
}
"""Where a case stands → the change that brings it there from the top."""

days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
names = st.sampled_from(["Skolen", "NAV", "BUP", "Barnevernet"])
deeds = st.lists(st.builds(Deed, days, names), max_size=4).map(tuple)
all_facts = st.builds(
    Facts,
    consents=deeds,
    meetings=st.lists(st.builds(Meeting, days, names, st.integers(0, 5)), max_size=4).map(tuple),
    agreed=deeds,
    contradictions=st.lists(names, max_size=2).map(tuple),
    approved_on=st.none() | days,
    reports=deeds,
    rounds=st.lists(
        st.builds(Round, days, st.integers(1, 9), st.lists(names, max_size=3).map(tuple)),
        max_size=4,
    ).map(tuple),
)


def test_with_everything_in_place_it_is_ordinary_operation() -> None:
    """Two rounds with two voices, in a plan that is in use, is the top; nothing follows."""
    found = climb(TOP)
    assert found.standing == 5
    assert found.following is None


@pytest.mark.parametrize("standing", LOST)
def test_a_step_is_lost_with_what_it_stands_on(standing: int) -> None:
    """Take away what a step stands on, and the case stands below it, whatever is above."""
    found = climb(replace(TOP, **LOST[standing]))
    assert found.standing == standing
    assert found.following is not None
    assert found.following.number == standing + 1


def test_a_plan_that_is_stopped_is_not_worked_by() -> None:
    """Reports and rounds do not help when no plan is in use."""
    assert climb(replace(TOP, approved_on=None)).standing == 3


def test_measures_that_pull_apart_are_not_the_same_way() -> None:
    """One contradiction takes the case down to where the problem is seen together."""
    found = climb(replace(TOP, contradictions=("NAV og BUP vil ha hver sin rekkefølge",)))
    assert found.standing == 2
    assert found.contradictions


def test_a_round_with_one_service_is_not_joint() -> None:
    """Two voices from the same service are one voice."""
    alone = Round(DAY, 2, ("NAV", "NAV"))
    assert climb(replace(TOP, rounds=(TOP.rounds[0], alone))).standing == 4


def test_the_newest_rounds_are_shown() -> None:
    """A plan of ten years shows its latest rounds, not all forty."""
    many = tuple(Round(date(2026, 1, n), n, ("Skolen", "NAV")) for n in range(1, 29))
    top = climb(replace(TOP, rounds=many)).steps[-1]
    assert [one.count for one in top.evidence] == [26, 27, 28]


@given(all_facts)
def test_no_step_without_evidence(facts: Facts) -> None:
    """What is reached is shown by something dated, and so is everything below it."""
    found = climb(facts)
    assert [step.reached for step in found.steps] == [True] * found.standing + [False] * (
        5 - found.standing
    )
    assert all(step.evidence for step in found.steps if step.reached)
    told = {str(one) for one in days_in(facts)}
    assert {str(one.on) for step in found.steps for one in step.evidence} <= told


def days_in(value: Any) -> list[date]:
    """Every date in the facts."""
    if isinstance(value, date):
        return [value]
    if isinstance(value, tuple):
        return [day for each in value for day in days_in(each)]
    if hasattr(value, "__dataclass_fields__"):
        return [day for each in fields(value) for day in days_in(getattr(value, each.name))]
    return []


@given(all_facts, all_facts)
def test_more_facts_never_lower_it(some: Facts, more: Facts) -> None:
    """Whatever else happens, short of a contradiction, the case stands no lower."""
    both = Facts(
        consents=some.consents + more.consents,
        meetings=some.meetings + more.meetings,
        agreed=some.agreed + more.agreed,
        contradictions=some.contradictions,
        approved_on=some.approved_on or more.approved_on,
        reports=some.reports + more.reports,
        rounds=some.rounds + more.rounds,
    )
    assert climb(both).standing >= climb(some).standing
