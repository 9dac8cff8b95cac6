"""The command that moves running cases to the newest version of their process."""

from uuid import UUID

import click

from webapp.command_edge import find_municipality, opened_sessions
from webapp.jobs import run_some
from workflows import upgrade_jobs, upgrades
from workflows.actors import SYSTEM
from workflows.upgrades import Group, Named


@click.command()
@click.argument("key", metavar="FORLØP")
@click.option("--dry-run", is_flag=True, help="Bare si hva som ville skjedd.")
@click.option("--case", "case_id", type=click.UUID, help="Bare saken med denne id-en.")
@click.option(
    *("--map", "pairs"),
    multiple=True,
    metavar="GAMMEL=NY",
    help="Element som er borte, og det som brukes i stedet. Kan gjentas.",
)
@click.option("--municipality", "place", help="Kommunen; kan utelates når det bare er én.")
def upgrade(
    key: str, dry_run: bool, case_id: UUID | None, pairs: tuple[str, ...], place: str | None
) -> None:
    """Flytter saker som er i gang, til den nyeste versjonen av FORLØP.

    Saker som ikke kan flyttes, går videre på versjonen de har, og grunnen skrives ut.
    """
    mapping = dict(_pair(each) for each in pairs)
    with opened_sessions() as sessions:
        with sessions.begin() as session:
            home = find_municipality(session, place)
            groups = upgrades.preview(session, SYSTEM, home.id, key, mapping, case_id)
            for group in groups:
                click.echo(_told(group))
            cases = [case for group in groups for case in group.cases]
            if dry_run or not cases:
                click.echo("Ingenting er gjort." if cases else "Ingen saker å flytte.")
                return
            job = upgrade_jobs.start_upgrade(session, SYSTEM, home.id, key, mapping, cases)
        while run_some(sessions):
            pass
        with sessions.begin() as session:
            session.add(job)
            session.refresh(job)
            click.echo(f"Flyttet: {job.done}. Ikke flyttet: {job.refused}. Feil: {job.failed}.")
    if job.failed:
        raise click.exceptions.Exit(1)


def _pair(text: str) -> tuple[str, str]:
    old, sign, new = text.partition("=")
    if not (old and sign and new):
        raise click.UsageError(f"Skriv GAMMEL=NY, ikke «{text}».")
    return old, new


def _told(group: Group) -> str:
    """How many cases stand where, and what becomes of them; candidates by their ids."""
    plan = group.plan
    head = f"{len(group.cases)} ved {', '.join(plan.places)}:"
    if not plan.reasons:
        changes = [f"  {upgrades.CHANGES[e.kind] % {'element': e.name}}" for e in plan.changes]
        return "\n".join([f"{head} kan flyttes.", *changes])
    return "\n".join([head, *(_refusal(reason) for reason in plan.reasons)])


def _refusal(reason: Named) -> str:
    said = upgrades.REASONS[reason.kind] % {"element": reason.name}
    offered = ", ".join(f"--map {reason.element}={each}" for each, _name in reason.candidates)
    return f"  kan ikke flyttes: {said}" + (f" Velg: {offered}" if offered else "")
