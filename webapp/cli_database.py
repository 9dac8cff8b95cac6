"""Commands for whoever runs the database: moving a municipality, the app's role, copies.

They read arguments and print; the work is done by the rooms below.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from webapp import cli_operations
from webapp.command_edge import find_municipality, opened_engine, plainly, transaction
from workflows import backup, database, municipality_transfer, schema, tenancy
from workflows.municipality_transfer import Proof

SHOWN = 16
"""How many characters of a checksum a line shows."""


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that only its owner reads; it is gone when what writes it fails."""
    with plainly():
        made = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(made, "w+b") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@click.command("export")
@click.argument("name", metavar="NAVN")
@click.argument("path", metavar="FIL", type=click.Path(path_type=Path))
def export_municipality(name: str, path: Path) -> None:
    """Skriver alt om en kommune til en fil, for å flytte den til en annen database.

    Stopp serveren først: det som skjer etterpå, er ikke med.
    """
    with _new_file(path) as file, transaction() as session:
        home = find_municipality(session, name)
        manifest = municipality_transfer.export_municipality(session, home.id, file)
    _show(manifest.tables)
    click.echo(f"{name} er skrevet til {path}. Filen er ikke kryptert.")
    click.echo(f"Kontrollsum: {manifest.fingerprint}")


@click.command("import")
@click.argument("path", metavar="FIL", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--checksum", help="Kontrollsummen eksporten skrev; er filen en annen, tas den ikke.")
def import_municipality(path: Path, checksum: str | None) -> None:
    """Tar en kommune inn fra en fil, og sjekker at alt kom med.

    Går noe galt, blir ingenting tatt inn.
    """
    with path.open("rb") as file, transaction() as session:
        manifest = municipality_transfer.read_manifest(file)
        if checksum not in (None, manifest.fingerprint):
            raise click.ClickException(
                "Filen er ikke den som ble eksportert: kontrollsummen er en annen."
            )
        proofs = municipality_transfer.import_municipality(session, file)
    _show(proofs)
    click.echo(f"{manifest.municipality} er tatt inn, og alt er lest tilbake og likt filen.")


@click.command("role")
@click.argument("name", metavar="NAVN")
@click.password_option(
    prompt="Passord",
    confirmation_prompt="En gang til",
    envvar="RODTRAD_ROLE_PASSWORD",
    help="RODTRAD_ROLE_PASSWORD, ellers spørres det om.",
)
def make_role(name: str, password: str) -> None:
    """Lager rollen appen logger inn i PostgreSQL med, som bare ser kommunen det gjelder.

    Kjøres av den som eier databasen. Finnes rollen, får den nytt passord og de samme rettighetene.
    """
    with opened_engine() as engine:
        if engine.dialect.name != "postgresql":
            raise click.ClickException("Bare PostgreSQL har roller.")
        schema.prepare(engine)
        with engine.begin() as connection:
            tenancy.make_role(connection, name, password)
    click.echo(f"Sett {name} som bruker i RODTRAD_DATABASE_URL der serveren kjører.")


@click.command("backup")
@click.argument("path", metavar="FIL", type=click.Path(path_type=Path))
def take_backup(path: Path) -> None:
    """Tar kopi av hele databasen til en ny fil, mens serveren går."""
    with _new_file(path), opened_engine() as engine:
        backup.backup(engine, path)
    click.echo(f"Kopien er {path} ({path.stat().st_size} byte). Den er lest gjennom og er hel.")
    click.echo("Filen er ikke kryptert. Nøkkelen innloggingen signeres med, er ikke i den.")


@click.command()
@click.argument("path", metavar="FIL", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--replace", is_flag=True, help="Også når databasen ikke er tom. Det som er der, blir borte."
)
def restore(path: Path, replace: bool) -> None:
    """Setter en kopi i stedet for databasen, og ser etter at alt stemmer. Stopp serveren først."""
    with opened_engine() as engine:
        backup.restore(engine, path, replace=replace)
        there = schema.version(engine)
        click.echo(f"Databasen er gjenopprettet. Tabellene har versjon {there}.")
        if there != schema.head():
            click.echo("Kjør: rodtrad database upgrade, og så: rodtrad check-state")
            return
        found = list(cli_operations.checked(database.sessions(engine), None))
    faults = [fault for _key, each in found for fault in each]
    click.echo("\n".join(map(str, faults)) or f"{len(found) - 1} forløp er sjekket uten feil.")
    if faults:
        raise click.exceptions.Exit(1)


def _show(proofs: tuple[Proof, ...] | list[Proof]) -> None:
    for proof in proofs:
        click.echo(f"{proof.table:24}{proof.rows:>9}  {proof.sha256[:SHOWN]}")
