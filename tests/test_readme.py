"""What the README shows is run: the five commands of a first day, and the example in Python."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from pyarrow import csv

from features.sample import make_shop

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
LADDER = [sys.executable, "-c", "from serving.cli import main; main()"]


def blocks(section: str, language: str) -> list[str]:
    text = README.split(f"\n{section}\n")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_first_day_of_a_shop(tmp_path: Path) -> None:
    """From a file of orders to a list of whom to contact, exactly as written."""
    orders = make_shop(customers=400).orders
    csv.write_csv(
        orders.select(["customer_id", "order_id", "ordered_at", "amount"]), tmp_path / "orders.csv"
    )
    lines = blocks("## Your own shop", "sh")[0].splitlines()
    for line in lines:
        words = shlex.split(line)
        if words[0] != "ladder":
            continue
        done = subprocess.run(
            [*LADDER, *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
    scores = csv.read_csv(tmp_path / "scores.csv")
    assert scores.num_rows == len(orders["customer_id"].unique())
    contact = csv.read_csv(tmp_path / "at-risk.csv")["contact"].to_pylist()
    assert 0 < contact.count("yes") <= 100
    assert contact.count("held_out") >= 1


def test_the_example_in_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(blocks("### From Python", "python")[0], "README.md", "exec"), names)
    scores = names["scores"]
    assert isinstance(scores, pd.DataFrame)
    assert len(scores) == 800
    assert scores["churn_probability"].dropna().between(0, 1).all()
    assert (scores["basis"] == "model").any()
