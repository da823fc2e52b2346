"""``ladder db``: where the score store is, and whether its tables are up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.cli import run as ladder


def test_the_store_and_its_version_are_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(home))
    assert ladder(["db"]) == 0
    assert "none yet" in capsys.readouterr().out
    assert ladder(["db", "upgrade"]) == 0
    assert "From nothing to" in capsys.readouterr().out
    assert ladder(["db", "upgrade"]) == 0
    assert "already" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["db"], ["db", "upgrade"], ["runs"]])
def test_a_store_that_cannot_be_opened_is_said_without_its_secrets(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(home))
    (home / "control.sqlite").write_bytes(b"half of a back-up" * 100)
    assert ladder(command) == 1
    assert "file is not a database" in (said := capsys.readouterr().err)
    assert len(said.splitlines()) == 3
    monkeypatch.setenv("LADDER_DATABASE_URL", "postgresql://joe:hunter2@127.0.0.1:1/shop")
    assert ladder(command) == 1
    said = capsys.readouterr().err
    assert "postgresql://***/shop is not" in said
    assert not {"joe", "hunter2", "127.0.0.1"} & set(said.replace('"', " ").split())
