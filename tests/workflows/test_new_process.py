"""docs/nytt-forlop.md: a process owner makes a process and changes it, in library files alone.

The files and the changes are read out of the page, so that what stands there is what is tried.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from world import World

from bpmn.reading import read
from tests.workflows import new_process_guide as guide
from tests.workflows.own_library import OwnLibrary
from tests.workflows.stories import form_of, pass_days
from workflows import clock, definitions, starts
from workflows.errors import Invalid
from workflows.tables import ProcessInstance

WHY = "Vil ha en voksen å snakke med."


@pytest.fixture
def library(tmp_path: Path) -> OwnLibrary:
    """The library with the page's files beside what was there."""
    return guide.written(tmp_path)


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """The clock is back where it was afterwards."""
    yield
    clock.travel(timedelta(0))


def to_first_talk(world: World) -> ProcessInstance:
    """On to where Siri is Mia's contact, and they are to talk."""
    instance = world.start("Kari", "Mia", guide.PROCESS, hvorfor_kontakt=WHY)
    world.complete("Mia", "svar", vil_ha_kontakt="ja", onsket_kontakt="Siri på skolen")
    world.complete("Kari", "velg_kontakt", koordinator=str(world.account_id("Siri")))
    return instance


def talk(world: World, agreed: str, then: str, **more: str) -> None:
    world.complete("Siri", "samtale", avtalt=agreed, kontakten_videre=then, **more)


def days_until_talk(world: World) -> int:
    """How many days pass until they are to talk again, give or take the calendar."""
    for day in range(1, 60):
        pass_days(world, 1)
        if world.open_elements() == ["samtale"]:
            return day
    raise AssertionError("they never talk again")


def test_every_file_and_change_on_the_page_is_tried() -> None:
    """No block of a file or a change is passed over because the page words it differently."""
    assert (len(guide.files()), len(guide.later_files()), len(guide.changes())) == (5, 1, 6)
    assert guide.blocks() == 5 + 1 + 2 * 6


def test_the_example_is_not_in_the_library() -> None:
    """Whoever follows the page makes something that was not there."""
    assert guide.PROCESS not in {path.stem for path in definitions.DIAGRAMS.iterdir()}


def test_the_files_check_clean(library: OwnLibrary) -> None:
    """The checker finds nothing in the page's files, beside all of the library's."""
    assert library.problems(guide.PROCESS) == []


def test_the_changed_files_check_clean(library: OwnLibrary) -> None:
    """Nor when the three changes are made."""
    guide.change(library)
    assert library.problems(guide.PROCESS) == []


def test_publishing_takes_the_new_files_alone(world: World, library: OwnLibrary) -> None:
    """Beside what is published already, the page's diagram and four forms are new."""
    assert library.publish(world) == 5


def test_it_can_be_started_from_a_persons_page(world: World, library: OwnLibrary) -> None:
    """It is among what can be started, in the diagram's own words."""
    library.publish(world)
    found = starts.startable(world.session, world.actor("Kari"), world.persons["Mia"])
    [mine] = [each for each in found if each.key == guide.PROCESS]
    diagram = read(guide.files()[guide.DIAGRAM].encode(), guide.DIAGRAM)
    assert (mine.title, mine.documentation) == (diagram.title, diagram.documentation)


def test_it_runs_to_its_end(world: World, library: OwnLibrary) -> None:
    """Yes, a contact as she wishes, a talk, four weeks, a talk that knows the first, the end."""
    library.publish(world)
    instance = world.start("Kari", "Mia", guide.PROCESS, hvorfor_kontakt=WHY)
    world.complete("Mia", "svar", vil_ha_kontakt="ja", onsket_kontakt="Siri på skolen")
    assert form_of(world, "Kari", "velg_kontakt").prefill == {"onsket_kontakt": "Siri på skolen"}
    world.complete("Kari", "velg_kontakt", koordinator=str(world.account_id("Siri")))
    talk(world, "Vi spiser frokost på fredager.", "fortsett")
    assert 28 <= days_until_talk(world) <= 33
    known = form_of(world, "Siri", "samtale").prefill
    assert known == {"avtalt_sist": "Vi spiser frokost på fredager."}
    talk(world, "Mia klarer seg.", "ferdig")
    assert (instance.outcome, world.open_elements()) == ("Ferdig", [])
    assert instance.ended_at is not None


def test_no_ends_it(world: World, library: OwnLibrary) -> None:
    """Who does not want a contact is not given one."""
    library.publish(world)
    instance = world.start("Kari", "Mia", guide.PROCESS, hvorfor_kontakt=WHY)
    world.complete("Mia", "svar", vil_ha_kontakt="nei")
    assert (instance.outcome, world.open_elements()) == ("Takket nei", [])


def test_the_three_changes_reach_new_cases(world: World, library: OwnLibrary) -> None:
    """A new question is asked, two weeks pass and not four, and Mia has the last word."""
    library.publish(world)
    guide.change(library)
    assert library.publish(world) == 3
    instance = to_first_talk(world)
    assert "kontaktform" in form_of(world, "Siri", "samtale").form.field_keys
    talk(world, "Frokost.", "fortsett", kontaktform="melding")
    assert 14 <= days_until_talk(world) <= 19
    talk(world, "Ferdig.", "ferdig", kontaktform="mote")
    assert world.open_elements() == ["tilbakeblikk"]
    world.complete("Mia", "tilbakeblikk", til_hjelp="At Siri kom.")
    assert instance.outcome == "Ferdig"


def test_running_cases_keep_their_diagram_and_get_the_new_form(
    world: World, library: OwnLibrary
) -> None:
    """A case under way still waits four weeks and has no new step, but meets the new question."""
    library.publish(world)
    instance = to_first_talk(world)
    talk(world, "Frokost.", "fortsett")
    guide.change(library)
    library.publish(world)
    assert 28 <= days_until_talk(world) <= 33
    assert "kontaktform" in form_of(world, "Siri", "samtale").form.field_keys
    talk(world, "Ferdig.", "ferdig", kontaktform="mote")
    assert (instance.outcome, world.open_elements()) == ("Ferdig", [])


@pytest.mark.parametrize("answers", [{}, {"koordinator": None}, {"koordinator": "Siri"}])
def test_an_operation_that_lacks_its_answer_says_so(
    world: World, library: OwnLibrary, answers: dict[str, Any]
) -> None:
    """Where the form has called the field something else, there is a sentence and no crash."""
    library.publish(world)
    world.start("Kari", "Mia", guide.PROCESS, hvorfor_kontakt=WHY)
    world.complete("Mia", "svar", vil_ha_kontakt="ja")
    with pytest.raises(Invalid, match="mangler svar"):
        world.complete("Kari", "velg_kontakt", **answers)
