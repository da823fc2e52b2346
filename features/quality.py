"""The data quality report: what was read, what was wrong with it, and what it can predict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from features.reach.spans import KindSpan
from features.units import count_of

UNREADABLE = "line does not split into the columns"


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


def merged(reports: Sequence[SourceReport]) -> SourceReport:
    """Return one report on a source from reports on its parts, of which there is at least one."""
    found: dict[tuple[str, bool], list[Problem]] = {}
    for problem in (problem for report in reports for problem in report.problems):
        found.setdefault((problem.reason, problem.fatal), []).append(problem)
    problems = [
        Problem(reason, sum(problem.rows for problem in parts), fatal, _samples(parts))
        for (reason, fatal), parts in found.items()
    ]
    return replace(
        reports[0],
        read=sum(report.read for report in reports),
        problems=tuple(sorted(problems, key=_place)),
        duplicates=sum(report.duplicates for report in reports),
    )


def _place(problem: Problem) -> tuple[bool, int, str]:
    """Return the sort key of a problem: the commonest first, lines that are no rows last."""
    return problem.reason == UNREADABLE, -problem.rows, problem.reason


def _samples(parts: Sequence[Problem]) -> tuple[str, ...]:
    return tuple(sorted({text for part in parts for text in part.samples}, key=str.encode)[:3])


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
    kinds : mapping of str to KindSpan
        The engagement kinds in use.
    attributes : mapping of str to str
        Each attribute of customers, and what it serves for.
    """

    tables: tuple[TableReport, ...]
    customers: int
    objecting: int
    until: date
    notes: tuple[str, ...]
    outlooks: tuple[Outlook, ...]
    kinds: Mapping[str, KindSpan]
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the report as plain text."""
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """Yield the report line by line."""
        yield from self.people()
        for table in self.tables:
            span = f", {table.first} to {table.last}" if table.first else ""
            yield f"{table.name}: {count_of(table.rows, 'row')} used of {table.read:,} read{span}."
        for kind, rows in self.kinds.items():
            yield f"kind {kind}: {count_of(rows.rows, 'row')}."
        for name, use in self.attributes.items():
            yield f"attribute {name}: {use}."
        yield from self.warnings()
        for outlook in self.outlooks:
            yield f"{outlook.outcome}: {'yes' if outlook.possible else 'no'}, {outlook.why}"

    def people(self) -> Iterator[str]:
        """Yield how many customers the history is of, and how many are left out."""
        customers = count_of(self.customers, "customer")
        yield f"{customers}, seen until {self.until} (not included)."
        if self.objecting:
            one, many = "person objects to profiling and is", "people object to profiling and are"
            yield f"{count_of(self.objecting, one, many)} left out of everything."

    def warnings(self) -> Iterator[str]:
        """Yield what every command says: bad rows by reason, duplicates and notes."""
        for source in self._sources():
            for problem in source.problems:
                done = "left out" if problem.fatal else "that cell left empty"
                yield f"{source.label}: {problem.rows / source.read:.2%} {done}: {problem}."
        yield from self.duplicates()
        yield from self.notes

    def duplicates(self) -> Iterator[str]:
        """Yield a sentence for each source that repeats lines."""
        for source in self._sources():
            if source.duplicates:
                done = "dropped" if source.dropped else 'kept (duplicates = "drop" removes them)'
                lines = count_of(source.duplicates, "exact duplicate line")
                yield f"{source.label}: {lines}, {done}."

    def _sources(self) -> Iterator[SourceReport]:
        return (source for table in self.tables for source in table.sources)
