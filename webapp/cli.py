"""The `rodtrad` command. It reads arguments and prints; the work is done by the rooms below."""

import click


@click.group()
@click.version_option(package_name="rodtrad", message="%(prog)s %(version)s")
def main() -> None:
    """Rød tråd: individuell plan på tvers av tjenester."""
