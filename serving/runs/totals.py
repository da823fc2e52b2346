"""What a run says in numbers that add up over parts of the customers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Totals:
    """How many customers were scored, by tier and rung, and what is at stake of those who have it.

    `at_risk` is None where no customer has a value at risk.
    """

    customers: int = 0
    tiers: Counter[str | None] = field(default_factory=Counter)
    rungs: Counter[str | None] = field(default_factory=Counter)
    at_risk: float | None = None

    @classmethod
    def of(cls, records: pa.Table) -> Self:
        """Return the totals of some records."""
        return cls(
            len(records),
            Counter(records["risk_tier"].to_pylist()),
            Counter(records["rung"].to_pylist()),
            pc.sum(records["value_at_risk"]).as_py(),
        )

    @property
    def sizes(self) -> tuple[int, int]:
        """How many customers there are, and how many of them are active."""
        return self.customers, sum(self.tiers[tier] for tier in ("high", "medium", "low"))

    def __add__(self, other: Totals) -> Totals:
        """Return the totals of both parts."""
        sums = [part.at_risk for part in (self, other) if part.at_risk is not None]
        return Totals(
            self.customers + other.customers,
            self.tiers + other.tiers,
            self.rungs + other.rungs,
            sum(sums) if sums else None,
        )
