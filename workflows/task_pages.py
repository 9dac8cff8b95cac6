"""A task's page: why one has it, what came before and comes next, and the form with what is known.

It also says what became of a task that is no longer open. It will not change anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from bpmn.reading import Element
from forms.definitions import Form
from workflows import (
    access,
    assignment,
    audit,
    definitions,
    evaluation_reviews,
    evaluations,
    history,
    participants,
    prefill,
    process_instances,
    tasks,
    worklist,
)
from workflows.access import Basis
from workflows.actors import Actor
from workflows.errors import Conflict, NotFound
from workflows.evaluation_reviews import Review
from workflows.prefill import Options, Origin
from workflows.tables import Account, HistoryEntry, OpenTask, Person, TaskDraft
from workflows.texts import Say, _
from workflows.worklist import PARKED, TaskRow

STEPS_BEFORE = 3


@dataclass(frozen=True)
class TaskForm:
    """A task with its form and what is known for it: what is needed to check and draw answers."""

    task: OpenTask
    basis: Basis
    form: Form
    prefill: dict[str, Any]
    sources: Mapping[str, Origin]
    """Dotted path → where a prefilled value came from."""
    options: Options


@dataclass(frozen=True)
class Step:
    """Something that was done before."""

    title: str
    who: str | None
    at: datetime
    entry_id: UUID | None
    """The history entry whose answers the actor may open."""


@dataclass(frozen=True)
class Involved:
    """Someone who has something to do in the case now."""

    who: str
    what: str


@dataclass(frozen=True)
class TaskPage:
    """Everything a task's page shows."""

    asked: TaskForm
    row: TaskRow
    why: str
    """A sentence: why the actor has it."""
    help: str
    """What the diagram says to the one who does it."""
    draft: Mapping[str, Any] | None
    draft_saved_at: datetime | None
    before: Sequence[Step]
    """The latest answers in the case, newest first."""
    after: Sequence[str]
    """What the diagram says can come next."""
    involved: Sequence[Involved]
    process_key: str
    version: str
    colleagues: Sequence[tuple[UUID, str]]
    """Who it can be handed to."""
    may_read_person: bool
    may_complete: bool
    may_claim: bool
    may_release: bool
    review: Review | None
    """What the meeting looks at, when the diagram says that the task is one."""

    @property
    def task(self) -> OpenTask:
        return self.asked.task


@dataclass(frozen=True)
class GoneTask:
    """A task that was done or is no longer needed, with the actor's own unsent text."""

    id: UUID
    municipality_id: UUID
    instance_id: UUID
    title: str
    person_id: UUID
    person_name: str
    who: str | None
    """None when nobody did it: the case went on without."""
    is_mine: bool
    """The actor did it themselves."""
    at: datetime
    entry_id: UUID | None
    """The history entry whose answers the actor may open."""
    form: Form | None
    options: Options
    draft: Mapping[str, Any] | None


def task_form(session: Session, actor: Actor, task_id: UUID, say: Say = _) -> TaskForm:
    """The form of a task the actor may see, with what is known. Raises as `tasks.find_task`."""
    task, basis = tasks.find_task(session, actor, task_id)
    form = definitions.form_of(session, task)
    if not form.asks_the_case:
        return TaskForm(task, basis, form, {}, {}, prefill.NO_OPTIONS)
    seen = participants.seen_in_task(session, actor, task.instance)
    known = prefill.collect(session, task.instance, form, seen=seen, item=task.item, say=say)
    options = prefill.choices(session, actor, task.instance, form, seen, task.item, say)
    return TaskForm(task, basis, form, known.data, known.origins, options)


def open_task(session: Session, actor: Actor, task_id: UUID, say: Say = _) -> TaskPage:
    """A task's page; seeing it leaves an audit line."""
    asked = task_form(session, actor, task_id, say)
    task = asked.task
    process = process_instances.process_of(session, task.instance)
    diagram = process.diagrams[task.process_key]
    draft = session.get(TaskDraft, (task.municipality_id, task.id, actor.account_id))
    tasks.record(session, actor, task, asked.basis, "task:read")
    colleagues = tasks.colleagues(session, actor, task)
    may_complete = tasks.may_complete(actor, task)
    return TaskPage(
        asked=asked,
        row=worklist.row(task, worklist.names(session, [task])),
        why=_why(actor, task),
        help=diagram.elements[task.element].documentation or "",
        draft=draft.typed if draft else None,
        draft_saved_at=draft.saved_at if draft else None,
        before=_before(session, actor, task),
        after=[element.name for element in diagram.after(task.element) if element.name],
        involved=_involved(session, actor, task),
        process_key=task.process_key,
        version=process.version,
        colleagues=colleagues if may_complete else [],
        may_read_person=access.basis_for(session, actor, access.READ_PERSON, task.person_id)
        is not None,
        may_complete=may_complete,
        may_claim=task.assignee_id is None and tasks.is_of_own_service(actor, task),
        may_release=task.assignee_id == actor.account_id and bool(colleagues),
        review=_review(session, actor, task, diagram.elements[task.element], say),
    )


def _review(
    session: Session, actor: Actor, task: OpenTask, element: Element, say: Say
) -> Review | None:
    """The round under way, for who may read the plan too; it leaves an audit line of its own."""
    if element.properties.get("review") != "ja":
        return None
    evaluation = evaluations.current(session, task.instance)
    if evaluation is None or not access.people_in(session, actor, access.READ_PLAN, task.instance):
        return None
    return evaluation_reviews.read_review(session, actor, evaluation.id, say=say).review


def _why(actor: Actor, task: OpenTask) -> str:
    if task.parked:
        return PARKED[task.parked]
    if task.for_person and task.person_id in actor.wards:
        return _("Du svarer sammen med eller for personen du er foresatt eller verge for.")
    return assignment.REASONS[task.reason]


def _before(session: Session, actor: Actor, task: OpenTask) -> list[Step]:
    """The latest steps; for those who may not read the plan, those they did themselves."""
    within = history.reach(session, actor, task.instance)
    rows = session.execute(
        select(HistoryEntry, Account.name)
        .outerjoin(Account, Account.id == HistoryEntry.actor_id)
        .where(
            HistoryEntry.municipality_id == task.municipality_id,
            HistoryEntry.instance_id == task.instance_id,
            HistoryEntry.form_key.is_not(None),
            true() if within.seen.whole else HistoryEntry.actor_id == actor.account_id,
        )
        .order_by(HistoryEntry.seq.desc())
        .limit(STEPS_BEFORE)
    )
    return [
        Step(entry.title, name, entry.at, entry.id if within.covers(entry) else None)
        for entry, name in rows
    ]


def _involved(session: Session, actor: Actor, task: OpenTask) -> list[Involved]:
    """The coordinator, and for those who may read the plan who else has a task in the case;

    what waits for consent is between the person and the coordinator.
    """
    found = []
    if held := process_instances.holder(session, task.instance):
        found.append(Involved(held[0].name, _("koordinator")))
    within = history.reach(session, actor, task.instance)
    if not within.seen.whole:
        return found
    others = session.scalars(
        select(OpenTask)
        .where(
            OpenTask.municipality_id == task.municipality_id,
            OpenTask.instance_id == task.instance_id,
            OpenTask.id != task.id,
            true() if within.decides else OpenTask.parked.is_(None),
        )
        .order_by(OpenTask.id)
    ).all()
    known = worklist.names(session, others)
    return found + [Involved(_who_has(other, known), other.title) for other in others]


def _who_has(other: OpenTask, known: Mapping[UUID, str]) -> str:
    if other.for_person:
        return other.person.name
    named = [known[key] for key in (other.assignee_id, other.service_id) if key]
    return ", ".join(named) or _("Ingen ennå")


def gone_task(session: Session, actor: Actor, task_id: UUID) -> GoneTask:
    """What became of a task that is no longer open; seeing it leaves an audit line.

    Raises NotFound when the actor may not know.
    """
    gone = _gone(session, actor, task_id)
    audit.record(
        session,
        actor,
        municipality_id=gone.municipality_id,
        person_id=gone.person_id,
        action="task:read",
        basis=access.require(
            session, actor, access.COMPLETE_TASK, gone.person_id, gone.instance_id
        ),
        task=gone.title,
    )
    return gone


def _gone(session: Session, actor: Actor, task_id: UUID) -> GoneTask:
    found = session.execute(
        select(HistoryEntry, Person, Account.name)
        .join(
            Person,
            (Person.municipality_id == HistoryEntry.municipality_id)
            & (Person.id == HistoryEntry.person_id),
        )
        .outerjoin(Account, Account.id == HistoryEntry.actor_id)
        .where(tasks.history_of(actor, task_id))
        .order_by(HistoryEntry.seq.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NotFound(_("Vi finner ikke denne oppgaven, eller den er ikke din."))
    entry, person, who = found
    draft = tasks.kept_draft(session, actor, task_id)
    instance = process_instances.find_instance(session, actor, entry.instance_id)
    within = history.reach(session, actor, instance)
    return GoneTask(
        id=task_id,
        municipality_id=entry.municipality_id,
        instance_id=entry.instance_id,
        title=entry.title,
        person_id=person.id,
        person_name=person.name,
        who=who,
        is_mine=entry.actor_id is not None and entry.actor_id == actor.account_id,
        at=entry.at,
        entry_id=entry.id if within.covers(entry) else None,
        form=_form_of(session, entry),
        options=prefill.municipal_options(session, entry.municipality_id),
        draft=draft.typed if draft else None,
    )


@dataclass(frozen=True)
class KnownForm:
    """A task's form, whether or not the task is still open."""

    municipality_id: UUID
    form: Form
    options: Options


def form_of(session: Session, actor: Actor, task_id: UUID) -> KnownForm:
    """The form of a task that is open or gone. Raises NotFound when the actor may not know."""
    try:
        asked = task_form(session, actor, task_id)
        return KnownForm(asked.task.municipality_id, asked.form, asked.options)
    except Conflict:
        gone = _gone(session, actor, task_id)
    if gone.form is None:
        raise NotFound(_("Dette skjemaet finnes ikke."))
    return KnownForm(gone.municipality_id, gone.form, gone.options)


def _form_of(session: Session, entry: HistoryEntry) -> Form | None:
    """The form of the step that an entry tells of, also when nobody answered it."""
    process = definitions.process(session, entry.municipality_id, entry.definition_version)
    element = process.diagrams[entry.process_key].elements[entry.element]
    key = element.properties.get("formKey")
    return definitions.latest_form(session, entry.municipality_id, key) if key else None


def opened_since(session: Session, actor: Actor, instance_id: UUID, moment: datetime) -> list[str]:
    """The steps of a case that someone was given after `moment`, to tell what comes next."""
    return list(
        session.scalars(
            select(OpenTask.title)
            .where(
                OpenTask.municipality_id.in_(actor.municipalities),
                OpenTask.instance_id == instance_id,
                OpenTask.created_at >= moment,
            )
            .distinct()
            .order_by(OpenTask.title)
        )
    )


def next_in_case(session: Session, actor: Actor, instance_id: UUID) -> TaskRow | None:
    """The first task in a case that the actor can do now."""
    query = worklist.visible_tasks(actor).where(OpenTask.instance_id == instance_id)
    rows = session.scalars(worklist.with_people(query).order_by(OpenTask.due_on, OpenTask.id))
    mine = next((task for task in rows if tasks.may_complete(actor, task)), None)
    return worklist.row(mine, worklist.names(session, [mine])) if mine else None
