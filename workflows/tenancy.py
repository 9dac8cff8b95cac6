"""Row-level security on PostgreSQL: a second wall between municipalities, behind the access rule.

Every table with a municipality has two policies: everybody may, but only in the municipalities
that the transaction is limited to. A connection of ours begins as the system, which may in all of
them; the edge and the jobs limit each transaction as soon as they know whom or which case it is
about. A connection that says nothing sees nothing. Superusers and roles with BYPASSRLS see all: the
app should run as a role that `make_role` made. On SQLite nothing of this exists, and nothing is
done.

It will not replace the access rule, nor stop whoever can send SQL of their own.
"""

from collections.abc import Iterable
from uuid import UUID

from psycopg import sql
from sqlalchemy import Connection, Engine, bindparam, func, select, text
from sqlalchemy.orm import Session

OPEN = {
    "municipality": "a name and settings, needed before anybody is known",
    "api_token": "as an account: it says who is asking",
    "idempotency_key": "of an account; what is kept of an answer has no person data",
    "account": "belongs to no municipality, and says who is asking before anything else is known",
}
"""Tables without a policy, and why."""
INSERT_ONLY = ("audit_entry",)
"""Tables whose rows the app may never change or delete."""

_HERE = """
    (select current_setting('app.system', true) = 'on')
    or municipality_id = any ((select string_to_array(
        nullif(current_setting('app.municipalities', true), ''), ',')::uuid[])::uuid[])
"""  # in `select`, so that it is worked out once for a statement and not once for a row
_PROTECT = """
    alter table {table} enable row level security;
    alter table {table} force row level security;
    drop policy if exists everybody on {table};
    drop policy if exists own_municipality on {table};
    create policy everybody on {table} using (true) with check (true);
    create policy own_municipality on {table} as restrictive using ({here}) with check ({here});
"""
_ROLE = """
    alter role {role} login nosuperuser nobypassrls nocreatedb nocreaterole {password};
    grant usage on schema public to {role};
    grant select, insert, update, delete on all tables in schema public to {role};
    grant usage, select on all sequences in schema public to {role};
    alter default privileges in schema public
        grant select, insert, update, delete on tables to {role};
    alter default privileges in schema public grant usage, select on sequences to {role};
"""


def limit(session: Session, municipalities: Iterable[UUID]) -> None:
    """For the rest of the transaction: only rows of these municipalities can be seen or written."""
    _say(session, system="", municipalities=",".join(map(str, municipalities)))


def lift(session: Session) -> None:
    """For the rest of the transaction: rows of all municipalities, for what is the system's own."""
    _say(session, system="on", municipalities="")


def _say(session: Session, **settings: str) -> None:
    if session.get_bind().dialect.name != "postgresql":
        return
    session.connection().execute(_SAID, settings)


_SAID = select(
    func.set_config("app.system", bindparam("system"), True),
    func.set_config("app.municipalities", bindparam("municipalities"), True),
)


def protect(connection: Connection) -> None:
    """Give every table with a municipality its policies; those it has are made anew."""
    if connection.dialect.name != "postgresql":
        return
    for table in protected(connection):
        _run(connection, sql.SQL(_PROTECT).format(table=sql.Identifier(table), here=sql.SQL(_HERE)))


def protected(connection: Connection) -> list[str]:
    """The tables that have a municipality."""
    return list(
        connection.scalars(
            text(
                "select relname from pg_class join pg_attribute on attrelid = pg_class.oid "
                "where attname = 'municipality_id' and relkind = 'r' "
                "and relnamespace = current_schema()::regnamespace order by relname"
            )
        )
    )


def make_role(connection: Connection, name: str, password: str | None = None) -> None:
    """A role that the app can log in as and that the policies hold for; one that is there is kept.

    It may use the tables of this database, and those that later upgrades by this owner make.
    """
    role = sql.Identifier(name)
    known = text("select true from pg_roles where rolname = :name")
    if connection.scalar(known, {"name": name}) is None:
        _run(connection, sql.SQL("create role {role}").format(role=role))
    secret = sql.SQL("password {}").format(sql.Literal(password)) if password else sql.SQL("")
    _run(connection, sql.SQL(_ROLE).format(role=role, password=secret))
    for table in INSERT_ONLY:
        _run(
            connection,
            sql.SQL("revoke update, delete on {table} from {role}").format(
                table=sql.Identifier(table), role=role
            ),
        )


def _run(connection: Connection, statements: sql.Composed) -> None:
    raw = connection.connection.dbapi_connection
    connection.exec_driver_sql(statements.as_string(raw).replace("%", "%%"))  # type: ignore[arg-type]


def in_force(engine: Engine) -> bool:
    """Whether the policies hold for whoever `engine` connects as."""
    if engine.dialect.name != "postgresql":
        return False
    with engine.connect() as connection:
        bypasses = connection.scalar(
            text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        )
        bare = connection.scalar(
            text(
                "select count(*) from pg_class where relname = any(:tables) "
                "and not relforcerowsecurity"
            ),
            {"tables": protected(connection)},
        )
    return not bypasses and not bare
