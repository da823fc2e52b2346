"""``ladder features`` of a shop with features of its own, as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.sample import make_shop
from serving import cli

MINE = '''
from features.own import Measure, Orders, feature

@feature(over=(90,), unit="money", reason="{value} spent on books in the last {window}")
def spend_on_books(orders: Orders) -> Measure:
    """Money spent on books."""
    return orders.where(orders.category.equals("books")).amount.sum()

@feature(over=(90,), unit="money", reason="{value} spent on boats in the last {window}")
def spend_on_boats(orders: Orders) -> Measure:
    """Money spent on boats, which nobody sells here."""
    return orders.where(orders.category.equals("boats")).amount.sum()
'''


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop")
    config = make_shop(customers=300, days=540, seed=5).write(path)
    extra = '\n[features]\nextra = "mine.py"\n'
    config.write_text(config.read_text(encoding="utf-8") + extra, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _in_the_shop(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    (shop / "mine.py").write_text(MINE, encoding="utf-8")


def ladder(line: str) -> int:
    return cli.run(line.split())


@pytest.mark.parametrize("where", ["", " -c ladder.toml"])
def test_own_features_stand_after_the_catalogue(
    capsys: pytest.CaptureFixture[str], where: str
) -> None:
    assert ladder(f"features books{where}") == 0
    said = capsys.readouterr().out
    assert "Of this shop (mine.py)" in said
    assert "Money spent on books." in said
    assert "1 feature, 1 column." in said


@pytest.mark.parametrize("whose", ["customers of the shop", "made-up customers"])
def test_a_check_shows_what_they_hold_and_what_a_reason_says(
    capsys: pytest.CaptureFixture[str], whose: str
) -> None:
    assert ladder("features --check" + (" --made-up" if "made" in whose else "")) == 0
    said = capsys.readouterr().out
    assert "spent on books in the last 90 days" in said
    assert "spend_on_boats_90d: the same for everybody here" in said
    assert f"2 columns of mine.py keep every promise, on {whose}." in said


@pytest.mark.parametrize("whose", ["", " --made-up"])
def test_a_check_knows_how_popular_products_are(
    capsys: pytest.CaptureFixture[str], shop: Path, whose: str
) -> None:
    source = MINE.split("@feature")[0] + "@feature" + MINE.split("@feature")[1]
    popular = source.replace("orders.where(", "orders.purchases.where(").replace(
        "amount.sum()", "product_id.popularity()"
    )
    assert "popularity" in popular
    (shop / "mine.py").write_text(popular)
    assert ladder("features --check" + whose) == 0
    said = capsys.readouterr().out
    assert "the same for everybody" not in said
    assert "1 column of mine.py keeps every promise" in said


def test_columns_that_nothing_fills_are_named(
    capsys: pytest.CaptureFixture[str], shop: Path
) -> None:
    kind = MINE.replace("Orders", "Engagement").replace(
        'orders.where(orders.category.equals("books")).amount.sum()',
        'orders.kind("danced").value.sum()',
    )
    (shop / "mine.py").write_text(
        kind.split("@feature")[0] + "@feature" + kind.split("@feature")[1]
    )
    assert ladder("features --check") == 0
    assert "spend_on_books_90d: left out" in capsys.readouterr().out


def test_what_is_wrong_in_the_file_is_said(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    (shop / "mine.py").write_text(MINE.replace("amount.sum()", "amount.sum().between(0, 30)"))
    assert ladder("features --check") == 2
    assert "`spend_on_books` looks 30 days past it" in capsys.readouterr().err


def test_a_check_without_a_file_says_how_to_name_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ladder.toml").write_text("", encoding="utf-8")
    assert ladder("features --check") == 2
    assert 'extra = "my_features.py"' in capsys.readouterr().err


def test_attributes_with_a_history_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    columns = 'valid_from = "since", plan = "plan"'
    Path("ladder.toml").write_text(f"[customers]\ncolumns = {{ {columns} }}\n", encoding="utf-8")
    assert cli.run(["features", "nps"]) == 0
    assert "Attributes of customers: plan. A number is a feature" in capsys.readouterr().out
