"""Definitions: a planted fault of each kind is found on its line, and nothing is an exception."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import library
from forms.definitions import Problem, UnreadableForm, check, read
from tests.forms.making import form, part, source, values

OPTIONS = frozenset({"tjenester"})
SOURCES = frozenset({"form:behov.tjenester", "data:plan.mal"})
GOOD = part("textfield", "navn")
ROW = part("textfield", "tekst")
TEN = {"min": 0, "max": 10, "decimalDigits": 0}
SCALE = part("number", "livet", scale="livet", lowest="Dårlig", highest="Godt", **TEN)


def said(*components, **top):
    found = check(source(*components, **top), "s.form", options=OPTIONS, sources=SOURCES)
    return [str(problem) for problem in found]


WHOLE = [
    part("textfield", "navn", required=True, maxLength=100, autocomplete="name"),
    part("radio", "svar", values=values("ja", "nei"), part="a"),
    part("textarea", "hvorfor", hide='=svar != "nei"'),
    part("number", "timer", min=0, max=40, decimalDigits=1, appearance={"suffixAdorner": "t"}),
    part("datetime", "dato", subtype="date", dateLabel="Dato"),
    part("checklist", "hvem", valuesKey="tjenester", source="form:behov.tjenester"),
    {"type": "text", "id": "t", "text": "## Mål"},
    {"type": "separator", "id": "s"},
    part("group", "familie", components=[part("checkbox", "bor_hjemme")]),
    part("textarea", "hjem", hide="=familie.bor_hjemme = true"),
    part(
        "dynamiclist",
        "mal",
        source="data:plan.mal",
        allowAddRemove=False,
        components=[
            part("textfield", "id", readonly=True, kind="id"),
            part("textfield", "tekst", hide='=svar = "nei"'),
            part("number", "nummer", unique_per="tekst"),
        ],
    ),
    SCALE,
    part("radio", "penger", scale="okonomi", values=values("1", "2")),
    part("textarea", "om_livet", words_of="livet"),
]


def test_a_good_form_has_no_problems():
    """Every supported type and property passes."""
    assert said(*WHOLE) == []


def test_a_form_is_read_as_values():
    """Paths are dotted without rows; keys are what an answer has at its top."""
    read_form = form(*WHOLE)
    assert [each.path for each in read_form.fields if "." in each.path] == [
        "familie.bor_hjemme",
        "mal.id",
        "mal.tekst",
        "mal.nummer",
    ]
    assert read_form.field_keys >= {"navn", "familie", "mal"}
    assert read_form.sources == {"hvem": "form:behov.tjenester", "mal": "data:plan.mal"}
    navn, svar, *_ = read_form.components
    assert (navn.required, navn.max_length, navn.autocomplete) == (True, 100, "name")
    assert (svar.part, svar.choices({})) == ("a", (("ja", "Ja"), ("nei", "Nei")))


def test_a_form_says_what_the_picture_shows():
    """A field may be a factor, a list of arenas or measures; a row says who gives the measure."""
    giver = part("textfield", "giver", picture="tjeneste")
    parts = [
        part("textarea", "familien", picture="faktor"),
        part("dynamiclist", "hjelp", picture="tiltak", components=[ROW, giver]),
        part("checklist", "steder", values=values("hjem"), picture="arena"),
    ]
    assert said(*parts) == []
    assert {each.path: each.picture for each in form(*parts).fields} == {
        "familien": "faktor",
        "hjelp": "tiltak",
        "hjelp.tekst": None,
        "hjelp.giver": "tjeneste",
        "steder": "arena",
    }


def test_a_form_says_what_is_a_childs_own_voice():
    """A field outside lists may be what a child has said, or how the child was heard."""
    parts = [part("textarea", "sagt", voice="barn"), part("textarea", "annet")]
    assert said(*parts) == []
    assert [each.voice for each in form(*parts).fields] == ["barn", None]


def test_the_version_is_of_the_content():
    """Spacing and the order of names make no new version, a new label does."""
    one = source(GOOD)
    again = json.dumps(dict(reversed(json.loads(one).items())), indent=4).encode()
    other = source(GOOD | {"label": "Ditt navn"})
    assert read(one, "a").version == read(again, "b").version != read(other, "c").version


FAULTS = [
    ([{"type": "textfield", "key": "navn", "label": "Navn"}], "navn: Feltet mangler id."),
    ([GOOD, GOOD | {"key": "annet"}], "id_navn: To felt har samme id."),
    ([part("fil", "navn")], "Felttypen «fil» støttes ikke."),
    ([{"id": "x"}], "Felttypen «None» støttes ikke."),
    ([GOOD | {"key": ""}], "mangler nøkkel"),
    ([GOOD | {"key": 5}], "mangler nøkkel"),
    ([GOOD | {"label": " "}], "mangler ledetekst"),
    ([{"type": "text", "id": "t"}], "t: Feltet mangler tekst."),
    ([GOOD | {"label": "=navn"}], "Uttrykk i «label» støttes ikke."),
    ([{"type": "text", "id": "t", "text": "Hei {{navn}}"}], "Uttrykk i «text» støttes ikke."),
    ([GOOD, GOOD | {"id": "b"}], "b: To felt har nøkkelen «navn»."),
    ([GOOD | {"key": "to ord"}], "«to ord» kan ikke være nøkkel"),
    ([GOOD | {"key": "mål-1"}], "kan ikke være nøkkel"),
    ([GOOD | {"key": "__class__"}], "kan ikke være nøkkel"),
    ([GOOD | {"key": "and"}], "«and» kan ikke være nøkkel"),
    ([GOOD | {"onclick": "x"}], "«onclick» støttes ikke på textfield."),
    ([GOOD | {"validate": {"pattern": "(a+)+$"}}], "Mønstre (pattern) støttes ikke"),
    ([GOOD | {"validate": {"min": 3}}], "Regelen «min» støttes ikke på textfield."),
    ([GOOD | {"validate": {"required": "ja"}}], "«required» må være true eller false."),
    ([GOOD | {"validate": {"validationType": "url"}}], "Ukjent validationType."),
    ([GOOD | {"validate": []}], "«validate» må være et objekt."),
    ([GOOD | {"readonly": "=x"}], "«readonly» må være true eller false."),
    ([GOOD | {"conditional": {"show": "=true"}}], "Bare «hide»"),
    ([GOOD | {"conditional": {"hide": "=true", "show": ""}}], "Bare «hide»"),
    ([part("textfield", "a", hide='=navn == "x"')], "Bruk ett likhetstegn (=). (tegn 7)"),
    ([part("textfield", "a", hide="=navn = 1"), GOOD], "«navn», som ikke er et felt lenger opp"),
    ([GOOD, part("textfield", "a", hide="=navn.etter = 1")], "«navn.etter», som ikke er"),
    (
        [part("dynamiclist", "l", components=[ROW]), part("textfield", "a", hide="=tekst = 1")],
        "«tekst»",
    ),
    ([part("radio", "a")], "mangler alternativer"),
    ([part("radio", "a", values=[])], "mangler alternativer"),
    ([part("select", "a", valuesKey="ukjent")], "Ukjent valuesKey: «ukjent»."),
    ([part("select", "a", valuesKey=["x"])], "Ukjent valuesKey"),
    ([part("select", "a", valuesKey="tjenester", values=values("x"))], "ikke begge"),
    ([part("checklist", "a", values=values("x", "y", "x"))], "To alternativer har verdien «x»."),
    ([part("radio", "a", values=[{"value": 1, "label": "En"}])], "mangler label eller value"),
    ([part("radio", "a", values=["x"])], "må ha label og value"),
    ([part("radio", "a", values=values(*(f"v{n}" for n in range(301))))], "For mange alternativer"),
    ([part("textfield", "a", kind="kontonummer")], "Ukjent kind for textfield: «kontonummer»."),
    ([part("number", "a", kind="fnr")], "Ukjent kind for number: «fnr»."),
    ([part("textfield", "a", kind=["fnr"])], "Ukjent kind"),
    ([part("textfield", "a", kind="id")], "må være readonly"),
    ([part("textfield", "a", part="j")], "«part» må være en bokstav fra a til i."),
    ([part("textarea", "a", picture="mål")], "«picture» må være faktor, arena, tiltak eller"),
    ([part("textarea", "a", picture=["arena"])], "«picture» må være"),
    ([part("group", "g", picture="arena", components=[ROW])], "bare stå på et felt eller en liste"),
    ([part("textarea", "a", voice="mor")], "«voice» må være barn."),
    ([part("textarea", "a", voice=["barn"])], "«voice» må være barn."),
    ([part("group", "g", voice="barn", components=[ROW])], "«voice» kan bare stå på et felt"),
    (
        [part("dynamiclist", "l", components=[part("textarea", "a", voice="barn")])],
        "«voice» kan bare stå på et felt utenfor lister.",
    ),
    ([part("textarea", "a", picture="tjeneste")], "bare være «tjeneste» i en liste som selv er"),
    (
        [
            part(
                "dynamiclist",
                "l",
                picture="arena",
                components=[part("checkbox", "a", picture="arena")],
            )
        ],
        "«picture» kan ikke stå på et felt i en liste",
    ),
    (
        [
            part(
                "dynamiclist",
                "l",
                picture="arena",
                components=[part("textfield", "a", picture="tjeneste")],
            )
        ],
        "bare være «tjeneste» i en liste som selv er",
    ),
    (
        [
            part(
                "dynamiclist",
                "l",
                picture="tiltak",
                components=[part("textfield", "a", picture="faktor")],
            )
        ],
        "I en liste med tiltak kan «picture» bare være «tjeneste».",
    ),
    ([part("textfield", "a", autocomplete="cc-number")], "Ukjent verdi for autocomplete."),
    ([GOOD | {"properties": {"kilde": "x"}}], "Egenskapen «kilde» er ukjent."),
    ([part("textfield", "a", source="behov.tjenester")], "«source» må være"),
    ([part("textfield", "a", source="form:finnes_ikke.x")], "Skjemaet «finnes_ikke» finnes ikke."),
    ([part("textfield", "a", source="form:behov.x")], "Feltet «x» finnes ikke i skjemaet «behov»."),
    ([part("textfield", "a", source="data:plan.x")], "Kilden «data:plan.x» finnes ikke."),
    ([part("textfield", "a", source="data:x")], "Kilden «data:x» finnes ikke."),
    (
        [part("textfield", "a", source="form:behov.tjenester|form:annet.x")],
        "Skjemaet «annet» finnes ikke.",
    ),
    ([part("textfield", "a", source="form:behov.tjenester|")], "«source» må være"),
    (
        [part("dynamiclist", "l", components=[ROW | {"properties": {"source": "data:plan.mal"}}])],
        "sett den på listen",
    ),
    ([part("number", "a", min=5, max=1)], "«min» er større enn «max»."),
    ([part("number", "a", min="1")], "«min» må være et tall."),
    ([part("number", "a", max=10**400)], "«max» må være et tall."),
    ([part("textfield", "a", maxLength=501)], "kan ha høyst 500 tegn"),
    ([part("textarea", "a", minLength=-1)], "«minLength» må være et helt tall fra 0."),
    ([part("textarea", "a", minLength=9, maxLength=3)], "«minLength» er større enn «maxLength»."),
    ([part("number", "a", decimalDigits=1.5)], "«decimalDigits»"),
    ([part("number", "a", appearance={"icon": "x"})], "«appearance»"),
    ([part("datetime", "a", subtype="datetime")], "Bare dato (date) eller klokkeslett (time)"),
    ([part("checkbox", "a", defaultValue="ja")], "«defaultValue» passer ikke"),
    ([part("number", "a", appearance={"suffixAdorner": 1})], "«appearance» må være tekst."),
    ([part("number", "a", defaultValue="1")], "«defaultValue» passer ikke"),
    ([part("checklist", "a", valuesKey="tjenester", defaultValue=[1])], "«defaultValue» passer"),
    ([part("group", "g")], "Mangler felt (components)."),
    ([part("dynamiclist", "l", components=[])], "Mangler felt (components)."),
    ([part("dynamiclist", "l", components=[ROW], defaultRepetitions=51)], "«defaultRepetitions»"),
    (["felt"], "Et felt må være et objekt."),
    ([part("number", "a", scale="Livet nå", **TEN)], "«scale» må være en nøkkel"),
    ([part("textfield", "a", scale="livet")], "Bare number, select og radio kan ha «scale»."),
    ([part("number", "a", scale="x", min=0, decimalDigits=0)], "En skala er hele tall"),
    ([part("number", "a", scale="x", min=0, max=10)], "En skala er hele tall"),
    ([part("number", "a", scale="x", min=1, max=1, decimalDigits=0)], "En skala er hele tall"),
    ([part("number", "a", scale="x", min=0.5, max=9, decimalDigits=0)], "En skala er hele tall"),
    ([part("radio", "a", scale="x", values=values("1", "vet_ikke"))], "En skala er hele tall"),
    ([part("radio", "a", scale="x", values=values("1"))], "En skala er hele tall"),
    ([part("select", "a", scale="x", valuesKey="tjenester")], "En skala er hele tall"),
    ([SCALE | {"readonly": True}], "kan ikke stå i en liste eller være readonly"),
    ([part("dynamiclist", "l", components=[SCALE])], "kan ikke stå i en liste eller"),
    ([SCALE, part("radio", "b", scale="livet", values=values("1", "2"))], "To felt har skalaen"),
    ([part("number", "a", lowest="Dårlig", **TEN)], "«lowest» og «highest» er tekst på"),
    ([part("number", "a", scale="x", highest=10, **TEN)], "«lowest» og «highest» er tekst på"),
    ([part("textfield", "a", words_of="livet")], "nevner skalaen «livet», som ikke finnes."),
    ([SCALE, part("number", "a", words_of="livet")], "«words_of» står på et tekstfelt"),
    ([SCALE, part("textfield", "a", words_of=["livet"])], "«words_of» står på et tekstfelt"),
    (
        [SCALE, *(part("textfield", key, words_of="livet") for key in "ab")],
        "To felt har ordene til skalaen «livet».",
    ),
    ([GOOD, part("number", "a", unique_per="navn")], "«unique_per» må nevne et felt lenger opp"),
    (
        [part("dynamiclist", "l", components=[part("number", "a", unique_per="tekst"), ROW])],
        "«unique_per» må nevne et felt lenger opp i samme rad.",
    ),
    (
        [part("dynamiclist", "l", components=[ROW, part("checkbox", "a", unique_per="tekst")])],
        "«unique_per» må nevne et felt",
    ),
    ([part("textfield", f"f{n}") for n in range(501)], "For mange felt: høyst 500."),
    ([GOOD | {"label": "Na\x00vn"}], "tegn som ikke kan vises"),
    ([GOOD | {"label": "\ud800"}], "tegn som ikke kan vises"),
]


@pytest.mark.parametrize(("components", "message"), FAULTS, ids=range(len(FAULTS)))
def test_a_planted_fault_is_found(components, message):
    """Each kind of fault gives one line that says what is wrong."""
    found = [line for line in said(*components) if message in line]
    assert found, said(*components)
    assert all("\n" not in line for line in said(*components))


@pytest.mark.parametrize(
    ("top", "message"),
    [
        ({"id": None}, "Skjemaet mangler en gyldig id"),
        ({"id": "Mitt skjema"}, "Skjemaet mangler en gyldig id"),
        ({"title": ""}, "Skjemaet mangler tittel"),
        ({"script": "x"}, "«script» støttes ikke her."),
    ],
)
def test_a_fault_in_the_form_itself_is_found(top, message):
    """id and title are needed, and nothing unknown is kept in silence."""
    [line] = said(GOOD, **top)
    assert message in line


def test_a_problem_stands_on_the_line_of_its_component():
    """The line is that of the object, not of the file."""
    found = said(GOOD, part("textfield", "b"), part("textfield", "c", part="x"))
    assert found == ["s.form:4: id_c: «part» må være en bokstav fra a til i."]


def test_nesting_of_components_is_bounded():
    """Seven groups inside one another are too many for anybody to answer."""
    inner = GOOD
    for number in range(7):
        inner = part("group", f"g{number}", components=[inner])
    assert any("For dypt nøstet" in line for line in said(inner))


GOOD_BYTES = source(*WHOLE)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "ikke gyldig JSON"),
        (b"<bpmn/>", 1, "ikke gyldig JSON"),
        (b"[]", 1, "det ytterste må være et objekt"),
        (b"\xff\xfe\x00binary", 1, "UTF-8"),
        (GOOD_BYTES[: len(GOOD_BYTES) // 2], 10, "ikke gyldig JSON"),
        (b'{"id": "x",\n"id": "y"}', 1, "to ganger"),
        (b'{"a": NaN}', 1, "NaN er ikke gyldig JSON."),
        (b'{"a": ' + b"9" * 5000 + b"}", 1, "et tall som er for langt"),
        (b'{"a": "' + b"x" * 1_000_000 + b'"}', 1, "for stor"),
        (b"[" * 500_000, 1, "for dypt nøstet"),
        (b'{"a":' * 5_000, 1, "for dypt nøstet"),
        (b'"' + b'\\"' * 400_000, 1, "ikke gyldig JSON"),
    ],
    ids=range(12),
)
def test_a_file_that_is_no_form_is_one_located_problem(content, line, message):
    """Wrong bytes, half files, bombs: one line, at once."""
    begun = time.perf_counter()
    [problem] = check(content, "s.form", options=OPTIONS, sources=None)
    assert time.perf_counter() - begun < 1
    assert problem.line == line
    assert message in problem.message


def test_read_refuses_what_check_finds():
    """A form with problems is not read; it carries its problems."""
    with pytest.raises(UnreadableForm) as caught:
        read(source(GOOD | {"label": ""}), "s.form")
    [problem] = caught.value.problems
    expected = Problem("s.form", 2, "id_navn", "Feltet mangler ledetekst (label).")
    assert problem == expected
    assert str(caught.value) == "s.form:2: id_navn: Feltet mangler ledetekst (label)."


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=15,
)


def _places(value, path=()):
    yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, item in items:
        yield from _places(item, (*path, name))


WHOLE_JSON = json.loads(GOOD_BYTES)
PLACES = [path for path in _places(WHOLE_JSON) if path]


@given(st.sampled_from(PLACES), JSON)
def test_any_value_anywhere_gives_problems_and_no_exception(path, value):
    """Whatever stands where something else should, check returns, and read agrees with it."""
    mutated = json.loads(GOOD_BYTES)
    at = mutated
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    content = json.dumps(mutated).encode()
    if not check(content, "s.form", options=OPTIONS, sources=SOURCES):
        read(content, "s.form")


@given(st.one_of(st.binary(max_size=200), JSON.map(lambda value: json.dumps(value).encode())))
def test_any_bytes_give_problems_and_no_exception(content):
    """Nothing that is not a form is taken for one."""
    assert check(content, "s.form", options=OPTIONS, sources=None)


def test_a_field_may_name_several_sources():
    """Each is looked up; the first that has an answer fills the field."""
    assert said(part("textfield", "a", source="form:behov.tjenester|data:plan.mal")) == []


def test_a_directory_of_forms_is_read_by_key(tmp_path: Path):
    """Forms by key, and what other forms may be prefilled from: no fields inside rows."""
    (tmp_path / "skjema.form").write_bytes(
        source(GOOD, part("dynamiclist", "mal", components=[ROW]), id="skjema")
    )
    found = library.load(tmp_path)
    assert list(found) == ["skjema"]
    assert library.sources(found.values()) == {"form:skjema.navn", "form:skjema.mal"}


def test_a_directory_with_a_bad_form_says_what_is_wrong(tmp_path: Path):
    """All problems of all files at once; a file is named after its form."""
    (tmp_path / "annet.form").write_bytes(source(GOOD))
    (tmp_path / "b.form").write_bytes(b"{")
    with pytest.raises(UnreadableForm) as caught:
        library.load(tmp_path)
    assert [problem.file for problem in caught.value.problems] == ["annet.form", "b.form"]


@pytest.mark.parametrize(
    ("asked", "asks"),
    [
        (part("textfield", "a"), False),
        (part("textfield", "a", source="data:plan.mal"), True),
        (part("select", "a", valuesKey="tjenester"), True),
    ],
)
def test_a_form_asks_the_case(asked, asks):
    """What is known already and what one can choose from are looked up only where a form asks."""
    assert read(source(asked), "skjema.form").asks_the_case is asks
