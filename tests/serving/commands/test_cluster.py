"""`ladder train` and `ladder score` on a real cluster of two workers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from benchmarks.cluster import Cluster
from features.errors import UsageError
from features.sample import make_shop
from serving.cli import ladder
from serving.store import Control, RunInfo, RunReader
from serving.store.pages import Query
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

[customers]
source = "customers.parquet"
columns = { valid_from = "signed_up_at", origin = "coalesce(acquired_by, 'unknown')" }

[churn]
horizon_days = 60

[advocacy]
horizon_days = 90

[training]
snapshots = 2
"""

FAR = ["--engine", "spark", "--master", "spark://127.0.0.1:1"]
EVERYBODY_ASKED = Query("at-risk", "churn_probability")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    made = make_shop(customers=500)
    pq.write_table(made.orders, tmp_path / "orders.parquet")
    pq.write_table(made.engagement, tmp_path / "engagement.parquet")
    pq.write_table(made.customers, tmp_path / "customers.parquet")
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
    spark_cluster: Cluster, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["--engine", "spark", "--master", spark_cluster.url]
    config = ["-c", str(shop / "ladder.toml")]
    here, there = shop / "here", shop / "there"
    asked = ("churn", "refer", "spend")
    learn = ["--sample", "0.6", *(word for name in asked for word in ("--outcome", name))]
    run(monkeypatch, here, "train", *config, *learn)
    said = run(monkeypatch, there, "train", *config, *learn, *where)
    assert "learnt from every advocate and 0.6 of the other customers" in said
    assert Shelf(here).champion() == Shelf(there).champion()  # a digest of every byte

    score = ["score", *config, "--reasons", "all", "--out"]
    said_here = run(monkeypatch, here, *score, str(shop / "here.parquet"))
    # Workers write a folder of files, which hold the customers in order.
    said_there = run(monkeypatch, there, *score, str(shop / "scores"), *where)
    assert without_names(said_there) == without_names(said_here)
    assert len(list((shop / "scores").glob("*.parquet"))) > 1
    one, other = pq.read_table(shop / "here.parquet"), pq.read_table(shop / "scores")
    assert len(one) > 400
    assert other.equals(one)
    assert len(one["reasons"].drop_null()) > 50
    assert published(there) == published(here)


def without_names(said: str) -> str:
    """Return what a scoring says without when it was and where to."""
    return re.sub(r"Published as run .*|Written to .*", "", said)


def published(home: Path) -> tuple[RunInfo, list[bytes], dict[str, bytes], list[dict[str, str]]]:
    """Return what a run says of itself, and a list's records, vectors and attributes in order."""
    with Control(home) as control:
        run = control.runs()[0]
    reader = RunReader(home, run)
    records = [each for chunk in reader.stream(EVERYBODY_ASKED) for each in chunk]
    ids = [json.loads(each)["customer_id"] for each in records]
    vectors = reader.vectors(ids)
    attributes = [reader.attributes(customer_id) for customer_id in ids]
    assert attributes[0].keys() == {"origin"}
    assert set(reader.histories(ids)) == set(ids)
    reader.close()
    assert len(ids) > 200
    return run.info, records, vectors, attributes


@pytest.mark.spark
@pytest.mark.timeout(600)
def test_a_cluster_checks_what_one_machine_does(
    spark_cluster: Cluster, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = pq.read_table(shop / "orders.parquet")
    nobody = orders.slice(0, 3).set_column(0, "customer_id", pa.nulls(3, pa.string()))
    pq.write_table(pa.concat_tables([orders, nobody]), shop / "orders.parquet")
    where = ["--engine", "spark", "--master", spark_cluster.url]
    check = ["check", "-c", str(shop / "ladder.toml")]
    here, there = (run(monkeypatch, shop / "home", *check, *more) for more in ([], where))
    assert "no customer_id" in here
    looked_for = "looked for by `ladder train`"
    assert looked_for in " ".join(there.split())
    assert without_notes(there) == without_notes(here)


def without_notes(said: str) -> str:
    """Return a report without its notes: numbers of lines are not known of parts of a file."""
    return re.sub(r"\nNotes\n.*?\n\n", "\n", said, flags=re.DOTALL)


@pytest.mark.parametrize("words", [["--engine", "spark"], ["--master", "local[2]"]])
@pytest.mark.parametrize("command", ["check", "score", "train"])
def test_engine_and_master_belong_together(command: str, words: list[str]) -> None:
    done = CliRunner().invoke(ladder, [command, *words])
    assert done.exit_code != 0
    assert "belong together" in str(done.exception)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--no-publish"], "Scores must be published"),
        ([*FAR, "--out", "scores.csv"], "a folder of Parquet"),
        ([*FAR, "--out", "orders.parquet"], "Something else exists at"),
        (["--out", "taken.parquet"], "Something else exists at"),
    ],
)
def test_scores_that_cannot_be_written_are_refused_before_the_work(
    shop: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], why: str
) -> None:
    monkeypatch.chdir(shop)
    (shop / "taken.parquet").mkdir()
    done = CliRunner().invoke(ladder, ["score", *words])
    assert isinstance(done.exception, UsageError)
    assert why in str(done.exception)
