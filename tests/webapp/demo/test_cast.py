"""The residents and their stories, without building them."""

import re
import string
from dataclasses import fields
from datetime import date
from pathlib import Path
from random import Random

import pytest

from forms import national_number
from webapp.demo import answers, cast, family_answers, municipality, numbers, settling, themes
from webapp.demo.resident import Resident
from webapp.demo.stories import STAGES
from workflows import definitions, relation_kinds

EVERYBODY = pytest.mark.parametrize("resident", cast.RESIDENTS, ids=lambda each: each.name)
TOWNS = {municipality.MAIN: municipality.LINDVIK, municipality.SMALL: municipality.STORFJELLA}
NOT_IN_TASKS = {"behov", "holf_behov", "invest_kontakt", "kall_inn_tjeneste"}
"""Forms that start a case, or tell a running one something."""
NAMES = sorted(path.stem for path in Path(themes.__file__).parent.glob("*.toml"))


def staff(town: str) -> set[str]:
    units = [*TOWNS[town], *(u for u in municipality.LINDVIK if u.key == municipality.SHARED)]
    return {who[0] for unit in units for who in unit.staff}


def test_every_stage_is_shown() -> None:
    """Every stage of a plan can be seen in somebody, and no story claims a stage unknown."""
    assert {stage for each in cast.RESIDENTS for stage in each.story.stages} == set(STAGES)


def test_the_size_of_the_municipality() -> None:
    """About forty residents, seventeen services and some thirty people who work there."""
    assert 40 <= len(cast.RESIDENTS) <= 50
    assert len(municipality.LINDVIK) == 17
    assert 30 <= sum(len(unit.staff) for unit in municipality.LINDVIK) <= 35


def test_the_first_are_for_newcomers() -> None:
    """The main character and the one to begin with are there however few are built."""
    assert cast.RESIDENTS[:2] == (cast.MAIN_CHARACTER, cast.FROM_SCRATCH)


def test_names_are_different() -> None:
    """No two people who can log in have the same username."""
    names = [each.name for each in cast.RESIDENTS]
    names += [who[0] for units in TOWNS.values() for unit in units for who in unit.staff]
    usernames = [numbers.username(name) for name in names]
    assert len(set(usernames)) == len(usernames)


def test_one_service_has_nobody() -> None:
    """In one service nobody works, so that its tasks fall to the coordinating unit."""
    assert [unit.key for unit in municipality.LINDVIK if not unit.staff] == ["avlastning"]


@EVERYBODY
def test_the_coordinator_works_there(resident: Resident) -> None:
    """Everybody's coordinator works in their municipality."""
    assert resident.coordinator in staff(resident.town)


@EVERYBODY
def test_relatives_are_of_known_kinds(resident: Resident) -> None:
    """Every relative is of a kind the product knows."""
    assert {each.kind for each in resident.relatives} <= set(relation_kinds.KINDS)


@EVERYBODY
def test_children_have_someone_who_acts_for_them(resident: Resident) -> None:
    """Whoever is under 16 has a parent or guardian."""
    assert resident.age >= 16 or any(each.acts_for for each in resident.relatives)


@EVERYBODY
def test_siblings_are_residents_or_only_named(resident: Resident) -> None:
    """A sibling who is a resident too has the same parents."""
    known = {each.name: each for each in cast.RESIDENTS}
    parents = {each.name for each in resident.relatives if each.acts_for and each.login}
    for each in resident.relatives:
        if each.kind == "soesken" and each.name in known:
            assert parents & {one.name for one in known[each.name].relatives}


@EVERYBODY
def test_birthdays_make_the_age(resident: Resident) -> None:
    """A resident is as old as the cast says, whichever day the demo is built."""
    for today in (date(2026, 2, 28), date(2027, 1, 1), date(2028, 2, 29)):
        born = settling.born_on(resident, today)
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        assert age == resident.age


@pytest.mark.parametrize("born", [date(1959, 6, 9), date(1999, 12, 31), date(2016, 2, 29)])
def test_numbers_are_valid_and_synthetic(born: date) -> None:
    """A made-up national number passes the check and can be nobody's."""
    number = numbers.synthetic_number(born, Random(1))  # noqa: S311 - any will do
    assert national_number.fault(number, date(2026, 1, 1)) is None
    assert number[2:4] == f"{born.month + 80}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ane Gaup", "ane.gaup"),
        ("Jakob Hansen-Rivera", "jakob.hansen.rivera"),
        ("Åge Bø", "age.bo"),
    ],
)
def test_usernames_are_plain(name: str, expected: str) -> None:
    """A username is typed without Norwegian letters."""
    assert numbers.username(name) == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_theme_is_used(name: str) -> None:
    """Every theme belongs to somebody."""
    assert themes.theme(name) in {each.theme for each in cast.RESIDENTS}


@pytest.mark.parametrize("name", NAMES)
def test_a_theme_names_services_that_are_there(name: str) -> None:
    """Every measure is done by a service of the municipality."""
    known = {unit.key for unit in municipality.LINDVIK} | {"skole"}
    measures = [each for goal in themes.theme(name).goals for each in goal.measures]
    assert {each.by for each in measures} <= known


@pytest.mark.parametrize("name", NAMES)
def test_texts_have_only_the_name_to_fill_in(name: str) -> None:
    """What is filled into a text is the person's first name and nothing else."""
    text = Path(themes.__file__).with_name(f"{name}.toml").read_text(encoding="utf-8")
    assert {field for _, field, _, _ in string.Formatter().parse(text) if field} <= {"navn"}


def test_own_words_name_nobody() -> None:
    """What the person says themself is taken as it stands, so nothing is to be filled in."""
    own = ("matters", "strengths", "help", "works", "fails", "wants", "other_view")
    assert set(own) <= {each.name for each in fields(themes.Theme)}
    for name in NAMES:
        found = themes.theme(name)
        said = [getattr(found, each) for each in own]
        said += [text for goal in found.goals for text in (*goal.low, *goal.middle, *goal.high)]
        assert not [text for text in said if re.search("[{}]", text)]


def test_every_form_has_answers() -> None:
    """Every form of the library that a task asks for can be answered in the demo."""
    asked = {path.stem for path in definitions.FORMS.glob("*.form")} - NOT_IN_TASKS
    assert asked == set(answers._BY_FORM) | set(family_answers._BY_FORM)
