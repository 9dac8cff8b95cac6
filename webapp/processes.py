"""Pages of one running case, and where a case stands in words: who, what and when.

It will not draw the diagram on the server: the steps stand as text beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from bpmn.reading import Diagram, Element
from webapp import measured, user_pictures
from webapp.display import date_long, due
from webapp.edge import current_actor, permission, transaction, translated
from workflows import access, cases, clock, consents, handovers, process_instances, tasks, worklist
from workflows.actors import Actor
from workflows.cases import CaseView
from workflows.tables import OpenTask

blueprint = Blueprint("processes", __name__, url_prefix="/forlop-i-gang")

STEPS = frozenset({"userTask", "manualTask", "callActivity"})


@dataclass(frozen=True)
class Step:
    """A step of a process as text; `who` for the steps that are open now."""

    name: str
    who: str = ""


@dataclass(frozen=True)
class TaskLine:
    """An open task: who has it, and whether whoever is asking can open it."""

    task: OpenTask
    who: str
    mine: bool
    parked: str | None
    about: str | None
    """The member of a family it is about."""


@dataclass(frozen=True)
class Standing:
    """Where a case stands, for the sentence, the table and the diagram."""

    sentence: str
    tasks: Sequence[TaskLine]
    done: Sequence[Step]
    now: Sequence[Step]
    following: Sequence[Step]
    markers: Mapping[str, str]
    """Element id → the label that the diagram shows at it."""

    @property
    def parked(self) -> Sequence[TaskLine]:
        return [line for line in self.tasks if line.parked]


def standing(case: CaseView, actor: Actor) -> Standing:
    """Where a case stands, in the words that suit whoever is asking."""
    own = case.instance.person_id in actor.persons
    lines = [_task_line(case, task, actor, own=own) for task in case.open_tasks]
    markers = {key: _names(who, own=own) for key, who in case.active.items()}
    markers |= {one.element: _until(one) for one in case.waiting}
    markers |= {one.element: _("stoppet") for one in case.stopped}
    elements = case.diagram.elements
    return Standing(
        sentence=_sentence(case, lines, own=own),
        tasks=lines,
        done=[_step(e) for e in elements.values() if _is_done(case, e)],
        now=[_step(elements[key], label) for key, label in markers.items()],
        following=[_step(e) for e in _following(case.diagram, markers)],
        markers=markers,
    )


def _step(element: Element, who: str = "") -> Step:
    return Step(translated(element.name) if element.name else element.id, who)


def _task_line(case: CaseView, task: OpenTask, actor: Actor, *, own: bool) -> TaskLine:
    parked = translated(worklist.PARKED[task.parked]) if task.parked else None
    who = _name(case.who[task.id], own=own and task.for_person)
    return TaskLine(task, who, tasks.may_complete(actor, task), parked, case.about.get(task.id))


def _name(who: str, *, own: bool) -> str:
    return _("Du") if own and who == cases.PERSON_SELF else translated(who)


def _names(who: Sequence[str], *, own: bool) -> str:
    return ", ".join(_name(one, own=own) for one in who)


def _until(one: cases.Waiting) -> str:
    return _("venter til %(date)s", date=date_long(one.until))


def _is_done(case: CaseView, element: Element) -> bool:
    return element.kind in STEPS and element.id in case.done and element.id not in case.active


def _following(diagram: Diagram, markers: Mapping[str, str]) -> list[Element]:
    found = {e.id: e for key in markers for e in diagram.after(key) if e.id not in markers}
    return list(found.values())


def _sentence(case: CaseView, lines: Sequence[TaskLine], *, own: bool) -> str:
    if case.instance.ended_at is not None:
        return _ended(case)
    ready = [line for line in lines if not line.parked]
    if ready:
        return _waiting_for(ready, own=own)
    if lines:
        return _("Oppgavene som er åpne, står på vent.")
    if case.stopped:
        return _("Forløpet står stille fordi et steg stoppet.")
    if case.waiting:
        nothing = _("Ingenting skal gjøres akkurat nå.")
        return f"{nothing} {translated(case.waiting[0].title)}: {date_long(case.waiting[0].until)}."
    return _("Forløpet er i gang.")


def _ended(case: CaseView) -> str:
    on = date_long(case.instance.ended_at)
    if case.instance.outcome:
        outcome = translated(case.instance.outcome)
        return _("Avsluttet %(date)s: %(outcome)s.", date=on, outcome=outcome)
    return _("Avsluttet %(date)s.", date=on)


def _waiting_for(ready: Sequence[TaskLine], *, own: bool) -> str:
    first = next((line for line in ready if line.mine), ready[0])
    words = {"task": translated(first.task.title), "who": first.who}
    if first.mine and (own or first.task.for_person):
        said = _("Nå er det din tur: «%(task)s».", **words)
    elif first.mine:
        said = _("Nå venter «%(task)s» på deg.", **words)
    else:
        said = _("Nå venter vi på %(who)s: «%(task)s».", **words)
    said += _deadline(first.task)
    more = len(ready) - 1
    if more:
        said += " " + ngettext(
            "%(num)d oppgave til er åpen.", "%(num)d oppgaver til er åpne.", more
        )
    return said


def _deadline(task: OpenTask) -> str:
    if task.due_on is None:
        return ""
    if task.due_on < clock.today():
        return " " + _("Det er %(due)s.", due=due(task.due_on))
    return " " + _("Frist: %(due)s.", due=due(task.due_on))


@blueprint.get("/<uuid:instance_id>")
@permission(access.READ_PERSON)
def show(instance_id: UUID) -> ResponseReturnValue:
    """Where a case stands, large."""
    with transaction() as session:
        actor = current_actor(session)
        page = cases.case_page(session, actor, instance_id)
    return render_template(
        "processes/show.html",
        page=page,
        case=page.case,
        standing=standing(page.case, actor),
        measured=measured.lines(page.case),
        own=page.person.id in actor.persons,
        draw=user_pictures.drawn,
        said=user_pictures.said,
    )


@blueprint.get("/<uuid:instance_id>/koordinator-slutter")
@permission(access.GIVE_MESSAGE)
def confirm_leave(instance_id: UUID) -> ResponseReturnValue:
    """Ask before a handover is started."""
    with transaction() as session:
        actor = current_actor(session)
        instance, _basis = handovers.may_leave(session, actor, instance_id)
        held = process_instances.holder(session, instance)
        person = instance.person
    return render_template(
        "processes/leave.html",
        instance=instance,
        person=person,
        coordinator=held[0].name if held else None,
        own=person.id in actor.persons,
    )


@blueprint.post("/<uuid:instance_id>/koordinator-slutter")
@permission(access.GIVE_MESSAGE)
def leave(instance_id: UUID) -> ResponseReturnValue:
    """Start a handover."""
    with transaction() as session:
        actor = current_actor(session)
        instance = handovers.leave_as_coordinator(session, actor, instance_id)
    flash(_("Overleveringen er i gang. Koordinatoren har ansvaret til en ny har sagt ja."))
    return redirect(f"/personer/{instance.person_id}", 303)


@blueprint.get("/<uuid:instance_id>/trekk-samtykke")
@permission(access.DECIDE_CONSENT)
def confirm_withdraw(instance_id: UUID) -> ResponseReturnValue:
    """Say what happens when every consent of the case is withdrawn."""
    with transaction() as session:
        actor = current_actor(session)
        lines, person = consents.all_to_withdraw(session, actor, instance_id)
    return render_template(
        "consents/withdraw.html",
        lines=lines,
        person_id=person.id,
        name=person.name,
        several=len({line.person_id for line in lines}) > 1,
        everything=True,
        own=person.id in actor.persons,
    )


@blueprint.post("/<uuid:instance_id>/trekk-samtykke")
@permission(access.DECIDE_CONSENT)
def withdraw(instance_id: UUID) -> ResponseReturnValue:
    """Withdraw every consent of the case."""
    with transaction() as session:
        actor = current_actor(session)
        _lines, person = consents.all_to_withdraw(session, actor, instance_id)
        count = consents.withdraw_all(session, actor, instance_id)
    flash(
        _("Alt samtykke er trukket. Ingenting blir delt lenger.")
        if count
        else _("Det var ikke noe samtykke å trekke.")
    )
    return redirect(f"/personer/{person.id}", 303)
