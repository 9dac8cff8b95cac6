"""The `rodtrad` command. It reads arguments and prints; the work is done by the rooms below.

Like the pages' edge it opens and commits transactions, one per command.
"""

import errno
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import click
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from waitress.server import create_server

from webapp import (
    cli_api,
    cli_bench,
    cli_database,
    cli_operations,
    cli_upgrade,
    create_app,
    logs,
    memory,
    telemetry,
)
from webapp import demo as demo_municipality
from webapp.cli_api import COORDINATING_UNIT
from webapp.command_edge import find_municipality, opened_engine, plainly, transaction
from webapp.jobs import Jobs
from webapp.worker import Worker
from workflows import (
    accounts,
    checking,
    clock,
    database,
    definitions,
    job_queue,
    organisations,
    people,
    publishing,
    schema,
)
from workflows.actors import OPERATOR
from workflows.publishing import Faulty
from workflows.tables import Account, Service

THREADS = 8
BIGGEST_REQUEST = 4_000_000
"""Above the app's own limit, so that too big a form gets a page and not a cut connection."""
LIBRARY = (definitions.DIAGRAMS, definitions.FORMS)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rodtrad", message="%(prog)s %(version)s")
def main() -> None:
    """Rød tråd: individuell plan på tvers av tjenester.

    Databasen er den RODTRAD_DATABASE_URL peker på, ellers en fil i mappa instance.
    """


@main.command()
@click.option("--demo", is_flag=True, help="Med en oppdiktet kommune, og innlogging uten passord.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Adressen det lyttes på.")
@click.option(
    *("--port", "-p"),
    type=click.IntRange(1, 65535),
    default=8000,
    envvar="PORT",
    show_default="PORT, ellers 8000",
    help="Porten det lyttes på.",
)
@click.option("--proxy", help="Adressen til en HTTPS-tjener som står foran, for eksempel nginx.")
@click.option(
    "--with-worker", is_flag=True, help="På PostgreSQL: gjør også det «rodtrad worker» gjør."
)
def serve(demo: bool, host: str, port: int, proxy: str | None, with_worker: bool) -> None:
    """Starter nettsidene. Stopp med Ctrl-C."""
    logs.configure(readable=demo)
    with _stopped_once(), _listen(host, port) as listening, _app(demo=demo) as app:
        sessions = app.extensions["sessions"]
        _prepare(sessions, demo=demo)
        server = _server(app, listening, proxy)
        jobs = _background(app.extensions["engine"], with_worker=with_worker)
        _greet(f"http://{host}:{port}", demo=demo)
        try:
            server.run()  # until Ctrl-C or SIGTERM, which it takes for the end of its work
        finally:
            server.close()
            if jobs is not None:
                jobs.stop()
    click.echo("Rød tråd er stoppet.")


def _background(engine: Engine, *, with_worker: bool) -> Jobs | Worker | None:
    """What moves cases by itself in this process, begun: always where no other process can."""
    jobs: Jobs | Worker
    if engine.dialect.name == "sqlite":
        jobs = Jobs(database.sessions(engine))
    elif with_worker:
        jobs = Worker(engine)
    else:
        return None
    jobs.start()
    return jobs


@main.command()
def worker() -> None:
    """Flytter forløp når tiden er inne, på PostgreSQL.

    Start så mange du vil, på så mange maskiner du vil. Stopp med Ctrl-C.
    """
    logs.configure()
    with _stopped_once(), opened_engine() as engine:
        if engine.dialect.name == "sqlite":
            raise click.ClickException("På SQLite gjør «rodtrad serve» dette selv.")
        schema.prepare(engine)
        telemetry.follow(engine)
        memory.settle()
        made = Worker(engine, follow_clock=True)
        made.start()
        click.echo("Arbeideren er klar. Stopp med Ctrl-C.")
        try:
            made.wait()
        except KeyboardInterrupt:
            made.stop()
    click.echo("Arbeideren er stoppet.")


@main.command()
@click.option("--retry", is_flag=True, help="Gi det som har feilet, en ny sjanse nå.")
def jobs(retry: bool) -> None:
    """Viser hva som står i kø, hva som har feilet, og hvem som arbeider."""
    with transaction() as session:
        if retry:
            click.echo(f"Prøves igjen: {job_queue.retry_failed(session)}")
        found = job_queue.standing(session)
    click.echo(f"Frister som venter på tur: {found.due}. Steg som står stille: {found.incidents}.")
    if found.overdue_since is not None:
        click.echo(f"Den eldste har ventet i {_spent(found.overdue_since)}.")
    if found.workers is None:
        click.echo("På SQLite arbeider serveren selv.")
        return
    click.echo(f"Arbeidere: {found.workers}")
    click.echo(f"I kø: {found.states['todo']}, i arbeid: {found.states['doing']}")
    for failed in found.failed:
        last = failed.last_at.astimezone(clock.OSLO)
        click.echo(f"Feilet: {failed.work}, {failed.times} ganger, sist {last:%d.%m.%Y %H.%M}")


def _spent(since: datetime) -> str:
    minutes = int((clock.now() - since).total_seconds() // 60)
    return f"{minutes} minutter" if minutes < 120 else f"{minutes // 60} timer"


@contextmanager
def _stopped_once() -> Iterator[None]:
    """SIGTERM is as good as Ctrl-C, and who sends either twice does not disturb the stopping."""
    signals = (signal.SIGINT, signal.SIGTERM)

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = [signal.signal(each, interrupt) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)


@contextmanager
def _app(*, demo: bool) -> Iterator[Flask]:
    with plainly():
        app = create_app(demo=demo)
    try:
        yield app
    finally:
        app.extensions["engine"].dispose()


def _listen(host: str, port: int) -> socket.socket:
    """A socket on the address, before anything that takes time is begun."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        words = f"Kan ikke lytte på {host}:{port}: {error.strerror or error}"
        if error.errno == errno.EADDRINUSE:
            words = f"Port {port} er i bruk. Velg en annen, for eksempel PORT={port + 1}."
        raise click.ClickException(words) from error


def _server(app: Flask, listening: socket.socket, proxy: str | None) -> Any:
    options: dict[str, Any] = {"clear_untrusted_proxy_headers": True}
    if proxy:
        headers = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
        options |= {"trusted_proxy": proxy, "trusted_proxy_headers": headers}
    memory.settle()
    return create_server(
        app,
        sockets=[listening],
        threads=THREADS,
        max_request_body_size=BIGGEST_REQUEST,
        ident="",
        **options,
    )


def _prepare(sessions: sessionmaker[Session], *, demo: bool) -> None:
    with sessions.begin() as session:
        empty = not organisations.municipalities(session)
        invented = organisations.all_demo(session)
    if demo and empty:
        _build(sessions)
    elif demo and not invented:
        raise click.ClickException(
            "Databasen er ingen demo, og i demoen kan hvem som helst logge inn som hvem som helst. "
            "Velg en annen database."
        )
    elif empty:
        click.echo("Databasen er tom. Begynn med: rodtrad municipality add --help")


def _build(sessions: sessionmaker[Session]) -> None:
    """Build the demo municipality, all or nothing, and tell how far it has come."""
    click.echo("Lager en oppdiktet kommune (bare første gang) …")
    in_place = sys.stdout.isatty()
    demo_municipality.build(
        sessions, lambda text: click.echo(f"\r{text}" if in_place else text, nl=not in_place)
    )
    click.echo()


def _greet(address: str, *, demo: bool) -> None:
    click.echo(f"\nRød tråd er klar på {address}")
    if demo:
        click.echo("Åpne adressen i en nettleser og velg hvem du vil være. Passord trengs ikke.")
    else:
        click.echo("Innlogging krever HTTPS foran; se --proxy.")
    click.echo("Stopp med Ctrl-C.\n")


@main.group()
def demo() -> None:
    """Den oppdiktede kommunen som «serve --demo» viser fram."""


@demo.command()
def build() -> None:
    """Bygger demokommunen i en tom database."""
    with _app(demo=True) as app:
        sessions = app.extensions["sessions"]
        with sessions.begin() as session:
            if organisations.municipalities(session):
                raise click.ClickException("Databasen er ikke tom. Slett den for å bygge på nytt.")
        _build(sessions)
    click.echo("Demokommunen er klar. Start med: rodtrad serve --demo")


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[STI]…")
def check(paths: tuple[Path, ...]) -> None:
    """Sjekker diagrammer og skjemaer.

    STI er filer eller mapper; uten dem sjekkes biblioteket.

    Hver feil er én linje: fil:linje: element: hva som er galt. Da er utgangskoden 1.
    """
    problems = checking.check_files(paths or LIBRARY)
    for problem in problems:
        click.echo(problem)
    if problems:
        raise click.exceptions.Exit(1)
    click.echo("Ingen feil.")


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[STI]…")
def publish(paths: tuple[Path, ...]) -> None:
    """Tar nye versjoner i bruk.

    STI er filer eller mapper; uten dem er det bibliotekets. De gjelder for nye forløp i hver
    kommune; de som er i gang, går videre på sin versjon. Feil i andre filer hindrer ingenting.
    """
    if paths:
        _publish_files(checking.read_files(paths))
        return
    if problems := checking.check_files(LIBRARY):
        raise click.ClickException("\n".join(["Biblioteket har feil.", *problems]))
    with transaction() as session:
        for municipality in organisations.municipalities(session):
            new = definitions.publish_library(session, municipality.id)
            click.echo(f"{municipality.name}: {new} nye versjoner.")


def _publish_files(sources: Mapping[str, bytes]) -> None:
    with transaction() as session:
        for municipality in organisations.municipalities(session):
            try:
                made = publishing.take(session, municipality.id, sources)
            except Faulty as error:
                words = [error.reason, *map(str, error.problems)]
                raise click.ClickException("\n".join(words)) from error
            click.echo(f"{municipality.name}: {sum(one.new for one in made)} nye versjoner.")


@main.group("database")
def database_group() -> None:
    """Databasens tabeller, og hvilken versjon de har."""


@database_group.command("version")
def database_version() -> None:
    """Viser hvilken versjon tabellene har, og hvilken denne utgaven bruker."""
    with opened_engine() as engine:
        there = schema.version(engine)
    click.echo(f"Databasen: {there or 'tom'}. Denne utgaven: {schema.head()}.")


@database_group.command("upgrade")
@click.option("--to", default="head", show_default=True, help="Versjonen det oppgraderes til.")
def database_upgrade(to: str) -> None:
    """Oppgraderer tabellene. Ta sikkerhetskopi først, og stopp det som bruker dem."""
    with opened_engine() as engine:
        schema.upgrade(engine, to)
        click.echo(f"Tabellene har versjon {schema.version(engine)}.")


@database_group.command("downgrade")
@click.argument("to", metavar="VERSJON")
@click.confirmation_option(prompt="Det som er nyere enn versjonen, går tapt. Er du sikker?")
def database_downgrade(to: str) -> None:
    """Tar tabellene tilbake til en eldre versjon."""
    with opened_engine() as engine:
        schema.downgrade(engine, to)
        click.echo(f"Tabellene har versjon {schema.version(engine) or 'ingen'}.")


@main.group()
def municipality() -> None:
    """Kommunene i databasen."""


@municipality.command("add")
@click.argument("name", metavar="NAVN")
def add_municipality(name: str) -> None:
    """Oppretter en kommune med koordinerende enhet og bibliotekets forløp."""
    with transaction() as session:
        made = organisations.add_municipality(session, name)
        definitions.publish_library(session, made.id)
    click.echo(f"{name} er opprettet. Fortsett med: rodtrad account add --help")


@main.group()
def service() -> None:
    """Tjenestene i kommunene."""


@service.command("add")
@click.argument("name", metavar="NAVN")
@click.option("--kind", prompt="Slag", help="For eksempel skole, barnevern, nav, bup.")
@click.option("--municipality", "place", help="Kommunen; kan utelates når det bare er én.")
@click.option("--phone", help="Telefonnummeret andre ringer.")
@click.option("--email", help="E-postadressen andre skriver til.")
@click.option("--also-in", help="En annen kommune der tjenesten allerede finnes (interkommunal).")
def add_service(
    name: str,
    kind: str,
    place: str | None,
    phone: str | None,
    email: str | None,
    also_in: str | None,
) -> None:
    """Oppretter en tjeneste i en kommune."""
    with transaction() as session:
        there = organisations.find_service(session, also_in, name) if also_in else None
        home = find_municipality(session, place)
        organisations.add_service(
            session, home.id, kind, name, phone=phone, email=email, same_as=there
        )
    click.echo(f"{name} er opprettet.")


@main.group()
def account() -> None:
    """Kontoene folk logger inn med."""


def _asks_password(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--password",
        prompt="Passord (minst 12 tegn)",
        confirmation_prompt="En gang til",
        hide_input=True,
        help="Du blir spurt om det når det ikke er oppgitt, og det er tryggest.",
    )(command)


@account.command("add")
@click.argument("username", metavar="BRUKERNAVN")
@click.option("--name", prompt="Navn", help="Navnet andre ser.")
@click.option("--title", prompt="Stilling", help="Stillingen i tjenesten.")
@click.option("--municipality", "place", help="Kommunen; kan utelates når det bare er én.")
@click.option("--service", default=COORDINATING_UNIT, show_default=True, help="Tjenesten.")
@click.option("--operator", is_flag=True, help="Drifter systemet: ser og retter steg som stopper.")
@_asks_password
def add_account(
    username: str,
    name: str,
    title: str,
    place: str | None,
    service: str,
    operator: bool,
    password: str,
) -> None:
    """Oppretter en konto med stilling i en tjeneste."""
    with transaction() as session:
        workplace = _service(session, place, service)
        made = accounts.create_account(session, username, name, password)
        organisations.add_position(session, made, workplace, title, [OPERATOR] * operator)
    click.echo(f"{username} kan logge inn.")


@account.command("person")
@click.argument("username", metavar="BRUKERNAVN")
@click.option("--national-number", prompt="Fødselsnummer", help="Personen kontoen gjelder.")
@click.option("--name", prompt="Navn", help="Navnet på den som skal logge inn.")
@click.option("--relation", help="For foresatt eller verge: mor, far, verge …")
@click.option("--municipality", "place", help="Kommunen; kan utelates når det bare er én.")
@_asks_password
def add_private_account(
    username: str,
    national_number: str,
    name: str,
    relation: str | None,
    place: str | None,
    password: str,
) -> None:
    """Oppretter en konto for en person, eller for den som handler på vegne av personen."""
    with transaction() as session:
        home = find_municipality(session, place)
        made = accounts.create_account(session, username, name, password)
        people.give_account(session, home.id, national_number, made, relation=relation)
    click.echo(f"{username} kan logge inn.")


def _service(session: Session, place: str | None, name: str) -> Service:
    return organisations.find_service(session, find_municipality(session, place).name, name)


@account.command("password")
@click.argument("username", metavar="BRUKERNAVN")
@_asks_password
def set_password(username: str, password: str) -> None:
    """Bytter passordet til en konto, og logger den ut overalt."""
    with transaction() as session:
        found: Account = accounts.find_account(session, username)
        accounts.set_password(found, password)
    click.echo("Passordet er byttet.")


for command in (
    *(cli_operations.stopped, cli_operations.check_state, cli_upgrade.upgrade),
    *(cli_api.token, cli_api.webhook, cli_bench.bench),
):
    main.add_command(command)
municipality.add_command(cli_database.export_municipality)
municipality.add_command(cli_database.import_municipality)
database_group.add_command(cli_database.make_role)
main.add_command(cli_database.take_backup)
main.add_command(cli_database.restore)
