"""A shop's history: canonical rows before a day, checked, and handed out customer by customer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa

from features.block import Block, block_of
from features.checking.findings import find
from features.checking.goodbyes import goodbyes
from features.checking.measure import Measure, measured
from features.checking.notes import notes_on
from features.checking.reporting import report_on
from features.cleaning.canonical import create_canonical, midnight_after_newest_day
from features.cleaning.staged import Staged
from features.cleaning.staging import Frames, set_strays_aside, stage_all
from features.clock import DayLike, end_before
from features.config import Config
from features.portions import ALL, CanonicalTables
from features.products.selling import sold
from features.quality import Report
from features.resources.budget import DEFAULT, MOST_CUSTOMERS, Budget, bytes_of
from features.resources.closing import Closing
from features.resources.pool import Pool, Tables
from features.resources.workspace import Workspace

WORTH_PROCESSES = 2_000_000
"""Rows from which computing takes longer than beginning a process."""

_FEW_BLOCKS = 8
"""Up to so many, to look for the rows of each costs less than to sort all of them."""


class History(Closing):
    """Canonical rows in a workspace; made by :func:`open_history`, closed by ``with``.

    Attributes
    ----------
    config : Config
    report : Report
        What was read and what was wrong with it.
    until : int
        The first instant that is not seen.
    span : dict of str to Span
        ``orders`` and ``engagement``, where the shop has them.
    kinds : dict of str to KindSpan
        Every engagement kind.
    fields : frozenset of str
        The optional fields that hold something, such as ``orders.category``; a flag that is ever
        true; ``engagement.value:nps`` where rows of that kind have a value.
    fingerprint : str
        Hex digest of the canonical rows, whatever their order in the sources.
    customers : int
        People with history whose profiling is allowed.
    values : dict of str to Values
        Attributes with a history.
    measure : Measure
        What all of these come from.
    budget : Budget
        Memory for reading and for blocks.
    processes : int
        How many work on the blocks of a large history.
    ordered : bool
        Whether the tables are sorted by customer and time.
    """

    _pool: Pool | None = None

    def __init__(
        self,
        workspace: Workspace,
        config: Config,
        until: int,
        measure: Measure | None = None,
        *,
        memory: str = DEFAULT,
        processes: int = 1,
        ordered: bool = True,
    ) -> None:
        self.budget, self.processes, self.ordered = Budget.of(memory), processes, ordered
        self._workspace, self.config, self.until = workspace, config, until
        self.measure = measure or measured(workspace, config.shop.timezone)
        self._tables = CanonicalTables(workspace, self.measure, attributes=bool(config.attributes))
        self.customers = self.measure.customers
        self.span = self.measure.span(until, config.shop.timezone)
        self.kinds = self.measure.kinds
        self.fields, self.values = self.measure.fields, self.measure.values
        self.fingerprint = self.measure.fingerprint
        self.report: Report

    def blocks(self, customers: int = MOST_CUSTOMERS) -> Iterator[Block]:
        """Yield whole customers, in the order of their ids' bytes.

        Parameters
        ----------
        customers : int
            How many a block holds at most; fewer where memory is scarce.
        """
        for tables in self._tables.each(self.budget.rows_per_block(1), customers):
            yield block_of(tables, self.config)

    def each(
        self, work: Callable[[Block], pa.Table], only: Mapping[str, str] = ALL
    ) -> Iterator[tuple[pa.Table, int]]:
        """Yield what some work makes of every block, and how many customers were in it.

        A large history is worked on by several processes; on a cluster (`features.spark`) the work
        is done where the rows are. It must be a function of the block alone, and can be sent
        elsewhere.

        Parameters
        ----------
        work : callable
            From a block to a table with a column ``customer_id`` and maybe ``cutoff``, sorted by
            cutoff, then customer. So are the tables yielded, all of them taken together.
        only : mapping of str to str, optional
            The dated tables that the work looks at, with an SQL condition on the rows that matter
            to it. Others, and customers who have none of these, may be left out: reading and
            sorting them is most of the time.
        """
        if self.processes == 1 or self._tables.rows < WORTH_PROCESSES:
            size = self.budget.rows_per_block(1)
            for tables in self._tables.each(size, MOST_CUSTOMERS, only):
                block = block_of(tables, self.config)
                yield work(block), len(block)
            return
        on_tables = partial(_on_tables, work, self.config.without(None))
        with Pool(on_tables, self.processes, self._workspace.folder) as self._pool:
            size = self.budget.rows_per_block(self.processes)
            yield from self._pool.each(self._tables.each(size, MOST_CUSTOMERS, only))

    def table(self, name: str) -> pa.Table:
        """Return a canonical table, empty where the shop has none, sorted by customer and time."""
        return self._tables.table(name, sort=not self.ordered)

    def picked(self, name: str, pick: Callable[[pa.Table], pa.Table]) -> pa.Table:
        """Return what `pick` selects of a canonical table, done where its rows are.

        It is given rows of some customers, all they have in the table, and selects few. It must be
        a function of those alone, and can be sent elsewhere.
        """
        return pick(self.table(name))

    def sold(self, spans: Sequence[tuple[int, int]]) -> pa.Table:
        """Return each product's purchase lines in half-open spans (`features.products.selling`)."""
        return sold(self._workspace, spans)

    def goodbyes(self) -> Iterator[str]:
        """Yield a sentence on each engagement kind after which practically nobody came back."""
        return goodbyes(self._workspace, self.config, self.until, self.customers)

    def left_out(self) -> list[str]:
        """Return who is in the sources and never read: who objects to profiling, or was erased."""
        left_out = self._workspace.table("SELECT customer_id FROM objecting")
        return list(left_out["customer_id"].to_pylist())

    def close(self) -> None:
        """End the work on blocks, and delete what was staged."""
        if self._pool:
            self._pool.close()
        self._workspace.close()

    def _outgrown(self) -> Iterator[str]:
        """Yield a note on customers whose rows alone are more than a block may have."""
        allowed = self.budget.rows_per_block(self.processes)
        if self._tables.rows <= allowed:
            return
        if (most := int(self._tables.rows_of_each.max(initial=0))) > allowed:
            yield (
                f"one customer has {most:,} rows, as a till or a robot may: working on them can "
                f"take {bytes_of(most) / 1e9:.1f} GB, more than --memory leaves to a block. If "
                "nobody buys like that, leave them out with `where`."
            )


def open_history(
    config: Config,
    until: DayLike | None = None,
    frames: Frames | None = None,
    memory: str = DEFAULT,
    processes: int = 1,
) -> History:
    """Read, map and check a shop's sources.

    Parameters
    ----------
    config : Config
        Where the rows are and what they mean.
    until : date, its text, a midnight, or None
        Rows of this local day and later are not seen (`features.clock.day_of`). None for the
        midnight after the newest day with at least 1% of the median daily rows; later rows are
        then counted as bad.
    frames : mapping of str to DataFrame or Arrow table, optional
        Rows by table name, read with the mapping of that table's section instead of its address.
    memory : str
        What reading and computing may take (`features.resources.budget`); more moves to disk.
    processes : int
        How many work on the blocks of a history of 2 million rows or more; 1 is this one. Others
        are spawned, so that a script needs the usual ``if __name__ == "__main__"``.

    Raises
    ------
    UsageError
        If the configuration does not fit the sources, or `until` is no day
        or comes after tomorrow.
    LadderError
        If a source is damaged or empty, too many rows are bad, or too few customers remain.
    """
    Config.require(config)
    budget = Budget.of(memory)
    workspace = Workspace(budget.database)
    try:
        staged = stage_all(workspace, config, frames or {})
        notes = [*notes_on(config, find(workspace, staged, config.churn.event))]
        zone = config.shop.timezone
        end = (
            end_before(until, zone)
            if until is not None
            else _newest_midnight(workspace, staged, zone)
        )
        rows = sum(source.report.read for source in staged)
        ordered = rows > _FEW_BLOCKS * budget.rows_per_block(processes)
        objecting = create_canonical(workspace, staged, end, zone, config.erased, ordered=ordered)
        history = History(
            workspace, config, end, memory=memory, processes=processes, ordered=ordered
        )
        history.report = report_on(
            config, history.measure, end, staged, objecting, [*notes, *history._outgrown()]
        )
        return history
    except BaseException:
        workspace.close()
        raise


def _newest_midnight(workspace: Workspace, staged: list[Staged], timezone: str) -> int:
    """Return the midnight after the newest full day; what is dated later counts as bad."""
    end = midnight_after_newest_day(workspace, staged, timezone)
    set_strays_aside(workspace, staged, end)
    return end


def _on_tables(
    work: Callable[[Block], pa.Table], config: Config, tables: Tables
) -> tuple[pa.Table, int]:
    """Do the work of a process on the tables of a block."""
    block = block_of(tables, config)
    return work(block), len(block)
