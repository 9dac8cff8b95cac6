"""Municipalities, services and positions: what must be there before anybody can work.

It will not publish diagrams: `workflows.definitions` does.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import JSON, Engine, select, text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from workflows.actors import COORDINATING_UNIT
from workflows.errors import Invalid, NotFound
from workflows.tables import Account, Municipality, Position, Service
from workflows.texts import _

OFFSET = "clock_offset_seconds"
DEMO = "demo"


def add_municipality(session: Session, name: str) -> Municipality:
    """A new municipality with its coordinating unit, which every case can fall back on.

    Raises Invalid when there is one of that name.
    """
    if session.scalar(select(Municipality.id).where(Municipality.name == name)):
        raise Invalid(_("Kommunen finnes allerede."), "name")
    municipality = Municipality(id=uuid7(), name=name, settings={})
    session.add(municipality)
    session.flush()
    add_service(session, municipality.id, COORDINATING_UNIT, "Koordinerende enhet")
    return municipality


def add_service(
    session: Session,
    municipality_id: UUID,
    kind: str,
    name: str,
    *,
    phone: str | None = None,
    email: str | None = None,
    same_as: Service | None = None,
) -> Service:
    """A new service in a municipality; `same_as`: its presence in another one, which it serves too.

    Raises Invalid when the municipality has a service of that name.
    """
    taken = select(Service.id).where(
        Service.municipality_id == municipality_id, Service.name == name
    )
    if session.scalar(taken):
        raise Invalid(_("Kommunen har allerede en tjeneste med dette navnet."), "name")
    service = Service(
        municipality_id=municipality_id,
        id=uuid7(),
        organisation_id=same_as.organisation_id if same_as else uuid7(),
        kind=kind,
        name=name,
        phone=phone,
        email=email,
    )
    session.add(service)
    session.flush()
    return service


def add_position(
    session: Session, account: Account, service: Service, title: str, roles: Iterable[str] = ()
) -> Position:
    """Give an account a job in a service."""
    position = Position(
        municipality_id=service.municipality_id,
        id=uuid7(),
        account_id=account.id,
        service_id=service.id,
        title=title,
        roles=list(roles),
    )
    session.add(position)
    session.flush()
    return position


def employ(
    session: Session, account: Account, service: Service, title: str, roles: Iterable[str] = ()
) -> Position:
    """The account's job in a service, made if it has none there; `roles` are added to it."""
    found = session.scalar(
        select(Position).where(
            Position.municipality_id == service.municipality_id,
            Position.account_id == account.id,
            Position.service_id == service.id,
            Position.ended_on.is_(None),
        )
    )
    if found is None:
        return add_position(session, account, service, title, roles)
    found.roles = sorted({*found.roles, *roles})
    return found


def municipalities(session: Session) -> Sequence[Municipality]:
    """Every municipality, by name."""
    return session.scalars(select(Municipality).order_by(Municipality.name)).all()


def find_service(session: Session, municipality: str, name: str) -> Service:
    """A service by its own and its municipality's name. Raises NotFound."""
    found = session.scalar(
        select(Service)
        .join(Municipality, Municipality.id == Service.municipality_id)
        .where(Municipality.name == municipality, Service.name == name)
    )
    if found is None:
        raise NotFound(_("Vi finner ikke denne tjenesten i kommunen."))
    return found


def mark_as_demo(session: Session) -> None:
    """Note in every municipality that its persons are invented."""
    for row in municipalities(session):
        row.settings = row.settings | {DEMO: True}


def all_demo(session: Session) -> bool:
    """True when no municipality has real persons."""
    return all(row.settings.get(DEMO) for row in municipalities(session))


def only_invented(engine: Engine) -> bool:
    """True when every municipality in a database, of whatever version, is marked as a demo."""
    with engine.connect() as connection:
        settings = text("select settings from municipality").columns(settings=JSON)
        rows = connection.execute(settings).scalars().all()
    return all(DEMO in (row or {}) for row in rows)


def keep_offset(session: Session, offset: timedelta) -> None:
    """Remember how far the demo has travelled in time."""
    for row in municipalities(session):
        row.settings = row.settings | {OFFSET: int(offset.total_seconds())}


def kept_offset(session: Session) -> timedelta:
    """How far the demo had travelled in time."""
    seconds = [row.settings.get(OFFSET, 0) for row in municipalities(session)]
    return timedelta(seconds=max(seconds, default=0))
