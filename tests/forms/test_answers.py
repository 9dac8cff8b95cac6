"""From what is posted to what is stored and shown again: nothing lost, nothing smuggled in."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import forms
from forms.answers import Posted, as_posted, check, empty, rows, shown
from forms.library import load
from tests.forms.making import form, part, values

TODAY = date(2027, 3, 3)
OPTIONS = {"tjenester": [("nav", "NAV"), ("bup", "BUP")]}

CONSENT = form(
    part("radio", "svar", values=values("alle", "noen", "nei"), required=True),
    part("checklist", "hvem", valuesKey="tjenester", required=True, hide='=svar != "noen"'),
    part(
        "textarea", "hvorfor", required=True, hide='=hvem = null or not(list contains(hvem, "nav"))'
    ),
)
GOALS = form(
    part(
        "dynamiclist",
        "mal",
        components=[
            part("textfield", "id", readonly=True, kind="id"),
            part("textfield", "tekst", required=True),
            part("datetime", "frist"),
        ],
    )
)
RATINGS = form(
    part(
        "dynamiclist",
        "vurderinger",
        allowAddRemove=False,
        components=[
            part("textfield", "id", readonly=True, kind="id"),
            part("textfield", "mal", readonly=True),
            part("number", "vurdering", min=0, max=10, required=True),
        ],
    )
)
KNOWN = {"mal": [{"id": "m1", "tekst": "Sove bedre"}, {"id": "m2", "tekst": "Gå på skolen"}]}
RATED = {"vurderinger": [{"id": "m1", "mal": "Sove bedre"}, {"id": "m2", "mal": "Gå på skolen"}]}


def checked(a_form, pairs, prefill=None):
    return check(a_form, Posted(pairs), prefill=prefill or {}, options=OPTIONS, today=TODAY)


def said(result):
    return [(error.id, error.message % error.values) for error in result.errors]


def test_a_posted_form_becomes_answers():
    """JSON-ready: dates as ISO, numbers as numbers, empty as None."""
    a_form = form(
        part("textfield", "navn"),
        part("datetime", "dato"),
        part("number", "timer"),
        part("checkbox", "lest"),
        part("group", "familie", components=[part("textarea", "hjem")]),
        {"type": "group", "id": "g", "label": "Mer", "components": [part("textfield", "mer")]},
    )
    result = checked(
        a_form,
        [
            *(("navn", " Kim "), ("dato", "i morgen"), ("timer", "2,5"), ("lest", "on")),
            *(("familie-hjem", "Bor hos mor"), ("mer", ""), ("_csrf", "x"), ("navn-0-x", "y")),
        ],
    )
    assert result.errors == ()
    assert result.answers == {
        "navn": "Kim",
        "dato": "2027-03-04",
        "timer": 2.5,
        "lest": True,
        "familie": {"hjem": "Bor hos mor"},
        "mer": None,
    }
    assert json.loads(json.dumps(result.answers)) == result.answers


def test_errors_stand_in_the_order_of_the_page_with_the_id_to_go_to():
    """Each wrong field has one sentence; a row says which row it is."""
    pairs = [("mal-0-tekst", ""), ("mal-0-frist", "snart"), ("mal-3-frist", "1.1.2028")]
    result = checked(GOALS, pairs)
    assert said(result) == [
        ("mal-0-tekst", "Fyll ut dette feltet."),
        ("mal-0-frist", "Skriv en dato som dag.måned.år, for eksempel 03.03.2027."),
        ("mal-1-tekst", "Fyll ut dette feltet."),
    ]
    assert (result.errors[2].rows, result.errors[2].label) == ((("Mal", 2),), "Tekst")
    assert result.typed["mal"][0]["frist"] == "snart"


@pytest.mark.parametrize(
    ("pairs", "answers", "wrong"),
    [
        ([("svar", "alle"), ("hvem", "nav"), ("hvorfor", "x")], {"svar": "alle"}, []),
        ([("svar", "noen")], {"svar": "noen"}, ["hvem"]),
        ([("svar", "noen"), ("hvem", "bup")], {"svar": "noen", "hvem": ["bup"]}, []),
        ([("svar", "noen"), ("hvem", "nav")], {"svar": "noen", "hvem": ["nav"]}, ["hvorfor"]),
    ],
    ids=range(4),
)
def test_what_a_condition_hides_is_neither_asked_nor_kept(pairs, answers, wrong):
    """A hidden answer hides nothing else."""
    result = checked(CONSENT, pairs)
    assert result.answers == answers
    assert [error.id for error in result.errors] == wrong


def test_what_is_hidden_is_still_drawn_again():
    """One who changes the answer back finds the text."""
    result = checked(CONSENT, [("svar", "alle"), ("hvem", "nav"), ("hvorfor", "Fordi")])
    assert (result.typed["hvem"], result.typed["hvorfor"]) == (["nav"], "Fordi")


def test_conditions_in_rows_read_the_row_and_then_the_form():
    """Each row by its own answers."""
    row = [part("checkbox", "annet"), part("textfield", "hva", hide="=not(annet) or stengt")]
    row.append(part("textfield", "navn"))
    a_form = form(part("checkbox", "stengt"), part("dynamiclist", "rader", components=row))
    pairs = [("rader-0-annet", "on"), ("rader-0-hva", "a"), ("rader-1-hva", "b")]
    pairs += [("rader-0-navn", "x"), ("rader-1-navn", "y")]
    first, second = checked(a_form, pairs).answers["rader"]
    assert (first["hva"], "hva" in second) == ("a", False)
    closed = checked(a_form, [*pairs, ("stengt", "on")]).answers["rader"]
    assert [set(each) for each in closed] == [{"annet", "navn"}, {"annet", "navn"}]


def test_a_hidden_group_takes_its_fields_along():
    """Also one without a path, whose fields stand among the others, and its errors."""
    inner = [part("textfield", "a", required=True), part("textfield", "b")]
    group = {"type": "group", "id": "g", "label": "Mer", "components": inner}
    hide = {"conditional": {"hide": "=not(vis)"}}
    a_form = form(part("checkbox", "vis"), group | hide)
    assert checked(a_form, [("b", "x")]).answers == {"vis": False}
    assert checked(a_form, [("b", "x")]).errors == ()
    assert [error.id for error in checked(a_form, [("vis", "on")]).errors] == ["a"]


def test_a_condition_that_costs_too_much_hides_nothing():
    """Rather ask once too often."""
    loops = "=some a in hvem, b in hvem, c in hvem, d in hvem satisfies false"
    many = {"tjenester": [(str(number), "x") for number in range(60)]}
    a_form = form(
        part("checklist", "hvem", valuesKey="tjenester"), part("textfield", "x", hide=loops)
    )
    pairs = [("hvem", str(number)) for number in range(60)] + [("x", "kept")]
    result = check(a_form, Posted(pairs), prefill={}, options=many, today=TODAY)
    assert result.answers["x"] == "kept"


def test_a_readonly_field_comes_from_the_prefill():
    """Whatever is posted under its name."""
    a_form = form(part("textfield", "navn", readonly=True), part("textfield", "ord"))
    result = checked(a_form, [("navn", "Hacker"), ("ord", "x")], {"navn": "Kim"})
    assert result.answers == {"navn": "Kim", "ord": "x"}
    assert result.typed["navn"] == "Kim"


def test_rows_keep_their_identity_when_others_come_and_go():
    """A row is tied to its prefilled one by id, not by where it stands."""
    data = empty(GOALS, KNOWN, OPTIONS)
    pairs = as_posted(
        GOALS, {"mal": [data["mal"][1], {**data["mal"][0], "_": "", "tekst": "Nytt"}]}
    )
    changed = {"mal": [{"id": "m9", "tekst": "Kom imens"}, *KNOWN["mal"]]}
    assert [(row["id"], row["tekst"]) for row in checked(GOALS, pairs, changed).answers["mal"]] == [
        ("m2", "Gå på skolen"),
        (None, "Nytt"),
    ]


def test_an_id_cannot_be_posted_or_claimed_twice():
    """A row that claims an unknown or taken id is a new row."""
    pairs = [("mal-0-_", "id.m1"), ("mal-0-tekst", "a"), ("mal-1-_", "id.m1"), ("mal-1-tekst", "b")]
    pairs += [("mal-2-_", "id.x"), ("mal-2-id", "m2"), ("mal-2-tekst", "c")]
    assert [row["id"] for row in checked(GOALS, pairs, KNOWN).answers["mal"]] == ["m1", None, None]


def test_rows_that_cannot_be_added_are_exactly_the_prefilled():
    """Too many, too few or mixed up: the goals stand, with each its own rating."""
    pairs = [("vurderinger-1-_", "id.m1"), ("vurderinger-1-vurdering", "3")]
    pairs += [("vurderinger-7-_", "id.fremmed"), ("vurderinger-7-vurdering", "9")]
    result = checked(RATINGS, pairs, RATED)
    assert [error.id for error in result.errors] == ["vurderinger-1-vurdering"]
    assert [(row["mal"], row["vurdering"]) for row in result.typed["vurderinger"]] == [
        ("Sove bedre", "3"),
        ("Gå på skolen", ""),
    ]
    without_marks = [("vurderinger-0-vurdering", "1"), ("vurderinger-1-vurdering", "2")]
    assert checked(RATINGS, without_marks, RATED).answers["vurderinger"][1] == {
        "id": "m2",
        "mal": "Gå på skolen",
        "vurdering": 2,
    }


def test_rows_left_empty_are_not_asked_for():
    """Somebody pressed the button once too often."""
    result = checked(GOALS, [("mal-0-tekst", "a"), ("mal-1-_", ""), ("mal-1-tekst", " ")])
    assert [error.id for error in result.errors] == ["mal-1-tekst"]
    result = checked(
        GOALS, [("mal-0-_", ""), ("mal-0-tekst", "a"), ("mal-1-_", ""), ("mal-1-tekst", "")]
    )
    assert (result.errors, len(result.answers["mal"])) == ((), 1)


def test_a_row_with_nothing_but_hidden_text_is_left_out():
    """A zero is an answer, a text that its condition hides is none."""
    row = [part("number", "a"), part("textfield", "b", hide="=a = null")]
    a_form = form(part("dynamiclist", "rader", components=row))
    pairs = [("rader-0-b", "gammelt"), ("rader-1-a", "0")]
    assert checked(a_form, pairs).answers == {"rader": [{"a": 0, "b": None}]}


def test_too_many_rows_are_refused_and_kept():
    """51 rows: one error on the list, every text still there."""
    result = checked(GOALS, [(f"mal-{at}-tekst", f"t{at}") for at in range(51)])
    assert said(result) == [("mal", "Høyst 50 rader. Ta bort noen.")]
    assert [row["tekst"] for row in result.typed["mal"]] == [f"t{at}" for at in range(51)]


def ranked(*pairs):
    """A list in which everyone has an order of their own."""
    inner = [part("textfield", "hvem", readonly=True), part("number", "nr", unique_per="hvem")]
    a_form = form(part("dynamiclist", "krav", allowAddRemove=False, components=inner))
    known = {"krav": [{"hvem": who} for who in ("mor", "mor", "far")]}
    return checked(a_form, pairs, known)


def test_two_rows_of_one_person_cannot_have_the_same_number():
    """The second is refused where it stands, and its row is named."""
    [error] = ranked(("krav-0-nr", "1"), ("krav-1-nr", "1"), ("krav-2-nr", "2")).errors
    assert (error.id, error.rows) == ("krav-1-nr", (("Krav", 2),))
    assert error.message % error.values == (
        "«1» står på en annen rad. Hver rad må ha sitt eget svar."
    )


def test_rows_of_two_persons_may_have_the_same_number():
    """Each has an order of their own."""
    assert ranked(("krav-0-nr", "1"), ("krav-1-nr", "2"), ("krav-2-nr", "1")).errors == ()


def test_rows_left_open_are_not_the_same_answer():
    """Nobody has to be given a number."""
    assert ranked(("krav-0-nr", ""), ("krav-1-nr", "")).errors == ()


def test_another_fault_stands_before_the_sameness():
    """What cannot be read is told of as that, and does no harm to the other rows."""
    result = ranked(("krav-0-nr", "x"), ("krav-1-nr", "1"))
    assert [error.id for error in result.errors] == ["krav-0-nr"]


def test_sameness_is_found_in_rows_of_rows_and_in_groups():
    """Wherever a list stands, its rule holds."""
    inner = [part("textfield", "hvem"), part("number", "nr", unique_per="hvem")]
    plain = {"type": "group", "id": "g", "label": "Uten sti", "components": inner}
    deep = part("dynamiclist", "indre", components=[plain])
    a_form = form(
        part("group", "gruppe", components=[part("dynamiclist", "ytre", components=[deep])])
    )
    rows = [(f"gruppe-ytre-0-indre-{at}-{key}", "1") for at in (0, 1) for key in ("hvem", "nr")]
    [error] = checked(a_form, rows).errors
    assert (error.id, error.rows) == ("gruppe-ytre-0-indre-1-nr", (("Ytre", 1), ("Indre", 2)))


def test_a_row_is_added_without_script():
    """The button keeps what is typed and says where to go on."""
    pairs = [("mal-0-tekst", "halvferdig"), ("add:mal", "1")]
    redrawn = rows(GOALS, Posted(pairs), prefill={}, options=OPTIONS)
    assert [row["tekst"] for row in redrawn.data["mal"]] == ["halvferdig", ""]
    assert redrawn.focus == "mal-1"


def test_a_row_is_removed_without_script():
    """The right one, and its identity with it."""
    pairs = [*as_posted(GOALS, empty(GOALS, KNOWN, OPTIONS)), ("remove:mal:0", "1")]
    redrawn = rows(GOALS, Posted(pairs), prefill=KNOWN, options=OPTIONS)
    assert [row["tekst"] for row in redrawn.data["mal"]] == ["Gå på skolen"]
    after = checked(GOALS, as_posted(GOALS, redrawn.data), KNOWN)
    assert [row["id"] for row in after.answers["mal"]] == ["m2"]


@pytest.mark.parametrize(
    "button", ["add:", "add:x", "remove:mal", "remove:mal:99", "remove:mal:-1", "remove:mal:x:y"]
)
def test_an_odd_button_changes_nothing(button):
    """A made-up name is no error and no harm."""
    redrawn = rows(GOALS, Posted([("mal-0-tekst", "a"), (button, "")]), prefill={}, options={})
    assert [row["tekst"] for row in redrawn.data["mal"]] == ["a"]


def test_no_button_is_no_redrawing():
    """An ordinary submit goes on to check."""
    assert rows(GOALS, Posted([("mal-0-tekst", "a")]), prefill={}, options={}) is None


def test_rows_of_a_fixed_list_can_be_neither_added_nor_removed():
    """Also by one who makes up the button."""
    for button in ("add:vurderinger", "remove:vurderinger:0"):
        redrawn = rows(RATINGS, Posted([(button, "")]), prefill=RATED, options={})
        assert len(redrawn.data["vurderinger"]) == 2


def test_rows_in_rows_are_found():
    """A list inside a list, by its whole name."""
    inner = part("dynamiclist", "tiltak", components=[part("textfield", "hva")])
    a_form = form(part("dynamiclist", "mal", components=[inner]))
    pairs = [("mal-0-_", ""), ("mal-1-tiltak-0-hva", "a"), ("add:mal-1-tiltak", "1")]
    redrawn = rows(a_form, Posted(pairs), prefill={}, options={})
    assert [row["hva"] for row in redrawn.data["mal"][1]["tiltak"]] == ["a", ""]
    assert redrawn.focus == "mal-1-tiltak-1"


def test_a_fresh_form_has_prefill_defaults_and_first_rows():
    """What is known is typed in already, as people type it."""
    a_form = form(
        part("datetime", "dato"),
        part("radio", "svar", values=values("ja", "nei"), defaultValue="nei"),
        part("select", "hvem", valuesKey="tjenester", readonly=True),
        part("dynamiclist", "rader", defaultRepetitions=2, components=[part("textfield", "a")]),
    )
    data = empty(a_form, {"dato": "2027-03-03", "hvem": "nav"}, OPTIONS)
    assert data == {
        "dato": "03.03.2027",
        "svar": "nei",
        "hvem": "NAV",
        "rader": [{"_": "", "a": ""}, {"_": "", "a": ""}],
    }


def test_an_option_that_is_gone_is_kept_to_be_seen():
    """The page can show it; the answer is asked for again."""
    a_form = form(part("select", "hvem", valuesKey="tjenester"))
    result = checked(a_form, [("hvem", "nedlagt")])
    assert said(result) == [("hvem", "Velg et av alternativene.")]
    assert result.typed == {"hvem": "nedlagt"}


HOSTILE = {
    "nul": "a\x00b",
    "control": "\x1b[2J",
    "surrogate": "\ud83d",
    "megabyte": "x" * 1_000_000,
    "markup": "<script>alert(1)</script>",
    "percent": "%(label)s %s %",
    "feel": '="ja"',
    "bidi": "\u202eabc",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    "sort",
    ["textfield", "textarea", "number", "datetime", "radio", "select", "checklist", "checkbox"],
)
def test_hostile_content_is_located_or_harmless(sort, content):
    """A sentence at the field, or a text kept as text; what is drawn again is bounded."""
    more = {"values": values("ja", "nei")} if sort in ("radio", "select", "checklist") else {}
    result = checked(form(part(sort, "felt", **more)), [("felt", content)])
    assert [error.id for error in result.errors] in ([], ["felt"])
    for error in result.errors:
        assert error.message % error.values
    again = json.dumps(result.typed, ensure_ascii=False).encode()
    assert len(again) < 250_000
    json.dumps(result.answers, ensure_ascii=False).encode()
    if not result.errors and sort != "checkbox":
        assert result.answers["felt"] in (content, content.strip())


def test_hostile_names_are_ignored():
    """Thousands of rows, enormous indexes and names as long as books."""
    pairs = [(f"mal-{at}-tekst", "x") for at in range(10_000)]
    pairs += [("mal-99999999999-tekst", "x"), ("mal-\u0661-tekst", "x"), ("a-1-" * 100_000, "x")]
    result = checked(GOALS, pairs)
    assert [error.id for error in result.errors] == ["mal"]
    assert len(result.typed["mal"]) == 200


def test_answers_are_shown_to_be_read():
    """Labels and values in the order of the form; hidden answers and hidden ids left out."""
    a_form = form(
        part("radio", "svar", values=values("ja", "nei"), part="a"),
        part("textfield", "hvorfor", hide='=svar = "ja"'),
        {"type": "group", "id": "g", "label": "Mer", "components": [part("checkbox", "lest")]},
        *GOALS.raw["components"],
    )
    answers = {"svar": "ja", "hvorfor": "gammelt", "lest": True, "mal": KNOWN["mal"][:1]}
    found = shown(a_form, answers, OPTIONS)
    assert [(each.label, each.text, each.part, each.group) for each in found] == [
        ("Svar", "Ja", "a", ""),
        ("Lest", "Ja", None, "Mer"),
        ("Mal", None, None, ""),
    ]
    assert [(cell.label, cell.text, cell.path) for cell in found[2].rows[0]] == [
        ("Tekst", "Sove bedre", "mal.tekst"),
        ("Frist", "", "mal.frist"),
    ]


def test_answers_of_an_older_version_can_be_read():
    """Other shapes under the same names are shown as nothing."""
    assert shown(GOALS, {"mal": "en tekst"}, {})[0].rows == ()
    assert shown(CONSENT, {"svar": ["x"], "hvem": 3}, {})


# ── any form, any data ──

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=12)
DAYS = st.dates(date(1950, 1, 1), date(2099, 12, 31)).map(date.isoformat)
CHOSEN = st.lists(st.sampled_from(["nav", "bup"]), unique=True).map(
    lambda c: [v for v in ("nav", "bup") if v in c]
)
ANSWERS = {
    "textfield": st.one_of(st.none(), TEXT),
    "textarea": st.one_of(st.none(), TEXT),
    "number": st.one_of(
        st.none(), st.integers(-(10**9), 10**9), st.decimals(-999, 999, places=3).map(float)
    ),
    "datetime": st.one_of(st.none(), DAYS),
    "radio": st.sampled_from([None, "nav", "bup"]),
    "select": st.sampled_from([None, "nav", "bup"]),
    "checklist": CHOSEN,
    "checkbox": st.booleans(),
}


@st.composite
def forms_and_answers(draw, depth=0, prefix="f"):
    """Components and answers that fit them."""
    components, answers = [], {}
    for number in range(draw(st.integers(1, 4))):
        key = f"{prefix}{number}"
        sorts = [*ANSWERS, *(["group", "dynamiclist"] if depth < 2 else [])]
        sort = draw(st.sampled_from(sorts))
        more = {}
        if sort in ("radio", "select", "checklist"):
            more = {"valuesKey": "tjenester"}
        elif sort not in ANSWERS:
            inner, inside = draw(forms_and_answers(depth=depth + 1, prefix=f"{key}x"))
            more = {"components": inner}
        hide = draw(
            st.sampled_from(["", f"={prefix}0 = null", f'=list contains({prefix}0, "nav")'])
        )
        if hide and number:
            more["hide"] = hide
        components.append(part(sort, key, **more))
        repeats = draw(st.integers(1, 3))
        answers[key] = (
            draw(ANSWERS[sort])
            if sort in ANSWERS
            else inside
            if sort == "group"
            else [inside] * repeats
        )
    return components, answers


@given(forms_and_answers())
def test_what_is_drawn_and_posted_gives_the_same_answers(made):
    """Any form, any answers: drawn, posted unchanged and drawn again they stay what they are."""
    components, answers = made
    a_form = form(*components)
    first = checked(a_form, as_posted(a_form, empty(a_form, answers, OPTIONS)))
    assert first.errors == ()
    again = checked(a_form, as_posted(a_form, empty(a_form, first.answers, OPTIONS)))
    assert (again.answers, again.errors) == (first.answers, ())
    retyped = checked(a_form, as_posted(a_form, first.typed))
    assert retyped == first


@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.sampled_from(["svar", "hvem", "hvorfor", "mal-0-tekst", "mal-0-_"]), st.text()
            ),
            st.text(max_size=30),
        ),
        max_size=8,
    )
)
def test_any_post_is_checked_without_an_exception(pairs):
    """Surrogates, controls, anything: checked, redrawn, and drawn the same when posted again."""
    for a_form in (CONSENT, GOALS):
        first = checked(a_form, pairs, KNOWN)
        rows(a_form, Posted(pairs), prefill=KNOWN, options=OPTIONS)
        again = checked(a_form, as_posted(a_form, first.typed), KNOWN)
        assert (again.answers, again.errors) == (first.answers, first.errors)


LIBRARY = Path(forms.__file__).parent / "library"


def decided_by_nobody(**row: str) -> bool:
    """Whether the start meeting's form asks who decided a measure."""
    meeting = load(LIBRARY)["oppstartsmote"]
    pairs = [(f"tiltak-0-{key}", value) for key, value in row.items()]
    return any("bestemte" in fault.label for fault in checked(meeting, pairs).errors)


def test_what_a_family_does_itself_needs_nobody_who_decided_it():
    """A service's measure is decided by somebody by name; the family's own is their own."""
    assert not decided_by_nobody(hva="Samle regningene", tjeneste="")
    assert decided_by_nobody(hva="Råd", tjeneste="nav")
