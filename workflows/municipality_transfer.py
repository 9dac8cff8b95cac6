"""One municipality as a file, and back into another database, with proof that nothing is missing.

The file is a zip of one file of rows per table and a manifest that counts and hashes them. What is
taken follows from the tables: every one with a municipality, the municipality itself, and the
accounts that its rows name. After an import the rows are read back and held against the file.

It will not commit, and it does not stop who uses the municipality meanwhile: whoever moves it does.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, BinaryIO
from uuid import UUID
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    Uuid,
    insert,
    or_,
    select,
    union,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from workflows import clock, portable_rows, schema
from workflows.database import Base
from workflows.errors import Conflict, Invalid
from workflows.tables import Account, Municipality

FORMAT = 1
BATCH = 500
MANIFEST = "manifest.json"
MUNICIPALITY = Base.metadata.tables[Municipality.__tablename__]
ACCOUNT = Base.metadata.tables[Account.__tablename__]

LEFT_BEHIND = {
    "api_token": "a token is for one address; where the municipality moves to, it gets another",
    "idempotency_key": "a request is sent again within a day, to where it was first sent",
}
"""Tables whose rows are not taken along, and why."""

DAMAGED = (
    *(BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, TypeError, LookupError, AttributeError, OverflowError),
)
"""What reading a file can raise that is cut off, changed or something else."""


@dataclass(frozen=True)
class Proof:
    """How many rows of a table there are, and the SHA-256 of them in order."""

    table: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a file holds."""

    format: int
    schema: str
    municipality_id: str
    municipality: str
    exported_at: str
    tables: tuple[Proof, ...]

    def written(self) -> bytes:
        """As it stands in the file."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False).encode()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 that stands for the whole file: it covers every row."""
        return sha256(self.written()).hexdigest()


class _Counted:
    """Lines as they pass, counted and hashed."""

    def __init__(self, table: Table) -> None:
        self._table, self._rows, self._hash = table.name, 0, sha256()

    def add(self, line: bytes) -> None:
        self._rows += 1
        self._hash.update(line)

    def proof(self) -> Proof:
        return Proof(self._table, self._rows, self._hash.hexdigest())


def taken() -> list[Table]:
    """The tables that are taken along, those that others refer to first."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if table in (MUNICIPALITY, ACCOUNT) or "municipality_id" in table.columns
        if table.name not in LEFT_BEHIND
    ]


def export_municipality(session: Session, municipality_id: UUID, file: BinaryIO) -> Manifest:
    """Write all of a municipality to a file as it is in this transaction; what was written."""
    session.flush()
    row = session.get_one(Municipality, municipality_id)
    connection = session.connection()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        tables = tuple(_write(connection, archive, each, municipality_id) for each in taken())
        manifest = Manifest(
            FORMAT,
            schema.head(),
            str(municipality_id),
            row.name,
            clock.now().isoformat(),
            tables,
        )
        archive.writestr(MANIFEST, manifest.written())
    return manifest


def _write(connection: Connection, archive: ZipFile, table: Table, municipality_id: UUID) -> Proof:
    counted = _Counted(table)
    with archive.open(_file(table), "w", force_zip64=True) as lines:
        for line in _lines(connection, table, municipality_id):
            counted.add(line)
            lines.write(line)
    return counted.proof()


def _file(table: Table) -> str:
    return f"{table.name}.jsonl"


def _lines(connection: Connection, table: Table, municipality_id: UUID) -> Iterator[bytes]:
    """A table's rows of one municipality, a few at a time."""
    query = _written(table).where(_belongs(table, municipality_id))
    query = query.order_by(*portable_rows.order(table, connection.dialect.name))
    rows = connection.execute(query.execution_options(stream_results=True, yield_per=BATCH))
    for row in rows:
        yield portable_rows.line(table, row)


def _written(table: Table) -> Select[Any]:
    return select(*portable_rows.selected(table))


def _belongs(table: Table, municipality_id: UUID) -> ColumnElement[bool]:
    if table is MUNICIPALITY:
        return MUNICIPALITY.c.id == municipality_id
    if table is ACCOUNT:
        return ACCOUNT.c.id.in_(_named(municipality_id))
    return table.c.municipality_id == municipality_id


def _named(municipality_id: UUID) -> Any:
    """Every id that the municipality's rows name, of accounts and of anything else."""
    return union(
        *(
            select(column).where(_belongs(table, municipality_id))
            for table in taken()
            for column in table.columns
            if table not in (MUNICIPALITY, ACCOUNT)
            if isinstance(column.type, Uuid) and column.name not in ("municipality_id", "id")
        )
    )


def read_manifest(file: BinaryIO) -> Manifest:
    """What a file says that it holds. Raises Invalid for one that is no such file, or is not whole.

    A format or a version of the tables that is not ours is refused with both numbers.
    """
    try:
        with ZipFile(file) as archive:
            read = json.loads(archive.read(MANIFEST))
            names = set(archive.namelist())
        if read["format"] != FORMAT:
            raise Invalid(f"Filen har format {read['format']}. Denne utgaven leser {FORMAT}.")
        manifest = Manifest(**read | {"tables": tuple(Proof(**each) for each in read["tables"])})
        UUID(manifest.municipality_id)
    except DAMAGED as error:
        raise Invalid("Dette er ingen hel fil fra «rodtrad municipality export».") from error
    if manifest.schema != schema.head():
        raise Invalid(
            f"Filen er fra tabeller av versjon {manifest.schema}, og her har de versjon "
            f"{schema.head()}. Oppgrader den eldste av dem først."
        )
    ours = [table.name for table in taken()]
    if [each.table for each in manifest.tables] != ours or names != _files():
        raise Invalid("Filen har ikke nøyaktig de tabellene den skal ha.")
    return manifest


def _files() -> set[str]:
    return {MANIFEST, *map(_file, taken())}


def import_municipality(session: Session, file: BinaryIO) -> list[Proof]:
    """Put a municipality in from a file; a proof per table, as read back from the database.

    An account that is here already stays as it is here. Raises Conflict when the municipality is
    here, or an account's username is another's; Invalid when the file is not what was exported. The
    transaction must then be rolled back.
    """
    manifest = read_manifest(file)
    _must_be_new(session, manifest)
    session.flush()
    connection = session.connection()
    try:
        with ZipFile(file) as archive:
            expected = [_read(connection, archive, manifest, each) for each in manifest.tables]
    except OperationalError:
        raise  # the database, not the file
    except (*DAMAGED, SQLAlchemyError) as error:
        raise Invalid("Filen er skadet eller endret. Ingenting er importert.") from error
    return _prove(connection, manifest, expected)


def _must_be_new(session: Session, manifest: Manifest) -> None:
    there = select(Municipality.name).where(
        or_(
            Municipality.id == UUID(manifest.municipality_id),
            Municipality.name == manifest.municipality,
        )
    )
    if session.scalar(there) is not None:
        raise Conflict(f"{manifest.municipality} er i databasen allerede.")


def _read(connection: Connection, archive: ZipFile, manifest: Manifest, promised: Proof) -> Proof:
    """Insert a table's rows; the proof that reading them back must give."""
    table = Base.metadata.tables[promised.table]
    found, expected = _Counted(table), _Counted(table)
    with archive.open(_file(table)) as lines:
        for batch in _batches(lines):
            for line in batch:
                found.add(line)
            for line in _insert(connection, table, batch, manifest):
                expected.add(line)
    if found.proof() != promised:
        raise Invalid(f"Filen er skadet eller endret: {table.name} er ikke som da den ble laget.")
    return expected.proof()


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _insert(
    connection: Connection, table: Table, batch: list[bytes], manifest: Manifest
) -> list[bytes]:
    """Insert some lines; the lines that the database is then to give back."""
    rows = [portable_rows.values(table, line) for line in batch]
    kept = _kept_accounts(connection, rows) if table is ACCOUNT else {}
    _must_be_its_own(table, rows, manifest)
    new = [row for row in rows if row.get("id") not in kept]
    if new:
        connection.execute(insert(table), new)
    return [kept.get(row.get("id"), line) for row, line in zip(rows, batch, strict=True)]


def _must_be_its_own(table: Table, rows: list[dict[str, Any]], manifest: Manifest) -> None:
    """No row may land in another municipality."""
    if table is ACCOUNT:
        return
    key = "id" if table is MUNICIPALITY else "municipality_id"
    if any(str(row[key]) != manifest.municipality_id for row in rows):
        raise Invalid(f"Filen er endret: {table.name} har rader fra en annen kommune.")


def _kept_accounts(connection: Connection, rows: list[dict[str, Any]]) -> dict[Any, bytes]:
    """The accounts that are here already, by id. Raises Conflict for a username of another's."""
    wanted = {row["id"]: row["username"] for row in rows}
    here = connection.execute(
        _written(ACCOUNT).where(
            or_(ACCOUNT.c.id.in_(wanted), ACCOUNT.c.username.in_(wanted.values()))
        )
    ).all()
    for row in here:
        if row.id not in wanted:
            raise Conflict(f"Brukernavnet {row.username} er i bruk av en annen konto her.")
    return {row.id: portable_rows.line(ACCOUNT, row) for row in here}


def _prove(connection: Connection, manifest: Manifest, expected: list[Proof]) -> list[Proof]:
    """Read everything back. Raises Invalid when anything differs from what was to be there."""
    found = []
    for wanted in expected:
        counted = _Counted(Base.metadata.tables[wanted.table])
        for line in _lines(
            connection, Base.metadata.tables[wanted.table], UUID(manifest.municipality_id)
        ):
            counted.add(line)
        if counted.proof() != wanted:
            raise Invalid(
                f"Etter importen er {wanted.table} ikke lik filen "
                f"({counted.proof().rows} av {wanted.rows} rader). Ingenting er importert."
            )
        found.append(counted.proof())
    return found
