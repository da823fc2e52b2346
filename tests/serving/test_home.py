"""The home is found where it was put, made whole, and refused when it is none."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from features.config import load
from features.errors import LadderError, UsageError
from serving.home import create_home, find_home, open_home, read_secret
from serving.store import Control
from serving.web.settings import Settings
from tests.serving.crowd import at_once


def test_the_environment_wins_over_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "ladder.toml"
    config.write_text('home = "elsewhere"\n')
    assert find_home(config, {"LADDER_HOME": str(tmp_path / "named")}) == tmp_path / "named"
    assert find_home(config, {}) == tmp_path / "elsewhere"


def test_the_home_is_found_as_the_configuration_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    config = tmp_path / "ladder.toml"
    config.write_text('home = "~/ladder"\n', encoding="utf-8-sig")  # as Windows' editor saves it
    assert find_home(config, {}) == load(config).home == tmp_path / "user" / "ladder"


def test_without_a_setting_the_home_is_models_beside_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "shop" / "ladder.toml"
    config.parent.mkdir()
    config.write_text('[shop]\nname = "Tea"\n')
    monkeypatch.chdir(tmp_path)
    assert find_home(config, {}) == config.parent / "models"
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
    assert open_home(home) == open_home(str(home)) == home
    assert read_secret(create_home(str(home)), {}) == secret
    assert len(secret) == 64
    if os.name == "posix":
        assert stat.S_IMODE((home / "secret").stat().st_mode) == 0o600


def test_of_homes_made_at_once_all_have_the_one_secret(tmp_path: Path) -> None:
    made = at_once(lambda: read_secret(create_home(tmp_path / "models"), {}), 8)
    assert len(set(made)) == 1
    assert {file.name for file in (tmp_path / "models").iterdir()} == {"home.json", "secret"}


def test_whoever_is_cut_short_leaves_no_empty_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            create_home(tmp_path / "models")
    assert read_secret(create_home(tmp_path / "models"), {})


def test_a_disk_without_links_keeps_the_secret_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    home = create_home(tmp_path / "models")
    secret = read_secret(home, {})
    assert read_secret(create_home(home), {}) == secret


def test_only_its_owner_may_read_who_is_in_the_store(tmp_path: Path) -> None:
    home = create_home(tmp_path / "models")
    with Control(home) as control, control.alone():
        files = sorted(home.glob("control.sqlite*"))
        assert len(files) == 3  # the log and its index beside it
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_folder_that_is_no_home_is_refused_in_three_parts(tmp_path: Path) -> None:
    with pytest.raises(
        LadderError,
        match=r"(?s)home\.json.*has none.*ladder train.*ladder serve` where LADDER_DATABASE_URL",
    ):
        open_home(tmp_path)
    (tmp_path / "home.json").write_text("[]")
    with pytest.raises(LadderError, match="has none, or it cannot be read"):
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


def test_a_machine_that_only_serves_is_told_to_bring_the_secret(tmp_path: Path) -> None:
    server = {"LADDER_DATABASE_URL": "postgresql://db.example.com/ladder"}
    with pytest.raises(LadderError, match="LADDER_SECRET is not") as caught:
        Settings.read(tmp_path / "models", server)
    assert "`secret`" in caught.value.do
    assert not (tmp_path / "models").exists()
    read = Settings.read(tmp_path / "models", {**server, "LADDER_SECRET": "a" * 40})
    assert read.secret == b"a" * 40


def test_names_of_the_server_are_names_alone(home: Path) -> None:
    read = Settings.read(home, {"LADDER_HOSTS": " Scores.example.com,desk.example.com, "})
    assert read.hosts == {"scores.example.com", "desk.example.com"}
    for wrong in ("https://scores.example.com", "scores.example.com:9443", "scores desk"):
        with pytest.raises(UsageError, match=r"(?s)names of hosts alone.*Leave out https://"):
            Settings.read(home, {"LADDER_HOSTS": wrong})
