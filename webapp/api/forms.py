"""Forms and answers as JSON: what is asked, what is known, and what is wrong with what was sent.

It is no noun of its own: tasks, instances, messages and persons use it.
"""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from forms import answers
from forms.answers import FieldError
from forms.definitions import Form
from forms.values import Options
from webapp import problems
from webapp.edge import translated


class Asked(ma.Schema):
    """A form with what is known for it. `answers` take the shape of `prefill`."""

    form = ma.fields.Dict(metadata={"description": "Skjemaet (form-js)"})
    prefill = ma.fields.Dict(metadata={"description": "Det som er kjent, ferdig utfylt"})
    options = ma.fields.Dict(
        metadata={"description": "Valgene til hver valuesKey: liste av [verdi, navn]"}
    )


def asked(form: Form, prefill: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """A form with what is known, in the reader's language where choices are the product's own."""
    used = {each.options_from for each in form.fields}
    choices = {name: [list(pair) for pair in pairs] for name, pairs in options.items()}
    return {
        "form": form.raw,
        "prefill": dict(prefill),
        "options": {name: pairs for name, pairs in choices.items() if name in used},
    }


def taken(
    form: Form, sent: Mapping[str, Any], prefill: Mapping[str, Any], options: Options
) -> dict[str, Any]:
    """The answers by the form's own rules. Raises Rejected with a pointer to each fault."""
    checked = answers.check_given(form, sent, prefill=prefill, options=options)
    reject(checked.errors)
    return checked.answers


def reject(errors: tuple[FieldError, ...] | list[FieldError], above: str = "/answers") -> None:
    """Raises Rejected when there are faults, each with where it stands in the JSON."""
    if errors:
        raise problems.Rejected([_located(each, above) for each in errors])


def _located(error: FieldError, above: str) -> dict[str, str]:
    steps = error.id.replace("-", "/")  # no key of a form has a hyphen in it
    return {
        "pointer": f"{above}/{steps}" if steps else above,
        "field": error.label[:80],
        "detail": translated(error.message) % error.values,
    }
