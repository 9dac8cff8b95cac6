"""How many running cases each coordinator holds, for those who appoint and those who lead.

Numbers alone: it names coordinators, who are employees, and no person. It will not say what is too
much: that is for the municipality.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from workflows import clock, definitions
from workflows.actors import Actor
from workflows.errors import Denied
from workflows.tables import Account, Municipality, Position, ProcessInstance, Service
from workflows.texts import _


@dataclass(frozen=True)
class Load:
    """The running cases of one coordinator in one municipality, or of nobody."""

    coordinator: str | None
    """None for the cases that nobody who works there coordinates."""
    service: str | None
    municipality: str
    by_process: Mapping[str, int]
    """Process id → how many."""

    @property
    def total(self) -> int:
        return sum(self.by_process.values())


@dataclass(frozen=True)
class Caseload:
    """What everybody holds, the most first and nobody's last; the processes by title."""

    processes: Mapping[str, str]
    """Process id → title, for those that have running cases."""
    loads: tuple[Load, ...]

    @property
    def most(self) -> int:
        """The greatest number that anybody holds."""
        return max((load.total for load in self.loads), default=0)


def overseen(actor: Actor) -> frozenset[UUID]:
    """The municipalities whose caseload the actor may see: they appoint there, or lead."""
    return actor.coordinating_municipalities | actor.leads_in


def caseload(session: Session, actor: Actor) -> Caseload:
    """The caseload where the actor appoints or leads. Raises Denied for others."""
    municipalities = overseen(actor)
    if not municipalities:
        raise Denied(_("Bare koordinerende enhet og ledere ser hvor mange forløp hver har."))
    counts = _counts(session, municipalities)
    titles = definitions.titles(session, municipalities)
    running = {key: titles[key] for _town, _account, key in counts}
    return Caseload(
        processes=dict(sorted(running.items(), key=lambda pair: pair[1])),
        loads=tuple(sorted(_loads(session, municipalities, counts), key=_order)),
    )


def _loads(
    session: Session,
    municipalities: Collection[UUID],
    counts: Mapping[tuple[UUID, UUID | None, str], int],
) -> Iterator[Load]:
    workplaces = _workplaces(session, municipalities)
    cases: dict[tuple[UUID, UUID | None], dict[str, int]] = {}
    for (town, account, key), count in counts.items():
        holder = account if account and (town, account) in workplaces else None
        mine = cases.setdefault((town, holder), {})
        mine[key] = mine.get(key, 0) + count
    names = _names(session, municipalities)
    for (town, holder), by_process in cases.items():
        coordinator, service = workplaces[town, holder] if holder else (None, None)
        yield Load(coordinator, service, names[town], by_process)


def _names(session: Session, municipalities: Collection[UUID]) -> dict[UUID, str]:
    rows = session.scalars(select(Municipality).where(Municipality.id.in_(municipalities)))
    return {row.id: row.name for row in rows}


def _order(load: Load) -> tuple[bool, int, str]:
    return load.coordinator is None, -load.total, load.coordinator or ""


def _counts(
    session: Session, municipalities: Collection[UUID]
) -> dict[tuple[UUID, UUID | None, str], int]:
    """(municipality, coordinator, process) → how many cases run."""
    case = ProcessInstance
    rows = session.execute(
        select(case.municipality_id, case.coordinator_id, case.definition_key, func.count())
        .where(case.municipality_id.in_(municipalities), case.ended_at.is_(None))
        .group_by(case.municipality_id, case.coordinator_id, case.definition_key)
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _workplaces(
    session: Session, municipalities: Collection[UUID]
) -> dict[tuple[UUID, UUID], tuple[str, str]]:
    """(municipality, account) → the name and the service of each who works there today."""
    rows = session.execute(
        select(Position.municipality_id, Account.id, Account.name, Service.name)
        .join(Account, Account.id == Position.account_id)
        .join(
            Service,
            (Service.municipality_id == Position.municipality_id)
            & (Service.id == Position.service_id),
        )
        .where(
            Position.municipality_id.in_(municipalities),
            or_(Position.ended_on.is_(None), Position.ended_on > clock.today()),
        )
        .order_by(Position.id.desc())  # the first position is the one that is kept
    )
    return {(town, account): (name, service) for town, account, name, service in rows}


def held_by_each(session: Session, municipality_id: UUID) -> dict[UUID, int]:
    """Account id → how many running cases it coordinates in a municipality."""
    found: dict[UUID, int] = {}
    for (_town, account, _key), count in _counts(session, [municipality_id]).items():
        if account is not None:
            found[account] = found.get(account, 0) + count
    return found
