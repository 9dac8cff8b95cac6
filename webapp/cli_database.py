"""Commands for whoever runs the database: moving a municipality to another one.

They read arguments and print; the work is done by the rooms below.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from webapp.command_edge import find_municipality, plainly, transaction
from workflows import municipality_transfer
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


def _show(proofs: tuple[Proof, ...] | list[Proof]) -> None:
    for proof in proofs:
        click.echo(f"{proof.table:24}{proof.rows:>9}  {proof.sha256[:SHOWN]}")
