"""The commands for other systems: their tokens, and the messages they are told by."""

from datetime import timedelta
from uuid import UUID

import click

from webapp.command_edge import find_municipality, transaction
from workflows import api_tokens, clock, organisations, webhooks
from workflows.actors import PROCESS_OWNER

COORDINATING_UNIT = "Koordinerende enhet"


@click.group()
def token() -> None:
    """Nøklene andre systemer bruker API-et med."""


@token.command("add")
@click.argument("username", metavar="BRUKERNAVN")
@click.option("--name", prompt="Navn", help="Hvilket system det er, slik andre ser det.")
@click.option("--municipality", "place", help="Kommunen; kan utelates når det bare er én.")
@click.option("--service", default=COORDINATING_UNIT, show_default=True, help="Tjenesten.")
@click.option("--process-owner", is_flag=True, help="Systemet kan publisere forløp.")
@click.option(
    *("--scope", "scopes"),
    multiple=True,
    required=True,
    type=click.Choice(api_tokens.SCOPES),
    help="Hva tokenet kan brukes til. Kan gjentas.",
)
@click.option("--days", type=click.IntRange(1, 730), default=365, show_default=True)
def add_token(
    username: str,
    name: str,
    place: str | None,
    service: str,
    process_owner: bool,
    scopes: tuple[str, ...],
    days: int,
) -> None:
    """Lager et token for et annet system, og systemets konto når den ikke finnes.

    Kontoen har stilling i en tjeneste som en ansatt, og får se og gjøre det tjenesten har grunnlag
    for. Tokenet vises bare denne ene gangen.
    """
    roles = [PROCESS_OWNER] if process_owner else []
    with transaction() as session:
        home = find_municipality(session, place)
        workplace = organisations.find_service(session, home.name, service)
        made = api_tokens.service_account(session, username, name)
        organisations.employ(session, made, workplace, name, roles)
        _row, text = api_tokens.create_token(session, made, name, scopes, timedelta(days=days))
    click.echo(text)


@token.command("list")
def list_tokens() -> None:
    """Viser tokenene: hvilken konto, hva de kan brukes til, når de går ut og sist ble brukt."""
    with transaction() as session:
        for row, owner in api_tokens.list_tokens(session):
            used = f"{row.last_used_at:%Y-%m-%d}" if row.last_used_at else "aldri"
            ended = row.revoked_at or (row.expires_at if row.expires_at <= clock.now() else None)
            until = f"slutt {ended:%Y-%m-%d}" if ended else f"til {row.expires_at:%Y-%m-%d}"
            facts = (str(row.id), owner.username, row.name, ",".join(row.scopes))
            click.echo("  ".join([*facts, until, f"brukt {used}"]))


@token.command("revoke")
@click.argument("token_id", metavar="ID", type=click.UUID)
def revoke_token(token_id: UUID) -> None:
    """Stenger et token med det samme."""
    with transaction() as session:
        row = api_tokens.revoke_token(session, token_id)
    click.echo(f"{row.name} er stengt.")


@click.group()
def webhook() -> None:
    """Meldingene andre systemer får når noe skjer."""


@webhook.command("failed")
def list_failed() -> None:
    """Viser meldingene som er gitt opp, hvor de skulle, og hva som var galt."""
    with transaction() as session:
        for row, target in webhooks.list_failed(session):
            facts = (str(row.id), f"{row.created_at:%Y-%m-%d %H:%M}", row.event, target.url)
            click.echo("  ".join([*facts, str(row.result)]))


@webhook.command("retry")
def retry_failed() -> None:
    """Sender meldingene som er gitt opp, på nytt."""
    with transaction() as session:
        count = webhooks.retry_failed(session)
    click.echo(f"{count} meldinger blir sendt på nytt.")
