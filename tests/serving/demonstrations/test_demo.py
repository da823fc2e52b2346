"""The demonstration: the whole product in one command, in a folder of its own."""

from __future__ import annotations

import csv
import io
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.config import load
from features.errors import LadderError
from serving import cli
from serving.demonstrations import complete_journey, demo
from serving.records.record import SCHEMA

pytestmark = pytest.mark.usefixtures("quickly")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run the demonstration once on a small shop; return its folder and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "shop"
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("LADDER_HOME", raising=False)
        patched.chdir(folder.parent)
        code, printed = _run(["demo", "--customers", "400", "--home", "shop"])
    assert code == 0, printed
    return folder, printed


def _run(arguments: list[str]) -> tuple[int, str]:
    text = io.StringIO()
    with redirect_stdout(text), redirect_stderr(text):
        code = cli.run(arguments)
    return code, text.getvalue()


def test_it_shows_each_command_before_running_it(shown: tuple[Path, str]) -> None:
    lines = [line for line in shown[1].splitlines() if line.startswith("$ ")]
    assert [line.split()[2] for line in lines] == ["train", "score", "list", "report", "serve"]
    assert all("-c shop/ladder.toml" in line for line in lines)


def test_it_ends_with_figures_the_list_and_the_address(shown: tuple[Path, str]) -> None:
    end = shown[1].partition("in short")[2]
    heads, churn = end.splitlines()[1:3]
    assert heads.split() == ["outcome", "figure", "model", "best", "simple", "rule", "ceiling"]
    outcome, figure, model, *interval, ceiling = re.sub(r"[][,]", "", churn).split()
    assert (outcome, figure) == ("churn", "AUROC")
    low, high, rule, *_ = interval
    assert low < model < high
    assert 0.5 < float(rule) < 1
    assert float(model) < float(ceiling) + 0.05
    assert "shop/at-risk.csv" in end
    assert "http://127.0.0.1:8000/" in end


def test_a_report_for_a_manager_is_written(shown: tuple[Path, str]) -> None:
    assert "Known limits" in (shown[0] / "report.html").read_text(encoding="utf-8")


def test_the_list_and_the_scores_are_files(shown: tuple[Path, str]) -> None:
    folder, _ = shown
    with (folder / "at-risk.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {"customer_id", "contact", "churn_probability", "reasons"} <= rows[0].keys()
    assert 0 < sum(row["contact"] == "yes" for row in rows) <= 100
    assert all("raises the risk" in row["reasons"] for row in rows[:10])
    assert pq.read_schema(folder / "scores.parquet").equals(SCHEMA)


def test_its_folder_is_shop_and_home_in_one(
    shown: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LADDER_HOME", raising=False)
    folder, _ = shown
    assert load(folder / "ladder.toml").home == folder
    code, printed = _run(["list", "win-back", "-c", str(folder / "ladder.toml")])
    assert code == 0, printed
    assert not (folder.parent / "mlruns").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ladder.toml").write_text("[shop]\n")
    with pytest.raises(LadderError, match="something else"):
        demo.prepare(tmp_path, "sample")
    assert (tmp_path / "ladder.toml").read_text() == "[shop]\n"


def test_a_demonstrations_folder_is_known_again(tmp_path: Path) -> None:
    config = demo.prepare(tmp_path / "new", "sample")
    config.write_text('[shop]\nname = "Made-up shop"\n')
    demo.sign(config, "sample")
    assert demo.prepare(tmp_path / "new", "sample") == config
    with pytest.raises(LadderError):
        demo.prepare(tmp_path / "new", "complete-journey")


def test_another_home_in_the_environment_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(tmp_path / "real"))
    monkeypatch.setattr(complete_journey, "write", _write_little)
    arguments = ["demo", "--shop", "complete-journey", "--home", str(tmp_path / "demo")]
    code, printed = _run(arguments)
    assert code == 2
    assert "LADDER_HOME" in printed
    assert not (tmp_path / "real").exists()


def _write_little(folder: Path) -> Path:
    path = folder / "ladder.toml"
    path.write_text(complete_journey.LADDER_TOML, encoding="utf-8")
    return path


def test_only_the_made_up_shop_takes_a_number_of_customers() -> None:
    code, printed = _run(["demo", "--shop", "complete-journey", "--customers", "500"])
    assert code == 2
    assert "--customers 500" in printed
