"""``ladder home``: what a person reads of versions that go."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving import cli
from serving.home import create_home
from training.bundle.shelf import Shelf
from training.promotion import Decision
from training.succession import carry_out


def test_pruning_says_what_goes_and_a_dry_run_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = Shelf(create_home(tmp_path / "models"))
    for bundle in ("a1", "b2", "c3"):
        shelf.add(bundle, lambda folder: folder.mkdir())
        carry_out(shelf, Decision(bundle == "a1", bundle, shelf.champion(), "as told"))
    monkeypatch.setenv("LADDER_HOME", str(shelf.home))

    assert cli.run(["home", "prune", "--keep", "1", "--dry-run"]) == 0
    assert capsys.readouterr().out == "Would remove b2\n2 versions of the model stay.\n"
    assert shelf.ids() == ("a1", "b2", "c3")

    assert cli.run(["home", "prune", "--keep", "1"]) == 0
    assert capsys.readouterr().out == "Removed b2\n2 versions of the model stay, 0.0 MB freed.\n"
    assert shelf.ids() == ("a1", "c3")

    assert cli.run(["home", "prune", "--keep", "1"]) == 0
    assert capsys.readouterr().out == "Nothing to remove: 2 versions of the model stay.\n"
