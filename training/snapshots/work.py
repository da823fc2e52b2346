"""What is computed of one block for a training, wherever the block is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from features.block import Block
from features.catalogue import Column
from features.engine import compute, cutoffs_of, known_before
from features.facts import CHANNEL, channels
from training.bundle.arrays import Flags
from training.bundle.strata import ELIGIBILITY_FACTS
from training.snapshots import canary
from training.snapshots.outcome import LABEL, Outcome
from training.snapshots.sampling import Sample

WEIGHT = "sample_weight"
"""The column with the weight of each row, where customers are sampled."""


@dataclass(frozen=True)
class Snapshots:
    """Features, facts and labels of whom an outcome is asked of, at every cutoff.

    Parameters
    ----------
    cutoffs : tuple of int
        Instants, ascending.
    columns : tuple of Column
        Features, facts and labels.
    newest : int
        The newest cutoff that is learnt from.
    asked : tuple of (Outcome, tuple of int)
        A row is kept if any of these is asked of it at one of its instants.
    sample : Sample or None
        Whom to learn from; everybody for None.
    channels : bool
        Whether to name the channel that each customer bought through last (`CHANNEL`).
    """

    cutoffs: tuple[int, ...]
    newest: int
    columns: tuple[Column, ...]
    asked: tuple[tuple[Outcome, tuple[int, ...]], ...]
    sample: Sample | None = None
    channels: bool = False

    def __call__(self, block: Block) -> pa.Table:
        """Return a row per customer and cutoff, sorted by cutoff and customer."""
        drawn = self.sample.draw(block) if self.sample else block
        columns = (*self.columns, CHANNEL) if self.channels else self.columns
        if len(drawn):
            canary.refuse(drawn, self.newest, self._learnt)
        # Who is asked nothing takes no room: in most shops these are many.
        table = compute(drawn, self.cutoffs, columns, self._asked_anything(drawn))
        if self.channels:
            place = table.column_names.index(CHANNEL.name)
            table = table.set_column(place, CHANNEL.name, channels(table, drawn))
        if self.sample is None:
            return table
        return table.append_column(WEIGHT, pa.array(self.sample.weights(table, drawn)))

    @cached_property
    def _learnt(self) -> list[Column]:
        return [column for column in self.columns if not column.name.startswith(LABEL)]

    def _asked_anything(self, block: Block) -> Flags:
        """Return who is asked anything at each cutoff, shape (n_cutoffs, n_customers)."""
        deciding = [column for column in self.columns if column.name in ELIGIBILITY_FACTS]
        table = compute(block, self.cutoffs, deciding)
        wanted = known_before(block, self.cutoffs)
        place = np.searchsorted(self.cutoffs, cutoffs_of(table))
        wanted[wanted] = np.any(
            [outcome.asked(table) & np.isin(self.cutoffs, at)[place] for outcome, at in self.asked],
            axis=0,
        )
        return wanted
