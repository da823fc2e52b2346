"""A source becomes a relation in the workspace: a file, a query, a database or a frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from features.errors import LadderError, UsageError
from features.reading.columnar import view_parquet
from features.reading.databases import SeveralTypesError, stream
from features.reading.delimited import read_csv
from features.reading.files import format_of, paths_of
from features.reading.frames import as_arrow
from features.reading.objects import read_json
from features.reading.scopes import cast, infer_scopes
from features.resources.workspace import Workspace, first_line, quoted
from features.settings.addresses import masked, resolve, scheme
from features.settings.sections import Source

_REMOTE = ("http", "https", "ftp", "s3", "gs", "gcs", "az", "abfss", "r2", "hf")

_SCHEMA = "source"  # a query over files finds their names here; dropped with all it holds
_ROWS = f"{_SCHEMA}.ladder_rows"
_ARROW = "arrow_of_source"


@dataclass(frozen=True)
class Relation:
    """A source as SQL sees it.

    Parameters
    ----------
    name : str
        What to select from.
    columns : dict of str to str
        Column names and DuckDB types, in order.
    untyped : bool
        Whether text cells may stand for numbers or dates: in CSV, JSON and databases.
    label : str
        What to call it in messages.
    unreadable : int
        Lines of a CSV that could not be split into columns.
    samples : tuple of str
        The beginnings of some of those lines.
    """

    name: str
    columns: dict[str, str]
    untyped: bool
    label: str
    unreadable: int = 0
    samples: tuple[str, ...] = ()


@contextmanager
def opened(
    workspace: Workspace, source: Source, table: str, base: Path, frame: Any = None
) -> Iterator[Relation]:
    """Yield a source as a relation; what was made for it is dropped afterwards.

    Relative paths start from `base`. The table that it feeds is named in errors, and a `frame` is
    read in place of the source's address.

    Raises
    ------
    UsageError
        If a file, driver or variable is missing, or the kind of file is unknown.
    LadderError
        If a file is damaged or a database refuses.
    """
    workspace.run(f"CREATE SCHEMA {_SCHEMA}")
    try:
        if frame is not None:
            workspace.register(_ARROW, as_arrow(frame, table))
            yield _relation(workspace, _ARROW, f"the {table} frame", untyped=False)
        elif source.files:
            yield _query_on_files(workspace, source, table, base)
        else:
            yield _address(workspace, source, table, base)
    finally:
        workspace.run(f"DROP SCHEMA {_SCHEMA} CASCADE")
        if frame is not None:
            workspace.unregister(_ARROW)


def _address(workspace: Workspace, source: Source, table: str, base: Path) -> Relation:
    if source.source is None:
        raise UsageError(
            "A source must say where its rows are.",
            f"[{table}] has no `source`, no `files` and no frame.",
            'Write a path, a glob or a database URL: source = "orders.csv".',
        )
    address = resolve(source.source)
    if scheme(address) is not None:
        return _database(workspace, address, source, table, base)
    if source.query is not None:
        raise UsageError(
            "A query on files needs a name for each file.",
            f"[{table}] has a `query` and the path {source.source}.",
            f'Write files = {{ name = "{source.source}" }} and select from that name.',
        )
    return _files(workspace, address, source, base, _ROWS)


def _database(
    workspace: Workspace, address: str, source: Source, table: str, base: Path
) -> Relation:
    if scheme(address) in _REMOTE:
        raise UsageError(
            "A source must be a file on this machine, or a database.",
            f"[{table}] names {masked(address)}.",
            "Copy the file here and write its path.",
        )
    if source.query is None:
        raise UsageError(
            "A database needs a `query` beside its address.",
            f"[{table}] has only {masked(address)}.",
            'Write query = "select ... from ...".',
        )
    try:
        _store(workspace, stream(address, source.query, base))
    except SeveralTypesError:
        _store(workspace, stream(address, source.query, base, as_text=True))
    return _relation(workspace, _ROWS, masked(address), untyped=True)


def _store(workspace: Workspace, rows: AbstractContextManager[pa.RecordBatchReader]) -> None:
    with rows as reader:
        workspace.register(_ARROW, reader)
        try:
            workspace.run(f"CREATE TABLE {_ROWS} AS SELECT * FROM {_ARROW}")
        finally:
            workspace.unregister(_ARROW)


def _query_on_files(workspace: Workspace, source: Source, table: str, base: Path) -> Relation:
    """Offer each file under its name, every column typed, and keep the query's answer."""
    files = []
    for number, (name, address) in enumerate(source.files.items()):
        file = _files(workspace, resolve(address), source, base, f"{_SCHEMA}.ladder_file_{number}")
        types = infer_scopes(workspace, file.name, file.columns)[0] if file.untyped else {}
        cells = ", ".join(f"{cast(quoted(c), types.get(c))} AS {quoted(c)}" for c in file.columns)
        view = f"{_SCHEMA}.{quoted(name)}"
        workspace.run(f"CREATE VIEW {view} AS SELECT {cells} FROM {file.name}")
        files.append(file)
    workspace.run(f"USE {_SCHEMA}")
    try:
        query = (source.query or "").rstrip().rstrip(";")
        workspace.run(f"CREATE TABLE {_ROWS} AS SELECT * FROM ({query}\n)")
    except duckdb.Error as error:
        raise UsageError(
            f"The query of [{table}] must be DuckDB SQL over its `files`.",
            first_line(error),
            f"Correct it; it may select from {', '.join(source.files)}.",
        ) from error
    finally:
        workspace.run("USE main")
    answer = _relation(workspace, _ROWS, f"the query of [{table}]", untyped=False)
    lost = tuple(sample for file in files for sample in file.samples)
    return replace(answer, unreadable=sum(file.unreadable for file in files), samples=lost)


def _files(workspace: Workspace, address: str, source: Source, base: Path, target: str) -> Relation:
    """Make `target` of one or more files of one format."""
    paths = paths_of(address, base)
    form = format_of(paths, address)
    try:
        if form == "parquet":
            view_parquet(workspace, paths, target)
            return _relation(workspace, target, address, untyped=False)
        if form == "json":
            read_json(workspace, paths, target, address)
            return _relation(workspace, target, address, untyped=True)
        return _csv(workspace, paths, source, target, address)
    except duckdb.Error as error:
        raise LadderError(
            f"{address} must be a whole and readable {form.upper()} file.",
            first_line(error),
            "Export it again, or correct `source`.",
        ) from error


def _csv(
    workspace: Workspace, paths: Sequence[Path], source: Source, target: str, label: str
) -> Relation:
    """Read CSV files as text, a table each, matching their columns by name."""
    parts, lost, samples = [], 0, []
    for number, path in enumerate(paths):
        parts.append(f"SELECT * FROM {target}_{number}")
        found = read_csv(workspace, path, source.encoding, f"{target}_{number}")
        lost += found.lines
        samples += [f"{path.name} {sample}" for sample in found.samples]
    workspace.run(f"CREATE VIEW {target} AS {' UNION ALL BY NAME '.join(parts)}")
    relation = _relation(workspace, target, label, untyped=True)
    return replace(relation, unreadable=lost, samples=tuple(samples[:3]))


def _relation(workspace: Workspace, name: str, label: str, *, untyped: bool) -> Relation:
    return Relation(name, workspace.columns(f"SELECT * FROM {name}"), untyped, label)
