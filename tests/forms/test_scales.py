"""Scales: any field with the property gives a reading, and what was skipped gives none."""

from forms.scales import Reading, readings
from tests.forms.making import form, part

TEN = {"min": 0, "max": 10, "decimalDigits": 0}
MONEY = [{"value": "1", "label": "Vanskelig"}, {"value": "2", "label": "Lett"}]
FORM = form(
    part("textfield", "navn"),
    part("number", "livet", scale="tilfredshet", lowest="Ikke fornøyd", highest="Fornøyd", **TEN),
    part(
        "group",
        "hjemme",
        components=[
            part("radio", "penger", scale="okonomi", values=MONEY),
            part("textarea", "om_penger", words_of="okonomi"),
        ],
    ),
)


def test_a_number_is_read_with_the_ends_of_its_scale():
    """The label, the ends and what they mean come from the form."""
    [found] = readings(FORM, {"navn": "Mia", "livet": 0})
    assert found == Reading(
        scale="tilfredshet",
        label="Livet",
        value=0,
        choice=None,
        lowest=0,
        highest=10,
        lowest_label="Ikke fornøyd",
        highest_label="Fornøyd",
        words=None,
    )


def test_a_choice_is_read_with_its_name_and_the_words_beside_it():
    """Choices are numbers with names; the words are found wherever in the form they stand."""
    [found] = readings(FORM, {"hjemme": {"penger": "2", "om_penger": "Bedre nå"}})
    assert (found.value, found.choice, found.words) == (2, "Lett", "Bedre nå")
    assert (found.lowest, found.highest) == (1, 2)
    assert (found.lowest_label, found.highest_label) == ("Vanskelig", "Lett")


def test_what_is_skipped_is_no_reading():
    """Scales are voluntary: an empty or hidden answer measures nothing."""
    assert readings(FORM, {"livet": None, "hjemme": {"penger": None}}) == []
    assert readings(FORM, {}) == []
