"""The web edge: pages, command line and the one place that opens and commits transactions."""

from types import TracebackType

from flask import Flask, g, request
from sqlalchemy import Engine

from webapp import (
    accounts,
    answers,
    api,
    caseload,
    consents,
    definitions,
    demo_pages,
    display,
    edge,
    evaluations,
    families,
    frame,
    health,
    incidents,
    job_pages,
    logs,
    messages,
    notices,
    pages,
    people,
    processes,
    relations,
    settings,
    starting,
    tasks,
    telemetry,
    upgrades,
)
from workflows import clock, database, organisations, schema, tenancy
from workflows.access import PUBLIC

NOUNS = (
    *(accounts, health, job_pages, notices, pages, tasks, answers, starting),
    *(
        people,
        relations,
        processes,
        families,
        messages,
        evaluations,
        consents,
        definitions,
        upgrades,
        caseload,
        incidents,
    ),
)


class App(Flask):
    """Flask that tells of an exception without its message, and keeps bundles in the cache."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        if exc_info[1] is not None:
            rule = request.url_rule.rule if request.url_rule else "-"
            g.reference = logs.failure(rule, exc_info[1])

    def get_send_file_max_age(self, filename: str | None) -> int:
        # A bundle's name changes with its content.
        return 31_536_000 if filename and filename.startswith("dist/") else 3600


def create_app(
    database_url: str | None = None, *, demo: bool = False, testing: bool = False
) -> Flask:
    """The application on a database (RODTRAD_DATABASE_URL, else a file in ./instance).

    Raises RuntimeError when the front end is not built, the secret key is too short, or traces are
    asked for and cannot be made.
    """
    app = App("webapp")
    app.config.update(settings.settings(demo=demo, testing=testing))
    telemetry.init_app(app)
    engine = database.connect(database_url or settings.default_database(demo=demo))
    telemetry.follow(engine)
    try:
        prepare_tables(engine, demo=demo)
    except BaseException:
        engine.dispose()  # nobody else will
        raise
    if engine.dialect.name == "postgresql" and not tenancy.in_force(engine):
        logs.warning("row_security_not_in_force")
    app.extensions["engine"] = engine
    app.extensions["sessions"] = database.sessions(engine)
    for part in (logs, health, edge, frame, display, api):
        part.init_app(app)
    for noun in (*NOUNS, demo_pages) if demo else NOUNS:
        app.register_blueprint(noun.blueprint)
    app.view_functions["static"] = edge.permission(PUBLIC)(app.send_static_file)
    if demo:
        restore_clock(app)
    return app


def prepare_tables(engine: Engine, *, demo: bool) -> None:
    """Make sure of this version's tables; a demo of a version we cannot upgrade is begun anew.

    Raises OutdatedDatabase when real data would be lost by that.
    """
    try:
        schema.prepare(engine)
    except schema.OutdatedDatabase:
        if not demo or not organisations.only_invented(engine):
            raise
        schema.recreate(engine)


def restore_clock(app: Flask) -> None:
    """Go on at the time the demo had travelled to."""
    with app.extensions["sessions"].begin() as session:
        clock.travel(organisations.kept_offset(session))
