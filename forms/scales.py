"""What a form's scales measured: the numbers among the answers that are kept to be compared.

A scale is any number, select or radio field with the property `scale`. It judges no answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms.definitions import Component, Form
from forms.posted import mapping


@dataclass(frozen=True)
class Reading:
    """One answer on a scale, with the ends of the scale and the words that go with it."""

    scale: str
    label: str
    value: int
    choice: str | None
    """What the chosen answer is called; None for a number."""
    lowest: int
    highest: int
    lowest_label: str | None
    highest_label: str | None
    words: str | None


def readings(form: Form, answers: Mapping[str, Any]) -> list[Reading]:
    """What was answered on each scale of a form, in its order; what was skipped is left out."""
    given = list(_given(form.components, answers))
    words = {each.words_of: text for each, text in given if each.words_of}
    return [
        _reading(each, int(value), words.get(each.scale))
        for each, value in given
        if each.scale and value is not None
    ]


def _given(
    components: Sequence[Component], answers: Mapping[str, Any]
) -> Iterator[tuple[Component, Any]]:
    """Every field outside lists with its answer."""
    for each in components:
        if each.type == "group":
            inner = mapping(answers.get(each.key)) if each.key else answers
            yield from _given(each.components, inner)
        elif each.is_input:
            yield each, answers.get(each.key)


def _reading(field: Component, value: int, words: str | None) -> Reading:
    labels = {int(value): label for value, label in field.options}
    lowest = min(labels) if labels else int(field.minimum or 0)
    highest = max(labels) if labels else int(field.maximum or 0)
    return Reading(
        scale=field.scale or "",
        label=field.label,
        value=value,
        choice=labels.get(value),
        lowest=lowest,
        highest=highest,
        lowest_label=labels.get(lowest, field.lowest),
        highest_label=labels.get(highest, field.highest),
        words=words,
    )
