"""Columns of kinds that only one shop has."""

from __future__ import annotations

from features.definitions.kinds import columns
from features.expressions.needs import kinds_named

COUNTS = ("count_30d", "count_90d", "count_365d", "days_since")


def test_unnamed_kinds_get_counts_a_recency_and_values() -> None:
    made = columns(["wished", "called"])
    assert [column.name for column in made] == [
        f"kind:{kind}_{stem}"
        for kind in ("wished", "called")
        for stem in (*COUNTS, "value_365d", "total_365d")
    ]
    assert all(kinds_named(column.expression) == {"wished"} for column in made[:6])
    bare = columns(["wished"], {"engagement.value", "engagement.value:called"})
    assert [column.name for column in bare] == [f"kind:wished_{stem}" for stem in COUNTS]
