"""What is typed and not sent, kept as it was posted."""

import json
from typing import Any

from werkzeug.datastructures import MultiDict

from forms.definitions import Form, read
from webapp import drafts

FORM = {
    "type": "default",
    "schemaVersion": 19,
    "id": "prove",
    "title": "Prøve",
    "components": [
        {"type": "textarea", "id": "a", "key": "ord", "label": "Med egne ord"},
        {"type": "textfield", "id": "b", "key": "navn", "label": "Navn", "readonly": True},
        {"type": "checkbox", "id": "c", "key": "enig", "label": "Enig"},
        {
            "type": "checklist",
            "id": "d",
            "key": "valg",
            "label": "Valg",
            "values": [{"value": "x", "label": "Ekse"}, {"value": "y", "label": "Ypsilon"}],
        },
        {
            "type": "dynamiclist",
            "id": "e",
            "path": "maal",
            "label": "Mål",
            "components": [{"type": "textfield", "id": "f", "key": "tekst", "label": "Mål"}],
        },
    ],
}


def form(**changes: Any) -> Form:
    return read(json.dumps({**FORM, **changes}).encode(), "prove.form")


def typed(*pairs: tuple[str, str]) -> dict[str, Any]:
    return drafts.kept(form(), MultiDict(pairs))


def test_only_what_the_form_asks_for_is_kept() -> None:
    """Buttons, tokens, readonly fields and made-up names are not part of a draft."""
    draft = typed(
        ("csrf_token", "hemmelig"), ("send", "1"), ("navn", "Ola"), ("tull", "x"), ("ord", "Hei")
    )
    assert list(drafts.posted(draft)) == ["ord"]


def test_rows_are_kept_with_their_marks() -> None:
    """A row keeps what says which prefilled row it is."""
    draft = typed(("maal-0-_", "id.7"), ("maal-0-tekst", "Sove"))
    assert drafts.posted(draft).get("maal-0-_") == "id.7"


def test_draft_survives_a_json_round_trip() -> None:
    """A draft comes out of the database as it went in, whatever was typed."""
    draft = typed(("ord", "linje\r\n\x00\U0001f600"), ("valg", "x"), ("valg", "y"))
    again = drafts.posted(json.loads(json.dumps(draft)))
    assert again.get("ord") == "linje\n�\U0001f600"
    assert again.getlist("valg") == ["x", "y"]


def test_own_words_have_labels() -> None:
    """What is shown to be copied has the form's labels, for choices too."""
    draft = typed(("ord", "Hei"), ("enig", "on"), ("valg", "y"), ("maal-0-tekst", "Sove"))
    shown = [("Med egne ord", "Hei"), ("Enig", "Ja"), ("Valg", "Ypsilon"), ("Mål", "Sove")]
    assert list(drafts.own_words(form(), draft, {})) == shown


def test_draft_outlives_a_change_of_the_form() -> None:
    """What a newer form does not ask for any more is left out, and the rest is there."""
    draft = typed(("ord", "Hei"), ("maal-0-tekst", "Sove"))
    newer = form(components=FORM["components"][:1])  # type: ignore[index]
    assert list(drafts.own_words(newer, draft, {})) == [("Med egne ord", "Hei")]


def test_draft_is_bounded() -> None:
    """No more pairs are kept than any form can have."""
    many = [(f"maal-{at}-tekst", "x") for at in range(drafts.MOST_PAIRS + 10)]
    assert len(list(drafts.posted(typed(*many)))) == drafts.MOST_PAIRS
