"""The task pages: the list, a task with its form, and everything one can do with a task.

It parses what was sent, calls one command and shows the way on. Whoever loses a race keeps their text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from forms import answers, values
from forms.answers import FieldError, Posted, PostedForm
from forms.definitions import Form
from webapp.display import clock_time
from webapp.edge import (
    STATUS,
    choice_arg,
    current_actor,
    page_arg,
    permission,
    text_arg,
    transaction,
    translated,
    uuid_arg,
)
from workflows import access, clock, task_pages, tasks, worklist
from workflows.actors import Actor
from workflows.errors import Conflict, Denied, NotFound, WorkflowError
from workflows.prefill import Options, Origin
from workflows.task_pages import TaskForm, TaskPage
from workflows.worklist import Filter

blueprint = Blueprint("tasks", __name__, url_prefix="/oppgaver")

Page = str | tuple[str, int] | Response

VIEWS = {
    "mine": _l("Mine"),
    "tjeneste": _l("Tjenestens"),
    "venter": _l("Venter"),
    "alle": _l("Alle"),
}
DUE = {
    "": _l("Alle frister"),
    "over": _l("Over fristen"),
    "uke": _l("Innen en uke"),
    "uten": _l("Uten frist"),
}
SORT = {
    "frist": _l("Frist"),
    "person": _l("Person"),
    "oppgave": _l("Oppgave"),
    "ny": _l("Nyeste først"),
}
FILTERS = ("vis", "q", "person", "tjeneste", "forlop", "frist", "sorter")
KEPT = "posted"
"""Where a draft has the names and values as they were posted, for any version of the form."""


@blueprint.get("/")
@permission(access.READ_TASKS)
def index() -> Page:
    """The list; those who are not employees get a simpler one."""
    with transaction() as session:
        actor = current_actor(session)
        wanted = _wanted(actor)
        found = worklist.list_tasks(session, actor, wanted)
        choices = worklist.filter_choices(session, actor) if actor.is_employee else ([], [], [])
        came_from = uuid_arg("fra")
        following = task_pages.next_in_case(session, actor, came_from) if came_from else None
    page = "tasks/index.html" if actor.is_employee else "tasks/waiting.html"
    return render_template(
        page, found=found, wanted=wanted, choices=choices, following=following, query=_query(),
        views=VIEWS, due=DUE, sort=SORT, pages=-(-found.total // worklist.PAGE), cap=worklist.COUNT_CAP,
    )  # fmt: skip


def _wanted(actor: Actor) -> Filter:
    return Filter(
        whose=choice_arg("vis", tuple(VIEWS)) if actor.is_employee else "alle",
        text=text_arg("q", 100),
        person_id=uuid_arg("person"),
        service_id=uuid_arg("tjeneste"),
        process=text_arg("forlop", 100),
        due=choice_arg("frist", tuple(DUE)),
        sort=choice_arg("sorter", tuple(SORT)),
        page=page_arg("side"),
    )


def _query(**changes: Any) -> dict[str, str]:
    """What the list is narrowed to, for links back to it."""
    return {name: request.values[name] for name in FILTERS if request.values.get(name)}


@blueprint.get("/<uuid:task_id>")
@permission(access.COMPLETE_TASK)
def show(task_id: UUID) -> Page:
    """A task's page; of one that is done, what became of it."""
    with transaction() as session:
        actor = current_actor(session)
        try:
            page = task_pages.open_task(session, actor, task_id)
        except Conflict as done:
            return _gone(session, actor, task_id, done)
        return _draw(page, _to_begin_with(page))


@dataclass(frozen=True)
class Drawn:
    """The state of a form on its way to the page."""

    data: Mapping[str, Any]
    errors: Sequence[FieldError] = ()
    focus: str = ""


def _to_begin_with(page: TaskPage) -> Drawn:
    """The draft when there is one, else what is known."""
    asked = page.asked
    if page.draft is None:
        return Drawn(answers.empty(asked.form, asked.prefill, asked.options))
    return Drawn(_check(asked, _posted(page.draft)).typed)


def _draw(page: TaskPage, drawn: Drawn) -> Page:
    html = render_template(
        "tasks/task.html", page=page, drawn=drawn, sources=source_words(page.asked.sources)
    )
    return (html, 422) if drawn.errors else html


def source_words(sources: Mapping[str, Origin]) -> dict[str, str]:
    """HTML id of a field → where what stands there came from, in words."""
    return {path.replace(".", "-"): _origin(origin) for path, origin in sources.items()}


def _origin(origin: Origin) -> str:
    if origin.at is None:
        return _("Hentet fra %(title)s.", title=translated(origin.title))
    who, when = origin.who or _("ukjent"), clock_time(origin.at)
    return _("Hentet fra «%(title)s», %(who)s, %(when)s.", title=origin.title, who=who, when=when)


@blueprint.post("/<uuid:task_id>")
@permission(access.COMPLETE_TASK)
def answer(task_id: UUID) -> Page:
    """What the form's buttons do: a row more or less, a draft, or the answers sent in."""
    if "utkast" in request.form:
        return _kept(task_id)
    try:
        return _redrawn(task_id) or _sent(task_id)
    except (Conflict, Denied, NotFound) as refused:
        return _refused(task_id, refused)


def _kept(task_id: UUID) -> Page:
    try:
        flash(_save(task_id), "success")
    except (Conflict, Denied, NotFound) as refused:
        return _refused(task_id, refused)
    return _to_task(task_id)


def _redrawn(task_id: UUID) -> Page | None:
    with transaction() as session:
        page = task_pages.open_task(session, current_actor(session), task_id)
        asked = page.asked
        made = answers.rows(asked.form, request.form, prefill=asked.prefill, options=asked.options)
        return _draw(page, Drawn(made.data, focus=made.focus)) if made else None


def _sent(task_id: UUID) -> Page:
    with transaction() as session:
        actor = current_actor(session)
        asked = task_pages.task_form(session, actor, task_id)
        checked = _check(asked, request.form)
        if checked.errors:
            page = task_pages.open_task(session, actor, task_id)
            return _draw(page, Drawn(checked.typed, checked.errors))
        moment = clock.now()
        instance = tasks.complete_task(session, actor, task_id, checked.answers)
        following = task_pages.opened_since(session, actor, instance.id, moment)
    _tell_sent(following)
    return redirect(url_for("tasks.index", fra=instance.id), 303)


def _check(asked: TaskForm, posted: PostedForm) -> answers.Checked:
    return answers.check(asked.form, posted, prefill=asked.prefill, options=asked.options)


def _tell_sent(following: Sequence[str]) -> None:
    told = _("Oppgaven er sendt inn.")
    if following:
        told += " " + _("Neste steg: %(steps)s.", steps=", ".join(following))
    flash(told, "success")


@blueprint.post("/<uuid:task_id>/utkast")
@permission(access.COMPLETE_TASK)
def draft(task_id: UUID) -> Page | tuple[dict[str, str], int]:
    """Autosave: the words for the status line, as JSON."""
    try:
        return {"message": _save(task_id)}, 200
    except (Conflict, Denied, NotFound) as refused:
        _keep(task_id)
        return {"message": translated(refused.reason)}, STATUS[type(refused)]


def _save(task_id: UUID) -> str:
    """Save the posted text as a draft; the sentence that says so."""
    with transaction() as session:
        actor = current_actor(session)
        form = task_pages.task_form(session, actor, task_id).form
        saved_at = tasks.save_draft(session, actor, task_id, _typed(form))
    return _("Utkastet er lagret kl. %(time)s.", time=clock_time(saved_at))


def _typed(form: Form) -> dict[str, Any]:
    """What was posted, bounded by what the form asks for."""
    data = answers.check(form, request.form, prefill={}, options={}).typed
    return {KEPT: answers.as_posted(form, data)}


def _posted(kept: Mapping[str, Any]) -> Posted:
    return Posted((str(name), str(value)) for name, value in kept.get(KEPT, ()))


def _refused(task_id: UUID, refused: WorkflowError) -> Page:
    """The page for who came too late or may not any more; their own text is on it, to be copied."""
    _keep(task_id)
    with transaction() as session:
        return _gone(session, current_actor(session), task_id, refused)


def _keep(task_id: UUID) -> None:
    """Keep the posted text of a task that is gone, in a transaction of its own."""
    with transaction() as session:
        actor = current_actor(session)
        try:
            gone = task_pages.gone_task(session, actor, task_id)
        except NotFound:
            return
        if gone.form is not None:
            typed = _typed(gone.form)
            tasks.keep_typed(session, actor, gone.municipality_id, task_id, typed)


def _gone(session: Session, actor: Actor, task_id: UUID, refused: WorkflowError) -> Page:
    reason, status = translated(refused.reason), STATUS[type(refused)]
    try:
        gone = task_pages.gone_task(session, actor, task_id)
    except NotFound:
        lines = [(name, text) for name, text in request.form.items(multi=True) if text.strip()]
        own = [line for line in lines if line[0] != "csrf_token"]
        return render_template("tasks/gone.html", gone=None, reason=reason, own=own), status
    own = list(own_words(gone.form, gone.draft or {}, gone.options)) if gone.form else []
    return render_template("tasks/gone.html", gone=gone, reason=reason, own=own), status
