"""An audit that could ask nobody must not pass."""

from __future__ import annotations

import json
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest

AUDIT = Path(__file__).parents[1] / ".ci" / "audit.py"
CLEAN = {"name": "numpy", "version": "2.4.6", "vulns": []}
VULNERABLE = {"name": "rich", "version": "15.0.0", "vulns": [{"id": "PYSEC-2026-1"}]}
UNKNOWN = {"name": "duckdb", "skip_reason": "Dependency not found"}


def audit(monkeypatch: pytest.MonkeyPatch, output: str) -> int:
    def answer(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        assert options["capture_output"]
        return subprocess.CompletedProcess(command, 0, output, "the service did not answer")

    monkeypatch.setattr(subprocess, "run", answer)
    code: int = runpy.run_path(str(AUDIT))["main"]("dev.txt")
    return code


def found(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages})


def test_clean_packages_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    assert audit(monkeypatch, found(CLEAN)) == 0


def test_advisories_fail_and_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(monkeypatch, found(CLEAN, VULNERABLE)) == 1
    assert "rich 15.0.0: PYSEC-2026-1" in capsys.readouterr().out


@pytest.mark.parametrize("output", [found(CLEAN, UNKNOWN), found(), "", "[]"])
def test_unanswered_questions_fail(
    output: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(monkeypatch, output) == 1
    assert "not audited" in capsys.readouterr().err
