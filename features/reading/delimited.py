"""CSV files as text: how each is written is found by DuckDB, and doubted where quotes remain.

DuckDB looks at the first rows. Where it finds no quotes there, because they come later or because
one of them is stray, a file that holds some is read in both ways, and the better reading counts.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from features.reading import texts
from features.reading.files import path_literal
from features.resources.workspace import Workspace, literal, quoted

_REJECTS, _SCANS = "rejects_of_source", "scans_of_source"
_STORE_REJECTS = (
    "store_rejects = true, rejects_limit = 0, "
    f"rejects_table = '{_REJECTS}', rejects_scan = '{_SCANS}'"
)
_DELIMITERS = ",;\t|"
_QUOTE = '"'
_SEP_LINE = re.compile("sep=(.)", re.IGNORECASE)
"""What a first line tells Excel."""


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written.

    The delimiter, quote and escape are one character, or empty for none. So many lines are
    `skipped` before the one that names the columns.
    """

    delimiter: str
    quote: str
    escape: str
    skipped: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Lost:
    """Lines that could not be split into columns: how many, and what is wrong with some."""

    lines: int = 0
    samples: tuple[str, ...] = ()


def read_csv(workspace: Workspace, path: Path, encoding: str, target: str) -> Lost:
    """Make a table of text of a CSV file.

    Raises
    ------
    LadderError
        If it is encoded otherwise.
    duckdb.Error
        If it is damaged.
    """
    with texts.as_utf8(path, encoding, workspace.folder) as file:
        try:
            lost = _read_better_way(workspace, file, target)
        except duckdb.Error:
            if not texts.has_mixed_ends(file):
                raise
        else:
            if not lost.lines or not texts.has_mixed_ends(file):
                return lost
        # Files put together end lines in two ways, which is more than DuckDB takes.
        with texts.with_even_ends(file, workspace.folder) as even:
            return _read_better_way(workspace, even, target)


def sniffed(workspace: Workspace, file: Path) -> Dialect:
    """Return how a file's first rows are written.

    Raises
    ------
    duckdb.Error
        If they cannot be told apart.
    """
    (found,) = workspace.rows(
        "SELECT Delimiter, Quote, Escape, Comment, SkipRows, Columns FROM "
        f"sniff_csv({path_literal(file)}, all_varchar = true, header = true, ignore_errors = true)"
    )
    quote, escape, comment = (
        found[key].removeprefix("(empty)") for key in ("Quote", "Escape", "Comment")
    )
    return Dialect(
        found["Delimiter"],
        quote,
        escape or quote,  # doubled, where none is seen
        _remark_lines(file, comment) if comment else found["SkipRows"],
        tuple(column["name"] for column in found["Columns"]),
    )


def _read_better_way(workspace: Workspace, file: Path, target: str) -> Lost:
    """Make the table by the dialect that DuckDB finds, or by RFC 4180 where that reads more rows.

    A row with a cell that is still in quotes was misread.
    """
    if any(map(_SEP_LINE.fullmatch, texts.first_lines(file)[:1])):
        return _read(workspace, file, _rfc4180(file), target)
    try:
        dialect = sniffed(workspace, file)
        lost = _read(workspace, file, dialect, target)
    except duckdb.Error:
        return _read(workspace, file, _rfc4180(file), target)
    if dialect.quote or not texts.holds(file, _QUOTE.encode()):
        return lost
    misread = lost.lines + _rows_in_quotes(workspace, target, dialect)
    if not misread and len(dialect.names) > 1:
        return lost
    standard, other = _rfc4180(file), f"{target}_other"
    try:
        lost_otherwise = _read(workspace, file, standard, other)
    except duckdb.Error:
        return lost
    if lost_otherwise.lines < misread or len(standard.names) > len(dialect.names) == 1:
        workspace.run(f"DROP TABLE {target}")
        workspace.run(f"CREATE VIEW {target} AS SELECT * FROM {other}")
        return lost_otherwise
    workspace.run(f"DROP TABLE {other}")
    return lost


def _remark_lines(file: Path, mark: str) -> int:
    """Return how many of a file's first lines are remarks."""
    lines = texts.first_lines(file)
    return next((n for n, line in enumerate(lines) if not line.startswith(mark)), len(lines))


def _rfc4180(file: Path) -> Dialect:
    """Return the dialect of RFC 4180; the line of names, or one for Excel, tells its delimiter."""
    lines = texts.first_lines(file) or [""]
    separator = _SEP_LINE.fullmatch(lines[0])
    line = lines[1] if separator and len(lines) > 1 else lines[0]
    bare = re.sub('"[^"]*"', "", line)
    delimiter = separator[1] if separator else max(_DELIMITERS, key=bare.count)
    names: list[str] = []
    for number, cell in enumerate(next(csv.reader([line], delimiter=delimiter), [])):
        name = cell.strip() or f"column{number}"
        again = sum(name.lower() == known.lower() for known in names)
        names.append(f"{name}_{again}" if again else name)
    return Dialect(delimiter, _QUOTE, _QUOTE, int(separator is not None), tuple(names))


def _read(workspace: Workspace, file: Path, dialect: Dialect, target: str) -> Lost:
    """Make the table, and count what is lost."""
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in dialect.names)
    # Without comments, which an order called #1001 would be.
    how = (
        f"auto_detect = false, header = true, skip = {dialect.skipped}, comment = '', "
        f"delim = {literal(dialect.delimiter)}, quote = {literal(dialect.quote)}, "
        f"escape = {literal(dialect.escape)}, columns = {{{columns}}}, {_STORE_REJECTS}"
    )
    workspace.run(
        f"CREATE OR REPLACE TABLE {target} AS SELECT * FROM read_csv({path_literal(file)}, {how})"
    )
    return _lost(workspace)


def _lost(workspace: Workspace) -> Lost:
    """Count the lines that the latest scan could not split into its columns, and forget them.

    DuckDB notes several errors of one line, and one error of all lines that a stray quote runs
    through.
    """
    scan = f"scan_id = (SELECT max(scan_id) FROM {_SCANS})"
    error = "lower(any_value(error_type::VARCHAR))"
    within = "max(length(regexp_replace(rtrim(csv_line, chr(10)), '[^\\n]', '', 'g')))"
    through = f"CASE WHEN bool_or(error_type = 'UNQUOTED VALUE') THEN coalesce({within}, 0) END"
    (lost,) = workspace.rows(
        "SELECT coalesce(sum(1 + coalesce(more, 0)), 0)::BIGINT AS lines, "
        "list_transform(min((line, error), 3), "
        "lambda x: 'line ' || x[1] || ': ' || x[2]) AS samples "
        f"FROM (SELECT line, {error} AS error, {through} AS more "
        f"FROM {_REJECTS} WHERE {scan} GROUP BY line)"
    )
    workspace.run(f"DROP TABLE {_REJECTS}")
    workspace.run(f"DROP TABLE {_SCANS}")
    return Lost(lost["lines"], tuple(lost["samples"] or ()))


def _rows_in_quotes(workspace: Workspace, target: str, dialect: Dialect) -> int:
    """Return how many rows, the names among them, have a cell that begins and ends with a quote."""
    cells = (
        f"({q} >= '\"' AND {q} < '#' AND suffix({q}, '\"'))" for q in map(quoted, dialect.names)
    )
    rows = workspace.number(f"SELECT count(*) FROM {target} WHERE {' OR '.join(cells)}")
    return rows + any(re.fullmatch('".*"', name) is not None for name in dialect.names)
