"""`ladder train` and `ladder score` on a real cluster of two workers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from features.sample import make_shop
from serving.cli import ladder
from training.bundle.shelf import Shelf

SETTINGS = """
[shop]
name = "Small"
currency = "EUR"
timezone = "Europe/Berlin"

[orders]
source = "orders.parquet"

[engagement]
source = "engagement.parquet"

[churn]
horizon_days = 60

[advocacy]
horizon_days = 90
friends_per_referrer = 1.0
friend_value = 20.0

[training]
snapshots = 2
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    made = make_shop(customers=500)
    pq.write_table(made.orders, tmp_path / "orders.parquet")
    pq.write_table(made.engagement, tmp_path / "engagement.parquet")
    (tmp_path / "ladder.toml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, home: Path, *words: str) -> str:
    monkeypatch.setenv("LADDER_HOME", str(home))
    done = CliRunner().invoke(ladder, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.spark
@pytest.mark.timeout(600)
def test_a_cluster_trains_and_scores_to_the_bit_what_one_machine_does(
    spark_cluster: Any, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["--engine", "spark", "--master", spark_cluster.url]
    config = ["-c", str(shop / "ladder.toml")]
    here, there = shop / "here", shop / "there"
    learn = ["--sample", "0.6", "--outcome", "churn", "--outcome", "refer"]
    run(monkeypatch, here, "train", *config, *learn)
    said = run(monkeypatch, there, "train", *config, *learn, *where)
    assert "learnt from every advocate and 0.6 of the other customers" in said
    assert Shelf(here).champion() == Shelf(there).champion()  # a digest of every byte

    run(monkeypatch, here, "score", *config, "--out", str(shop / "here.parquet"))
    run(monkeypatch, there, "score", *config, "--out", str(shop / "there.parquet"), *where)
    one, other = (pq.read_table(shop / f"{name}.parquet") for name in ("here", "there"))
    assert len(one) > 400
    assert other.equals(one)


@pytest.mark.parametrize("words", [["--engine", "spark"], ["--master", "local[2]"]])
def test_engine_and_master_belong_together(words: list[str]) -> None:
    done = CliRunner().invoke(ladder, ["score", *words])
    assert done.exit_code != 0
    assert "belong together" in str(done.exception)
