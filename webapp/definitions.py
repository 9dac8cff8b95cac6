"""The library of processes: what each is for, its diagram, and the same as text for every lane.

The tables a process decides by stand under its diagram.

It will not edit them, and it shows no case: numbers alone, and small ones to nobody but the
coordinating unit.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from bpmn.decisions import Decision
from bpmn.diagrams import DECIDES
from bpmn.reading import Diagram, Element
from bpmn.renaming import renamed
from webapp.decision_tables import DecisionTable, table_of
from webapp.edge import choice_arg, current_actor, permission, transaction, translated
from workflows import definitions
from workflows.access import READ_DEFINITIONS
from workflows.accounts import LANGUAGES
from workflows.actors import Actor
from workflows.definitions import Process

blueprint = Blueprint("definitions", __name__, url_prefix="/forlop")

FEWEST_SHOWN = 5
SHOWN = frozenset({"userTask", "manualTask", "callActivity"}) | DECIDES
_DURATION = re.compile(r"P(\d+)([DWM])")


@dataclass(frozen=True)
class Card:
    """A process in the library."""

    key: str
    title: str
    documentation: str
    running: str


@dataclass(frozen=True)
class Following:
    """What may come after a step: another step by its number, or an end."""

    name: str
    number: int | None
    when: str | None = None
    """The event that leads there, such as a time that runs out, when it is not the ordinary way."""


@dataclass(frozen=True)
class StepText:
    """A step of a process in words."""

    number: int
    element: Element
    form: str | None
    decision: Decision | None
    deadline: str | None
    reaction: str | None
    """The event it answers to, for steps that are not on the main road."""
    following: Sequence[Following]


@blueprint.get("/")
@permission(READ_DEFINITIONS)
def index() -> ResponseReturnValue:
    """Every process of the library."""
    with transaction() as session:
        actor = current_actor(session)
        cards = _cards(session, actor)
    return render_template("definitions/index.html", cards=cards)


def _cards(session: Session, actor: Actor) -> list[Card]:
    home = definitions.home(actor)
    counts = definitions.running_counts(session, home)
    exact = home in actor.coordinating_municipalities
    rows = definitions.latest_definitions(session, home)
    users = {row.key: [other.title for other in rows if row.key in other.calls] for row in rows}
    return [
        Card(
            key=row.key,
            title=row.title,
            documentation=definitions.process(session, home, row.version).diagram.documentation,
            running=_used_in(users[row.key]) or running(counts.get(row.key, 0), exact=exact),
        )
        for row in rows
    ]


def _used_in(titles: Sequence[str]) -> str:
    """Which processes call this one, for those that are parts of others."""
    if not titles:
        return ""
    return _("Brukes i: %(titles)s", titles=", ".join(translated(title) for title in titles))


def running(count: int, *, exact: bool) -> str:
    """How many cases run, without telling of a few to those who have no duty to know."""
    if exact or count >= FEWEST_SHOWN:
        return ngettext("%(num)d i gang", "%(num)d i gang", count)
    return _("færre enn %(num)d i gang", num=FEWEST_SHOWN)


@blueprint.get("/<key>")
@permission(READ_DEFINITIONS)
def show(key: str) -> ResponseReturnValue:
    """One process: its diagram, and all of it as text."""
    with transaction() as session:
        home = definitions.home(current_actor(session))
        process = definitions.latest_process(session, home, key)
        forms = _form_titles(session, home, process.diagram)
    called = sorted(process.diagram.calls)
    return render_template(
        "definitions/show.html",
        process=process,
        diagram=process.diagram,
        lanes=lanes(process, forms),
        tables=_tables(process),
        called=[process.diagrams[one] for one in called],
    )


def _tables(process: Process) -> list[DecisionTable]:
    """The tables that the process itself decides by, in the order of its steps."""
    steps = (each.properties.get("decision") for each in _order(process.diagram))
    found = dict.fromkeys(key for key in steps if key in process.diagram.decisions)
    return [table_of(process.decisions[key]) for key in found]


def _form_titles(session: Session, home: UUID, diagram: Diagram) -> dict[str, str]:
    keys = sorted(set(diagram.form_keys.values()))
    return {key: definitions.latest_form(session, home, key).title for key in keys}


def lanes(process: Process, forms: Mapping[str, str]) -> dict[str, list[StepText]]:
    """Lane → its steps in words, numbered through the process in the order they can come."""
    diagram = process.diagram
    order = _order(diagram)
    numbers = {element.id: at for at, element in enumerate(order, 1)}
    found: dict[str, list[StepText]] = {lane.name: [] for lane in diagram.lanes}
    for element in order:
        step = _step_text(process, element, numbers, forms)
        found.setdefault(element.lane or diagram.title, []).append(step)
    return {lane: steps for lane, steps in found.items() if steps}


def _order(diagram: Diagram) -> list[Element]:
    """The steps from the start on, then those that answer to events, each breadth first."""
    found: dict[str, Element] = {}
    starts = [e for e in diagram.elements.values() if e.kind == "startEvent"]
    for start in sorted(starts, key=lambda element: element.id != diagram.start.id):
        waiting = [start]
        while waiting:
            element = waiting.pop(0)
            if _is_step(element):
                found[element.id] = element
            onward = diagram.after(element.id, DECIDES)
            onward += [e for _event, e in _sideways(diagram, element)]
            waiting += [e for e in onward if e.id not in found and e not in waiting]
    return list(found.values())


def _is_step(element: Element) -> bool:
    return element.kind in SHOWN or "formKey" in element.properties


def _sideways(diagram: Diagram, element: Element) -> list[tuple[Element, Element]]:
    """(event at the step's edge, step for people it leads to)."""
    return [
        (event, step)
        for event in diagram.attached(element.id)
        for step in diagram.after(event.id, DECIDES)
        if _is_step(step) and (event.interrupting or step.parent == element.parent)
    ]


def _step_text(
    process: Process, element: Element, numbers: Mapping[str, int], forms: Mapping[str, str]
) -> StepText:
    diagram, key = process.diagram, element.properties.get("formKey")
    return StepText(
        number=numbers[element.id],
        element=element,
        form=forms.get(key) if key else None,
        decision=_decision(process, element),
        deadline=deadline(element.properties.get("due")),
        reaction=_reaction(diagram, element),
        following=_following(diagram, element, numbers),
    )


def _decision(process: Process, element: Element) -> Decision | None:
    asked = element.kind in DECIDES
    return process.decisions.get(element.properties.get("decision", "")) if asked else None


def _following(diagram: Diagram, element: Element, numbers: Mapping[str, int]) -> list[Following]:
    ordinary = [Following(e.name, numbers.get(e.id)) for e in diagram.after(element.id, DECIDES)]
    events = [
        Following(step.name, numbers.get(step.id), event.name)
        for event, step in _sideways(diagram, element)
    ]
    return ordinary + events


def _reaction(diagram: Diagram, element: Element) -> str | None:
    around = diagram.elements.get(element.parent or "")
    while around is not None and not around.by_event:
        around = diagram.elements.get(around.parent or "")
    return around.name if around else None


def deadline(due: str | None) -> str | None:
    """A task's deadline in words; None when it has none."""
    if not due:
        return None
    found = _DURATION.fullmatch(due)
    if found is None:
        return _("datoen som blir avtalt underveis")
    count = int(found[1])
    if found[2] == "W":
        return ngettext("%(num)d uke", "%(num)d uker", count)
    if found[2] == "M":
        return ngettext("%(num)d måned", "%(num)d måneder", count)
    return ngettext("%(num)d dag", "%(num)d dager", count)


@blueprint.get("/<version>/<process>.bpmn")
@permission(READ_DEFINITIONS)
def source(version: str, process: str) -> ResponseReturnValue:
    """The XML of a diagram, for the viewer; in the words of `sprak` when that is given.

    A version never changes, but how it is translated may.
    """
    with transaction() as session:
        xml = definitions.source(session, current_actor(session), version, process)
    kept = "private, max-age=31536000, immutable"
    language = choice_arg("sprak", ("", *LANGUAGES))
    if language:
        with force_locale(language):
            xml, kept = renamed(xml, translated), "private, max-age=3600"
    answer = Response(xml, content_type="application/xml; charset=utf-8")
    answer.headers["Cache-Control"] = kept
    return answer
