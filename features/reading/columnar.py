"""Parquet files as one relation: a column is text where the files' types of it differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from features.reading.cells import Cell, text
from features.reading.files import path_literal
from features.resources.workspace import Workspace, quoted

_Types = dict[str, str]


def view_parquet(workspace: Workspace, paths: Sequence[Path], target: str) -> None:
    """Create a view on Parquet files, their columns matched by name.

    Where a column is text in one file and a number in another, or a time with and without a zone,
    DuckDB would make one type of both: 17850.0 is not the customer 17850, and a local time would be
    read as UTC. Such a column is read as text, as a CSV file would have it.

    Raises
    ------
    duckdb.Error
        If one is damaged.
    """
    rows = f"SELECT * FROM {_read(paths)}"
    if len(paths) > 1 and _types_differ(workspace, paths):
        groups = _by_types(workspace, paths)
        kinds = _kinds(types for types, _ in groups)
        rows = " UNION ALL BY NAME ".join(_part(types, files, kinds) for types, files in groups)
    workspace.run(f"CREATE VIEW {target} AS {rows}")


def _read(paths: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(map(path_literal, paths))}], union_by_name = true)"


def _types_differ(workspace: Workspace, paths: Sequence[Path]) -> bool:
    """Return whether anything has several types, told from all files at once."""
    return bool(
        workspace.number(
            "SELECT count(*) FROM (SELECT lower(name) AS name FROM "
            f"parquet_schema([{', '.join(map(path_literal, paths))}]) "
            "GROUP BY ALL HAVING count(DISTINCT duckdb_type) > 1)"
        )
    )


def _by_types(workspace: Workspace, paths: Sequence[Path]) -> list[tuple[_Types, list[Path]]]:
    """Return the files by the types of their columns."""
    groups: dict[tuple[tuple[str, str], ...], list[Path]] = {}
    for path in paths:
        types = workspace.columns(f"SELECT * FROM {_read([path])}")
        groups.setdefault(tuple(types.items()), []).append(path)
    return [(dict(types), files) for types, files in groups.items()]


def _kinds(groups: Iterable[_Types]) -> dict[str, set[str]]:
    """Return what kinds of values columns hold, by their names in small letters."""
    found: dict[str, set[str]] = {}
    for name, type_ in (item for types in groups for item in types.items()):
        found.setdefault(name.lower(), set()).add(Cell(name, type_).kind)
    return found


def _part(types: _Types, files: Sequence[Path], kinds: Mapping[str, set[str]]) -> str:
    cells = (
        f"{text(Cell(quoted(name), type_))} AS {quoted(name)}"
        if len(kinds[name.lower()]) > 1
        else quoted(name)
        for name, type_ in types.items()
    )
    return f"SELECT {', '.join(cells)} FROM {_read(files)}"
