"""What the audit tells at the command line."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from serving.cli import run as ladder
from serving.store import Control, RunInfo, publish
from serving.tokens import mint
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


@pytest.mark.usefixtures("database")
def test_the_oldest_token_comes_first_and_what_it_asked_in_a_minute_is_added_up(home: Path) -> None:
    """A server writes what was asked every second, and so do the others of its store."""
    minted = (mint(f"token {number}", ["score"], None)[0] for number in range(4))
    made = [replace(token, created_at=number) for number, token in enumerate(minted)]
    first, second = made[0].token_id, made[1].token_id
    with Control(home) as control:
        for token in reversed(made):
            control.add_token(token)
        assert control.tokens() == tuple(made)
        control.count_reads({(first, 20, "score"): 3, (first, 10, "score"): 1})
        control.count_reads({(first, 20, "score"): 4, (second, 20, "score"): 2})
        control.count_reads({(first, 20, "list"): 5})
        told = {
            (row["minute"], row["token_id"], row["action"]): row["customers"]
            for row in control.reads()
        }
    assert told == {
        (10, first, "score"): 1,
        (20, first, "score"): 7,
        (20, first, "list"): 5,
        (20, second, "score"): 2,
    }
    assert [minute for minute, _, _ in told] == [10, 20, 20, 20]
