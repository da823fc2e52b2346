"""What a stranger's machine gets: the locks really install, and serving really is lean."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OFFLINE = ("NewConnectionError", "Temporary failure in name resolution", "Max retries exceeded")

HELP_OF_EVERY_COMMAND = """
import importlib.util, sys
from serving.cli import COMMANDS, run

for arguments in [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)]:
    assert run(arguments) == 0, arguments
import features.history, serving.app, serving.scoring, training.bundle
absent = ["matplotlib", "mlflow", "pandas", "sklearn"]
assert not [name for name in absent if importlib.util.find_spec(name)]
"""


@pytest.fixture(scope="module")
def serving_machine() -> Iterator[Path]:
    """Install the serve lock into an environment of its own, as ``make`` would, and yield it."""
    (ROOT / "build").mkdir(exist_ok=True)  # half a gigabyte: not into a /tmp that may be memory
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="serve-") as folder:
        command = [str(ROOT / ".ci/install"), sys.executable, folder, "requirements/serve.txt"]
        # What is never imported need not be compiled: that takes longer than to unpack it.
        env = {**os.environ, "PIP_COMPILE": "0"}
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        required = os.environ.get("LADDER_REQUIRE_SERVICES") == "1"
        if done.returncode and not required and any(sign in done.stderr for sign in OFFLINE):
            pytest.skip("Needs the package registry, and there is no network.")
        assert done.returncode == 0, done.stderr
        yield Path(folder)


def test_a_machine_that_only_serves_has_every_command(serving_machine: Path) -> None:
    """Neither MLflow nor scikit-learn nor pandas is there, and nothing misses them."""
    done = subprocess.run(
        [serving_machine / "bin" / "python", "-c", HELP_OF_EVERY_COMMAND],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_console_script_starts(serving_machine: Path) -> None:
    done = subprocess.run(
        [serving_machine / "bin" / "ladder", "--help"], capture_output=True, text=True, check=True
    )
    assert "at-risk" in done.stdout


def test_an_old_python_is_told_what_is_needed(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit\nexit 1\n')
    old.chmod(0o755)
    done = subprocess.run(
        [ROOT / ".ci" / "install", old, tmp_path / "venv", "requirements/serve.txt"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert "make PYTHON=" in done.stderr
    assert not (tmp_path / "venv").exists()
