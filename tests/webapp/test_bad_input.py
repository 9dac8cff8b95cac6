"""Wrong, huge and hostile answers in every field of every form of the library, over HTTP."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from world import World

import forms
from forms import library
from forms.definitions import Component, Form
from tests.workflows import stories

Clients = Callable[[str], FlaskClient]
FORMS = library.load(Path(forms.__file__).parent / "library")
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "quotes": "\"'><img src=x onerror=alert(1)>",
    "template": "{{ 7 * 7 }} {% raw %} %(name)s ${x}",
    "control": "a\x00b\x07c\x1b[31m",
    "turned": "\u202etxt.exe \u200b\ufeff\U0001f4a9",
    "huge": "Ærlig talt. " * 2_000,
    "number": "9" * 400,
    "date": "31.02.0000",
    "empty": "",
}


def names(form: Form) -> Iterator[tuple[str, Component]]:
    """The name of each field that can be typed in, in the first row of its list."""
    lists = [each.path for each in form.fields if each.type == "dynamiclist"]
    for each in form.fields:
        if each.is_input and not each.readonly:
            parts, name, path = each.path.split("."), "", ""
            for part in parts:
                path = f"{path}.{part}" if path else part
                name += f"{part}-0-" if path in lists else f"{part}-"
            yield name[:-1], each


@pytest.mark.parametrize("key", sorted(FORMS))
def test_hostile_answers_are_never_an_error_of_ours(
    client_of: Clients, world: World, key: str
) -> None:
    """Whatever is typed can be kept as a draft and drawn again, and is never markup."""
    stories.start(world)
    task = world.open_task("vurder_behov")
    task.form_key = key
    kari, form = client_of("Kari"), FORMS[key]
    texts = list(HOSTILE.values())
    for turn in range(0, len(texts), 3):
        fields = enumerate(names(form), turn)
        posted = {name: texts[at % len(texts)] for at, (name, _field) in fields}
        answer = kari.post(f"/oppgaver/{task.id}/utkast", data=posted)
        assert answer.status_code == 200
        answer = kari.post(f"/oppgaver/{task.id}", data={**posted, "add:x": "1"})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text


def asks_anyway(form: Form) -> bool:
    """Whether anything can be typed in when nothing is known: not in rows that none can add."""
    fixed = {each.path for each in form.fields if not each.allow_add_remove}
    return any(field.path.split(".")[0] not in fixed for _name, field in names(form))


@pytest.mark.parametrize("key", sorted(key for key, form in FORMS.items() if asks_anyway(form)))
def test_what_is_too_long_or_no_choice_is_located_and_kept(
    client_of: Clients, world: World, key: str
) -> None:
    """Each field that cannot take the text is linked from the list, and the text is still there."""
    stories.start(world)
    task = world.open_task("vurder_behov")
    task.form_key = key
    text = "<b>Ærlig talt</b> & 'slik' " * 1000
    wrong = dict(names(FORMS[key]))
    answer = client_of("Kari").post(f"/oppgaver/{task.id}", data=dict.fromkeys(wrong, text))
    assert answer.status_code == 422
    linked = [name for name in wrong if f'href="#{name}"' in answer.text]
    assert linked
    typed = [name for name in linked if wrong[name].type in ("textarea", "textfield")]
    assert answer.text.count(str(escape(text))[:60]) >= len(typed)
    assert world.open_elements() == ["vurder_behov"]


@pytest.mark.parametrize("body", [b"%00=%ff&begrunnelse=%ED%A0%80", b"&&&=;", b"a" * 100_000])
def test_broken_bodies_are_answered(client_of: Clients, world: World, body: bytes) -> None:
    """Bytes that are no form are a form without answers."""
    stories.start(world)
    task = world.open_task("vurder_behov")
    answer = client_of("Kari").post(
        f"/oppgaver/{task.id}", data=body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 422


def test_rows_without_end_are_bounded(client_of: Clients, world: World) -> None:
    """Thousands of rows give a message and a page of bounded length."""
    stories.to_plan(world)
    task = world.open_task("plan")
    rows = {f"tiltak-{at}-hva": "x" for at in range(3000)}
    answer = client_of("Siri").post(f"/oppgaver/{task.id}", data=rows)
    assert answer.status_code == 422
    assert 'href="#tiltak"' in answer.text
    assert len(answer.text) < 2_000_000


def test_more_than_can_be_taken_is_said_in_plain_words(client_of: Clients, world: World) -> None:
    """A post beyond all bounds is refused before it is read."""
    stories.start(world)
    task = world.open_task("vurder_behov")
    answer = client_of("Kari").post(f"/oppgaver/{task.id}", data={"begrunnelse": "x" * 3_000_000})
    assert answer.status_code == 413
    assert "Skjemaet er større enn vi kan ta imot." in answer.text
