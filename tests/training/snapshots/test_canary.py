"""What is planted at a cutoff is heard by whatever can see the future, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.block import Block
from features.catalogue import Column
from features.clock import Window, midnight
from features.config import Config
from features.contract import Activity, Engagement, Orders
from features.engine import compute
from features.errors import LadderError
from features.expressions.expression import Measure
from features.history import History, open_history
from features.standard import standard_columns
from training.snapshots import canary
from training.snapshots.dataset import prepare
from training.snapshots.outcomes import outcomes
from training.snapshots.sampling import Sample

UNTIL = date(2025, 6, 1)
CUTOFF = midnight(date(2025, 4, 2), "Europe/Berlin")


@pytest.fixture(scope="module")
def history(small_config: Config, small_frames: dict[str, Any]) -> Iterator[History]:
    with open_history(small_config, until=UNTIL, frames=small_frames) as opened:
        yield opened


@pytest.fixture(scope="module")
def block(history: History) -> Block:
    return next(iter(history.blocks()))


def test_no_column_of_the_product_hears_what_is_planted(history: History, block: Block) -> None:
    columns = standard_columns(history.config, history.span, history.kinds, history.fields)
    assert len(columns) > 100
    canary.refuse(block, CUTOFF, columns)


@pytest.mark.parametrize(
    "measure",
    [
        Orders().amount.sum().between(-30, 1),
        Orders().purchases.channel.distinct().between(0, 1),
        Engagement().kind("site_visited").count().between(-1, 1),
        Activity().days_since_last().between(-365, 30),
    ],
)
def test_a_column_that_sees_the_day_of_the_cutoff_is_named(block: Block, measure: Measure) -> None:
    fine = Column("fine", Orders().amount.sum())
    with pytest.raises(LadderError, match="leak changed when test rows") as caught:
        canary.refuse(block, CUTOFF, [fine, Column("leak", measure)])
    assert "fine" not in caught.value.came


def test_every_label_hears_what_is_planted(history: History, block: Block) -> None:
    known, _ = outcomes(history.config, history)
    labels = [one.column for one in known if one.name in ("churn", "spend", "advocate")]
    assert len(labels) == 3
    with pytest.raises(LadderError) as caught:
        canary.refuse(block, CUTOFF, labels)
    assert all(label.name in caught.value.came for label in labels)


@pytest.mark.parametrize("share", [None, 0.5])
def test_every_training_plants_them(
    history: History, monkeypatch: pytest.MonkeyPatch, share: float | None
) -> None:
    leak = Column("leak", Orders().amount.sum(), Window(-30, 1))
    monkeypatch.setattr(
        "training.snapshots.dataset.standard_columns",
        lambda *given: (*standard_columns(*given), leak),
    )
    monkeypatch.setattr("training.snapshots.guards.refuse_foresight", lambda _: None)
    sample = Sample.of(share, history.config, seed=7)
    with pytest.raises(LadderError, match="leak changed when test rows"):
        prepare(history, ("churn",), lambda *_: None, sample)


def test_a_customer_with_very_many_rows_is_not_multiplied(
    block: Block, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def watched(some: Block, cutoffs: list[int], columns: list[Column]) -> pa.Table:
        seen.append(most_rows(some))
        return compute(some, cutoffs, columns)

    monkeypatch.setattr(canary, "MOST_ROWS", 30)
    monkeypatch.setattr(canary, "compute", watched)
    canary.refuse(block, CUTOFF, [])
    assert most_rows(block) > 2 * 30
    assert max(seen) <= 2 * 30, "all that was done before is there once more"


def most_rows(block: Block) -> int:
    """Return how many rows of a table one customer has at most."""
    return max(int(np.diff(block.events(name).first).max()) for name in ("orders", "engagement"))


def test_a_block_of_nobody_else_is_let_pass(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary, "MOST_ROWS", -1)
    canary.refuse(block, CUTOFF, [Column("leak", Orders().amount.sum().between(-30, 1))])
