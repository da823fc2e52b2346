"""``ladder backtest`` and ``ladder report``, as a person uses them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from features.sample import make_shop
from serving.cli import run
from training.bundle.shelf import Shelf

pytestmark = pytest.mark.usefixtures("quickly")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the ladder.toml of a small shop."""
    folder = tmp_path_factory.mktemp("shop")
    make_shop(customers=400, days=420, seed=5, start=date(2024, 1, 1)).write(folder)
    config = folder / "ladder.toml"
    settings = "\n[churn]\nhorizon_days = 45\n\n[training]\nsnapshots = 2\n"
    config.write_text(config.read_text() + settings)
    return config


def test_every_day_stands_beside_the_best_rule_and_the_files_are_named(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "backtest"
    asked = ["--outcome", "churn", "--outcome", "spend"]
    given = ["-c", str(shop), *asked, "--origins", "3", "--out", str(out)]
    assert run(["backtest", *given]) == 0
    said = capsys.readouterr().out
    for words in (
        "happened",
        "predicted",
        "best rule's",
        "difference",
        "calibration error",
        "moved most",
        "churn: the model ranks",
        "churn: a ",
    ):
        assert words in said
    assert said.count("error of the total") == 2
    for words in (
        "expected spend, of everybody",
        "best rules' deviance",
        "expected spend: amounts",
    ):
        assert words in said
    assert "under 0.1 little has moved" in said, "what is printed is explained"
    assert said.count("[") >= 6 * 2, "figures come with intervals"
    for name in ("figures.csv", "origins.csv", "drift.csv", "retraining.csv", "backtest.png"):
        assert (out / name).stat().st_size
        assert name in said
    assert not (shop.parent / "models").exists(), "nothing is registered"


@pytest.fixture
def nothing_is_worked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def backtest(*_: object, **__: object) -> None:
        raise AssertionError("the command must be refused before the work")

    monkeypatch.setattr("training.backtest.backtest", backtest)


@pytest.mark.usefixtures("nothing_is_worked_on")
def test_a_folder_that_cannot_be_written_to_is_refused_before_the_work(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        assert run(["backtest", "-c", str(shop), "--out", str(out)]) == 2
        assert "file" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.usefixtures("nothing_is_worked_on")
def test_a_home_of_a_newer_version_is_refused_before_the_work(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was erased there would be learnt from again."""
    monkeypatch.setenv("LADDER_HOME", str(tmp_path))
    (tmp_path / "home.json").write_text('{"format": 99}', encoding="utf-8")
    assert run(["backtest", "-c", str(shop), "--out", str(tmp_path / "out")]) == 1
    assert "Use the newer version" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def trained(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the version in the home that the environment names."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LADDER_HOME", str(home))
        given = ["-c", str(shop), "--outcome", "spend", "--until", "2024-12-01"]
        assert run(["train", *given]) == 0
        (version,) = Shelf(home).ids()
        yield version


def test_what_served_is_held_against_what_happened_since(
    trained: str,
    shop: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = ["-c", str(shop), "--outcome", "spend"]
    monkeypatch.chdir(tmp_path)
    assert run(["backtest", *given, "--as-served"]) == 0
    said = capsys.readouterr().out
    for words in (
        "happened",
        "predicted",
        trained,
        "expected spend: amounts of everybody",
        "Every figure is in as-served",
        "spend.csv",
    ):
        assert words in said
    for words in ("drift of scores", "moved most", "retraining"):
        assert words not in said
    assert (tmp_path / "as-served" / "backtest.png").stat().st_size


def test_a_report_needs_a_version(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(tmp_path))
    assert run(["report", "-c", str(shop), "--out", str(tmp_path / "report.html")]) == 1
    assert "Run `ladder train`" in capsys.readouterr().err


def test_a_report_is_written_for_the_champion_and_for_any_version(
    trained: str, shop: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report.html"
    assert run(["report", "-c", str(shop), "--out", str(out)]) == 0
    page = out.read_text(encoding="utf-8")
    assert f"Model version {trained}" in page
    other = tmp_path / "again.html"
    assert run(["report", "-c", str(shop), trained[:5], "--out", str(other)]) == 0
    assert other.read_text(encoding="utf-8") == page
    assert run(["report", "-c", str(shop), "--out", str(tmp_path / "no" / "where.html")]) == 2
    assert not (tmp_path / "no").exists()
