"""Measurements over time: kept as they were asked, compared in plain words, never explained."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7
from world import World

from tests.workflows.mother import MothersCase, case_of_mother
from workflows import clock, measurements, operations
from workflows.access import SYSTEM_BASIS
from workflows.engine import OperationTask
from workflows.measurements import Comparison, change_words
from workflows.tables import AuditEntry, Measurement


@pytest.fixture
def mother(world: World, tmp_path: Path) -> Iterator[MothersCase]:
    """Anne, who is asked how she is; time is put back afterwards."""
    yield case_of_mother(world, tmp_path)
    clock.travel(timedelta(0))


def asked(case: MothersCase, **answers: Any) -> list[Comparison]:
    """Anne answers the questionnaire; what can be compared after it, by scale."""
    case.do("sporsmal", **answers)
    return measurements.comparisons(case.world.session, case.instance, [case.person.id])


def a_year_later() -> None:
    clock.travel(clock.offset_in(365))


def test_an_answer_is_kept_with_the_scale_it_was_given_on(mother: MothersCase) -> None:
    """Value, words, ends of the scale and the question itself, on the day it was asked."""
    [found] = asked(mother, livet=3, livet_ord="Sliten", mening=None)
    row = found.latest
    assert (row.scale, row.value, row.words, row.round) == ("tilfredshet", 3, "Sliten", 1)
    assert (row.lowest, row.highest, row.highest_label) == (0, 10, "Svært fornøyd")
    assert row.label == "Alt i alt, hvor fornøyd er du med livet ditt nå?"
    assert (row.person_id, row.taken_on) == (mother.person.id, clock.today())


def test_what_was_skipped_is_no_measurement(mother: MothersCase) -> None:
    """The questions are voluntary; nothing at all leaves no line in the record either."""
    assert asked(mother, livet=None) == []
    actions = mother.world.session.scalars(select(AuditEntry.action)).all()
    assert "measurement:record" not in actions


def test_that_something_was_kept_is_recorded(mother: MothersCase) -> None:
    """The person can see it, without what was answered."""
    asked(mother, livet=3)
    query = select(AuditEntry.details).where(AuditEntry.action == "measurement:record")
    assert mother.world.session.scalars(query).all() == [{"form": "livskvalitet"}]


def test_the_first_and_the_latest_are_compared_in_plain_words(mother: MothersCase) -> None:
    """With the words at each time, and no word of why."""
    asked(mother, livet=3, livet_ord="Sliten")
    a_year_later()
    [found] = asked(mother, livet=6, livet_ord="Lettere")
    assert change_words(found) == "fra 3 til 6 av 10"
    assert [row.words for row in found.measurements] == ["Sliten", "Lettere"]
    assert [row.round for row in found.measurements] == [1, 2]
    assert found.latest.taken_on - found.first.taken_on == timedelta(days=365)


def test_a_choice_is_compared_by_what_it_is_called(mother: MothersCase) -> None:
    """«2 av 6» says little; «Vanskelig» does."""
    asked(mother, penger="2")
    [found] = asked(mother, penger="4")
    assert change_words(found) == "fra «Vanskelig» til «Ganske lett»"


def test_the_same_answer_is_said_to_be_as_before(mother: MothersCase) -> None:
    """Nothing has changed, whatever lay between."""
    for answer in (5, 8, 5):
        found = asked(mother, livet=answer)
    assert change_words(found[0]) == "som før: 5 av 10"
    assert len(found[0].measurements) == 3


def test_one_answer_is_no_comparison(mother: MothersCase) -> None:
    """It says what was answered, and that it was once."""
    assert change_words(asked(mother, penger="1")[0]) == "«Svært vanskelig», spurt én gang"


def test_rounds_are_counted_for_each_scale(mother: MothersCase) -> None:
    """What was skipped the first time has its first round the second."""
    asked(mother, livet=5)
    found = {one.latest.scale: one for one in asked(mother, livet=6, bolig=4)}
    assert (found["tilfredshet"].latest.round, found["bolig"].latest.round) == (2, 1)


def test_a_scale_with_other_ends_is_another_scale(mother: MothersCase) -> None:
    """A process owner who makes it shorter does not make lives worse."""
    asked(mother, livet=8)
    mother.world.session.query(Measurement).one().highest = 100
    assert [len(one.measurements) for one in asked(mother, livet=4)] == [1, 1]


def test_the_same_answers_are_kept_once(mother: MothersCase) -> None:
    """A diagram that records them twice doubles nothing."""
    asked(mother, livet=3)
    where = OperationTask("familie_prove", "mal", None, uuid7())
    again = operations.Call(
        mother.world.session,
        mother.world.actor("Kari"),
        SYSTEM_BASIS,
        mother.instance,
        {},
        {"form": "livskvalitet"},
        where,
    )
    operations.run("scale.record", again)
    assert mother.world.session.query(Measurement).count() == 1
