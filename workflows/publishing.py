"""Taking new diagrams, decision tables and forms into use, by a process owner and while running.

All that is sent is checked together with what is in use, and is taken as a whole or not at all.
What else a municipality has, faulty or not, is not touched. Cases that run go on on their version.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy.orm import Session

from bpmn.checking import check_library
from bpmn.problems import Problem, UnreadableDiagram
from bpmn.reading import Diagram
from bpmn.reading import read as read_diagram
from forms.definitions import read as read_form
from workflows import checking, definitions
from workflows.actors import Actor
from workflows.checking import AnyProblem
from workflows.definitions import Published
from workflows.errors import Denied, Invalid
from workflows.texts import _

NAME = re.compile(r"([a-z][A-Za-z0-9_]{0,59})\.(bpmn|dmn|form)")
MOST_FILES = 100


class Faulty(Invalid):
    """What was sent cannot be used; `problems` says where and why."""

    def __init__(self, problems: Sequence[AnyProblem]) -> None:
        super().__init__(_("Filene har feil, så ingenting er tatt i bruk."))
        self.problems = problems


def publish(session: Session, actor: Actor, sources: Mapping[str, bytes]) -> list[Published]:
    """Publish files by name; what became of each, and of those that call them.

    Raises Denied for others than process owners, Invalid for a name, Faulty for what is in a file.
    """
    return take(session, _owned(actor), sources)


def take(session: Session, municipality_id: UUID, sources: Mapping[str, bytes]) -> list[Published]:
    """As `publish`, for whoever runs the installation."""
    if not 0 < len(sources) <= MOST_FILES or not all(map(NAME.fullmatch, sources)):
        raise Invalid(_("Send fra 1 til 100 filer som heter nøkkel.bpmn, .dmn eller .form."))
    there = definitions.latest_sources(session, municipality_id)
    problems = checking.check_sources(sources, there) or list(_between(there, sources))
    if problems:
        raise Faulty(problems)
    made = definitions.publish_sources(session, municipality_id, _together(there, sources))
    sent = {name.partition(".")[0] for name in sources}
    return [each for each in made if each.new or each.key in sent]


def _owned(actor: Actor) -> UUID:
    """The municipality where the actor may publish: their own, else another they own."""
    owned = actor.owns_processes_in
    if not owned:
        raise Denied(_("Bare prosesseiere kan publisere forløp og skjemaer."))
    home = definitions.home(actor)
    return home if home in owned else min(owned)


def _between(there: Mapping[str, bytes], sources: Mapping[str, bytes]) -> Iterator[AnyProblem]:
    """What does not go together with what is in use, and forms under another's name."""
    others = {name: source for name, source in there.items() if name not in sources}
    diagrams = _diagrams({**others, **sources})
    yield from (each for each in check_library(diagrams) if each.file in sources)
    for name, source in sources.items():
        if name.endswith(".form") and read_form(source, name).key != name.removesuffix(".form"):
            key = read_form(source, name).key
            yield Problem(name, 1, key, f"Filen må hete {key}.form, som skjemaet.")


def _diagrams(sources: Mapping[str, bytes]) -> dict[str, Diagram]:
    """The diagrams that can be read: what cannot, from an older version, holds back nobody else."""
    found = {}
    for name, source in sources.items():
        if name.endswith(".bpmn"):
            with suppress(UnreadableDiagram):
                found[name] = read_diagram(source, name)
    return found


def _together(there: Mapping[str, bytes], sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """What was sent, with the diagrams and tables in use whose versions follow from it."""
    known = {name: source for name, source in there.items() if not name.endswith(".form")}
    known |= sources
    diagrams = _diagrams(known)
    while lacking := [name for name, each in diagrams.items() if not _is_whole(each, diagrams)]:
        for name in lacking:
            del diagrams[name]
    return {k: v for k, v in known.items() if k in diagrams or not k.endswith(".bpmn")}


def _is_whole(diagram: Diagram, among: Mapping[str, Diagram]) -> bool:
    return all(f"{called}.bpmn" in among for called in diagram.calls)
