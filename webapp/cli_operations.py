"""Commands for whoever keeps the system going: what has stopped, and whether all agrees."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import click
from sqlalchemy.orm import Session, sessionmaker

from webapp.command_edge import find_municipality, opened_sessions, transaction
from workflows import incidents, organisations, state_check
from workflows.actors import Actor, operator_of
from workflows.halting import OPEN, WHOLE_CASE
from workflows.tables import Municipality


@click.group("incidents")
def stopped() -> None:
    """Steg i forløp som har stoppet på grunn av en feil."""


_INCIDENT = click.argument("incident_id", metavar="ID", type=click.UUID)


@stopped.command("list")
@click.option("--municipality", "place", help="Bare denne kommunen.")
@click.option("--process", default="", help="Bare dette forløpet, for eksempel holf.")
def list_incidents(place: str | None, process: str) -> None:
    """Lister det som står stille, de eldste øverst."""
    with transaction() as session:
        operator = operator_of(row.id for row in _places(session, place))
        for line in incidents.all_incidents(session, operator, process):
            click.echo(
                f"{line.id} {line.first_failed_at:%Y-%m-%d %H:%M} {line.process} {line.element} "
                f"×{line.attempts} {line.error}"
            )


@stopped.command("retry")
@_INCIDENT
def retry_incident(incident_id: UUID) -> None:
    """Prøver ett steg igjen. Utgangskoden er 1 når det stopper igjen."""
    with transaction() as session:
        row = incidents.retry(session, _operator(session), incident_id)
        whole, error = row.kind == WHOLE_CASE, row.error
        stands = row.status == OPEN and not whole
    if stands:
        raise click.ClickException(f"Det stoppet igjen: {error}")
    click.echo("Prøves igjen når serveren går." if whole else "Forløpet går videre.")


@stopped.command("skip")
@_INCIDENT
@click.option("--reason", prompt="Hvorfor", help="Hvorfor steget hoppes over.")
@click.option("--way", default="", help="Veien ut av en gateway: id-en til pilen.")
def skip_incident(incident_id: UUID, reason: str, way: str) -> None:
    """Hopper over ett steg, som om det var gjort."""
    with transaction() as session:
        incidents.skip(session, _operator(session), incident_id, reason, way)
    click.echo("Steget er hoppet over.")


def _places(session: Session, place: str | None) -> Sequence[Municipality]:
    return [find_municipality(session, place)] if place else organisations.municipalities(session)


def _operator(session: Session) -> Actor:
    """Whoever has the command line runs the system for every municipality in the database."""
    return operator_of(row.id for row in organisations.municipalities(session))


@click.command("check-state")
@click.option("--municipality", "place", help="Bare denne kommunen.")
@click.option("--repair", is_flag=True, help="Retter det som kan rettes, ett forløp om gangen.")
def check_state(place: str | None, repair: bool) -> None:
    """Ser etter at det som er listet av hvert forløp, er det tilstanden sier.

    Hver feil er én linje. Utgangskoden er 1 når noe er feil og ikke rettet.
    """
    cases, found, left = 0, 0, 0
    with opened_sessions() as sessions:
        with sessions.begin() as session:
            only = find_municipality(session, place).id if place else None
        for key, faults in checked(sessions, only):
            cases += key is not None
            for fault in faults:
                click.echo(fault)
            found += len(faults)
            if repair and any(fault.mendable for fault in faults):
                faults = _repaired(sessions, key, only)
            left += len(faults)
    mended = f", {found - left} repaired" if repair else ""
    click.echo(f"check-state: {cases} cases, {found} faults{mended}")
    if left:
        raise click.exceptions.Exit(1)


def checked(
    sessions: sessionmaker[Session], only: UUID | None
) -> Iterator[tuple[state_check.Key | None, list[state_check.Fault]]]:
    """First, under no key, the faults of no case, whose rows are in the way; then of each case."""
    with sessions.begin() as session:
        orphans = state_check.orphans(session, only)
    yield None, orphans
    after: state_check.Key | None = None
    while True:
        with sessions.begin() as session:
            keys = state_check.keys(session, only, after)
            checked = [(key, state_check.check(session, key)) for key in keys]
        yield from checked
        if not keys:
            break
        after = keys[-1]


def _repaired(
    sessions: sessionmaker[Session], key: state_check.Key | None, only: UUID | None
) -> list[state_check.Fault]:
    """What is still wrong after a repair."""
    with sessions.begin() as session:
        if key is None:
            state_check.remove_orphans(session, only)
            return state_check.orphans(session, only)
        state_check.repair(session, key)
        session.expire_all()
        return state_check.check(session, key)
