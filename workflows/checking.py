"""Checks diagrams, decision tables and forms together, as `rodtrad check` and publishing do.

One line per problem, `file:line: element: message`; it will never raise for what a file holds.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from bpmn.checking import Library, check, check_library
from bpmn.decision_checking import check as check_decision
from bpmn.decision_reading import read as read_decision
from bpmn.problems import Problem
from bpmn.reading import Diagram, UnreadableDiagram
from bpmn.reading import read as read_diagram
from forms import feel
from forms.definitions import Form, UnreadableForm
from forms.definitions import check as check_form
from forms.definitions import read as read_form
from forms.library import sources as form_sources
from workflows import operation_catalogue, operations, prefill
from workflows.cells import Feel
from workflows.definitions import DIAGRAMS, FORMS

ROLES = frozenset(
    {
        "person",
        "koordinerende_enhet",
        "koordinator",
        "etterfolger",
        "tjeneste",
        "tjeneste:",
        "ansvarlig",
    }
)
TOLD = frozenset({"tjeneste", "fornyes"})
"""Variables that the system's own messages to a case bring along."""
BIGGEST_READ = 6_000_000
"""Bytes read of one file: above every limit, so that the checker says «too big» itself."""


def check_files(paths: Iterable[Path]) -> list[str]:
    """The problems in diagrams, tables, forms and folders of them, as lines: diagrams first."""
    operation_catalogue.register()
    files = [file for path in paths for file in _files(path)]
    diagrams = [file for file in files if file.suffix not in {".dmn", ".form"}]
    decisions = [file for file in files if file.suffix == ".dmn"]
    forms = [file for file in files if file.suffix == ".form"]
    library = _library(diagrams, decisions, forms)
    return [
        *_check_diagrams(diagrams, library, _variables(decisions, forms)),
        *_check_decisions(decisions),
        *_check_forms(forms),
    ]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(p for p in path.iterdir() if p.suffix in {".bpmn", ".dmn", ".form"})
    return [path]


def _library(diagrams: list[Path], decisions: list[Path], forms: list[Path]) -> Library:
    return Library(
        processes=frozenset(p.stem for p in [*diagrams, *DIAGRAMS.glob("*.bpmn")]),
        forms=frozenset(p.stem for p in [*forms, *FORMS.glob("*.form")]),
        operations=operations.parameters_by_name(),
        roles=ROLES,
        decisions=frozenset(p.stem for p in [*decisions, *DIAGRAMS.glob("*.dmn")]),
    )


def _check_diagrams(files: list[Path], library: Library, known: frozenset[str]) -> list[str]:
    lines: list[str] = []
    readable: dict[str, Diagram] = {}
    for file in files:
        try:
            diagram = read_diagram(_read(file), str(file))
        except UnreadableDiagram as error:
            lines.append(str(error.problem))
            continue
        readable[str(file)] = diagram
        lines += map(str, check(diagram, expression=feel_error, library=library))
        lines += map(str, _unknown(diagram, known))
    return lines + [str(problem) for problem in check_library(readable)]


def _variables(decisions: list[Path], forms: list[Path]) -> frozenset[str]:
    """What an expression may read: answers, what operations and tables give, what messages tell."""
    every = _readable_forms([*forms, *FORMS.glob("*.form")])
    asked = frozenset(key for form in every for key in form.field_keys)
    return asked | operations.variables_given() | _decided(decisions) | TOLD


def _decided(files: list[Path]) -> frozenset[str]:
    found: set[str] = set()
    for file in [*files, *DIAGRAMS.glob("*.dmn")]:
        with suppress(UnreadableDiagram):
            found.update(each.name for each in read_decision(_read(file), file.name).outputs)
    return frozenset(found)


def _unknown(diagram: Diagram, known: frozenset[str]) -> Iterator[Problem]:
    """What would go wrong in silence: a name that nothing gives, a reminder to nobody."""
    items = {e.multi_instance[1] for e in diagram.elements.values() if e.multi_instance}
    for each in diagram.expressions:
        if feel_error(each.text) is None:
            for name in sorted(feel.parse(each.text).names - known - items):
                words = f"«{name}» leses her, men verken et skjema eller en operasjon gir den"
                yield Problem(diagram.name, each.line, each.element_id, words)
    for element in diagram.elements.values():
        to = element.properties.get("til", "")
        if element.properties.get("operation") == "notify" and to and not _is_role(to):
            words = f"«til» er «{to}», som ikke er en rolle"
            yield Problem(diagram.name, element.line, element.id, words)


def _is_role(name: str) -> bool:
    kind, colon, _rest = name.partition(":")
    return kind + colon in ROLES


def _check_decisions(files: list[Path]) -> Iterator[str]:
    for file in files:
        try:
            decision = read_decision(_read(file), str(file))
        except UnreadableDiagram as error:
            yield str(error.problem)
        else:
            yield from map(str, check_decision(decision, Feel()))


def feel_error(text: str) -> str | None:
    """What is wrong with an expression, or None."""
    try:
        feel.parse(text)
    except feel.FeelError as error:
        return str(error)
    return None


def _check_forms(files: list[Path]) -> list[str]:
    known = _readable_forms([*files, *FORMS.glob("*.form")])
    sources = form_sources(known) | {f"data:{name}" for name in prefill.SOURCES}
    options = prefill.OPTION_NAMES
    return [
        str(problem)
        for file in files
        for problem in check_form(_read(file), str(file), options=options, sources=sources)
    ]


def _readable_forms(files: list[Path]) -> Iterator[Form]:
    for file in files:
        with suppress(UnreadableForm):
            yield read_form(_read(file), file.name)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(BIGGEST_READ)
    except OSError:
        return b""
