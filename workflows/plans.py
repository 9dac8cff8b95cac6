"""The plan itself: its goals and measures, and what the diagram does with them.

It will not decide when it is evaluated: the plan states its own interval (no statutory figure
exists; forskrift om habilitering, rehabilitering og koordinator).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definitions import Component
from workflows import calendar, clock, decisions, definitions, handovers, participants
from workflows.errors import Invalid
from workflows.operations import Call, latest_answers, operation
from workflows.tables import (
    Goal,
    Measure,
    Plan,
    ProcessInstance,
    Service,
    TeamMember,
)
from workflows.texts import _

TALK_WITHIN = timedelta(days=7)
"""How soon the coordinator talks with someone who has withdrawn all consent (local)."""
AREA = "tiltak.omrade"
"""Where a plan's form asks what a measure is about."""
DEFAULT_INTERVAL = 12
"""Weeks between evaluations when the plan does not say."""


def plan_of(session: Session, instance: ProcessInstance) -> Plan | None:
    """The plan a case works out, once it is opened."""
    return session.scalar(
        select(Plan).where(
            Plan.municipality_id == instance.municipality_id, Plan.instance_id == instance.id
        )
    )


def active_goals(session: Session, instance: ProcessInstance) -> Sequence[Goal]:
    """The goals that are worked on, in the plan's order."""
    return [goal for goal in goals(session, instance) if goal.status in {"aktiv", "endres"}]


def goals(session: Session, instance: ProcessInstance) -> Sequence[Goal]:
    """Every goal the plan has or had, in order."""
    plan = plan_of(session, instance)
    if plan is None:
        return []
    return session.scalars(
        select(Goal)
        .where(Goal.municipality_id == plan.municipality_id, Goal.plan_id == plan.id)
        .order_by(Goal.position, Goal.id)
    ).all()


def live_measures(session: Session, instance: ProcessInstance) -> Sequence[Measure]:
    """The plan's measures but those taken out of it, in order."""
    plan = plan_of(session, instance)
    if plan is None:
        return []
    return session.scalars(
        select(Measure)
        .where(
            Measure.municipality_id == plan.municipality_id,
            Measure.plan_id == plan.id,
            Measure.status != "fjernet",
        )
        .order_by(Measure.position, Measure.id)
    ).all()


def responsible_services(session: Session, instance: ProcessInstance) -> list[str]:
    """The ids of services with a measure under way that everyone it concerns lets them know of,

    in the plan's order.
    """
    told = participants.services_told(session, instance)
    everyone = frozenset(row.person_id for row in participants.taking_part(session, instance))
    running = [
        str(measure.service_id)
        for measure in live_measures(session, instance)
        if measure.status in {"ikke_startet", "i_gang"}
        and measure.service_id in told
        and (frozenset(map(UUID, measure.persons)) or everyone) <= set(told[measure.service_id])
    ]
    return list(dict.fromkeys(running))


def next_evaluation(start: date, weeks: int, until: date | None = None) -> datetime:
    """When the next evaluation is due: the interval from `start`, no later than the plan's end,

    at the opening of a Norwegian working day (UTC).
    """
    wanted = start + timedelta(weeks=weeks)
    if until is not None and start < until < wanted:
        wanted = until
    return calendar.opening(calendar.next_working_day(wanted))


def words_of(session: Session, plan: Plan) -> Mapping[str, str]:
    """The values of the plan's choices in words (areas, for instance), from its own form."""
    return {value: label for field in _fields(session, plan) for value, label in field.options}


def areas(session: Session, instance: ProcessInstance) -> Mapping[str, str]:
    """The areas that a measure can be about, by key in the words of the plan's own form."""
    plan = plan_of(session, instance)
    fields = _fields(session, plan) if plan else []
    return {key: words for field in fields if field.path == AREA for key, words in field.options}


def _fields(session: Session, plan: Plan) -> Sequence[Component]:
    if plan.form_version is None:
        return []
    return definitions.form_version(session, plan.municipality_id, plan.form_version).fields


@operation("plan.open", "form")
def open_plan(call: Call) -> None:
    """Open an empty plan of the kind that was asked for."""
    answers = call.answers()
    kind = answers.get("plantype") or call.instance.definition_key
    call.session.add(
        Plan(
            municipality_id=call.instance.municipality_id,
            person_id=call.instance.person_id,
            instance_id=call.instance.id,
            kind=kind,
            status="utkast",
        )
    )
    call.session.flush()


def _plan(call: Call) -> Plan:
    plan = plan_of(call.session, call.instance)
    if plan is None:
        raise Invalid(_("Forløpet har ingen plan å arbeide med."))
    return plan


@operation("team.record", "form")
def record_team(call: Call) -> None:
    """Write down who takes part around the plan, as named at the start meeting (part b)."""
    old = call.session.scalars(
        select(TeamMember).where(
            TeamMember.municipality_id == call.instance.municipality_id,
            TeamMember.instance_id == call.instance.id,
        )
    )
    for member in old:
        call.session.delete(member)
    for row in call.answers().get("deltakere") or []:
        call.session.add(
            TeamMember(
                municipality_id=call.instance.municipality_id,
                instance_id=call.instance.id,
                name=row.get("navn") or "",
                service=row.get("tjeneste"),
                role=row.get("rolle"),
                phone=row.get("telefon"),
            )
        )


@operation("plan.write", "form")
def write_plan(call: Call) -> None:
    """Bring goals and measures in line with the form; what is gone from it is closed, not lost."""
    plan, answers = _plan(call), call.answers()
    written = latest_answers(call.session, call.instance, call.parameters["form"])
    plan.form_version = written.form_version if written else None
    plan.from_on = _date(answers.get("periode_fra"))
    plan.until_on = _date(answers.get("periode_til"))
    plan.interval_weeks = int(answers.get("evalueringsintervall") or DEFAULT_INTERVAL)
    _write_goals(call, plan, answers.get("mal") or [])
    _write_measures(call, plan, answers.get("tiltak") or [])
    call.session.flush()
    call.record("plan:write")


def _date(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def _write_goals(call: Call, plan: Plan, rows: list[dict[str, Any]]) -> None:
    known = {str(goal.id): goal for goal in goals(call.session, call.instance)}
    kept = set()
    for position, row in enumerate(rows):
        goal = known.get(row.get("id") or "")
        if goal is None:
            goal = Goal(municipality_id=plan.municipality_id, plan_id=plan.id, text="")
            call.session.add(goal)
        else:
            kept.add(str(goal.id))
        goal.position, goal.text, goal.area = position, row.get("mal") or "", row.get("omrade")
        goal.persons, goal.horizon = row.get("gjelder") or [], row.get("horisont")
        goal.status = "aktiv"
    for goal_id, goal in known.items():
        if goal_id not in kept and goal.status in {"aktiv", "endres"}:
            goal.status = "avsluttet"


def _write_measures(call: Call, plan: Plan, rows: list[dict[str, Any]]) -> None:
    known = {str(m.id): m for m in live_measures(call.session, call.instance)}
    kept = set()
    for position, row in enumerate(rows):
        measure = known.get(row.get("id") or "")
        if measure is None:
            measure = Measure(
                municipality_id=plan.municipality_id, plan_id=plan.id, status="ikke_startet"
            )
            call.session.add(measure)
        else:
            kept.add(str(measure.id))
        measure.position, measure.what = position, row.get("hva") or ""
        measure.persons = row.get("gjelder") or []
        measure.extent, measure.goal = row.get("omfang"), row.get("maal")
        measure.how, measure.starts_on = row.get("hvordan"), _date(row.get("start"))
        measure.service_id = _id(row.get("tjeneste"))
        _write_ask(measure, row)
    for measure_id, measure in known.items():
        if measure_id not in kept:
            measure.status = "fjernet"


def _id(text: Any) -> UUID | None:
    return UUID(text) if text else None


def _write_ask(measure: Measure, row: Mapping[str, Any]) -> None:
    """Whose time a measure takes and what it is about, where the form asks."""
    if "krever_av" in row:
        measure.asks_of = _id(row["krever_av"])
    if "omrade" in row:
        measure.area = row["omrade"]


@operation("plan.activate", "form", gives=("tjenester", "neste_evaluering", "beslutninger"))
def activate_plan(call: Call) -> Mapping[str, Any]:
    """Put the approved plan into force, with the person's own view beside it."""
    plan, answers = _plan(call), call.answers()
    plan.status, plan.approved_at = "aktiv", clock.now()
    plan.own_view = answers.get("eget_syn")
    call.record("plan:write")
    return _schedule(call, plan)


@operation("plan.schedule", gives=("tjenester", "neste_evaluering", "beslutninger"))
def schedule_plan(call: Call) -> Mapping[str, Any]:
    """Set the next evaluation, and what services and others do until then: on the date the meeting

    agreed, else by the plan's own interval.
    """
    meeting = latest_answers(call.session, call.instance, "evaluering_mote")
    agreed = _date((meeting.answers or {}).get("neste_dato")) if meeting else None
    return _schedule(call, _plan(call), agreed)


def _schedule(call: Call, plan: Plan, agreed: date | None = None) -> Mapping[str, Any]:
    weeks = plan.interval_weeks or DEFAULT_INTERVAL
    if agreed is not None and agreed > clock.today():
        plan.next_evaluation_at = calendar.opening(calendar.next_working_day(agreed))
    else:
        plan.next_evaluation_at = next_evaluation(clock.today(), weeks, plan.until_on)
    call.session.flush()
    return {
        "tjenester": responsible_services(call.session, call.instance),
        "beslutninger": decisions.waiting(call.session, call.instance),
        "neste_evaluering": plan.next_evaluation_at.isoformat(),
    }


@operation("plan.suspend", gives=("neste_kontakt",))
def suspend_plan(call: Call) -> Mapping[str, Any]:
    """Stop the plan because there is no consent to work by it; when to talk with the person."""
    plan = _plan(call)
    plan.status, plan.next_evaluation_at = "stanset", None
    handover = handovers.under_way(call.session, call.instance)
    if handover is not None:  # the case has left it behind
        handover.status, handover.ended_at = "avslatt", clock.now()
    call.record("plan:write")
    return {"neste_kontakt": calendar.next_working_day(clock.today() + TALK_WITHIN).isoformat()}


@operation("plan.close", "form")
def close_plan(call: Call) -> None:
    """Close the plan; its goals, measures and history stay to be read."""
    plan = _plan(call)
    plan.status, plan.next_evaluation_at = "avsluttet", None
    call.record("plan:write")


@operation("measure.report", "form")
def report_measures(call: Call) -> None:
    """Write a service's report on its own measures, and the new ones it tells of.

    What waits by the coordinator's decision stays so.
    """
    answers = call.answers()
    known = {str(m.id): m for m in own_measures(call.session, call.instance, call.where.item)}
    for row in answers.get("tiltak") or []:
        measure = known.get(row.get("id") or "")
        if measure is not None:
            measure.status = row.get("status") or measure.status
            measure.comment = row.get("kommentar") or measure.comment
            measure.reported_at = clock.now()
    _write_new_measures(call, answers.get("nye_tiltak") or [])
    call.record("plan:write")


def own_measures(
    session: Session, instance: ProcessInstance, item: str | None
) -> Sequence[Measure]:
    """The measures a service reports on, given its id: its own but those that wait."""
    return [
        measure
        for measure in live_measures(session, instance)
        if measure.service_id is not None
        and str(measure.service_id) == item
        and measure.status != "venter"
    ]


def _write_new_measures(call: Call, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add what the reporting service will do from now on: its own measures and nobody else's."""
    service_id = _reporting_service(call)
    if service_id is None or not rows:
        return
    plan = _plan(call)
    count = len(live_measures(call.session, call.instance))
    for position, row in enumerate(rows, start=count):
        measure = Measure(
            municipality_id=plan.municipality_id,
            plan_id=plan.id,
            position=position,
            what=row.get("hva") or "",
            extent=row.get("omfang"),
            goal=row.get("maal"),
            starts_on=_date(row.get("start")),
            service_id=service_id,
            status="ikke_startet",
            persons=row.get("gjelder") or _told(call, service_id),
        )
        _write_ask(measure, row)
        call.session.add(measure)
    call.session.flush()


def _told(call: Call, service_id: UUID) -> list[str]:
    """Whom a service's measure concerns when it does not say: those who let it know of them."""
    told = participants.services_told(call.session, call.instance).get(service_id, [])
    everyone = len(told) == len(participants.taking_part(call.session, call.instance))
    return [] if everyone else [str(person_id) for person_id in told]


def _reporting_service(call: Call) -> UUID | None:
    """The service whose part of the diagram it is; None where it is not one's."""
    services = call.session.scalars(
        select(Service.id).where(Service.municipality_id == call.instance.municipality_id)
    )
    return next((each for each in services if str(each) == call.where.item), None)
