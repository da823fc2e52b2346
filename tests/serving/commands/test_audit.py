"""What the audit tells at the command line."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from serving.cli import run as ladder
from serving.store import RunInfo, publish
from training.bundle.shelf import Shelf


@pytest.mark.usefixtures("database")
def test_the_audit_can_be_read_and_names_nobody(
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(home))
    monkeypatch.setenv("LOGNAME", "mallory")  # which anybody can set
    assert ladder(["forget", "somebody-unknown"]) == 0
    assert ladder(["token", "create", "--scope", "score", "--name", "slow", "--limit", "60"]) == 0
    shown = capsys.readouterr()
    assert "60 a minute" in shown.err
    token = shown.err.split("shown only now. ")[1].split()[0]
    assert ladder(["access", "somebody-unknown", "--out", str(tmp_path / "somebody.json")]) == 0
    capsys.readouterr()
    assert ladder(["audit", "--last", "3"]) == 0
    said = capsys.readouterr().out
    erased, created, exported = (line.split()[2:] for line in said.splitlines()[1:])
    who = ["command", "line", f"({pwd.getpwuid(os.geteuid()).pw_name})"]
    assert erased == [*who, "erase", "1"]
    assert created == [*who, "token", "create", token, "(slow)"], "as its owner named it"
    assert exported == [*who, "access", "1"]
    assert "somebody-unknown" not in said
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    assert ladder(["audit"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


@pytest.mark.usefixtures("database")
def test_the_audit_has_what_was_trained_scored_and_promoted_in_order(
    home: Path,
    run_info: RunInfo,
    scored: Callable[[int], pa.Table],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(home))
    for year, action, bundle, promoted in (
        (2020, "train", "aa", True),
        (2021, "train", "ab", False),
        (2999, "promote", "ab", True),
    ):
        at = f"{year}-01-01T00:00:00+00:00"
        decision = {"at": at, "action": action, "bundle": bundle, "promoted": promoted, "by": "ada"}
        Shelf(home).note(decision)
    run = publish(home, run_info, scored(3))
    assert ladder(["audit"]) == 0
    said = capsys.readouterr().out
    acts = [line.split()[5:] for line in said.splitlines()[1:]]
    assert said.count("command line (ada)") == 3
    first, last = ["train", "(promoted)", "aa"], ["promote", "ab"]
    assert acts == [first, ["train", "ab"], ["score", run, "3"], last]
