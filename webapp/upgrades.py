"""Pages on which a process owner moves running cases to the newest version, and takes it back.

Cases are numbers here, and small numbers are not told; whose a case is, is told only to those with
a basis of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from webapp.definitions import FEWEST_SHOWN
from webapp.edge import current_actor, permission, transaction, translated
from workflows import bulk_jobs, definitions, upgrade_jobs, upgrades, versions
from workflows.access import UPGRADE_PROCESSES
from workflows.actors import Actor
from workflows.definitions import Process
from workflows.errors import Invalid
from workflows.tables import BulkJob
from workflows.upgrade_jobs import Known
from workflows.upgrades import Group, Named
from workflows.versions import Difference

blueprint = Blueprint("upgrades", __name__, url_prefix="/forlop")

INSTEAD = "i-stedet-for:"
"""How the name of a field begins that says what an element is mapped to."""
LONGEST_NAME = 200
MOST_NAMED = 200
"""So many cases are named on a page."""


@dataclass(frozen=True)
class Version:
    """A version in the list."""

    published_at: object
    running: str
    newest: bool
    difference: Difference | None
    """What the newest has that this one has not."""


@dataclass(frozen=True)
class Card:
    """Cases that stand alike, in words."""

    key: str
    places: str
    published_at: object
    count: str
    reasons: list[str]
    changes: list[str]
    known: list[Known]


@dataclass(frozen=True)
class Choice:
    """Something that is gone: its name, what may be used instead, and what is chosen."""

    field: str
    name: str
    options: tuple[tuple[str, str], ...]
    chosen: str


@blueprint.get("/<key>/versjoner")
@permission(UPGRADE_PROCESSES)
def index(key: str) -> ResponseReturnValue:
    """The versions of a process, how many cases run on each, and the moves so far."""
    with transaction() as session:
        actor = current_actor(session)
        home, process = _owned(session, actor, key)
        lines = versions.versions(session, home, key)
        found = [_version(session, actor, home, key, line) for line in lines]
        jobs = upgrade_jobs.jobs_of(session, home, key)
    return render_template(
        "upgrades/index.html",
        title=process.diagram.title,
        key=key,
        versions=found,
        older=any(line.running for line in lines if not line.newest),
        jobs=jobs,
        statuses=bulk_jobs.STATUSES,
    )


def _owned(session: Session, actor: Actor, key: str) -> tuple[UUID, Process]:
    """Where the actor owns processes, and this one there. Raises NotFound, else Denied."""
    definitions.latest_process(session, definitions.home(actor), key)
    home = upgrades.owned(actor)
    return home, definitions.latest_process(session, home, key)


def _version(
    session: Session, actor: Actor, home: UUID, key: str, line: versions.VersionLine
) -> Version:
    told = None
    if not line.newest and line.running:
        old = definitions.process(session, home, line.version)
        new = definitions.latest_process(session, home, key)
        told = versions.difference(session, home, old, new)
    count = cases_in_words(line.running, exact=home in actor.coordinating_municipalities)
    return Version(line.published_at, count, line.newest, told)


def cases_in_words(count: int, *, exact: bool) -> str:
    """How many cases, without telling of a few to those who have no duty to know."""
    if exact or count >= FEWEST_SHOWN or count == 0:
        return ngettext("%(num)d sak", "%(num)d saker", count)
    return _("færre enn %(num)d saker", num=FEWEST_SHOWN)


@blueprint.get("/<key>/flytt")
@permission(UPGRADE_PROCESSES)
def preview(key: str) -> ResponseReturnValue:
    """What would become of the cases on older versions; nothing is done."""
    mapping = _mapping(request.args)
    with transaction() as session:
        actor = current_actor(session)
        home, process = _owned(session, actor, key)
        groups = upgrades.preview(session, actor, home, key, mapping)
        plain = upgrades.preview(session, actor, home, key, {}) if mapping else []
        cases = [case for group in groups for case in group.cases]
        known = upgrade_jobs.known_cases(session, actor, cases[:MOST_NAMED])
        published = {line.version: line for line in versions.versions(session, home, key)}
    exact = home in actor.coordinating_municipalities
    cards = [
        _card(group, published[group.plan.old.version].published_at, known, exact=exact)
        for group in groups
    ]
    movable = sum(len(group.cases) for group in groups if not group.plan.reasons)
    return render_template(
        "upgrades/preview.html",
        title=process.diagram.title,
        key=key,
        movable=[card for card in cards if not card.reasons],
        refused=[card for card in cards if card.reasons],
        count=cases_in_words(movable, exact=exact),
        choices=_choices([*plain, *groups], mapping),
        mapping={INSTEAD + old: new for old, new in mapping.items()},
    )


def _mapping(fields: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(INSTEAD)[:LONGEST_NAME]: value[:LONGEST_NAME]
        for name, value in fields.items()
        if name.startswith(INSTEAD) and value
    }


def _card(group: Group, published_at: object, known: Mapping[UUID, Known], *, exact: bool) -> Card:
    plan = group.plan
    return Card(
        key=_key(group),
        places=", ".join(translated(name) for name in plan.places),
        published_at=published_at,
        count=cases_in_words(len(group.cases), exact=exact),
        reasons=[said(upgrades.REASONS, each) for each in plan.reasons],
        changes=[said(upgrades.CHANGES, each) for each in plan.changes],
        known=[known[case] for case in group.cases if case in known],
    )


def _key(group: Group) -> str:
    """The same for the same group when the page is sent in."""
    plan = group.plan
    words = plan.old.version, plan.places, plan.reasons, plan.changes
    return sha256(repr(words).encode()).hexdigest()[:16]


def said(words: Mapping[str, str], about: Named) -> str:
    """A reason or a change as a sentence."""
    return translated(words[about.kind]) % {"element": translated(about.name)}


def _choices(groups: Iterable[Group], mapping: Mapping[str, str]) -> list[Choice]:
    """What can be mapped in these groups, which are seen without any mapping or with this."""
    reasons = {each.element: each for group in groups for each in group.plan.reasons}
    return [
        Choice(INSTEAD + element, translated(each.name), each.candidates, mapping.get(element, ""))
        for element, each in reasons.items()
        if each.candidates
    ]


@blueprint.post("/<key>/flytt")
@permission(UPGRADE_PROCESSES)
def start(key: str) -> ResponseReturnValue:
    """Move all that can be, or those that are chosen."""
    mapping = _mapping(request.form)
    with transaction() as session:
        actor = current_actor(session)
        home, _process = _owned(session, actor, key)
        groups = upgrades.preview(session, actor, home, key, mapping)
        movable = [group for group in groups if not group.plan.reasons]
        cases = _chosen(movable)
        if not cases:
            raise Invalid(_("Velg hvilke saker som skal flyttes."))
        job = upgrade_jobs.start_upgrade(session, actor, home, key, mapping, cases)
    return redirect(url_for("upgrades.show", job_id=job.id), 303)


def _chosen(movable: Iterable[Group]) -> list[UUID]:
    """Of the cases that can be moved: all, or the groups and the single cases that are ticked."""
    everything = request.form.get("hvilke") == "alle"
    groups, single = set(request.form.getlist("gruppe")), set(request.form.getlist("sak"))
    return [
        case
        for group in movable
        for case in group.cases
        if everything or _key(group) in groups or str(case) in single
    ]


@blueprint.get("/flyttinger/<uuid:job_id>")
@permission(UPGRADE_PROCESSES)
def show(job_id: UUID) -> ResponseReturnValue:
    """How far a move has come, and what it came to."""
    with transaction() as session:
        actor = current_actor(session)
        job = upgrade_jobs.find_job(session, actor, job_id)
        process = definitions.latest_process(session, job.municipality_id, job.arguments["key"])
        told = upgrade_jobs.result(session, job)
        moves = {move.instance_id: move.id for move in told.moves[:MOST_NAMED]}
        known = upgrade_jobs.known_cases(session, actor, moves)
    exact = job.municipality_id in actor.coordinating_municipalities
    return render_template(
        "upgrades/show.html",
        title=process.diagram.title,
        job=job,
        status=translated(bulk_jobs.STATUSES[job.status]),
        running=job.status == bulk_jobs.RUNNING,
        percent=100 * (job.done + job.refused + job.failed) // job.total if job.total else 100,
        counts=_counts(job, exact=exact),
        undoing=job.kind == upgrade_jobs.UNDO,
        reasons=[
            (_reason(kind, name), cases_in_words(count, exact=exact))
            for (kind, name), count in told.reasons.items()
        ],
        undoable=cases_in_words(len(told.moves), exact=exact) if told.moves else None,
        known=[(each.person, moves[each.instance_id]) for each in known.values()],
    )


def _counts(job: BulkJob, *, exact: bool) -> list[tuple[str, str]]:
    """What the job has come to, in words and numbers; failures only where there are some."""
    back = job.kind == upgrade_jobs.UNDO
    done, left = (
        (_("Satt tilbake"), _("Ikke satt tilbake")) if back else (_("Flyttet"), _("Ikke flyttet"))
    )
    found = [(_("I alt"), job.total), (done, job.done), (left, job.refused)]
    found += [(_("Gikk galt hos oss"), job.failed)] if job.failed else []
    return [(words, cases_in_words(count, exact=exact)) for words, count in found]


def _reason(kind: str, name: str) -> str:
    if kind in upgrades.REASONS:
        return said(upgrades.REASONS, Named(kind, "", name))
    return translated(kind)


@blueprint.post("/flyttinger/<uuid:job_id>/stopp")
@permission(UPGRADE_PROCESSES)
def cancel(job_id: UUID) -> ResponseReturnValue:
    """Leave the cases that have not been moved yet where they are."""
    with transaction() as session:
        job = upgrade_jobs.find_job(session, current_actor(session), job_id)
        bulk_jobs.cancel(session, job)
    flash(_("Flyttingen er stoppet. Det som var flyttet, er fortsatt flyttet."))
    return redirect(url_for("upgrades.show", job_id=job_id), 303)


@blueprint.post("/flyttinger/<uuid:job_id>/angre")
@permission(UPGRADE_PROCESSES)
def undo(job_id: UUID) -> ResponseReturnValue:
    """Take back a whole move, but for the cases in which something has happened since."""
    with transaction() as session:
        actor = current_actor(session)
        job = upgrade_jobs.find_job(session, actor, job_id)
        back = upgrade_jobs.start_undo(session, actor, job)
    return redirect(url_for("upgrades.show", job_id=back.id), 303)


@blueprint.post("/flyttinger/<uuid:job_id>/angre/<uuid:move_id>")
@permission(UPGRADE_PROCESSES)
def undo_one(job_id: UUID, move_id: UUID) -> ResponseReturnValue:
    """Take back the move of one case."""
    with transaction() as session:
        actor = current_actor(session)
        upgrade_jobs.find_job(session, actor, job_id)
        upgrades.undo(session, actor, move_id)
    flash(_("Saken er tilbake på versjonen den hadde."))
    return redirect(url_for("upgrades.show", job_id=job_id), 303)
