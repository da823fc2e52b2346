"""The page for those who train models shows code that runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.serving.shop import written

PAGE = Path(__file__).parents[2] / "docs" / "models.md"


def test_a_model_of_ones_own_is_judged_beside_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path)
    section = PAGE.read_text(encoding="utf-8").split("## Compare with your own model")[1]
    (example,) = re.findall(r"```python\n(.*?)```", section.split("\n## ")[0], re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, PAGE.name, "exec"), {})
    said = capsys.readouterr().out
    figure = r"\d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\]"
    for metric in ("auroc", "log_loss"):
        assert re.search(rf"{metric} mine {figure} ours {figure}\n  mine less ours [+-]0\.", said)
