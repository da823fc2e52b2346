"""The home is found where it was put, made whole, and refused when it is none."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from features.errors import LadderError, UsageError
from serving.home import create_home, find_home, open_home, read_secret


def test_the_environment_wins_over_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "ladder.toml"
    config.write_text('home = "elsewhere"\n')
    assert find_home(config, {"LADDER_HOME": str(tmp_path / "named")}) == tmp_path / "named"
    assert find_home(config, {}) == tmp_path / "elsewhere"


def test_without_a_setting_the_home_is_models_beside_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "shop" / "ladder.toml"
    config.parent.mkdir()
    config.write_text('[shop]\nname = "Tea"\n')
    monkeypatch.chdir(tmp_path)
    assert find_home(config, {}) == config.parent / "models"
    assert find_home(None, {}) == tmp_path / "models"
    assert find_home(Path("ladder.toml"), {}) == tmp_path / "models"


@pytest.mark.parametrize("text", ["home = 3\n", "home = \n"])
def test_a_home_that_is_not_a_path_is_wrong_use(tmp_path: Path, text: str) -> None:
    config = tmp_path / "ladder.toml"
    config.write_text(text)
    with pytest.raises(UsageError):
        find_home(config, {})


def test_a_made_home_opens_and_keeps_its_secret(tmp_path: Path) -> None:
    home = create_home(tmp_path / "models")
    secret = read_secret(home, {})
    assert open_home(home) == home
    assert read_secret(create_home(home), {}) == secret
    assert len(secret) == 64
    if os.name == "posix":
        assert stat.S_IMODE((home / "secret").stat().st_mode) == 0o600


def test_a_folder_that_is_no_home_is_refused_in_three_parts(tmp_path: Path) -> None:
    with pytest.raises(LadderError, match=r"(?s)home\.json.*has none.*ladder train"):
        open_home(tmp_path)
    (tmp_path / "home.json").write_text("[]")
    with pytest.raises(LadderError, match="has none that can be read"):
        open_home(tmp_path)


def test_a_newer_home_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(LadderError, match="newer version"):
        create_home(tmp_path)


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LadderError, match="LADDER_HOME"):
        create_home(tmp_path / "file" / "models")


def test_the_secret_can_come_from_the_environment_but_must_be_long(tmp_path: Path) -> None:
    home = create_home(tmp_path)
    assert read_secret(home, {"LADDER_SECRET": "a" * 40}) == b"a" * 40
    with pytest.raises(LadderError, match="at least 16"):
        read_secret(home, {"LADDER_SECRET": "short"})
    (home / "secret").unlink()
    with pytest.raises(LadderError, match="back-up"):
        read_secret(home, {})
