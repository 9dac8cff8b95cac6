"""Checks diagrams, decision tables and forms together, as `rodtrad check` and publishing do.

One line per problem, `file:line: element: message`; it will never raise for what a file holds.
"""

from collections.abc import Iterable, Iterator, Mapping
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
from forms.definitions import Problem as FormProblem
from forms.definitions import check as check_form
from forms.definitions import read as read_form
from forms.library import sources as form_sources
from workflows import operation_catalogue, operations, prefill, timer_bases
from workflows.cells import Feel
from workflows.definitions import DIAGRAMS, FORMS

Sources = Mapping[str, bytes]
"""Files by path or name: the ending says what they are, the name before it their key."""
AnyProblem = Problem | FormProblem

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
    files = [file for path in paths for file in _files(path)]
    return list(map(str, check_sources({str(file): _read(file) for file in files}, _installed())))


def check_sources(sources: Sources, around: Sources) -> list[AnyProblem]:
    """The problems in some files, where those of `around` are there to be called and read."""
    operation_catalogue.register()
    known = {**_by_name(around), **_by_name(sources)}
    diagrams = {k: v for k, v in sources.items() if Path(k).suffix not in {".dmn", ".form"}}
    return [
        *_check_diagrams(diagrams, _library(known), _variables(known)),
        *_check_decisions(_of_kind(sources, ".dmn")),
        *_check_forms(_of_kind(sources, ".form"), known),
    ]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(p for p in path.iterdir() if p.suffix in {".bpmn", ".dmn", ".form"})
    return [path]


def read_files(paths: Iterable[Path]) -> Sources:
    """The diagrams, tables and forms among files and in folders, by name."""
    return {file.name: _read(file) for path in paths for file in _files(path)}


def _installed() -> Sources:
    return {str(file): _read(file) for folder in (DIAGRAMS, FORMS) for file in _files(folder)}


def _by_name(sources: Sources) -> Sources:
    return {Path(place).name: source for place, source in sources.items()}


def _of_kind(sources: Sources, suffix: str) -> Sources:
    return {place: source for place, source in sources.items() if Path(place).suffix == suffix}


def _keys(sources: Sources, suffix: str) -> frozenset[str]:
    return frozenset(Path(place).stem for place in _of_kind(sources, suffix))


def _library(known: Sources) -> Library:
    return Library(
        processes=_keys(known, ".bpmn"),
        forms=_keys(known, ".form"),
        operations=operations.parameters_by_name(),
        roles=ROLES,
        decisions=_keys(known, ".dmn"),
    )


def _check_diagrams(
    sources: Sources, library: Library, known: frozenset[str]
) -> Iterator[AnyProblem]:
    readable: dict[str, Diagram] = {}
    for place, source in sources.items():
        try:
            diagram = read_diagram(source, place)
        except UnreadableDiagram as error:
            yield error.problem
            continue
        readable[place] = diagram
        yield from check(diagram, expression=feel_error, library=library)
        yield from _unknown(diagram, known)
    yield from check_library(readable)


def _variables(known: Sources) -> frozenset[str]:
    """What an expression may read: answers, what operations and tables give, what messages tell."""
    asked = frozenset(key for form in _readable_forms(known) for key in form.field_keys)
    return asked | operations.variables_given() | _decided(known) | TOLD


def _decided(known: Sources) -> frozenset[str]:
    found: set[str] = set()
    for place, source in _of_kind(known, ".dmn").items():
        with suppress(UnreadableDiagram):
            found.update(each.name for each in read_decision(source, place).outputs)
    return frozenset(found)


def _unknown(diagram: Diagram, known: frozenset[str]) -> Iterator[Problem]:
    """What would go wrong in silence: a name that nothing gives, a reminder to nobody."""
    items = {e.multi_instance.item for e in diagram.elements.values() if e.multi_instance}
    for each in diagram.expressions:
        if feel_error(each.text) is None:
            for name in sorted(_unread(each.text, each.use) - known - items):
                words = f"«{name}» leses her, men verken et skjema eller en operasjon gir den"
                yield Problem(diagram.name, each.line, each.element_id, words)
    for element in diagram.elements.values():
        to = element.properties.get("til", "")
        if element.properties.get("operation") == "notify" and to and not _is_role(to):
            words = f"«til» er «{to}», som ikke er en rolle"
            yield Problem(diagram.name, element.line, element.id, words)


def _unread(text: str, use: str) -> frozenset[str]:
    """The variables an expression reads; of a timer's not what times can be reckoned from."""
    read = feel.parse(text)
    if use != "timer":
        return read.names
    return frozenset(path.split(".")[0] for path in read.paths - timer_bases.PATHS)


def _is_role(name: str) -> bool:
    kind, colon, _rest = name.partition(":")
    return kind + colon in ROLES


def _check_decisions(sources: Sources) -> Iterator[AnyProblem]:
    for place, source in sources.items():
        try:
            decision = read_decision(source, place)
        except UnreadableDiagram as error:
            yield error.problem
        else:
            yield from check_decision(decision, Feel())


def feel_error(text: str) -> str | None:
    """What is wrong with an expression, or None."""
    try:
        feel.parse(text)
    except feel.FeelError as error:
        return str(error)
    return None


def _check_forms(sources: Sources, known: Sources) -> Iterator[AnyProblem]:
    found = form_sources(_readable_forms(known)) | {f"data:{name}" for name in prefill.SOURCES}
    for place, source in sources.items():
        yield from check_form(source, place, options=prefill.OPTION_NAMES, sources=found)


def _readable_forms(known: Sources) -> Iterator[Form]:
    for place, source in _of_kind(known, ".form").items():
        with suppress(UnreadableForm):
            yield read_form(source, place)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(BIGGEST_READ)
    except OSError:
        return b""
