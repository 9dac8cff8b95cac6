"""Pages about persons: finding them, registering them, one person's page, and who has seen it.

It will not decide what anyone may see: `workflows.people` gives what the basis allows.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms import answers, national_number
from forms.answers import Checked, FieldError
from forms.definitions import Form
from forms.definitions import read as read_form
from webapp import charts, measured, processes, user_pictures
from webapp.edge import (
    STATUS,
    current_actor,
    page_arg,
    permission,
    text_arg,
    transaction,
    uuid_arg,
)
from workflows import access, audit, clock, people, process_instances, relation_kinds
from workflows.actors import Actor
from workflows.cases import CaseView, PlanView
from workflows.errors import Invalid
from workflows.people import PersonPage

blueprint = Blueprint("people", __name__, url_prefix="/personer")

LINES = 50
NUMBER_LENGTH = 11

NUMBER = _l("Fødselsnummer eller D-nummer")
LANGUAGES = {
    "nb": _l("Norsk, bokmål"),
    "nn": _l("Norsk, nynorsk"),
    "se": _l("Nordsamisk"),
    "en": _l("Engelsk"),
    "ar": _l("Arabisk"),
    "pl": _l("Polsk"),
    "so": _l("Somali"),
    "ti": _l("Tigrinja"),
    "uk": _l("Ukrainsk"),
    "annet": _l("Et annet språk"),
}
"""The languages a person may prefer to be spoken with in; not those of the pages."""

WHY = {
    access.GUARDIAN: _l("Du er foresatt eller verge for %(name)s."),
    access.COORDINATOR: _l("Du er koordinator for %(name)s."),
    access.CONSENT: _l("%(name)s har samtykket til at tjenesten din får se planen."),
    access.OWN_CASE: _l("Tjenesten din følger opp %(name)s i sin egen sak."),
    access.HANDOVER: _l("Du er foreslått som ny koordinator for %(name)s."),
    access.FAMILY: _l("%(name)s har valgt å vise det fram til deg."),
    access.DUTY: _l(
        "Du arbeider i koordinerende enhet, som har plikt til å ha oversikt "
        "(helse- og omsorgstjenesteloven § 7-3)."
    ),
}
STANDS_IN = _l(
    "%(name)s har ingen koordinator nå. Da har koordinerende enhet ansvaret til en er oppnevnt."
)


@blueprint.get("/")
@permission(access.READ_PERSON)
def index() -> ResponseReturnValue:
    """Those whom the actor has a basis for, or those of them that a search finds."""
    text, page = text_arg("q"), page_arg("side")
    with transaction() as session:
        actor = current_actor(session)
        rows, more = people.list_persons(session, actor, _searched(text), page)
    return render_template("people/index.html", rows=rows, more=more, text=text, page=page)


def _searched(text: str) -> str:
    """A national number typed with a space is one word, not two."""
    number = national_number.digits(text)
    return number if len(number) == NUMBER_LENGTH and number.isdigit() else text


@blueprint.get("/ny")
@permission(access.REGISTER_PERSON)
def new() -> ResponseReturnValue:
    """An empty form."""
    with transaction() as session:
        people.own_service(session, current_actor(session))
    form = registration(str(get_locale()))
    return render_template("people/new.html", form=form, data=answers.empty(form, {}, {}))


@blueprint.post("/ny")
@permission(access.REGISTER_PERSON)
def register() -> ResponseReturnValue:
    """Register, or show the form again with everything that was typed."""
    form = registration(str(get_locale()))
    checked = answers.check(form, request.form, prefill={}, options={}, today=clock.today())
    errors = [*checked.errors, *not_born(checked)]
    if not errors:
        try:
            with transaction() as session:
                person = people.register_person(session, current_actor(session), **facts(checked))
        except Invalid as error:
            errors = [FieldError(error.field or "name", str(NUMBER), error.reason)]
            with transaction() as session:  # what was begun is undone; being told is not
                people.note_known(session, current_actor(session), _number(checked))
        else:
            flash(_("%(name)s er registrert.", name=person.name))
            return redirect(f"/personer/{person.id}", 303)
    page = render_template("people/new.html", form=form, data=checked.typed, errors=errors)
    return page, STATUS[Invalid]


def facts(checked: Checked) -> dict[str, Any]:
    """The answers as the command takes them."""
    born = checked.answers.get("born_on")
    return {**checked.answers, "born_on": date.fromisoformat(born) if born else None}


def _number(checked: Checked) -> str:
    return checked.answers.get("national_number") or ""


def not_born(checked: Checked) -> list[FieldError]:
    """What is wrong with a day of birth that has not come."""
    born = checked.answers.get("born_on")
    if born and born > clock.today().isoformat():
        return [FieldError("born_on", _("Født"), _("Datoen er ikke kommet ennå."))]
    return []


@lru_cache(maxsize=8)
def registration(language: str) -> Form:  # noqa: ARG001 - each language has its own labels
    """The form for registering a person, in the words of the page's language."""
    languages = [{"value": key, "label": str(name)} for key, name in LANGUAGES.items()]
    unborn = _("Skriv datoen slik: dag.måned.år. La feltet stå tomt for et ufødt barn.")
    numberless = _("Elleve sifre. La feltet stå tomt når personen ikke har noe nummer.")
    day = {"type": "datetime", "subtype": "date", "dateLabel": _("Født")}
    choice = {"type": "select", "values": languages, "defaultValue": "nb"}
    raw = {
        "type": "default",
        "schemaVersion": 19,
        "id": "person",
        "title": _("Registrer en person"),
        "components": [
            _field("name", _("Navn"), validate={"required": True, "maxLength": 120}),
            _field("born_on", _("Født"), description=unborn, **day),
            _field("national_number", NUMBER, description=numberless, properties={"kind": "fnr"}),
            _field("phone", _("Telefon"), properties={"kind": "phone"}),
            _field("email", _("E-post"), properties={"kind": "email"}),
            _field("address", _("Adresse"), validate={"maxLength": 200}),
            _field("language", _("Språk"), validate={"required": True}, **choice),
        ],
    }
    return read_form(json.dumps(raw).encode(), "person.form")


def _field(key: str, label: str, **more: Any) -> dict[str, Any]:
    return {"type": "textfield", "id": key, "key": key, "label": str(label), **more}


@blueprint.get("/<uuid:person_id>")
@permission(access.READ_PERSON)
def show(person_id: UUID) -> ResponseReturnValue:
    """A person's page; «Min side» for the person themself."""
    with transaction() as session:
        actor = current_actor(session)
        page = people.person_page(session, actor, person_id)
    running = [case for case in page.cases if case.instance.ended_at is None]
    return render_template(
        "people/show.html",
        page=page,
        person=page.person,
        own=person_id in actor.persons,
        why=why(page, actor),
        language_name=LANGUAGES.get(page.person.language),
        running=[(case, processes.standing(case, actor)) for case in running],
        ended=[case for case in page.cases if case.instance.ended_at is not None],
        coordinators=[contact for contact in page.team if contact.is_coordinator],
        startable=page.may_start,
        trends=trends,
        draw=user_pictures.drawn,
        said=user_pictures.said,
        measured=_measured(page),
        relation_kinds=relation_kinds.KINDS,
    )


def _measured(page: PersonPage) -> Sequence[tuple[CaseView, Sequence[measured.Line]]]:
    """The person's own measurements, case by case."""
    found = [(case, measured.lines(case, page.person.id)) for case in page.cases]
    return [(case, lines) for case, lines in found if lines]


def why(page: PersonPage, actor: Actor) -> str:
    """On what basis the actor sees the page, in a sentence."""
    if page.basis.kind == access.SELF:
        return _("Dette er opplysningene om deg.")
    sentence = WHY[page.basis.kind]
    if page.basis.kind == access.COORDINATOR and not _holds_the_baton(page, actor):
        sentence = STANDS_IN
    return str(sentence) % {"name": page.person.name}


def _holds_the_baton(page: PersonPage, actor: Actor) -> bool:
    return any(case.instance.coordinator_id == actor.account_id for case in page.cases)


def trends(plan: PlanView) -> Mapping[tuple[UUID, UUID], charts.Trend]:
    """(goal id, person id) → how that person's own rating has gone, when rated at least twice."""
    found = {
        (goal, one.person_id): charts.trend(
            [each.score for each in one.said], [str(each.round) for each in one.said]
        )
        for goal, voices in plan.own_ratings.items()
        for one in voices
    }
    return {place: trend for place, trend in found.items() if trend}


@blueprint.get("/<uuid:person_id>/innsyn")
@permission(access.READ_AUDIT)
def sights(person_id: UUID) -> ResponseReturnValue:
    """Who did or saw what about the person, for them and those who act for them."""
    before = uuid_arg("for")
    with transaction() as session:
        actor = current_actor(session)
        lines = audit.sights(session, actor, person_id, limit=LINES + 1, before=before)
        person = process_instances.find_person(session, actor, person_id)
    return render_template(
        "people/sights.html",
        person=person,
        own=person_id in actor.persons,
        lines=lines[:LINES],
        older=lines[LINES - 1].id if len(lines) > LINES else None,
        paged=before is not None,
        self_words=access.BASES[access.SELF],
    )
