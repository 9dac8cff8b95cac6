"""The picture shows what was answered, planned and agreed around the person, and no more."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from world import World

from tests.workflows import stories
from workflows import access, cases, clock, definitions, history, plans, user_picture
from workflows.participants import Seen
from workflows.tables import Consent, HistoryEntry, Participant, Person, ProcessInstance
from workflows.user_picture import Item, Picture, Said, Words

MAPPING = {
    "personen": "Liker fotball",
    "rammer": "Langt til byen",
    "arenaer": [
        {"arena": "skole", "fungerer": "Matte", "vanskelig": "Friminutt"},
        {"arena": "fritid"},
        {},
    ],
    "hjelp_i_dag": [
        {"tiltak": "Leksehjelp", "tjeneste": " nav  prøvevik ", "nytte": "Godt"},
        {"tiltak": "Samtaler", "tjeneste": "Fastlegen"},
        {"tiltak": "Turgruppe"},
    ],
    "samarbeid": "Ingen",
    "samlet_vurdering": "Samlet.",
}


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """Every test starts in the present."""
    yield
    clock.travel(clock.timedelta(0))


def picture(world: World, instance: ProcessInstance, *about: str) -> Picture:
    """The whole picture, with Mia in the middle or others by name."""
    session = world.session
    session.flush()
    goals, measures = plans.goals(session, instance), plans.live_measures(session, instance)
    middle = [world.persons[name].id for name in about or ("Mia",)]
    return user_picture.picture_of(session, instance, seen(*middle), goals, measures)


def take_part(world: World, instance: ProcessInstance, person: Person) -> None:
    world.session.add(
        Participant(
            municipality_id=instance.municipality_id,
            instance_id=instance.id,
            person_id=person.id,
            position=1,
            part="annen",
            status="deltar",
        )
    )


def view(world: World, instance: ProcessInstance, name: str) -> cases.CaseView:
    """The case as somebody sees it."""
    within = history.reach(world.session, world.actor(name), instance)
    return cases.case_view(world.session, instance, within)


def seen(*persons: UUID) -> Seen:
    """The reader has a basis for these, who take part."""
    basis = access.Basis(access.COORDINATOR)
    return Seen(frozenset(persons), dict.fromkeys(persons, basis), frozenset())


def map_again(world: World, **answers: Any) -> None:
    """The coordinator's answers to the mapping, as if they had been these."""
    entry = world.session.query(HistoryEntry).filter_by(form_key="kartlegging").one()
    entry.answers = {**MAPPING, **answers}
    world.session.flush()


def towards(world: World, instance: ProcessInstance, *goals: str | None) -> None:
    """Let the plan's measures name these goals, in its order."""
    live = plans.live_measures(world.session, instance)
    for measure, goal in zip(live, goals, strict=True):
        measure.goal = goal


def tied(found: Picture) -> dict[tuple[str, str], tuple[tuple[str, ...], tuple[int, ...]]]:
    names = [helper.name.text for helper in found.helpers]
    return {
        (names[tie.between[0]], names[tie.between[1]]): (tie.goals, tie.rounds)
        for tie in found.ties
    }


def test_a_new_case_has_only_the_person(world: World) -> None:
    """Before anything is known there is nothing to draw."""
    instance = stories.start(world)
    assert picture(world, instance) == Picture(persons=("Mia",))
    assert view(world, instance, "Mia").picture is None


def test_factors_and_arenas_are_what_the_mapping_says(world: World) -> None:
    """A field is named by its label, a row by its first answer; the unanswered is not there."""
    instance = stories.to_plan(world)
    map_again(world)
    found = picture(world, instance)
    assert found.factors == (
        Item(Words("Personen", ours=True), (Said("", Words("Liker fotball")),)),
        Item(Words("Rammer rundt", ours=True), (Said("", Words("Langt til byen")),)),
    )
    assert found.arenas == (
        Item(
            Words("Skole", ours=True),
            (
                Said("Hva går bra?", Words("Matte")),
                Said("Hva er vanskelig?", Words("Friminutt")),
            ),
        ),
        Item(Words("Fritid", ours=True)),
    )


def test_help_from_before_is_at_whoever_gives_it(world: World) -> None:
    """A service we know by name, another helper, or nobody in particular."""
    instance = stories.to_plan(world)
    map_again(world)
    helpers = {
        helper.name.text: [item.name.text for item in helper.measures]
        for helper in picture(world, instance).helpers
    }
    assert helpers["NAV Prøvevik"] == ["Leksehjelp"]
    assert helpers["Fastlegen"] == ["Samtaler"]
    assert helpers["Hjelp fra før"] == ["Turgruppe"]


def test_services_of_the_same_name_are_two(world: World) -> None:
    """Two that are called the same are not one, and the lines are between the right ones."""
    instance = stories.to_measures(world)
    for kind in stories.SERVICES:
        world.services[kind].name = "Skolen"
    towards(world, instance, "Sove bedre", None, "Sove bedre")
    found = picture(world, instance)
    assert [helper.name.text for helper in found.helpers] == ["Skolen"] * 3
    assert [tie.between for tie in found.ties] == [(0, 2)]


def test_services_have_their_measures(world: World) -> None:
    """The coordinator's service first; a measure of the family's own is theirs."""
    instance = stories.to_measures(world)
    live = plans.live_measures(world.session, instance)
    live[2].service_id = None
    found = picture(world, instance)
    first, second, *_rest = found.helpers
    assert (first.name.text, first.coordinates) == ("Prøvevik skole", True)
    assert [item.name.text for item in second.measures] == ["Tiltak fra barnevern"]
    assert [item.name.text for item in found.own] == ["Tiltak fra nav"]


def test_a_stopped_measure_is_not_in_the_picture(world: World) -> None:
    """It shows what is done, not what was."""
    instance = stories.to_measures(world)
    plans.live_measures(world.session, instance)[1].status = "stoppet"
    measures = [item.name.text for h in picture(world, instance).helpers for item in h.measures]
    assert measures == ["Tiltak fra skole", "Tiltak fra nav"]


def test_measures_towards_one_goal_tie_their_services(world: World) -> None:
    """However the goal is spaced or capitalised; a measure without goal ties nobody."""
    instance = stories.to_measures(world)
    towards(world, instance, "Sove bedre", None, "sove  Bedre")
    assert tied(picture(world, instance)) == {
        ("Prøvevik skole", "NAV Prøvevik"): (("Sove bedre",), ())
    }


def test_answers_in_one_round_tie_those_who_gave_them(world: World) -> None:
    """Two services that both gave their voice; the third, which did not, has no line."""
    instance = stories.to_measures(world)
    stories.pass_until_evaluation(world)
    for name in ("Siri", "Bjarne"):
        stories.evaluate_as(world, name)
    stories.pass_days(world, 21)
    stories.conclude(world)
    assert tied(picture(world, instance)) == {("Prøvevik skole", "Barneverntjenesten"): ((), (1,))}


def test_the_newest_answers_count(world: World) -> None:
    """A mapping done again takes the place of the first."""
    instance = stories.to_plan(world)
    map_again(world)
    old = world.session.query(HistoryEntry).filter_by(form_key="kartlegging").one()
    columns = {c.name: getattr(old, c.name) for c in old.__table__.columns if c.name != "id"}
    instance.history_length += 1
    again = {**columns, "seq": instance.history_length, "answers": {"personen": "Liker sjakk"}}
    world.session.add(HistoryEntry(**again))
    found = picture(world, instance)
    assert [item.said[0].words.text for item in found.factors] == ["Liker sjakk"]
    assert found.arenas == ()


def test_only_what_was_answered_about_those_in_the_middle(world: World) -> None:
    """With somebody else in the middle, Mia's answers are not shown."""
    instance = stories.to_plan(world)
    map_again(world)
    ada = world.person("Ada")
    take_part(world, instance, ada)
    found = picture(world, instance, "Ada")
    assert (found.persons, found.factors, found.arenas) == (("Ada",), (), ())
    assert [helper.name.text for helper in found.helpers] == ["Prøvevik skole"]
    both = picture(world, instance, "Ada", "Mia")
    assert both.persons == ("Mia", "Ada")
    assert len(both.arenas) == 2
    assert len(both.helpers) == 5


def test_goals_and_measures_that_are_not_given_leave_no_trace(world: World) -> None:
    """Not a measure, not a service that has only that, and not a line for a voice on that goal."""
    instance = stories.to_measures(world)
    stories.pass_until_evaluation(world)
    for name in ("Siri", "Bjarne"):
        stories.evaluate_as(world, name)
    stories.pass_days(world, 21)
    stories.conclude(world)
    session, mia = world.session, world.persons["Mia"]
    for consent in session.query(Consent):
        consent.withdrawn_at = clock.now()
    session.flush()
    [school, *_rest] = plans.live_measures(session, instance)
    found = user_picture.picture_of(session, instance, seen(mia.id), [], [school])
    assert [helper.name.text for helper in found.helpers] == ["Prøvevik skole"]
    assert [item.name.text for item in found.helpers[0].measures] == ["Tiltak fra skole"]
    live = plans.live_measures(session, instance)
    assert user_picture.picture_of(session, instance, seen(mia.id), [], live).ties == ()


def test_a_form_of_ones_own_is_pictured_without_programming(world: World, tmp_path: Path) -> None:
    """A process owner marks other fields, of other kinds, and publishes."""
    form = json.loads((definitions.FORMS / "startmote.form").read_bytes())
    form["components"] += [
        field("checklist", "steder", "arena", "Klubben", "Kirken"),
        field("radio", "bor", "faktor", "Alene", "Med noen"),
        field("textfield", "hund", "tiltak"),
    ]
    (tmp_path / "startmote.form").write_text(json.dumps(form))
    definitions.publish_library(world.session, world.municipality.id, tmp_path, tmp_path)
    instance = stories.to_plan(world)
    entry = world.session.query(HistoryEntry).filter_by(form_key="startmote").one()
    entry.answers = {"steder": ["Klubben", "Kirken"], "bor": "Alene", "hund": "Går tur"}
    found = picture(world, instance)
    assert [item.name for item in found.arenas] == [
        Words("Klubben", ours=True),
        Words("Kirken", ours=True),
    ]
    assert found.factors == (Item(Words("Bor", ours=True), (Said("", Words("Alene", ours=True)),)),)
    assert found.helpers[-1].measures[0].name == Words("Hund", ours=True)


def field(kind: str, key: str, shown: str, *values: str) -> dict[str, Any]:
    made = {"type": kind, "id": key, "key": key, "label": key.capitalize()}
    made["properties"] = {"picture": shown}  # type: ignore[assignment]
    if values:
        made["values"] = [{"value": each, "label": each} for each in values]  # type: ignore[assignment]
    return made


def test_answers_about_consent_are_not_pictured(world: World, tmp_path: Path) -> None:
    """Which service was refused is not for the others, whatever the form's fields are marked as."""
    form = json.loads((definitions.FORMS / "samtykke_forslag.form").read_bytes())
    for component in form["components"]:
        if component.get("key") == "formal":
            component["properties"] = {"picture": "faktor"}
    (tmp_path / "samtykke_forslag.form").write_text(json.dumps(form))
    definitions.publish_library(world.session, world.municipality.id, tmp_path, tmp_path)
    assert picture(world, stories.to_coordinator(world)).factors == ()


def test_only_who_reads_the_plan_sees_the_picture(world: World) -> None:
    """Nor is there one when the case has ended."""
    instance = stories.to_measures(world)
    assert view(world, instance, "Mia").picture is not None
    assert view(world, instance, "Kari").picture is None
    instance.ended_at = clock.now()
    assert view(world, instance, "Mia").picture is None


def test_any_one_thing_is_enough_to_draw(world: World) -> None:
    """A picture is empty only when nothing is around the persons."""
    bare, item = Picture(persons=("Mia",)), Item(Words("Skole"))
    assert bare.is_empty
    assert not replace(bare, own=(item,)).is_empty
