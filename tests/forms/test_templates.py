"""The page of a form: each field with label, error and source; what it shows is what is read."""

import re
from pathlib import Path

import jinja2
import lxml.html
import pytest
from hypothesis import given, settings
from markupsafe import Markup, escape

from forms.answers import Posted, as_posted, check, empty, rows, shown
from tests.forms.making import form, part, values
from tests.forms.test_answers import KNOWN, OPTIONS, TODAY, forms_and_answers

WHOLE = form(
    {"type": "text", "id": "t", "text": "Fyll ut sammen."},
    part(
        "textfield", "navn", required=True, autocomplete="name", description="Fornavn og etternavn"
    ),
    part("textarea", "hvorfor", required=True),
    part("number", "timer", required=True, appearance={"suffixAdorner": "timer"}),
    part("datetime", "dato", required=True),
    part("datetime", "tid", subtype="time", required=True),
    part("radio", "svar", values=values("ja", "nei"), required=True),
    part("select", "tjeneste", valuesKey="tjenester", required=True),
    part("checklist", "hvem", valuesKey="tjenester", required=True),
    part("checklist", "tomt", valuesKey="ukjent", required=True),
    part("checkbox", "lest", required=True),
    part("textfield", "fnr", kind="fnr"),
    part("textfield", "telefon", kind="phone"),
    part("textfield", "epost", kind="email"),
    {"type": "separator", "id": "s"},
    part("textfield", "fast", readonly=True),
    part("checkbox", "avtalt", readonly=True),
    part("textfield", "mer", hide='=svar = "nei"'),
    part("group", "familie", description="De nærmeste", components=[part("textarea", "hjem")]),
    part(
        "dynamiclist",
        "mal",
        description="Ett om gangen",
        components=[
            part("textfield", "id", readonly=True, kind="id"),
            part("textfield", "tekst", required=True),
            part("radio", "hvor", values=values("hjemme", "skole")),
        ],
    ),
)
PREFILL = {"fast": "Kim", **KNOWN}
SOURCES = {"navn": "Hentet fra Behov, 3. mars 2026", "fast": "Hentet fra folkeregisteret"}

ENV = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parents[2] / "webapp/templates"),
    extensions=["jinja2.ext.i18n"],
    autoescape=True,
    undefined=jinja2.StrictUndefined,
)
ENV.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
ENV.filters["markdown"] = lambda text: Markup("<p>{}</p>").format(text)
ENV.filters["translated"] = lambda text: text or ""
PAGE = ENV.from_string(
    """{% from 'forms/fields.html' import form_fields, error_summary %}
    {% from 'forms/answers.html' import form_answers %}
    <!doctype html><html lang="nb"><title>Skjema</title><main><h1>Skjema</h1>
    {{ error_summary(errors) }}
    <form method="post">{{ form_fields(form, data, errors, options, sources, focus) }}
    <button>Send</button></form>{{ form_answers(answers, level=2) }}</main></html>"""
)


def drawn(a_form, data, errors=(), sources=None, focus="", answers=()):
    said = {"form": a_form, "data": data, "errors": errors, "options": OPTIONS}
    return PAGE.render(**said, sources=sources or {}, focus=focus, answers=answers)


def page(*args, **how):
    return lxml.html.document_fromstring(drawn(*args, **how))


def checked(a_form, pairs, prefill=PREFILL):
    return check(a_form, Posted(pairs), prefill=prefill, options=OPTIONS, today=TODAY)


WRONG = checked(WHOLE, [("mal-0-_", "id.m1"), ("svar", "x"), ("hvem", "y"), ("tjeneste", "z")])
PAGES = {
    "fresh": page(WHOLE, empty(WHOLE, PREFILL, OPTIONS), sources=SOURCES),
    "wrong": page(WHOLE, WRONG.typed, WRONG.errors, SOURCES),
}


def focusable(element):
    return element.tag in ("input", "select", "textarea") or element.get("tabindex") == "-1"


@pytest.mark.parametrize("name", PAGES)
def test_every_id_is_there_once(name):
    """Labels, descriptions and links would else point at something else."""
    ids = PAGES[name].xpath("//@id")
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("name", PAGES)
def test_every_field_has_its_label(name):
    """One label for each input, a legend for each group of choices."""
    for field in PAGES[name].xpath("//input[@type!='hidden'] | //select | //textarea"):
        assert len(PAGES[name].xpath("//label[@for=$id]", id=field.get("id"))) == 1
    for fieldset in PAGES[name].xpath("//fieldset"):
        assert fieldset.xpath("./legend")[0].text_content().strip()


@pytest.mark.parametrize("name", PAGES)
def test_what_describes_a_field_exists(name):
    """aria-describedby and aria-labelledby name ids of the page."""
    found = PAGES[name].xpath("//@aria-describedby | //@aria-labelledby")
    assert found
    ids = set(PAGES[name].xpath("//@id"))
    assert all(set(each.split()) <= ids for each in found)


def test_every_error_is_listed_linked_and_told_at_its_field():
    """The link lands on something that takes focus, and the field names its error."""
    summary = PAGES["wrong"].get_element_by_id("error-summary")
    links = summary.xpath(".//a")
    assert [link.get("href") for link in links] == [f"#{error.id}" for error in WRONG.errors]
    for error, link in zip(WRONG.errors, links, strict=True):
        text = str(error.message % error.values)
        target = PAGES["wrong"].get_element_by_id(error.id)
        assert focusable(target)
        within = "".join(f"{label} {at}: " for label, at in error.rows)
        assert link.text_content() == f"{within}{error.label}: {text}"
        assert PAGES["wrong"].get_element_by_id(f"{error.id}-e").text_content() == text
        assert PAGES["wrong"].xpath("//*[contains(@aria-describedby, $id)]", id=f"{error.id}-e")


def test_optional_fields_are_marked_and_required_ones_said_to_be():
    """«(valgfritt)» in the label; aria-required on what must be answered."""
    fresh = PAGES["fresh"]
    assert "(valgfritt)" in fresh.xpath("//label[@for='telefon']")[0].text_content()
    assert "(valgfritt)" not in fresh.xpath("//label[@for='navn']")[0].text_content()
    assert fresh.get_element_by_id("navn").get("aria-required") == "true"


def test_a_prefilled_field_says_where_it_is_from():
    """In words, tied to the field; also where it cannot be changed."""
    for name in SOURCES:
        field = PAGES["fresh"].get_element_by_id(name)
        assert f"{name}-s" in field.get("aria-describedby").split()
        assert PAGES["fresh"].get_element_by_id(f"{name}-s").text_content() == SOURCES[name]


def test_inputs_help_the_one_who_types():
    """autocomplete, keyboard for numbers, telephone and e-mail."""
    fields = {
        name: PAGES["fresh"].get_element_by_id(name)
        for name in ("navn", "timer", "telefon", "epost")
    }
    assert fields["navn"].get("autocomplete") == "name"
    assert fields["timer"].get("inputmode") == "decimal"
    assert (fields["telefon"].get("type"), fields["epost"].get("type")) == ("tel", "email")


def test_a_condition_is_given_to_the_script_and_said_to_others():
    """The tree as JSON, and a sentence where no script runs."""
    [hidden] = PAGES["fresh"].xpath("//*[@data-hide]")
    assert hidden.get("data-hide") == '["compare", "=", ["name", "svar"], ["literal", "nei"]]'
    assert hidden.xpath(".//noscript")


def test_a_condition_is_told_what_is_only_there_to_be_read():
    """A number, a text, or only the words of a choice, which are not its value."""
    choice = {"values": [{"value": "ja", "label": "Ja"}]}
    kinds = {"number": {}, "textfield": {}, "radio": choice}
    a_form = form(*(part(kind, kind, readonly=True, **more) for kind, more in kinds.items()))
    tree = page(a_form, empty(a_form, {"number": 14, "textfield": "Per", "radio": "ja"}, {}))
    told = {kind: tree.get_element_by_id(kind).get("data-fixed") for kind in kinds}
    assert told == {"number": "number", "textfield": "text", "radio": "words"}


def test_no_script_and_no_style_is_inline():
    """The page keeps a strict policy."""
    for tree in PAGES.values():
        assert not tree.xpath("//script | //style | //@style | //@*[starts-with(name(), 'on')]")


def test_rows_have_buttons_that_need_no_script():
    """Add and remove are submits with a name, and do not ask the browser to check first."""
    names = PAGES["fresh"].xpath("//button[@formnovalidate]/@name")
    assert names == ["remove:mal:0", "remove:mal:1", "add:mal"]
    fixed = form(
        part("dynamiclist", "rader", allowAddRemove=False, components=[part("textfield", "a")])
    )
    assert "add:" not in drawn(fixed, empty(fixed, {"rader": [{}]}, {}))


def test_focus_goes_to_the_new_row():
    """autofocus on the row itself, which takes focus."""
    redrawn = rows(WHOLE, Posted([("add:mal", "1")]), prefill={}, options=OPTIONS)
    [focused] = page(WHOLE, redrawn.data, focus=redrawn.focus).xpath("//*[@autofocus]")
    assert (focused.get("id"), focused.get("tabindex")) == ("mal-0", "-1")


def test_options_that_are_gone_are_drawn_chosen():
    """In a select, a radio and a checklist: nothing typed is lost."""
    wrong = PAGES["wrong"]
    assert wrong.xpath("//select[@id='tjeneste']/option[@selected]/@value") == ["z"]
    assert wrong.xpath("//input[@name='svar'][@checked]/@value") == ["x"]
    assert wrong.xpath("//input[@name='hvem'][@checked]/@value") == ["y"]


def test_what_people_write_is_text():
    """Markup, quotes and percent signs come out as written."""
    text = """</textarea><script>alert(1)</script>"'%(label)s"""
    data = empty(WHOLE, PREFILL, OPTIONS) | {
        "navn": text,
        "hvorfor": text,
        "tjeneste": text,
        "fast": text,
    }
    tree = page(WHOLE, data, sources={"navn": text})
    assert not tree.xpath("//script")
    assert tree.get_element_by_id("navn").get("value") == text
    assert tree.get_element_by_id("navn-s").text_content() == text
    assert str(escape(text)) in drawn(WHOLE, data)


def test_a_first_line_break_is_kept():
    """HTML drops the first line break of a text area; ours is not the writer's."""
    data = empty(WHOLE, PREFILL, OPTIONS) | {"hvorfor": "\nandre linje"}
    assert re.search(r'name="hvorfor"[^>]*>\n\nandre linje</textarea>', drawn(WHOLE, data))


@settings(max_examples=30)
@given(forms_and_answers())
def test_a_browser_would_post_what_was_typed(made):
    """For any form and any answers, the page carries exactly what as_posted says."""
    components, answers = made
    a_form = form(*components)
    data = empty(a_form, answers, OPTIONS)
    areas = {each.key for each in a_form.fields if each.type == "textarea"}
    posted = sorted(
        (name, value.removeprefix("\n") if name.rsplit("-", 1)[-1] in areas else value)
        for name, value in page(a_form, data).forms[0].form_values()
    )
    expected = dict.fromkeys(name for name, _value in posted)
    sent = [pair for pair in as_posted(a_form, data) if pair[0] in expected]
    assert posted == sorted(sent)
    assert all(value == "" for name, value in as_posted(a_form, data) if name not in expected)


def test_answers_are_drawn_to_read():
    """Label and text, rows in a list, «Ikke besvart» where nothing stands."""
    answers = shown(WHOLE, {"navn": "Kim", "familie": {"hjem": "Hos mor"}, **KNOWN}, OPTIONS)
    tree = page(WHOLE, empty(WHOLE, {}, OPTIONS), answers=answers)
    said = {dt.text_content(): dt.getnext().text_content() for dt in tree.xpath("//dl/div/dt")}
    assert (said["Navn"], said["Hjem"], said["Lest"]) == ("Kim", "Hos mor", "Nei")
    assert said["Telefon"] == "Ikke besvart"
    assert len(tree.xpath("//dt[.='Mal']/following-sibling::dd//li")) == 2
    assert [h.text_content() for h in tree.xpath("//h2[.='Familie']")] == ["Familie"]


@pytest.mark.parametrize("name", ["fresh", "wrong"])
def test_axe_finds_nothing(name, chromium, axe):
    """The form as it is drawn, fresh and with errors, has no violation that axe knows."""
    opened = chromium.new_page()
    opened.set_content(
        lxml.html.tostring(PAGES[name], encoding="unicode", doctype="<!doctype html>")
    )
    opened.evaluate(axe)
    found = opened.evaluate("axe.run()")["violations"]
    opened.close()
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
