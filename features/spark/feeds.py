"""What workers are told of a shop's sources, and what they find in their parts of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from features.checking.findings import Findings
from features.checking.measure import Measure
from features.cleaning.mapping import ShopClock
from features.cleaning.staged import Staged
from features.config import Config
from features.quality import SourceReport, merged
from features.reach.days import Days, together
from features.reading.scopes import Scopes
from features.reading.sources import Relation
from features.settings.sections import Source
from features.tables import Table

Reports = Mapping[int, SourceReport]


@dataclass(frozen=True)
class Feed:
    """A source as a worker must know it.

    Parameters
    ----------
    number : int
        Its place among all sources.
    table : Table
    source : Source
        The mapping.
    relation : Relation
        Its columns as they are in the whole source, and what to call it.
    scopes : Scopes
        The types of its text, found in the whole source.
    clock : ShopClock
    limit : float
        The share of bad rows that is accepted.
    drop : bool
        Whether exact duplicates are removed.
    corrupt : str or None
        The raw column that holds a line that could not be split, where there is one.
    """

    number: int
    table: Table
    source: Source
    relation: Relation
    clock: ShopClock
    limit: float
    drop: bool
    scopes: Scopes = field(default_factory=lambda: [{}, {}])
    corrupt: str | None = None

    @property
    def name(self) -> str:
        """The staged table."""
        return f"staged.{self.table.name}_{self.number}"

    def staged(self, report: SourceReport) -> Staged:
        """Return the source as `features.cleaning.canonical` knows it."""
        return Staged(
            self.table, self.name, self.source, self.relation, self.limit, self.drop, report
        )

    def blank(self) -> SourceReport:
        """Return a report of no rows."""
        return SourceReport(self.table.name, self.relation.label, 0, dropped=self.drop)


@dataclass(frozen=True)
class Survey:
    """What is found in staged rows before it is known which of them are seen.

    Parameters
    ----------
    reports : mapping of int to SourceReport
        By the number of the source.
    days : mapping of str to Days
        By table.
    objecting, erased : frozenset of str
        Who objects to profiling, and who was erased and is here nevertheless.
    findings : Findings
    """

    reports: Reports = field(default_factory=dict)
    days: Mapping[str, Days] = field(default_factory=dict)
    objecting: frozenset[str] = frozenset()
    erased: frozenset[str] = frozenset()
    findings: Findings = field(default_factory=Findings)

    def __add__(self, other: Survey) -> Survey:
        """Return the survey of both parts."""
        names = {**self.days, **other.days}
        return Survey(
            _merged(self.reports, other.reports),
            {n: together(self.days.get(n, {}), other.days.get(n, {})) for n in names},
            self.objecting | other.objecting,
            self.erased | other.erased,
            self.findings + other.findings,
        )


@dataclass(frozen=True)
class Summary:
    """What is found in the rows that are seen; `reports` hold only strays."""

    measure: Measure = field(default_factory=Measure)
    reports: Reports = field(default_factory=dict)

    def __add__(self, other: Summary) -> Summary:
        """Return the summary of both parts."""
        return Summary(self.measure + other.measure, _merged(self.reports, other.reports))


def _merged(first: Reports, second: Reports) -> Reports:
    """Return the reports of both parts, by the number of the source."""
    numbers = {**first, **second}
    return {n: merged([part[n] for part in (first, second) if n in part]) for n in numbers}


@dataclass(frozen=True)
class Seen:
    """Which rows are seen.

    Parameters
    ----------
    config : Config
    until : int
        Rows at or after this instant are not.
    left_out : Arrow table with ``customer_id``
        Everybody who objects to profiling or was erased.
    strays : bool
        Whether good rows at or after `until` are counted as bad.
    """

    config: Config
    until: int
    left_out: pa.Table
    strays: bool
