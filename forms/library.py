"""The forms in a directory of `.form` files. It reads files and keeps nothing."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from forms.definitions import Form, Problem, UnreadableForm, read


def load(directory: Path) -> Mapping[str, Form]:
    """Every form by its key. Raises UnreadableForm with the problems of all files."""
    found: dict[str, Form] = {}
    problems: list[Problem] = []
    for path in sorted(directory.glob("*.form")):
        try:
            form = read(path.read_bytes(), path.name)
        except UnreadableForm as error:
            problems += error.problems
            continue
        if form.key != path.stem:
            message = f"Filen må hete {form.key}.form, som skjemaets id."
            problems.append(Problem(path.name, 1, "skjema", message))
        found[form.key] = form
    if problems:
        raise UnreadableForm(problems)
    return found


def sources(forms: Iterable[Form]) -> frozenset[str]:
    """What forms can be prefilled from: `form:<key>.<path>` for every field not inside a row."""
    return frozenset(
        f"form:{form.key}.{each.path}"
        for form in forms
        for each in form.fields
        if not _in_rows(form, each.path)
    )


def _in_rows(form: Form, path: str) -> bool:
    return any(
        each.type == "dynamiclist" and path.startswith(f"{each.path}.") for each in form.fields
    )
