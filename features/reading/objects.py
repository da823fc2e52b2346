"""JSON files become a table of the workspace: an object is a row, its plain cells are text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from features.errors import LadderError
from features.reading import surrogates
from features.reading.files import PACKED, path_literal
from features.resources.workspace import Workspace, literal
from features.units import count_of

_TEXT_TYPES = re.compile(
    r"(?:(?<=[^,] )|^)(TIMESTAMP WITH TIME ZONE|TIMESTAMP|DATE|TIME|UUID|JSON)\b"
)
"""Types, which follow a name, of what JSON writes as text."""

_NAMELESS = "json"
"""The only column of files whose values have no names, or have this one."""

_LONGEST_SAMPLE = 60


def read_json(workspace: Workspace, paths: Sequence[Path], target: str, label: str) -> None:
    """Make `target` of JSON files; a row with half a character is one bad row, not a bad file.

    Raises
    ------
    LadderError
        If they hold no row, or rows that are no objects.
    """
    try:
        workspace.run(f"CREATE TABLE {target} AS SELECT * FROM {_rows(workspace, paths, label)}")
    except duckdb.Error as error:
        if "surrogate" not in str(error) or any(path.suffix.lower() in PACKED for path in paths):
            raise
        mended = surrogates.without(paths, workspace.folder)
        workspace.run(f"CREATE TABLE {target} AS SELECT * FROM {_rows(workspace, mended, label)}")


def _rows(workspace: Workspace, paths: Sequence[Path], label: str) -> str:
    """Return the SQL that reads JSON with plain cells as text.

    Nested ones have the types that are found, but for dates and what is of several types: DuckDB
    takes dates without a zone for UTC, and keeps the quotes of a text beside numbers.
    """
    names = ", ".join(map(path_literal, paths))
    read = f"read_json([{names}], sample_size = -1, union_by_name = true"
    found = workspace.columns(f"SELECT * FROM {read})")
    if list(found) == [_NAMELESS]:
        _refuse_nameless(workspace, names, label)
    types = {
        name: _TEXT_TYPES.sub("VARCHAR", type_) if "(" in type_ or "[" in type_ else "VARCHAR"
        for name, type_ in found.items()
    }
    columns = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in types.items())
    return f"{read}, columns = {{{columns}}})"


def _refuse_nameless(workspace: Workspace, names: str, label: str) -> None:
    """Refuse rows without names, unless a name in them is that of the column."""
    (found,) = workspace.rows(
        "SELECT count(*) AS rows, "
        f"count(*) FILTER (list_contains(json_keys(json), {literal(_NAMELESS)})) AS named, "
        "count(*) FILTER (json_type(json) <> 'OBJECT') AS others, "
        "count(*) FILTER (len(json_keys(json)) = 0) AS nameless, "
        f"left(first(CAST(json AS VARCHAR)) FILTER (len(json_keys(json)) = 0), {_LONGEST_SAMPLE}) "
        f"AS sample FROM read_json_objects([{names}])"
    )
    if not found["rows"]:
        raise LadderError(
            "A source must have rows.", f"{label} has none.", "Export it again, or leave it out."
        )
    if found["others"] or not found["named"]:
        nameless = count_of(found["nameless"], f"row of {label} is", f"rows of {label} are")
        raise LadderError(
            "The rows of a JSON file must be objects with named values.",
            f"{nameless} none, such as {found['sample']}.",
            'Export it again, with rows such as {"customer_id": "17", "amount": 20}.',
        )
