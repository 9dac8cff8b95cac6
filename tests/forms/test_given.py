"""Answers in JSON are held to the same rules as what people type."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import forms
from forms.answers import check_given
from forms.definitions import read
from tests.forms.making import form, part, values
from tests.forms.test_answers import CONSENT, GOALS, KNOWN, OPTIONS, RATED, RATINGS

TODAY = date(2027, 3, 3)
EVERY = form(
    part("textfield", "navn", required=True),
    part("number", "antall"),
    part("checkbox", "enig"),
    part("checklist", "hvem", valuesKey="tjenester"),
    part("datetime", "dag"),
    part("datetime", "kl", subtype="time"),
    part("radio", "svar", values=values("ja", "nei")),
    part("group", "sted", components=[part("textfield", "gate")]),
)
WHOLE = {
    "navn": "Mia",
    "antall": 2.5,
    "enig": True,
    "hvem": ["nav"],
    "dag": "2027-03-04",
    "kl": "14:30",
    "svar": "ja",
    "sted": {"gate": "Veien 1"},
}


def checked(a_form, sent, prefill=None):
    return check_given(a_form, sent, prefill=prefill or {}, options=OPTIONS, today=TODAY)


def where(result):
    return [error.id for error in result.errors]


def test_answers_are_kept_as_they_were_sent() -> None:
    """Answers of every kind that fit are stored as they came."""
    result = checked(EVERY, WHOLE)
    assert (result.errors, result.answers) == ((), WHOLE)


def test_nothing_sent_is_nothing_answered() -> None:
    """A field that is left out or null is unanswered, and asked for when it must be answered."""
    assert where(checked(EVERY, {})) == ["navn"]
    assert where(checked(EVERY, dict.fromkeys(WHOLE))) == ["navn"]


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("navn", 1),
        ("navn", ["a"]),
        ("antall", "2"),
        ("antall", True),
        ("enig", "on"),
        ("hvem", "nav"),
        ("hvem", [1]),
        ("dag", "i morgen"),
        ("dag", "04.03.2027"),
        ("dag", "2027-02-30"),
        ("kl", "14.30"),
        ("kl", "14:30:00"),
        ("svar", {}),
        ("sted", "Veien 1"),
        ("ukjent", "x"),
    ],
)
def test_value_of_another_kind_is_refused_where_it_stands(key: str, wrong: object) -> None:
    """Each kind of field takes its own kind of value, and says so at the field."""
    assert where(checked(EVERY, WHOLE | {key: wrong})) == [key]


def test_unknown_field_inside_is_found() -> None:
    """A misspelt name in a group or a row is told with where it stands."""
    assert where(checked(EVERY, WHOLE | {"sted": {"gata": "x"}})) == ["sted-gata"]
    assert where(checked(GOALS, {"mal": [{"tekts": "x"}]})) == ["mal-0-tekts"]


def test_same_rules_as_on_the_page() -> None:
    """What the form refuses from people it refuses from systems."""
    assert where(checked(EVERY, WHOLE | {"svar": "kanskje", "hvem": ["skole"]})) == ["hvem", "svar"]
    assert where(checked(CONSENT, {"svar": "noen"})) == ["hvem"]
    assert checked(CONSENT, {"svar": "alle", "hvem": ["nav"]}).answers == {"svar": "alle"}


def test_rows_are_known_by_their_id() -> None:
    """A row with the id of a known one is that one; another is new, and its id is not taken."""
    sent = {"mal": [{"id": "m2", "tekst": "Skole"}, {"id": "m9", "tekst": "Ny"}]}
    assert checked(GOALS, sent, KNOWN).answers["mal"] == [
        {"id": "m2", "tekst": "Skole", "frist": None},
        {"id": None, "tekst": "Ny", "frist": None},
    ]


def test_what_cannot_be_changed_is_not_taken() -> None:
    """A readonly field has what the case knows, whatever is sent."""
    sent = {"vurderinger": [{"id": "m1", "mal": "Noe annet", "vurdering": 3}]}
    result = checked(RATINGS, sent, RATED)
    assert where(result) == ["vurderinger-1-vurdering"]  # the second is still to be answered
    assert result.answers["vurderinger"][0] == {"id": "m1", "mal": "Sove bedre", "vurdering": 3}


def test_row_too_many_is_refused() -> None:
    """In a list of fixed rows, one that is not there is refused."""
    sent = {"vurderinger": [{"id": "m7", "vurdering": 3}]}
    assert "vurderinger-0" in where(checked(RATINGS, sent, RATED))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*WHOLE, "mal", "id", "tekst", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)
LIBRARY = [
    read(path.read_bytes(), path.name)
    for path in sorted((Path(forms.__file__).parent / "library").glob("*.form"))
]


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5), JSON)
def test_whatever_is_sent_is_judged(sent: dict[str, object], inner: object) -> None:
    """No JSON, however wrong, raises; what is taken can be stored as JSON."""
    for a_form in (EVERY, GOALS, RATINGS, CONSENT):
        keyed = dict.fromkeys(a_form.field_keys, inner)
        for each in (sent, keyed, {**keyed, **sent}):
            result = checked(a_form, each, KNOWN | RATED)
            json.dumps(result.answers)


@pytest.mark.parametrize("a_form", LIBRARY, ids=lambda each: each.key)
def test_every_form_of_the_library_can_be_answered_with_nothing(a_form) -> None:
    """Every error of an empty answer stands at a field of the form."""
    paths = {each.path.replace(".", "-") for each in a_form.fields}
    assert {error.id for error in checked(a_form, {}).errors} <= paths
