"""One answer: what people type, what is kept, what is shown."""

import re
from datetime import date

import pytest

from forms import values
from forms.dates import oslo_today, parse_date
from forms.values import Around, Refused
from tests.forms.making import form, part
from tests.forms.making import values as options

TODAY = date(2027, 3, 3)
AROUND = Around(TODAY, {"tjenester": [("nav", "NAV"), ("bup", "BUP")]})


def field(sort, **more):
    [made] = form(part(sort, "felt", **more)).components
    return made


def read(component, typed):
    return values.read(component, typed, AROUND)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("03.04.2027", date(2027, 4, 3)),
        ("3.4.27", date(2027, 4, 3)),
        ("3/4 2027", date(2027, 4, 3)),
        ("3. 4. 2027", date(2027, 4, 3)),
        ("3-4-2027", date(2027, 4, 3)),
        ("03042027", date(2027, 4, 3)),
        ("030427", date(2027, 4, 3)),
        ("2027-04-03", date(2027, 4, 3)),
        ("3. april 2027", date(2027, 4, 3)),
        ("3 APR 27", date(2027, 4, 3)),
        ("  3.  sept. 2027 ", date(2027, 9, 3)),
        ("i dag", date(2027, 3, 3)),
        ("I morgen", date(2027, 3, 4)),
        ("igår", date(2027, 3, 2)),
        ("1.1.50", date(1950, 1, 1)),
        ("1.1.46", date(2046, 1, 1)),
        ("29.02.2028", date(2028, 2, 29)),
    ],
)
def test_a_date_is_read_as_people_type_it(typed, expected):
    """Norwegian order, words, two figures for the year."""
    assert parse_date(typed, TODAY) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "31.2.2027",
        "29.02.2027",
        "32.1.2027",
        "1.13.2027",
        "1.1.0001",
        "3. ma 2027",
        "snart",
        "3. mars",
        "01.02.027",
        "१.१.२०२७",
        "1.1.2027 kl 10",
        "9" * 10_000,
    ],
    ids=range(13),
)
def test_what_is_no_certain_date_is_none(typed):
    """Better to ask than to guess."""
    assert parse_date(typed, TODAY) is None


def test_today_is_norways():
    """A date, whatever the clock of the machine."""
    assert isinstance(oslo_today(), date)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("14.30", "14:30"), ("14:30", "14:30"), ("1430", "14:30"), ("kl. 9", "09:00"), ("9", "09:00")],
)
def test_a_time_is_read_as_people_type_it(typed, expected):
    """With a point, a colon, nothing, or «kl.»."""
    assert read(field("datetime", subtype="time"), typed) == expected
    with pytest.raises(Refused, match="klokkeslett"):
        read(field("datetime", subtype="time"), "25.00")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("12", 12),
        ("12,5", 12.5),
        ("12.5", 12.5),
        ("1 000", 1000),
        ("1\u00a0000\u00a0000,25", 1000000.25),
        ("1\u202f000", 1000),
        ("1.000.000,5", 1000000.5),
        ("\u22123", -3),
        ("-0", 0),
        ("007", 7),
        ("3,10", 3.1),
        ("+4", 4),
    ],
)
def test_a_number_is_read_as_norwegians_write_it(typed, expected):
    """Decimal comma, spaces for thousands; an int when it is whole."""
    found = read(field("number"), typed)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("tolv", "Skriv et tall"),
        ("1.234", "uten punktum"),
        ("1 2", "Skriv et tall"),
        ("1e9", "Skriv et tall"),
        ("NaN", "Skriv et tall"),
        ("१२", "Skriv et tall"),
        ("1,2345678", "høyst %(places)s desimaler"),
        ("9" * 16, "for mange sifre"),
        ("9" * 100_000, "Skriv et tall"),
        ("1 000." * 10_000, "Skriv et tall"),
    ],
    ids=range(10),
)
def test_what_is_no_certain_number_is_refused(typed, message):
    """1.234 may be a thousand or one and a bit: it is asked for again."""
    with pytest.raises(Refused, match=re.escape(message)):
        read(field("number"), typed)


def test_a_number_keeps_its_limits():
    """Smallest, largest, whole: each with its own sentence and the limit in words."""
    hours = field("number", min=0, max=37.5, decimalDigits=1)
    assert read(hours, "37,5") == 37.5
    for typed, limit in (("37,6", "37,5"), ("-1", "0")):
        with pytest.raises(Refused) as caught:
            read(hours, typed)
        assert limit in caught.value.values.values()
    whole = field("number", decimalDigits=0)
    assert read(whole, "1.000") == 1000
    with pytest.raises(Refused, match="helt tall"):
        read(whole, "1,5")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("91234567", "912 34 567"),
        ("+47 91 23 45 67", "912 34 567"),
        ("0047 22123456", "22 12 34 56"),
        ("(22) 12-34-56", "22 12 34 56"),
        ("+46 70 123 45 67", "+46701234567"),
        ("116117", "116117"),
        ("02800", "02800"),
    ],
)
def test_a_phone_number_gets_one_form(typed, expected):
    """Eight digits grouped as they are said; others with their country code."""
    phone = field("textfield", kind="phone")
    assert read(phone, typed) == expected
    assert read(phone, expected) == expected


@pytest.mark.parametrize("typed", ["1234567", "912345678", "ring meg", "+", "9" * 1000])
def test_what_is_no_phone_number_is_refused(typed):
    """Seven digits, nine digits, words."""
    with pytest.raises(Refused, match="telefonnummer"):
        read(field("textfield", validate={"validationType": "phone"}), typed)


@pytest.mark.parametrize(
    "typed", ["kari.nordmann@kommune.no", "post+plan@sub.kommune.no", "ø@å.no"]
)
def test_an_email_address_is_taken(typed):
    """Also with letters of Norwegian."""
    assert read(field("textfield", kind="email"), typed) == typed


@pytest.mark.parametrize(
    "typed",
    [
        "kari",
        "kari@",
        "@kommune.no",
        "a b@c.no",
        "kari@kommune",
        "a@b..no",
        "<a@b.no>",
        "a@" * 5_000,
    ],
    ids=range(8),
)
def test_what_is_no_email_address_is_refused(typed):
    """At once, also when it is long."""
    with pytest.raises(Refused, match=r"e-postadresse|for lang"):
        read(field("textfield", kind="email"), typed)


def test_a_national_number_is_kept_as_digits_and_shown_in_two_groups():
    """«010190 12345»-style in, eleven digits kept."""
    fnr = field("textfield", kind="fnr")
    assert read(fnr, " 018190 10001 ") == "01819010001"
    assert values.typed(fnr, "01819010001") == "018190 10001"
    with pytest.raises(Refused, match="elleve"):
        read(fnr, "123")


def test_text_is_kept_whole():
    area = field("textarea")
    assert read(area, values.storable("  Første\r\nAndre\x0bTredje \n")) == "Første\nAndre\nTredje"
    assert read(area, "a\u030a") == "å"
    assert read(field("textfield"), "to\nlinjer") == "to linjer"


@pytest.mark.parametrize(
    ("sort", "limit"), [("textfield", 500), ("textarea", 20_000)], ids=["textfield", "textarea"]
)
def test_text_has_a_limit(sort, limit):
    """500 or 20,000 characters unless the form says less; the message tells both numbers."""
    assert read(field(sort), "å" * limit) == "å" * limit
    with pytest.raises(Refused) as caught:
        read(field(sort), "å" * (limit + 1))
    said = caught.value.message % caught.value.values
    assert str(limit) in said
    assert str(limit + 1) in said
    with pytest.raises(Refused, match="minst"):
        read(field(sort, minLength=5), "kort")


@pytest.mark.parametrize("bad", ["\x00", "\x1b[31m", "\ud800", "\x7f", "\ufffe"])
def test_characters_that_cannot_be_stored_are_shown_and_refused(bad):
    """They become a visible sign in what is drawn again, and the writer is told."""
    kept = values.storable(f"Hei {bad} der")
    assert "\ufffd" in kept
    kept.encode()
    with pytest.raises(Refused, match="ikke kan lagres"):
        read(field("textfield"), kept)


def test_only_what_was_offered_can_be_chosen():
    """From the form's options or those given at run time; kept in the order of the options."""
    radio = field("radio", values=options("ja", "nei"))
    assert read(radio, "ja") == "ja"
    with pytest.raises(Refused):
        read(radio, "kanskje")
    many = field("checklist", valuesKey="tjenester", required=True)
    assert read(many, ["bup", "nav"]) == ["nav", "bup"]
    for typed in ([], ["nav", "skole"]):
        with pytest.raises(Refused):
            read(many, typed)
    with pytest.raises(Refused):
        values.read(many, ["nav"], Around(TODAY, {}))


@pytest.mark.parametrize(
    ("sort", "empty", "answer"),
    [
        ("textfield", " ", None),
        ("number", "", None),
        ("datetime", "", None),
        ("checkbox", False, False),
    ],
    ids=["textfield", "number", "datetime", "checkbox"],
)
def test_an_empty_answer_is_none_unless_required(sort, empty, answer):
    """None is what a condition sees as null."""
    assert read(field(sort), empty) is answer
    with pytest.raises(Refused):
        read(field(sort, required=True), empty)


def test_stored_answers_are_shown_as_people_read_them():
    """Dates, commas, labels, and the value itself when its label is gone."""
    chosen = field("select", valuesKey="tjenester")
    assert values.shown(field("datetime"), "2027-03-03", {}) == "03.03.2027"
    assert values.shown(field("datetime", subtype="time"), "14:30", {}) == "14.30"
    assert values.shown(field("datetime", subtype="time"), "x", {}) == "x"
    assert values.shown(field("datetime"), "x", {}) == "x"
    assert values.shown(field("number"), 0.00001, {}) == "0,00001"
    assert values.shown(chosen, "nav", AROUND.options) == "NAV"
    assert values.shown(chosen, "gammel", AROUND.options) == "gammel"
    assert values.shown(field("checkbox"), True, {}) == "Ja"
    several = field("checklist", valuesKey="tjenester")
    assert values.shown(several, ["bup", "gammel"], AROUND.options) == "BUP\ngammel"


@pytest.mark.parametrize("odd", [None, {}, [], {"a": 1}, [1, None], True, object()])
def test_an_answer_of_another_shape_is_shown_as_nothing(odd):
    """An older version of a form may have kept something else under the same name."""
    for sort in ("textfield", "number", "datetime", "checkbox"):
        assert values.typed(field(sort), odd) in ("", False, True)
    assert values.typed(field("checklist", valuesKey="tjenester"), odd) == []
