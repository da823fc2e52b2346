"""Where commands are run."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def shop(lived_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder to work in, where the home is known."""
    monkeypatch.setenv("LADDER_HOME", str(lived_in))
    monkeypatch.chdir(tmp_path)
    return tmp_path
