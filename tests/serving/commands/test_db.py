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
