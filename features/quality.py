"""The data quality report: what was read, what was wrong with it, and what it can predict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from features.errors import LadderError
from features.formats import date_formats
from features.sources import Relation
from features.workspace import Workspace, literal

UNREADABLE = "line does not split into the columns"
STRAY = "after the newest full day"


@dataclass(frozen=True)
class Problem:
    """A reason, how many rows have it, and up to three of the values.

    A `fatal` problem sets the row aside; any other leaves one optional cell empty.
    """

    reason: str
    rows: int
    fatal: bool
    samples: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the reason with its count and samples."""
        shown = f", for example {', '.join(self.samples)}" if self.samples else ""
        return f"{self.reason} ({self.rows:,}{shown})"


@dataclass(frozen=True)
class SourceReport:
    """One source of a table.

    Parameters
    ----------
    table, label : str
        Which table, and what the source is called.
    read : int
        Rows read, after `where`; the good and the bad.
    problems : tuple of Problem
        Each reason once, the commonest first.
    duplicates : int
        Good rows that repeat an earlier line exactly.
    dropped : bool
        Whether those were removed.
    """

    table: str
    label: str
    read: int
    problems: tuple[Problem, ...] = ()
    duplicates: int = 0
    dropped: bool = False

    @property
    def bad(self) -> int:
        """Rows set aside."""
        return sum(problem.rows for problem in self.problems if problem.fatal)

    @property
    def emptied(self) -> int:
        """Rows kept with an unreadable optional cell left empty."""
        return sum(problem.rows for problem in self.problems if not problem.fatal)

    @property
    def bad_share(self) -> float:
        """Rows with a problem among those read, 0 to 1."""
        return (self.bad + self.emptied) / self.read if self.read else 0.0


@dataclass(frozen=True)
class TableReport:
    """A table as it is used: rows of customers who do not object, before `until`."""

    name: str
    rows: int
    customers: int
    first: date | None
    last: date | None
    sources: tuple[SourceReport, ...]

    @property
    def read(self) -> int:
        """Rows read from all sources."""
        return sum(source.read for source in self.sources)

    @property
    def bad(self) -> int:
        """Rows set aside."""
        return sum(source.bad for source in self.sources)


@dataclass(frozen=True)
class Outlook:
    """Whether an outcome can be predicted, and why."""

    outcome: str
    possible: bool
    why: str


@dataclass(frozen=True)
class Report:
    """What ``ladder check`` says.

    Parameters
    ----------
    tables : tuple of TableReport
    customers : int
        People with history whose profiling is allowed.
    objecting : int
        People left out of everything because they object to profiling.
    until : date
        The first local day that is not seen.
    notes : tuple of str
        Warnings, a sentence each.
    outlooks : tuple of Outlook
        What can be predicted.
    """

    tables: tuple[TableReport, ...]
    customers: int
    objecting: int
    until: date
    notes: tuple[str, ...]
    outlooks: tuple[Outlook, ...]

    def __str__(self) -> str:
        """Return the report as plain text."""
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """Yield the report line by line."""
        yield f"{self.customers:,} customers, seen until {self.until} (not included)."
        if self.objecting:
            yield f"{self.objecting:,} people object to profiling and are left out."
        for table in self.tables:
            span = f", {table.first} to {table.last}" if table.first else ""
            yield f"{table.name}: {table.rows:,} rows used of {table.read:,} read{span}"
            for source in table.sources:
                yield from (f"  {line}" for line in _source_lines(source))
        yield from (f"Note: {note}" for note in self.notes)
        for outlook in self.outlooks:
            yield f"{outlook.outcome}: {'yes' if outlook.possible else 'no'}, {outlook.why}"


def _source_lines(source: SourceReport) -> Iterator[str]:
    for problem in source.problems:
        share = problem.rows / source.read
        what = "bad" if problem.fatal else "left empty"
        yield f"{source.label}: {share:.2%} {what}: {problem}"
    if source.duplicates:
        done = "dropped" if source.dropped else 'kept (duplicates = "drop" removes them)'
        yield f"{source.label}: {source.duplicates:,} exact duplicate lines, {done}"


def examine(
    workspace: Workspace, table: str, staged: str, relation: Relation, *, drop: bool
) -> SourceReport:
    """Count what is in a staged source (`features.mapping.stage`).

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
        "SELECT problem AS reason, count(*) AS rows, fatal, min(sample, 3) AS samples "
        f"FROM {staged} GROUP BY problem, fatal ORDER BY rows DESC, reason"
    )
    problems = [
        Problem(row["reason"], row["rows"], row["fatal"], tuple(row["samples"] or ()))
        for row in found
        if row["reason"] is not None
    ]
    if relation.unreadable:
        problems.append(Problem(UNREADABLE, relation.unreadable, True, relation.samples))
    (repeated,) = workspace.rows(
        f"SELECT count(*) - count(DISTINCT (line, customer_id)) AS n FROM {staged} WHERE NOT fatal"
    )
    read = sum(row["rows"] for row in found) + relation.unreadable
    return SourceReport(table, relation.label, read, tuple(problems), repeated["n"], drop)


def refuse_if_bad(
    workspace: Workspace, report: SourceReport, staged: str, limit: float, mapped: dict[str, str]
) -> None:
    """Stop where more of a source is bad than the shop accepts.

    Parameters
    ----------
    workspace, report, staged
        As in :func:`examine`, and what it returned.
    limit : float
        ``max_bad_share``.
    mapped : dict of str to str
        The source's `columns`, to write the advice with the shop's own names.

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
        _advice(workspace, report, staged, mapped),
    )


def _advice(workspace: Workspace, report: SourceReport, staged: str, mapped: dict[str, str]) -> str:
    """Return what to do about the commonest problem."""
    worst = max(report.problems, key=lambda problem: problem.rows)
    column = worst.reason.partition(" ")[0]
    source = mapped.get(column, column)
    if worst.reason.endswith("is not a date"):
        return _date_advice(workspace, staged, worst.reason, column, source)
    if worst.reason.endswith("is not a number") and any("," in text for text in worst.samples):
        return f"Read the comma: {column} = \"try_cast(replace({source}, ',', '.') AS DOUBLE)\"."
    if worst.reason == UNREADABLE and any("encoding" in text for text in worst.samples):
        return f'Say how the file is encoded: encoding = "latin-1" in [{report.table}].'
    if worst.reason.startswith("no "):
        empty = mapped.get(worst.reason.split()[1], worst.reason.split()[1])
        return f'Correct the export, or leave those rows out: where = "{empty} is not null".'
    return "Correct the export or the mapping, or raise max_bad_share."


def _date_advice(workspace: Workspace, staged: str, reason: str, column: str, source: str) -> str:
    bad = f"problem = {literal(reason)}"
    rows = workspace.rows(
        f"SELECT DISTINCT regexp_replace(sample, '^\\w+=', '') AS text FROM {staged} WHERE {bad} "
        "ORDER BY text LIMIT 10000"
    )
    formats = date_formats(row["text"] for row in rows)
    (good,) = workspace.rows(f"SELECT count(*) AS n FROM {staged} WHERE {column} IS NOT NULL")
    if not formats:
        return f"Write {column} as an expression that gives a date, or correct the export."
    if good["n"]:
        formats.insert(0, "%Y-%m-%d")
    read = ", ".join(f"'{form}'" for form in formats)
    if len(formats) == 1:
        return f'Say how the dates are written: {column} = "strptime({source}, {read})".'
    several = f'{column} = "try_strptime({source}, [{read}])"'
    return (
        f"The dates are written in several ways; correct the export, or name them all: {several}."
    )
