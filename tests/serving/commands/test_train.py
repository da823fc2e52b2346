"""``ladder train``, ``models``, ``promote`` and ``rollback``, as a person uses them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.sample import make_shop
from serving.cli import run
from tests.serving.shop import written
from training.bundle.shelf import Shelf

pytestmark = pytest.mark.usefixtures("quickly")

Ladder = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ladder(capsys: pytest.CaptureFixture[str]) -> Ladder:
    """Return a function that runs ``ladder`` and returns its exit code and what it printed."""

    def go(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return go


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the ladder.toml of a small shop, whose first training is done."""
    config = written(tmp_path_factory.mktemp("shop"))
    assert run(["train", "-c", str(config), "--outcome", "churn"]) == 0
    return config


@pytest.fixture(scope="module")
def more(shop: Path) -> Path:
    """Return the ladder.toml of the same shop with three rows that cannot be used."""
    whole = pq.read_table(shop.parent / "orders.parquet")
    nobody = whole.slice(0, 3).set_column(0, "customer_id", pa.nulls(3, pa.string()))
    assert whole.column_names[0] == "customer_id"
    pq.write_table(pa.concat_tables([whole, nobody]), shop.parent / "more.parquet")
    config = shop.with_name("more.toml")
    config.write_text(shop.read_text().replace("orders.parquet", "more.parquet"))
    return config


def left_out(said: str) -> str:
    (note,) = (line for line in said.splitlines() if "Note: " in line and "left out" in line)
    return note


def test_figures_stand_beside_every_baseline_and_the_next_command_is_named(
    more: Path, ladder: Ladder
) -> None:
    code, out, err = ladder("train", "-c", str(more), "--outcome", "churn")
    assert (code, err) == (0, "")
    assert "(3)" in left_out(out)
    for words in (
        "AUROC",
        "average precision",
        "Brier",
        "Brier skill",
        "log-loss",
        "calibration error",
        "profit, % of a customer's worth",
        "the model is better by",
        "best inactivity rule",
        "logistic regression on recency, frequency, money",
        "churn: the model is",
        "The base rate moved from",
        "it equals the champion to the byte",
        f"Next: ladder score -c {more} --out scores.csv",
    ):
        assert words in out
    assert "by group" not in out, "all are too small to judge, which the card says of each"


def test_a_training_that_fails_leaves_no_home_behind(tmp_path: Path, ladder: Ladder) -> None:
    folder = tmp_path / "short"
    make_shop(customers=60, days=100, seed=5, start=date(2024, 1, 1)).write(folder)
    before = set(folder.iterdir())
    code, _, err = ladder("train", "-c", str(folder / "ladder.toml"))
    assert (code, set(folder.iterdir())) == (1, before)
    assert "longer than two horizons" in err


def test_rows_that_were_left_out_are_told_by_score_too(more: Path, ladder: Ladder) -> None:
    code, out, err = ladder("score", "-c", str(more), "--reasons", "none")
    assert (code, err) == (0, "")
    assert "(3)" in left_out(out)


def test_models_are_listed_and_one_serves(shop: Path, ladder: Ladder) -> None:
    shelf = Shelf(shop.parent / "models")
    code, out, _ = ladder("models", "-c", str(shop))
    (line,) = (line for line in out.splitlines() if "serves" in line)
    assert code == 0
    assert str(shelf.champion()) in line
    assert "2025-02-24" in line
    assert line.count("[") == 2, "the model's figure and the rule's have intervals"
    decision = [one for one in shelf.decisions() if one["action"] == "train"][-1]
    assert str(decision["at"])[:10] in line
    said = "was promoted" if decision["promoted"] else "was not promoted"
    assert f"{decision['bundle']} {said}: {decision['why']}." in out


@pytest.mark.parametrize(
    ("champion", "said"),
    [("lost", "lost is champion, but its files are gone"), ("", "None serves")],
)
def test_where_no_model_serves_models_says_so(
    shop: Path, ladder: Ladder, tmp_path: Path, champion: str, said: str
) -> None:
    config = Path(shutil.copytree(shop.parent, tmp_path / "shop")) / shop.name
    (config.parent / "models" / "champion").write_text(champion)
    code, out, _ = ladder("models", "-c", str(config))
    assert code == 0
    assert said in out
    assert f"ladder promote -c {config} VERSION" in out


def test_promote_and_rollback_change_the_champion_and_back(shop: Path, ladder: Ladder) -> None:
    shelf = Shelf(shop.parent / "models")
    first = shelf.champion()
    code, out, _ = ladder(
        "train", "-c", str(shop), "--outcome", "churn", "--until", "2025-02-01", "--seed", "8"
    )
    assert code == 0
    assert "Not promoted" in out
    (other,) = set(shelf.ids()) - {first}
    assert f"ladder promote -c {shop} {other}" in out
    code, out, _ = ladder("promote", "-c", str(shop), other[:6])
    assert (code, shelf.champion()) == (0, other)
    assert "Note" not in out, "MLflow's alias followed"
    code, out, _ = ladder("rollback", "-c", str(shop))
    assert (code, shelf.champion()) == (0, first)
    assert f"{first} is the champion now. It was {other}." in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("train", "--outcome", "loyalty"), 2, "An outcome must be one of churn"),
        (("train", "--until", "soon"), 2, "is not a day"),
        (("train", "--until", "2024-02-01"), 1, "longer than two horizons"),
        (("promote", "zzz"), 1, "there begin with 'zzz': "),
    ],
)
def test_what_cannot_be_done_is_said(
    shop: Path, ladder: Ladder, arguments: tuple[str, ...], code: int, said: str
) -> None:
    bundles = Shelf(shop.parent / "models").ids()
    found, _, err = ladder(*arguments, "-c", str(shop))
    assert (found, said in err) == (code, True), err
    assert Shelf(shop.parent / "models").ids() == bundles


def test_without_a_home_models_says_what_makes_one(tmp_path: Path, ladder: Ladder) -> None:
    (tmp_path / "ladder.toml").write_text("")
    code, _, err = ladder("models", "-c", str(tmp_path / "ladder.toml"))
    assert code == 1
    assert "Run `ladder train`" in err
