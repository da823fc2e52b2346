"""What stays on a real cluster: its order, its files, its way to this machine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import LadderError, UsageError
from features.spark.kept import Kept
from features.spark.ranking import Ranking

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]

SHOP = pa.schema(
    [
        ("customer_id", pa.string()),
        ("risk", pa.float64()),
        ("stake", pa.float64()),
        ("percentile_of_risk", pa.float64()),
    ]
)


@pytest.fixture(scope="module")
def shop() -> pa.Table:
    """Return customers most of whom share their number with a third of all."""
    draw = np.random.default_rng(7)
    ids = [f"c-{number}" for number in draw.permutation(3000)]
    stake = draw.choice([0.0, 5.0, 7.0], 3000) + np.where(draw.random(3000) < 0.2, 0.1, 0.0)
    risk = np.where(draw.random(3000) < 0.5, 0.25, draw.random(3000))
    known = draw.random(3000) < 0.9
    return pa.table(
        [
            pa.array(ids),
            pa.array(np.where(known, risk, np.nan), from_pandas=True),
            pa.array(stake),
            pa.nulls(3000, pa.float64()),
        ],
        schema=SHOP,
    )


@pytest.fixture(scope="module")
def kept(spark: Any, shop: pa.Table) -> Iterator[Kept]:
    with Kept(spark.createDataFrame(shop).repartition(4, "customer_id")) as rows:
        yield rows


def the_same(rows: pa.Table) -> pa.Table:
    return rows


def in_order(shop: pa.Table, column: str) -> list[str]:
    known = shop.filter(shop[column].is_valid()).to_pylist()
    best = sorted(known, key=lambda row: (-row[column], row["customer_id"].encode()))
    return [row["customer_id"] for row in best]


def test_a_cluster_knows_everybodys_place(kept: Kept, shop: pa.Table) -> None:
    with Ranking(kept, ("risk", "stake")) as ranking:
        best = in_order(shop, "stake")
        known = np.sort(shop["risk"].drop_null().to_numpy())
        assert ranking.counts == {"risk": len(known), "stake": 3000}
        asked = [0, 499, 500, 1700, 2999]
        found = ranking.at({"stake": asked})["stake"]
        assert [found[place].customer_id for place in asked] == [best[place] for place in asked]
        with ranking.finish(["percentile_of_risk"], the_same, SHOP) as placed:
            rows = pa.concat_tables(placed.stream(the_same)).cast(SHOP)
    assert rows["customer_id"].to_pylist() == sorted(shop["customer_id"].to_pylist())
    assert rows["stake"].equals(shop.sort_by("customer_id")["stake"])
    risk = rows["risk"].to_numpy()
    middles = (np.searchsorted(known, risk) + np.searchsorted(known, risk, "right")) / 2
    expected = np.where(np.isnan(risk), np.nan, 100 * middles / len(known))
    assert np.array_equal(rows["percentile_of_risk"].to_numpy(), expected, equal_nan=True)


WRITTEN = pa.schema([SHOP.field("customer_id"), SHOP.field("stake")])


def stakes(rows: pa.Table) -> pa.Table:
    return rows.select(WRITTEN.names)


def test_a_folder_is_written_whole_and_never_over_another(
    kept: Kept, shop: pa.Table, tmp_path: Path
) -> None:
    place = tmp_path / "scores"
    kept.write(WRITTEN, str(place), stakes)
    written = pq.read_table(place)
    assert written.sort_by("customer_id").equals(
        shop.select(["customer_id", "stake"]).sort_by("customer_id")
    )
    with pytest.raises(UsageError, match="does not exist yet"):
        kept.write(WRITTEN, str(place), stakes)
    assert pq.read_table(place).column_names == ["customer_id", "stake"]


def failing(threshold: float, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if (batch["stake"].to_numpy() > threshold).any():
            raise ValueError("no room on the device")
        yield batch


def test_what_fails_leaves_no_folder(kept: Kept, tmp_path: Path) -> None:
    place = tmp_path / "scores"
    with (
        Kept(kept.then(partial(failing, 7.0), SHOP)) as broken,
        pytest.raises(LadderError, match="no room on the device"),
    ):
        broken.write(WRITTEN, str(place), stakes)
    assert list(tmp_path.iterdir()) == []
