"""What is known already goes into the form, with where it came from: no story is told twice.

It will not overwrite what someone has typed: a draft wins over it. What concerns others than the
one who fills in may see is left out, whichever source it comes from.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definitions import Form
from workflows import (
    caseload,
    child_voices,
    clock,
    consents,
    decisions,
    families,
    operations,
    order_standing,
    participants,
    plans,
    process_instances,
)
from workflows.actors import Actor
from workflows.participants import Seen
from workflows.tables import (
    Account,
    Goal,
    Handover,
    HistoryEntry,
    Measure,
    Person,
    Position,
    ProcessInstance,
    Service,
    TeamMember,
)
from workflows.texts import Say, _

Options = dict[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class Origin:
    """Where a prefilled value came from: a form's title or a named source, who, and when."""

    title: str
    who: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Known:
    """Values by field key, and the origin of each."""

    data: dict[str, Any]
    origins: dict[str, Origin]


def collect(
    session: Session,
    instance: ProcessInstance,
    form: Form,
    *,
    seen: Seen,
    item: str | None = None,
    say: Say = _,
) -> Known:
    """What is known for the fields of a form that name a source; origins by dotted path."""
    data: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    hidden = _hidden(session, instance, seen)

    @cache  # several fields are often prefilled from the same answers
    def nearest(form_key: str) -> Nearest | None:
        return _nearest(session, instance, form_key, item)

    for path, source in form.sources.items():
        for way in source.split("|"):  # the first that has an answer
            found = _look_up(session, instance, way, item, say, seen, nearest)
            value = _without(hidden, found[0]) if found else None
            if found is not None and value not in (None, "", []):
                _put(data, path.split("."), value)
                origins[path] = found[1]
                break
    return Known(data, origins)


def _hidden(session: Session, instance: ProcessInstance, seen: Seen) -> frozenset[str]:
    """The ids of the goals and measures that concern others than the actor may see, and of those

    others.
    """
    if seen.whole:
        return frozenset()
    others = map(str, seen.everyone - seen.people.keys())
    rows: list[Goal | Measure] = [
        *plans.goals(session, instance),
        *plans.live_measures(session, instance),
    ]
    return frozenset(str(row.id) for row in rows if not seen.covers(row.persons)).union(others)


def _without(hidden: frozenset[str], value: Any) -> Any:
    if not hidden or not isinstance(value, list):
        return value
    return [row for row in value if not (isinstance(row, dict) and row.get("id") in hidden)]


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        data = data.setdefault(name, {})
    data[path[-1]] = value


def _get(data: Any, path: list[str]) -> Any:
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _look_up(
    session: Session,
    instance: ProcessInstance,
    source: str,
    item: str | None,
    say: Say,
    seen: Seen,
    nearest: Callable[[str], "Nearest | None"],
) -> tuple[Any, Origin] | None:
    kind, _colon, name = source.partition(":")
    if kind == "form":
        return _from_form(name, seen, nearest)
    if name == "plan.mal" and not plans.active_goals(session, instance):
        # nobody has written the plan yet
        return _from_form("mine_mal.mal", seen, nearest)
    if name in OF_EVERYONE and not seen.whole:
        return None
    if name in SPOKEN:
        return SPOKEN[name](session, instance, say), Origin(_TITLES[name])
    value = NAMED[name](session, instance, item)
    return value, Origin(_TITLES[name])


@dataclass(frozen=True)
class Nearest:
    """The answers to a form that are nearest, and the name of who gave them."""

    entry: HistoryEntry
    who: str | None


def _from_form(
    name: str, seen: Seen, nearest: Callable[[str], Nearest | None]
) -> tuple[Any, Origin] | None:
    form_key, *path = name.split(".")
    found = nearest(form_key)
    if found is None or not seen.covers_entry(found.entry.person_id, found.entry.item):
        return None
    entry = found.entry
    return _get(entry.answers, path), Origin(entry.title, found.who, entry.at)


def _nearest(
    session: Session, instance: ProcessInstance, form_key: str, item: str | None
) -> Nearest | None:
    entry = _nearest_answers(session, instance, form_key, item)
    if entry is None:
        return None
    who = session.get(Account, entry.actor_id) if entry.actor_id else None
    return Nearest(entry, who.name if who else None)


def _nearest_answers(
    session: Session, instance: ProcessInstance, form_key: str, item: str | None
) -> HistoryEntry | None:
    """The newest answers given at the same member or service, else those given for the case."""
    if item is None:
        return operations.latest_answers(session, instance, form_key)
    own = operations.latest_answers(session, instance, form_key, item=item)
    return own or operations.latest_answers(session, instance, form_key, of_case=True)


def _goals(session: Session, instance: ProcessInstance, _item: str | None) -> list[dict[str, Any]]:
    rows = plans.active_goals(session, instance)
    return [
        {
            "id": str(goal.id),
            "mal": goal.text,
            "omrade": goal.area,
            "horisont": goal.horizon,
            "gjelder": goal.persons,
        }
        for goal in rows
    ]


def _period_start(session: Session, instance: ProcessInstance, _item: str | None) -> str | None:
    plan = plans.plan_of(session, instance)
    return plan.from_on.isoformat() if plan and plan.from_on else None


def _period_end(session: Session, instance: ProcessInstance, _item: str | None) -> str | None:
    plan = plans.plan_of(session, instance)
    return plan.until_on.isoformat() if plan and plan.until_on else None


def _own_goals(
    session: Session, instance: ProcessInstance, item: str | None
) -> list[dict[str, Any]]:
    """Those that concern the member at the place, or everyone."""
    member = str(participants.member_at(session, instance, item))
    rows = _goals(session, instance, item)
    return [row for row in rows if not row["gjelder"] or member in row["gjelder"]]


def _goals_known(
    session: Session, instance: ProcessInstance, item: str | None
) -> list[dict[str, Any]]:
    """Those that everyone they concern lets the service at the place know of."""
    told = participants.services_told(session, instance)
    known = {str(one) for one in told.get(UUID(item), [])} if item else set()
    everyone = [str(row.person_id) for row in participants.taking_part(session, instance)]
    rows = _goals(session, instance, item)
    return [row for row in rows if known.issuperset(row["gjelder"] or everyone)]


def _measures(
    session: Session, instance: ProcessInstance, _item: str | None
) -> list[dict[str, Any]]:
    return [
        {
            "id": str(row.id),
            "hva": row.what,
            "omfang": row.extent,
            "maal": row.goal,
            "tjeneste": str(row.service_id) if row.service_id else None,
            "hvordan": row.how,
            "start": row.starts_on.isoformat() if row.starts_on else None,
            "krever_av": str(row.asks_of) if row.asks_of else None,
            "omrade": row.area,
            "status": row.status,
            "gjelder": row.persons,
        }
        for row in plans.live_measures(session, instance)
    ]


def _own_measures(
    session: Session, instance: ProcessInstance, item: str | None
) -> list[dict[str, Any]]:
    return [_own_measure(row) for row in plans.own_measures(session, instance, item)]


def _own_measure(row: Measure) -> dict[str, Any]:
    words = f"{row.what} ({row.extent})" if row.extent else row.what
    return {"id": str(row.id), "tiltak": words, "maal": row.goal, "status": row.status}


def _person_name(session: Session, instance: ProcessInstance, item: str | None) -> str:
    return _person(session, instance, item).name


def _person(session: Session, instance: ProcessInstance, item: str | None) -> Person:
    person_id = participants.member_at(session, instance, item)
    return session.get_one(Person, (instance.municipality_id, person_id))


def _age(session: Session, instance: ProcessInstance, item: str | None) -> int | None:
    """Whole years; None for who has no date of birth here."""
    born = _person(session, instance, item).born_on
    return clock.age(born) if born else None


def _family(session: Session, instance: ProcessInstance, _item: str | None) -> list[dict[str, Any]]:
    return [
        {
            "id": str(row.person_id),
            "navn": row.person.name,
            "fodt": row.person.born_on.isoformat() if row.person.born_on else None,
            "del": row.part,
            "bosted": row.household,
        }
        for row in participants.participants(session, instance)
    ]


def _coordinator_name(session: Session, instance: ProcessInstance, _item: str | None) -> str | None:
    held = process_instances.holder(session, instance)
    if held is None:
        return None
    account, service = held
    return f"{account.name}, {service.name}"


def _wished_coordinator(
    session: Session, instance: ProcessInstance, _item: str | None
) -> str | None:
    entry = operations.latest_answers(session, instance, "onske")
    return (entry.answers or {}).get("onsket_koordinator") if entry else None


def _team(session: Session, instance: ProcessInstance, _item: str | None) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(TeamMember)
        .where(
            TeamMember.municipality_id == instance.municipality_id,
            TeamMember.instance_id == instance.id,
        )
        .order_by(TeamMember.id)
    )
    return [
        {"navn": row.name, "tjeneste": row.service, "rolle": row.role, "telefon": row.phone}
        for row in rows
    ]


def _handover(session: Session, instance: ProcessInstance, _item: str | None) -> str | None:
    row = session.scalar(
        select(Handover)
        .where(
            Handover.municipality_id == instance.municipality_id,
            Handover.instance_id == instance.id,
        )
        .order_by(Handover.id.desc())
        .limit(1)
    )
    if row is None:
        return None
    successor = session.get_one(Account, row.to_id).name
    return f"{successor}: {row.reason}" if row.reason else successor


NAMED: Mapping[str, Callable[[Session, ProcessInstance, str | None], Any]] = {
    "plan.mal": _goals,
    "plan.mine_mal": _own_goals,
    "tjeneste.mal": _goals_known,
    "plan.tiltak": _measures,
    "plan.periode_fra": _period_start,
    "plan.periode_til": _period_end,
    "tiltak.mine": _own_measures,
    "person.navn": _person_name,
    "medlem.navn": _person_name,
    "medlem.alder": _age,
    "familien.rader": _family,
    "koordinator.navn": _coordinator_name,
    "onske.koordinator": _wished_coordinator,
    "samtykke.stanset": lambda session, instance, _item: consents.stopped(session, instance),
    "team.rader": _team,
    "overlevering.forslag": _handover,
    "beslutning.hva": decisions.text,
}
"""Sources that are values or somebody's own words."""

SPOKEN: Mapping[str, Callable[[Session, ProcessInstance, Say], Any]] = {
    "samtykke.oppsummert": consents.summary,
    "barn.stemmer": child_voices.rows,
    "rekkefolge.sprik": order_standing.contradiction_rows,
    "rekkefolge.krav": order_standing.ask_rows,
    "rekkefolge.flagget": order_standing.flagged_rows,
}
"""Sources put in words of ours, and so in the reader's language."""

_TITLES = {
    "plan.mal": _("planen"),
    "plan.mine_mal": _("planen"),
    "tjeneste.mal": _("planen"),
    "plan.tiltak": _("planen"),
    "plan.periode_fra": _("planen"),
    "plan.periode_til": _("planen"),
    "tiltak.mine": _("planen"),
    "person.navn": _("personens side"),
    "medlem.navn": _("personens side"),
    "medlem.alder": _("personens side"),
    "familien.rader": _("det som er skrevet om familien"),
    "barn.stemmer": _("det barna har sagt"),
    "koordinator.navn": _("oppnevningen av koordinator"),
    "onske.koordinator": _("personens ønske"),
    "samtykke.oppsummert": _("samtykkene"),
    "samtykke.stanset": _("samtykkene"),
    "team.rader": _("startmøtet"),
    "overlevering.forslag": _("forslaget om ny koordinator"),
    "rekkefolge.sprik": _("tiltakene i planen"),
    "rekkefolge.krav": _("tiltakene i planen"),
    "rekkefolge.flagget": _("tiltakene i planen"),
    "beslutning.hva": _("møtet"),
}
SOURCES = frozenset(_TITLES)
"""Every named source a form may use, as `data:<name>`."""

OF_EVERYONE = frozenset(
    {
        "samtykke.oppsummert",
        "samtykke.stanset",
        "team.rader",
        "familien.rader",
        "rekkefolge.sprik",
        "rekkefolge.krav",
        "rekkefolge.flagget",
    }
)
"""Sources that say something of everyone who takes part."""

CASE_OPTIONS = frozenset({"foreslatte", "mal", "tiltak", "familien", "omrader", "ansvarlige"})
"""The choices that there are in a case alone."""
OPTION_NAMES = frozenset({"tjenester", "ansatte", "varighet"}) | CASE_OPTIONS
MUNICIPAL = frozenset({"tjenester", "ansatte", "varighet", "foreslatte"})
"""Those that take looking through the municipality's services and employees."""
NO_OPTIONS: Options = {name: [] for name in sorted(OPTION_NAMES)}
WEEKS = ("4", "8", "12", "16", "26", "52")


def options(
    session: Session,
    actor: Actor,
    instance: ProcessInstance,
    seen: Seen,
    item: str | None = None,
    say: Say = _,
    wanted: Collection[str] = OPTION_NAMES,
) -> Options:
    """The run-time choices of a form in a case, by `valuesKey`; only the `wanted` are looked up."""

    def proposed() -> list[tuple[str, str]]:
        proposal = _nearest_answers(session, instance, "samtykke_forslag", item)
        named = (proposal.answers or {}).get("tjenester") or [] if proposal else []
        return [pair for pair in municipal["tjenester"] if pair[0] in named]

    def goals() -> list[tuple[str, str]]:
        found = plans.active_goals(session, instance)
        return [(str(goal.id), goal.text) for goal in found if seen.covers(goal.persons)]

    def measures() -> list[tuple[str, str]]:
        found = plans.live_measures(session, instance)
        return [(str(m.id), m.what) for m in found if seen.covers(m.persons)]

    of_case: dict[str, Callable[[], list[tuple[str, str]]]] = {
        "foreslatte": proposed,
        "mal": goals,
        "tiltak": measures,
        "familien": lambda: list(families.known_to(session, actor, instance, seen)),
        "omrader": lambda: list(plans.areas(session, instance).items()),
        "ansvarlige": lambda: list(decisions.choices(session, instance, seen, say)),
    }
    of_all = not MUNICIPAL.isdisjoint(wanted)
    municipal = municipal_options(session, instance.municipality_id) if of_all else NO_OPTIONS
    return {**municipal, **{name: of_case[name]() for name in of_case if name in wanted}}


def choices(
    session: Session,
    actor: Actor,
    instance: ProcessInstance,
    form: Form,
    seen: Seen,
    item: str | None = None,
    say: Say = _,
) -> Options:
    """The run-time choices of a form that is to be filled in now, with how much employees have.

    That is told of today: who reads an old answer does not see it.
    """
    wanted = {field.options_from for field in form.fields if field.options_from}
    found = {**options(session, actor, instance, seen, item, say, wanted)}
    if "ansatte" in wanted:
        held = caseload.held_by_each(session, instance.municipality_id)
        words = say(_("%(who)s (%(count)d forløp)"))
        found["ansatte"] = [
            (value, words % {"who": label, "count": held.get(UUID(value), 0)})
            for value, label in found["ansatte"]
        ]
    return found


def municipal_options(session: Session, municipality_id: UUID) -> Options:
    """The choices that do not depend on a case: services, employees, intervals."""
    services = session.execute(
        select(Service.id, Service.name)
        .where(Service.municipality_id == municipality_id)
        .order_by(Service.name)
    )
    employees = session.execute(
        select(Account.id, Account.name, Position.title, Service.name.label("service"))
        .join(Position, Position.account_id == Account.id)
        .join(
            Service,
            (Service.municipality_id == Position.municipality_id)
            & (Service.id == Position.service_id),
        )
        .where(Position.municipality_id == municipality_id, Position.ended_on.is_(None))
        .order_by(Account.name)
    )
    return {
        "tjenester": [(str(row.id), row.name) for row in services],
        "ansatte": _unique((str(r.id), f"{r.name}, {r.title}, {r.service}") for r in employees),
        "varighet": [(weeks, weeks) for weeks in WEEKS],
        **{name: [] for name in sorted(CASE_OPTIONS)},
    }


def _unique(pairs: Any) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for value, label in pairs:
        found.setdefault(value, label)
    return list(found.items())
