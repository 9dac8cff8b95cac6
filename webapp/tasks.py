"""The task pages: the list, a task with its form, and everything one can do with a task.

It parses what was sent, calls one command and shows the way on. Who loses a race keeps their text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from forms import answers
from forms.answers import FieldError
from forms.posted import PostedForm
from webapp import drafts, evaluations
from webapp.display import clock_time, date_long
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
from workflows.prefill import Origin
from workflows.task_pages import GoneTask, TaskForm, TaskPage
from workflows.worklist import Choices, Filter

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
NOBODY = UUID(int=0)
FILTERS = ("vis", "q", "person", "tjeneste", "forlop", "frist", "sorter")


@blueprint.get("/")
@permission(access.READ_TASKS)
def index() -> Page:
    """The list; those who are not employees get a simpler one."""
    with transaction() as session:
        actor = current_actor(session)
        wanted = _wanted(actor)
        found = worklist.list_tasks(session, actor, wanted)
        choices = worklist.filter_choices(session, actor) if actor.is_employee else Choices()
        came_from = uuid_arg("fra")
        following = task_pages.next_in_case(session, actor, came_from) if came_from else None
    page = "tasks/index.html" if actor.is_employee else "tasks/waiting.html"
    narrowing = {"views": VIEWS, "due": DUE, "sort": SORT, "choices": choices, "query": _query()}
    bounds = {"cap": worklist.COUNT_CAP, "page_size": worklist.PAGE}
    return render_template(
        page, found=found, wanted=wanted, following=following, **narrowing, **bounds
    )


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


def _query() -> dict[str, Any]:
    """What the list is narrowed to, for links back to it."""
    return {name: request.values[name] for name in FILTERS if request.values.get(name)}


@blueprint.get("/<uuid:task_id>")
@permission(access.COMPLETE_TASK)
def show(task_id: UUID) -> Page:
    """A task's page; of one that is done, what became of it."""
    try:
        page = _open(task_id)
    except Conflict as done:
        return _done(task_id, done)
    return _draw(page, _to_begin_with(page))


def _done(task_id: UUID, done: Conflict) -> Page:
    gone = _what_became_of(task_id)
    if gone is None or gone.form is None or gone.draft is None:
        return _gone_page(done, (), gone)
    return _gone_page(done, list(drafts.own_words(gone.form, gone.draft, gone.options)), gone)


def _open(task_id: UUID) -> TaskPage:
    with transaction() as session:
        return task_pages.open_task(session, current_actor(session), task_id, translated)


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
    return Drawn(_check(asked, drafts.posted(page.draft)).typed)


def _draw(page: TaskPage, drawn: Drawn) -> Page:
    html = render_template(
        "tasks/task.html",
        page=page,
        drawn=drawn,
        sources=source_words(page.asked.sources),
        **evaluations.drawing(),
    )
    return (html, 422) if drawn.errors else html


def source_words(sources: Mapping[str, Origin]) -> dict[str, str]:
    """HTML id of a field → where what stands there came from, in words."""
    return {path.replace(".", "-"): _origin(origin) for path, origin in sources.items()}


def _origin(origin: Origin) -> str:
    if origin.at is None:
        return str(_("Hentet fra %(title)s.", title=translated(origin.title)))
    who, when = origin.who or _("ukjent"), date_long(origin.at)
    words = _(
        "Hentet fra «%(title)s», %(who)s, %(when)s.",
        title=translated(origin.title),
        who=who,
        when=when,
    )
    return str(words)


@blueprint.post("/<uuid:task_id>")
@permission(access.COMPLETE_TASK)
def answer(task_id: UUID) -> Page:
    """What the form's buttons do: a draft, a row more or less, or the answers sent in."""
    try:
        if "utkast" in request.form:
            flash(_save(task_id))
            return _to_task(task_id)
        if any(name.startswith(("add:", "remove:")) for name in request.form):
            return _redraw(task_id)
        return _send(task_id)
    except (Conflict, Denied, NotFound) as refused:
        return _refused(task_id, refused)


def _redraw(task_id: UUID) -> Page:
    page = _open(task_id)
    form, known, options = page.asked.form, page.asked.prefill, page.asked.options
    made = answers.rows(form, request.form, prefill=known, options=options)
    return _draw(page, Drawn(made.data, focus=made.focus) if made else _to_begin_with(page))


def _send(task_id: UUID) -> Page:
    with transaction() as session:
        actor = current_actor(session)
        asked = task_pages.task_form(session, actor, task_id)
        checked = _check(asked, request.form)
        if not checked.errors:
            moment = clock.now()
            found = (asked.task, asked.basis, asked.form)
            instance = tasks.complete_found(session, actor, *found, checked.answers)
            following = task_pages.opened_since(session, actor, instance.id, moment)
    if checked.errors:
        page = _open(task_id)
        return _draw(page, Drawn(_check(page.asked, request.form).typed, checked.errors))
    flash(_sent_words(following))
    return redirect(url_for("tasks.index", fra=instance.id), 303)


def _sent_words(following: Sequence[str]) -> str:
    sent = str(_("Oppgaven er sendt inn."))
    if not following:
        return sent
    return sent + " " + _("Neste steg: %(steps)s.", steps=", ".join(map(translated, following)))


def _check(asked: TaskForm, posted: PostedForm) -> answers.Checked:
    return answers.check(asked.form, posted, prefill=asked.prefill, options=asked.options)


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
        saved_at = tasks.save_draft(session, actor, task_id, drafts.kept(form, request.form))
    return str(_("Utkastet er lagret kl. %(time)s.", time=clock_time(saved_at)))


def _keep(task_id: UUID) -> list[tuple[str, str]]:
    """Keep the posted text, in a transaction of its own; the same text to be shown and copied."""
    with transaction() as session:
        actor = current_actor(session)
        try:
            known = task_pages.form_of(session, actor, task_id)
        except NotFound:
            return []
        typed = drafts.kept(known.form, request.form)
        tasks.keep_typed(session, actor, known.municipality_id, task_id, typed)
    return list(drafts.own_words(known.form, typed, known.options))


def _refused(task_id: UUID, refused: WorkflowError) -> Page:
    """The page for who came too late or may not any more, with their own text to be copied."""
    own = _keep(task_id) or [("", text) for text in _texts()]
    return _gone_page(refused, own, _what_became_of(task_id))


def _texts() -> list[str]:
    """What was posted as it came: a task the actor may not know of any more has no labels."""
    pairs = request.form.items(multi=True)
    return [text for name, text in pairs if name != "csrf_token" and len(text) > 1]


def _what_became_of(task_id: UUID) -> GoneTask | None:
    try:
        with transaction() as session:
            return task_pages.gone_task(session, current_actor(session), task_id)
    except NotFound:
        return None


def _gone_page(
    refused: WorkflowError, own: Sequence[tuple[str, str]], gone: GoneTask | None = None
) -> Page:
    reason = translated(refused.reason)
    html = render_template("tasks/gone.html", gone=gone, reason=reason, own=own)
    return html, STATUS[type(refused)]


@blueprint.post("/<uuid:task_id>/forkast")
@permission(access.COMPLETE_TASK)
def drop(task_id: UUID) -> Page:
    """Throw away one's own draft."""
    with transaction() as session:
        tasks.drop_draft(session, current_actor(session), task_id)
    flash(_("Utkastet er slettet."))
    return _to_task(task_id)


@blueprint.post("/<uuid:task_id>/ta")
@permission(access.COMPLETE_TASK)
def claim(task_id: UUID) -> Page:
    """Take a task for oneself."""
    with transaction() as session:
        task = tasks.claim_task(session, current_actor(session), task_id)
    flash(_("Du har tatt oppgaven «%(task)s».", task=translated(task.title)))
    return _back(task_id)


@blueprint.post("/<uuid:task_id>/legg-tilbake")
@permission(access.COMPLETE_TASK)
def release(task_id: UUID) -> Page:
    """Lay a task back to the service."""
    with transaction() as session:
        task = tasks.release_task(session, current_actor(session), task_id)
    flash(_("Du har lagt tilbake oppgaven «%(task)s».", task=translated(task.title)))
    return _back(task_id)


@blueprint.post("/<uuid:task_id>/gi-videre")
@permission(access.COMPLETE_TASK)
def hand_over(task_id: UUID) -> Page:
    """Give a task to a colleague."""
    to = request.form.get("til", NOBODY, type=UUID)
    with transaction() as session:
        task = tasks.hand_task(session, current_actor(session), task_id, to)
    flash(_("Du har gitt oppgaven «%(task)s» videre.", task=translated(task.title)))
    return _to_list()


def _back(task_id: UUID) -> Page:
    """Back to where the button was pressed."""
    return _to_list() if "liste" in request.form else _to_task(task_id)


def _to_list() -> Page:
    return redirect(url_for("tasks.index", **_query()), 303)


def _to_task(task_id: UUID) -> Page:
    return redirect(url_for("tasks.show", task_id=task_id), 303)
