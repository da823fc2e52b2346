"""A DuckDB database in a temporary folder, gone when its work is done."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from features.errors import LadderError, UsageError
from features.resources import drafts
from features.resources.closing import Closing

_SETTINGS = {
    # A shop's file must never make the program fetch code.
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    # SQL in ladder.toml sees the sources, not Python's variables.
    "python_enable_replacements": "false",
    # A Parquet file's least and largest number say nothing of NaN: from them DuckDB would conclude
    # that every amount is below a limit, and let NaN pass for one.
    "disabled_optimizers": "statistics_propagation",
}

_FULL = "No space left on device"

_NAME = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")*)"|([^\W\d]\w*)""")
"""A name in SQL, quoted or plain; or a text, in which none is looked for."""

_PREFIX = "ladder-rows."
"""How its folders are called: those of killed processes hold people's rows, and are cleared."""


class Workspace(Closing):
    """Runs SQL on tables that may outgrow memory; a context manager that leaves nothing behind.

    `memory_limit`, such as ``"4GB"``, is what DuckDB may use before it spills to disk; without it
    and `threads`, its own defaults hold.

    Attributes
    ----------
    folder : Path
        Where other files may be put that should go with it.
    """

    def __init__(self, memory_limit: str | None = None, threads: int | None = None) -> None:
        place = Path(tempfile.gettempdir())
        drafts.clear(place, _PREFIX)
        self._held = ExitStack()
        self.folder = folder = self._held.enter_context(drafts.draft(place, _PREFIX))
        settings: dict[str, str | bool | int | float | list[str]]
        settings = {**_SETTINGS, "temp_directory": str(folder / "spill")}
        if memory_limit is not None:
            settings["memory_limit"] = memory_limit
        if threads is not None:
            settings["threads"] = threads
        try:
            # Tables of a file would be compressed while they are written, which costs more than
            # all else; those in memory move to the spill folder, as they are, when it gets full.
            self._connection = duckdb.connect(":memory:", config=settings)
        except duckdb.Error as error:
            self._held.close()
            raise UsageError(
                "A memory limit must be a size.",
                f"Got {memory_limit!r}: {first_line(error)}",
                "Write it like 4GB.",
            ) from error
        self.run("SET TimeZone = 'UTC'")
        # Only where it is on: in a notebook that cannot draw the bar, DuckDB refuses to be asked.
        if self.number("SELECT current_setting('enable_progress_bar')::INTEGER"):
            self.run("SET enable_progress_bar = false")
        self.run("SET lock_configuration = true")

    def run(self, sql: str) -> None:
        """Run a statement that answers nothing."""
        with _clear_errors():
            self._connection.execute(sql)

    def table(self, sql: str) -> pa.Table:
        """Return the answer of a query as an Arrow table."""
        with _clear_errors():
            return self._connection.sql(sql).to_arrow_table()

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Return the answer of a short query as dicts."""
        rows: list[dict[str, Any]] = self.table(sql).to_pylist()
        return rows

    def number(self, sql: str) -> int:
        """Return the one number that a query answers."""
        answer: int = self.table(sql).column(0)[0].as_py()
        return answer

    def names(self) -> list[str]:
        """Return the names of the tables that are kept."""
        found = self.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'")
        return [row["table_name"] for row in found]

    def columns(self, query: str) -> dict[str, str]:
        """Return the names and DuckDB types of a query's columns, without running it."""
        return {row["column_name"]: row["column_type"] for row in self.rows(f"DESCRIBE {query}")}

    def register(self, name: str, data: pa.Table | pa.RecordBatchReader) -> None:
        """Offer Arrow data to SQL under a name."""
        self._connection.register(name, data)

    def unregister(self, name: str) -> None:
        """Withdraw Arrow data."""
        self._connection.unregister(name)

    def close(self) -> None:
        """Close the database and delete its folder."""
        self._connection.close()
        self._held.close()


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Raise Ctrl-C, a lack of memory or disk and a closed database as what they are.

    DuckDB reports the first as a RuntimeError and the others like any fault of a query, for which
    the caller would blame what the shop wrote.
    """
    try:
        yield
    except duckdb.ConnectionException as error:
        raise LadderError(
            "A history must be open to be read.",
            "This one is closed: its `with` block has ended.",
            "Open it again with `open_history`, and do within the block what needs its rows.",
        ) from error
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        if isinstance(error, duckdb.IOException) and _FULL not in str(error):
            raise
        raise LadderError(
            "Reading needs enough memory, and enough disk for what does not fit in memory.",
            first_line(error),
            "Allow more with --memory, or set TMPDIR to a folder on a larger disk.",
        ) from error
    except RuntimeError as error:
        if "interrupted" in str(error).lower():
            raise KeyboardInterrupt from error
        raise


def quoted(name: str) -> str:
    """Return an SQL identifier.

    Examples
    --------
    >>> print(quoted('order "id" of shop'))
    "order ""id"" of shop"
    """
    return '"' + name.replace('"', '""') + '"'


def identifier(column: str) -> str:
    """Return a column as SQL writes it, in quotes only where it needs them.

    Examples
    --------
    >>> identifier("paid_at"), identifier("Paid at"), identifier("when")
    ('paid_at', '"Paid at"', '"when"')
    """
    plain_name = re.fullmatch(r"[A-Za-z_]\w*", column) and column.lower() not in _reserved()
    return column if plain_name else quoted(column)


def names_in(sql: str) -> set[str]:
    """Return the names in an SQL expression: of columns, and of functions.

    Examples
    --------
    >>> sorted(names_in("strptime(" + quoted("Paid at") + ", '%d of Paid') + days"))
    ['Paid at', 'days', 'strptime']
    """
    found = _NAME.findall(sql)
    return {quoted.replace('""', '"') or plain for quoted, plain in found if quoted or plain}


@cache
def _reserved() -> frozenset[str]:
    """Return the words that SQL keeps for itself."""
    with duckdb.connect() as connection:
        found = connection.sql(
            "SELECT keyword_name FROM duckdb_keywords() "
            "WHERE keyword_category IN ('reserved', 'type_function')"
        ).fetchall()
    return frozenset(name for (name,) in found)


def literal(text: str) -> str:
    """Return an SQL string.

    Examples
    --------
    >>> print(literal("it's"))
    'it''s'
    """
    return "'" + text.replace("'", "''") + "'"


def first_line(error: Exception) -> str:
    r"""Return what DuckDB says is wrong, without its kind of error and its lists of candidates.

    Examples
    --------
    >>> first_line(ValueError("Binder Error: No such function.\nCandidates: ..."))
    'No such function.'
    """
    line = str(error).strip().partition("\n")[0]
    return re.sub(r"^[A-Z]\w*( \w+)* Error: ", "", line).rstrip(".") + "."
