"""`Outcome`: one thing predicted, its label, whom it is asked of, and which table carries it.

Labels are measures over the forward window ``[cutoff + gap, cutoff + gap + horizon)``, evaluated
by the engine that computes the features, so that "a referral" is one thing everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from features.catalogue import Column
from features.clock import Window
from features.contract import Activity
from features.expressions.expression import Measure
from training.bundle.arrays import Flags, Floats, facts
from training.bundle.strata import ELIGIBILITY_FACTS, Asked, eligible

LABEL = "label_"
"""How the name of a label's column begins; no feature's does."""

READINGS: Mapping[str, Callable[[Floats], Floats]] = {
    "none": lambda measured: (measured == 0).astype(np.float64),
    "some": lambda measured: (measured > 0).astype(np.float64),
    "money": lambda measured: np.maximum(measured, 0.0),
    # A recency looks back: of a row still to come, it is negative.
    "days": lambda measured: -measured,
}
"""How a label is read from the measure over the forward window."""


@dataclass(frozen=True)
class Outcome:
    """One thing predicted.

    Parameters
    ----------
    name : str
        One of `training.snapshots.outcomes.NAMES`.
    measure : Measure
        What is measured over the forward window.
    reading : str
        How the label is read from it, a key of `READINGS`.
    table : str
        The table whose end is the end of the newest label.
    since : int
        Instant from which the kinds behind the label were recorded.
    gap_days, horizon_days : int
        The forward window.
    who : {"active", "subscribed", "lapsed"}
        Whom it is asked of.
    """

    name: str
    measure: Measure
    reading: str
    table: str
    since: int
    gap_days: int
    horizon_days: int
    who: Asked = "active"

    @property
    def embargo_days(self) -> int:
        """Days after a cutoff until its label is known."""
        return self.gap_days + self.horizon_days

    @property
    def is_money(self) -> bool:
        """Whether the label is an amount instead of yes or no."""
        return self.reading == "money"

    @property
    def tells_of_activity(self) -> bool:
        """Whether its label says who was active again in the horizon."""
        return self.reading == "none" or self.name == "return"

    def within(self, days: int) -> Outcome:
        """Return the same question about the first days of the horizon only."""
        return replace(self, name=f"{self.name}_{days}d", horizon_days=days)

    @property
    def column(self) -> Column:
        """Return the label's column for the engine."""
        return Column(
            name=f"{LABEL}{self.name}",
            expression=self.measure,
            window=Window.after(self.gap_days, self.horizon_days),
            unit="money" if self.is_money else "count",
            description=f"What the label of {self.name} is read from.",
            is_feature=False,
        )

    def labels(self, table: pa.Table) -> Floats:
        """Return the label of each row: 0 or 1, money, or days; shape (n,)."""
        return READINGS[self.reading](facts(table, [self.column.name])[self.column.name])

    def asked(self, table: pa.Table) -> Flags:
        """Return for each row, from its facts, whether the outcome is asked of it, shape (n,)."""
        return eligible(self.who, facts(table, ELIGIBILITY_FACTS))


def next_activity(churn: Outcome) -> Outcome:
    """Return the days to the next activity until the horizon's end as a label; NaN without one.

    Unlike churn it sees the gap: whoever orders in it has ordered.
    """
    return replace(
        churn,
        name="next_activity",
        measure=Activity().days_since_first(),
        reading="days",
        gap_days=0,
        horizon_days=churn.embargo_days,
    )
