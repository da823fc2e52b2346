"""Queries on databases, streamed as Arrow batches and run exactly as written.

PostgreSQL and SQLite go through ADBC. A URL that names its own driver (``mysql+pymysql://``), any
other database, and a query on SQLite whose columns hold values of several types go through
SQLAlchemy with a server-side cursor, every cell as text: `features.reading.scopes` finds the types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import LadderError, UsageError
from features.settings.addresses import cleaned, masked, scheme

_ROWS = 20_000
_ROUNDED = r"^-?\d\.\d{6}e[+-]\d{2,3}$"


class SeveralTypesError(Exception):
    """A column of SQLite holds values of several types, which ADBC does not send as they are."""


@contextmanager
def stream(
    address: str, query: str, base: Path, *, as_text: bool = False
) -> Iterator[pa.RecordBatchReader]:
    """Run a query and yield its rows.

    A relative path of SQLite starts from `base`; `as_text`, every cell of SQLite comes as text.

    Raises
    ------
    SeveralTypesError
        If cells of SQLite have to come as text, also while rows are read.
    UsageError
        If the driver is not installed or the SQLite file does not exist.
    LadderError
        If the database refuses the connection or the query, also while rows are read.
    """
    # ADBC embeds the query in a COPY: a closing semicolon or comment would swallow its end.
    query = query.rstrip().rstrip(";") + "\n"
    try:
        with _answer(address, query, base, as_text=as_text) as reader:
            yield reader
    except (LadderError, SeveralTypesError):
        raise
    except ImportError as error:
        raise UsageError(
            f"Reading {masked(address)} needs its driver.",
            f"{error.name or error} is not installed.",
            "Install it; for PostgreSQL, in the project's folder: pip install '.[postgres]'.",
        ) from error
    except Exception as error:
        if scheme(address) == "sqlite" and "Type mismatch" in str(error):
            raise SeveralTypesError from None
        raise LadderError(
            f"The database {masked(address)} must answer the query.",
            cleaned(str(error).partition(". Detail: Python exception")[0], address),
            "Correct the query or the address, or start the database.",
        ) from None  # the driver's own error may quote the address


def _answer(
    address: str, query: str, base: Path, *, as_text: bool
) -> AbstractContextManager[pa.RecordBatchReader]:
    """Return the rows by the driver that an address needs."""
    if scheme(address) in ("postgresql", "postgres"):
        return _postgresql(address, query)
    if scheme(address) != "sqlite":
        return _sqlalchemy(address, query)
    file = _sqlite_file(address, base)
    read_only = f"file:{quote(str(file.absolute()))}?mode=ro"
    if as_text:
        return _sqlalchemy(f"sqlite+pysqlite:///{read_only}&uri=true", query)
    return _sqlite(read_only, query)


@contextmanager
def _postgresql(address: str, query: str) -> Iterator[pa.RecordBatchReader]:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        reader = cursor.fetch_record_batch()
        for field in reader.schema:
            if (field.metadata or {}).get(b"POSTGRESQL:type") == b"money":
                raise LadderError(
                    "Money must come as numeric: PostgreSQL sends its type money without decimals.",
                    f"{field.name} is of type money.",
                    f"Select {field.name}::numeric in the query.",
                )
        yield reader


def _sqlite_file(address: str, base: Path) -> Path:
    """Return the file of ``sqlite:///relative`` or ``sqlite:////absolute``."""
    file = base / address.partition("://")[2].partition("?")[0].removeprefix("/")
    if not file.is_file():
        raise UsageError(
            "A source must exist.",
            f"There is no SQLite file {file}.",
            "Correct it: sqlite:/// and a path relative to ladder.toml.",
        )
    return file


@contextmanager
def _sqlite(read_only: str, query: str) -> Iterator[pa.RecordBatchReader]:
    from adbc_driver_sqlite import dbapi

    with dbapi.connect(read_only) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        reader = cursor.fetch_record_batch()
        first = list(islice(reader, 1))
        if any(map(_is_rounded, first)):
            raise SeveralTypesError
        yield pa.RecordBatchReader.from_batches(reader.schema, chain(first, reader))


def _is_rounded(batch: pa.RecordBatch) -> bool:
    """Return whether numbers beside text were rounded to seven digits, as ADBC writes them."""
    texts = (column for column in batch.columns if pa.types.is_string(column.type))
    return any(pc.any(pc.match_substring_regex(text, _ROUNDED)).as_py() for text in texts)


@contextmanager
def _sqlalchemy(address: str, query: str) -> Iterator[pa.RecordBatchReader]:
    from sqlalchemy import create_engine
    from sqlalchemy.exc import NoSuchModuleError

    try:
        engine = create_engine(address)
    except NoSuchModuleError as error:
        raise UsageError(
            "A database URL must begin with a dialect that SQLAlchemy knows.",
            f"{cleaned(str(error), address)}.",
            "Correct the URL, or install the package for its dialect.",
        ) from error
    try:
        with engine.connect() as connection:
            streaming = connection.execution_options(stream_results=True, yield_per=_ROWS)
            # Not text(), which would read :name as a parameter.
            answer = streaming.exec_driver_sql(query)
            names = list(answer.keys())
            schema = pa.schema([(name, pa.string()) for name in names])
            batches = (_batch(rows, schema) for rows in answer.partitions())
            yield pa.RecordBatchReader.from_batches(schema, batches)
    finally:
        engine.dispose()


def _batch(rows: Sequence[Sequence[object]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    return pa.record_batch([pa.array(map(_text, c), pa.string()) for c in columns], schema)


def _text(cell: object) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, bytes | bytearray | memoryview):
        return bytes(cell).decode(errors="replace")
    return str(cell)
