"""A staged source is counted, and refused where too much of it is bad."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from features.cleaning.narrowing import narrowed, read_from
from features.errors import LadderError
from features.quality import UNREADABLE, Problem, SourceReport
from features.reading.formats import date_formats
from features.reading.sources import Relation
from features.sections import Source
from features.workspace import Workspace, literal

_AGAIN = "lines_that_occur_again"
_LINES_AT_ONCE = 10_000_000
_STRPTIME = re.compile(r"(?:try_)?strptime\((.+?), (\[?'.*'\]?)\)", re.IGNORECASE)
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


def examine(
    workspace: Workspace, table: str, staged: str, relation: Relation, *, drop: bool
) -> SourceReport:
    """Count what is in a staged source (`features.cleaning.mapping.stage`).

    Parameters
    ----------
    workspace : Workspace
        Where it is.
    table, staged : str
        The canonical table it feeds, and the name of the staged one.
    relation : Relation
        What it was staged from.
    drop : bool
        Whether exact duplicates were removed, for the report.
    """
    found = workspace.rows(
        "SELECT problem AS reason, count(*) AS rows, fatal, min(DISTINCT sample, 3) AS samples "
        f"FROM {staged} WHERE problem IS NOT NULL GROUP BY problem, fatal "
        "ORDER BY rows DESC, reason"
    )
    problems = [
        Problem(row["reason"], row["rows"], row["fatal"], tuple(row["samples"] or ()))
        for row in found
    ]
    if relation.unreadable:
        problems.append(Problem(UNREADABLE, relation.unreadable, True, relation.samples))
    read = workspace.number(f"SELECT count(*) FROM {staged}") + relation.unreadable
    repeated = duplicates(workspace, staged, read)
    return SourceReport(table, relation.label, read, tuple(problems), repeated, drop)


def duplicates(workspace: Workspace, staged: str, rows: int) -> int:
    """Return how many good rows repeat another one exactly.

    Lines are hashes, so that most rows are told apart by numbers alone, and sorting numbers takes a
    fraction of what grouping takes. Only rows whose line occurs twice are compared in full.

    Parameters
    ----------
    workspace, staged
        As in :func:`examine`.
    rows : int
        How many there are at most; so many that their lines would fill the memory are looked at
        in parts.
    """
    parts = 1 + rows // _LINES_AT_ONCE
    return sum(_duplicates(workspace, staged, f"line % {parts} = {part}") for part in range(parts))


def _duplicates(workspace: Workspace, staged: str, condition: str) -> int:
    good = f"{staged} WHERE NOT fatal AND {condition}"
    found = workspace.table(f"SELECT line FROM {good}")["line"]
    lines = np.concatenate([np.empty(0, np.uint64), *(part.to_numpy() for part in found.chunks)])
    lines.sort()
    again = lines[1:][lines[1:] == lines[:-1]]
    if not len(again):
        return 0
    workspace.register(_AGAIN, pa.table({"line": again}))
    repeated = workspace.number(
        f"SELECT count(*) - count(DISTINCT (line, customer_id)) FROM {good} "
        f"AND line IN (SELECT line FROM {_AGAIN})"
    )
    workspace.unregister(_AGAIN)
    return repeated


def refuse_if_bad(
    workspace: Workspace, report: SourceReport, staged: str, limit: float, source: Source
) -> None:
    """Stop where more of a source is bad than the shop accepts.

    Parameters
    ----------
    workspace, report, staged
        As in :func:`examine`, and what it returned.
    limit : float
        ``max_bad_share``.
    source : Source
        Its mapping, to write the advice with the shop's own names.

    Raises
    ------
    LadderError
        With every reason, its count and samples.
    """
    if report.bad_share <= limit:
        return
    raise LadderError(
        f"At most {limit:.2%} of the rows of [{report.table}] may be bad (max_bad_share).",
        f"{report.label}: {report.bad + report.emptied:,} of {report.read:,} are: "
        f"{'; '.join(map(str, report.problems))}.",
        _advice(workspace, report, staged, source),
    )


def _advice(workspace: Workspace, report: SourceReport, staged: str, source: Source) -> str:
    """Return what to do about the commonest problem."""
    worst = max(report.problems, key=lambda problem: problem.rows)
    column = worst.reason.partition(" ")[0]
    read = source.columns.get(column, column)
    if worst.reason.endswith("is not a date"):
        return _date_advice(workspace, staged, worst.reason, column, read)
    if worst.reason.endswith("is not a number") and any("," in text for text in worst.samples):
        return _comma_advice(column, read, worst.samples)
    if worst.reason.endswith("is neither true nor false"):
        return f"Say which values mean yes: {column} = \"{read} in ('...')\"."
    if worst.reason == UNREADABLE and any("encoding" in text for text in worst.samples):
        return f'Say how the file is encoded: encoding = "latin-1" in [{report.table}].'
    if worst.reason.startswith("no "):
        empty = read_from(source, worst.reason.split()[1])
        line = narrowed(source, f"{empty} is not null")
        return f"Correct the export, or leave those rows out: {line}."
    return "Correct the export or the mapping, or raise max_bad_share."


def _comma_advice(column: str, source: str, samples: Sequence[str]) -> str:
    """Return how to read numbers with commas, and with points where they group thousands."""
    said, read = "Read the comma", f"replace({source}, ',', '.')"
    if all(_THOUSANDS.fullmatch(text) for text in samples if "," in text):
        said, read = "Take the commas out", f"replace({source}, ',', '')"
    elif any(0 <= text.find(".") < text.find(",") for text in samples):
        said, read = "Read the comma", f"replace(replace({source}, '.', ''), ',', '.')"
    return f'{said}: {column} = "try_cast({read} AS DOUBLE)".'


def _date_advice(workspace: Workspace, staged: str, reason: str, column: str, source: str) -> str:
    bad = f"problem = {literal(reason)}"
    rows = workspace.rows(
        f"SELECT DISTINCT regexp_replace(sample, '^\\w+=', '') AS text FROM {staged} WHERE {bad} "
        "ORDER BY text LIMIT 10000"
    )
    found = date_formats(row["text"] for row in rows)
    source, known = _as_written(source)
    formats = list(dict.fromkeys([*known, *found]))
    (good,) = workspace.rows(f"SELECT count(*) AS n FROM {staged} WHERE {column} IS NOT NULL")
    if not found:
        return f"Write {column} as an expression that gives a date, or correct the export."
    if good["n"] and not known:
        formats.insert(0, "%Y-%m-%d")
    read = ", ".join(f"'{form}'" for form in formats)
    if len(formats) == 1:
        return f'Say how the dates are written: {column} = "strptime({source}, {read})".'
    several = f'{column} = "try_strptime({source}, [{read}])"'
    return (
        f"The dates are written in several ways; correct the export, or name them all: {several}."
    )


def _as_written(source: str) -> tuple[str, list[str]]:
    """Return what a mapping reads dates from, and the formats that it tries already.

    >>> _as_written("strptime(paid, '%d.%m.%Y')"), _as_written("paid")
    (('paid', ['%d.%m.%Y']), ('paid', []))
    """
    if not (tried := _STRPTIME.fullmatch(source)):
        return source, []
    return tried[1], re.findall("'([^']*)'", tried[2])
