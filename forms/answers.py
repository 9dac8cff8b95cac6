"""Answers to a form: what was posted becomes what is stored, or what is wrong with it.

Also what is read later. It stores, translates and draws nothing.
"""

from collections import ChainMap
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import marshmallow as ma

from forms import feel, given, values
from forms.dates import oslo_today
from forms.definitions import Component, Form
from forms.drawing import Redrawn, drawn, empty, rows
from forms.posted import (
    Data,
    Posted,
    PostedForm,
    as_posted,
    mapping,
    read,
    row_list,
    without_blank_rows,
)
from forms.schemas import Surroundings, compiled
from forms.texts import _
from forms.values import Around, Options, Refused

Scope = MutableMapping[str, Any]

TWICE = _("«%(value)s» står på en annen rad. Hver rad må ha sitt eget svar.")

__all__ = [
    "Answer",
    "Checked",
    "FieldError",
    "Options",
    "Posted",
    "Redrawn",
    "as_posted",
    "check",
    "check_given",
    "empty",
    "rows",
    "shown",
]


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one answer.

    `id` is the HTML id to link to; `message % values` the sentence, once translated. `rows` are
    the lists it stands in, the outermost first: the label of each and which row, from 1.
    """

    id: str
    label: str
    message: str
    values: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Checked:
    """The outcome of a posted form. With errors the answers are those that could be read."""

    answers: Data
    errors: tuple[FieldError, ...]
    typed: Data


@dataclass(frozen=True)
class Answer:
    """One answer to read; a list has rows of answers instead of a text.

    `type` is the component's: the text of a checkbox, and each line of a checklist's, is to be
    translated.
    """

    label: str
    text: str | None
    rows: tuple[tuple["Answer", ...], ...] = ()
    part: str | None = None
    path: str = ""
    type: str = "textfield"
    group: str = ""


def check(
    form: Form,
    posted: PostedForm,
    *,
    prefill: Mapping[str, Any],
    options: Options,
    today: date | None = None,
) -> Checked:
    """The answers, what is wrong with them, and what was typed. Never raises for content.

    Fields hidden by their condition are left out. Readonly fields come from `prefill`.
    """
    return _judged(form, read(form, posted, prefill), options, today)


def check_given(
    form: Form,
    sent: Mapping[str, Any],
    *,
    prefill: Mapping[str, Any],
    options: Options,
    today: date | None = None,
) -> Checked:
    """As `check`, of answers in JSON: shaped as they are stored, each value of its own kind."""
    found = given.read(form, sent, prefill)
    if found.misfits:
        faults = (FieldError(each.id, each.label, each.message) for each in found.misfits)
        return Checked({}, tuple(faults), {})
    return _judged(form, found.typed, options, today)


def _judged(form: Form, read_data: Data, options: Options, today: date | None) -> Checked:
    typed = without_blank_rows(form.components, read_data)
    around = Around(today or oslo_today(), options)
    answers, faults = _load(form, typed, around)
    _refuse_twins(form.components, answers, faults)
    _leave_out_hidden(form.components, answers, faults, answers, around)
    errors = tuple(_errors(form.components, faults))
    answers = without_blank_rows(form.components, answers)
    return Checked(answers, errors, drawn(form.components, typed, options))


def _load(form: Form, typed: Data, around: Around) -> tuple[Data, Data]:
    with Surroundings(around):
        try:
            return compiled(form).load(typed), {}
        except ma.ValidationError as error:
            faults: Any = error.messages
            return error.valid_data or {}, faults  # type: ignore[return-value]


def _refuse_twins(
    components: Sequence[Component], answers: Mapping[str, Any], faults: Data
) -> None:
    """Refuse, in every list, what another row has answered already and only one may."""
    for each in components:
        if each.type == "group":
            inner = mapping(answers.get(each.key)) if each.key else answers
            _refuse_twins(
                each.components, inner, faults.setdefault(each.key, {}) if each.key else faults
            )
        elif each.type == "dynamiclist":
            wrong = faults.setdefault(each.key, {})
            if isinstance(wrong, dict):  # else there are too many rows to look at
                _refuse_in_rows(each, row_list(answers.get(each.key)), wrong)


def _refuse_in_rows(
    component: Component, rows: Sequence[Mapping[str, Any]], faults: dict[int, Data]
) -> None:
    seen: set[tuple[str, str, str]] = set()
    for at, row in enumerate(rows):
        wrong = faults.setdefault(at, {})
        _refuse_twins(component.components, row, wrong)
        for each in _unique(component.components):
            answer = row.get(each.key)
            said = (each.key, str(row.get(each.unique_per or "")), str(answer))
            if answer is not None and said in seen:
                wrong.setdefault(each.key, [Refused(TWICE, value=str(answer))])
            seen.add(said)


def _unique(components: Sequence[Component]) -> Iterator[Component]:
    """The fields of a row that no two rows may answer alike."""
    for each in components:
        if each.unique_per:
            yield each
        elif each.type == "group" and not each.key:
            yield from _unique(each.components)


def _hidden(component: Component, scope: Scope, today: date) -> bool:
    try:
        return component.hide is not None and component.hide.holds(scope, today=today)
    except feel.FeelError:  # over budget: rather ask once too often
        return False


def _leave_out_hidden(
    components: Sequence[Component], answers: Data, faults: Data, scope: Scope, around: Around
) -> None:
    """Take out, in page order, what a condition hides: what is out hides nothing else."""
    for each in components:
        if _hidden(each, scope, around.today):
            _forget(each, answers, faults)
        elif each.type == "group" and not each.key:
            _leave_out_hidden(each.components, answers, faults, scope, around)
        elif each.type in ("group", "dynamiclist"):
            for inner, wrong in _inside(answers.get(each.key), faults.get(each.key)):
                _leave_out_hidden(each.components, inner, wrong, ChainMap(inner, scope), around)


def _inside(answers: Any, faults: Any) -> Iterator[tuple[Data, Data]]:
    """The answers and faults of a group, or of each row of a list."""
    wrong = faults if isinstance(faults, dict) else {}
    if isinstance(answers, dict):
        yield answers, wrong
    for at, row in enumerate(answers if isinstance(answers, list) else ()):
        yield row, wrong.get(at, {})


def _forget(component: Component, answers: Data, faults: Data) -> None:
    if component.key:
        answers.pop(component.key, None)
        faults.pop(component.key, None)
    else:
        for each in component.components:
            _forget(each, answers, faults)


def _errors(
    components: Sequence[Component],
    faults: Data,
    prefix: str = "",
    rows: tuple[tuple[str, int], ...] = (),
) -> Iterator[FieldError]:
    for each in components:
        name = prefix + each.key
        found = faults.get(each.key) if each.key else faults
        if not found:
            continue
        if isinstance(found, list):
            yield _error(name, each.label, found[0], rows)
        elif each.type == "dynamiclist":
            for at in sorted(found):
                inside = (*rows, (each.label, at + 1))
                yield from _errors(each.components, found[at], f"{name}-{at}-", inside)
        else:
            yield from _errors(each.components, found, f"{name}-" if each.key else prefix, rows)


def _error(
    name: str, label: str, refused: Refused, rows: tuple[tuple[str, int], ...]
) -> FieldError:
    return FieldError(name, label, refused.message, refused.values, rows)


def shown(
    form: Form, answers: Mapping[str, Any], options: Options, *, today: date | None = None
) -> list[Answer]:
    """Every answer to read, in the order of the form, without what a condition hides."""
    around = Around(today or oslo_today(), options)
    return list(_shown(form.components, dict(answers), ChainMap(dict(answers)), around, ""))


def _shown(
    components: Sequence[Component],
    answers: Mapping[str, Any],
    scope: Scope,
    around: Around,
    group: str,
) -> Iterator[Answer]:
    for each in components:
        if each.kind == "id" or _hidden(each, scope, around.today):
            continue
        value = answers.get(each.key)
        if each.is_input:
            text = values.shown(each, value, around.options)
            yield Answer(each.label, text, (), each.part, each.path, each.type, group)
        elif each.type == "dynamiclist":
            lines = tuple(
                tuple(_shown(each.components, row, ChainMap(dict(row), scope), around, ""))
                for row in row_list(value)
            )
            yield Answer(each.label, None, lines, each.part, each.path, each.type, group)
        elif each.type == "group":
            inner = mapping(value) if each.key else answers
            within = ChainMap(dict(inner), scope)
            yield from _shown(each.components, inner, within, around, each.label)
