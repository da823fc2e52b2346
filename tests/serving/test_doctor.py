"""`ladder doctor`: what is in place, what is not, and what to do about it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from serving.cli import run as ladder
from serving.doctor import BROKEN, FINE, WORTH_KNOWING, Finding, Installation, examine
from serving.store import Control
from serving.tokens import SECOND, mint
from training.bundle.shelf import Shelf

Look = Callable[[], dict[str, list[Finding]]]


@pytest.fixture
def home(lived_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home of one's own to break, with a champion and a run."""
    mine = Path(shutil.copytree(lived_in, tmp_path / "models"))
    shelf = Shelf(mine)
    shelf.crown(shelf.ids()[0])
    monkeypatch.setenv("LADDER_HOME", str(mine))
    monkeypatch.chdir(tmp_path)
    return mine


@pytest.fixture
def look(home: Path) -> Look:
    """Return a function that examines that home and sorts what is found by topic."""

    def examined() -> dict[str, list[Finding]]:
        found: dict[str, list[Finding]] = {}
        for one in examine(Installation(home.parent / "ladder.toml")):
            found.setdefault(one.topic, []).append(one)
        return found

    return examined


@pytest.mark.usefixtures("home")
def test_a_home_in_order_has_every_topic_and_nothing_that_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ladder(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "serves and scores as trained" in said
    for topic in (
        "program",
        "configuration",
        "home",
        "models",
        "runs",
        "tokens",
        "erasures",
        "mlflow",
    ):
        assert f" {topic} " in said
    assert BROKEN not in said


def test_scores_of_long_ago_are_worth_knowing(look: Look) -> None:
    (run,) = look()["runs"]
    assert run.state == WORTH_KNOWING
    assert "days ago: with newer rows, run `ladder score`" in run.do


def test_a_model_that_lost_a_byte_fails_and_the_rest_is_examined(
    home: Path, look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = Shelf(home).champion_path() / "card.md"
    damaged.write_bytes(damaged.read_bytes() + b" ")
    found = look()
    assert found["models"][0].state == BROKEN
    assert "card.md" in found["models"][0].said
    assert found["webhooks"][0].state == FINE
    assert ladder(["doctor"]) == 1
    assert "This does not: models" in capsys.readouterr().err


@pytest.fixture
def file_store(store: str) -> None:
    """Go on only where the store is files of the home, which a test can damage."""
    if store != "sqlite":
        pytest.skip("The store is on a server, out of reach of what happens to files.")


@pytest.mark.usefixtures("file_store")
def test_records_that_are_gone_fail(home: Path, look: Look) -> None:
    (file,) = (home / "runs").glob("*.sqlite")
    with closing(sqlite3.connect(file)) as run:
        run.execute("delete from records where position = 0")
        run.commit()
    (found,) = look()["runs"]
    assert found.state == BROKEN
    assert "ladder score" in found.do


@pytest.mark.usefixtures("file_store")
def test_a_store_that_is_none_fails_in_its_own_words(home: Path, look: Look) -> None:
    for file in home.glob("control.sqlite*"):
        file.unlink()
    (home / "control.sqlite").write_text("what somebody put there by mistake, at some length")
    (found,) = look()["runs"]
    assert found.state == BROKEN
    assert "not a database" in found.said


def test_a_token_about_to_end_is_named_and_one_with_time_is_not(home: Path, look: Look) -> None:
    with Control(home) as control:
        for name, days in (("mailer", 3), ("desk", 300)):
            control.add_token(mint(name, ["score"], days * 86_400 * SECOND)[0])
    said = " ".join(one.said for one in look()["tokens"])
    assert "'mailer' ends in 2 days" in said
    assert "desk" not in said


def test_a_secret_that_others_may_read_is_worth_knowing(home: Path, look: Look) -> None:
    there = [home / name for name in ("secret", "control.sqlite") if (home / name).is_file()]
    assert there
    for file in there:
        file.chmod(0o644)
        assert any(one.do == f"chmod 600 {file}" for one in look()["home"])


def test_another_secret_than_people_were_erased_by_fails(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ladder(["forget", "somebody"]) == 0
    assert "erased, whom no import brings back" in look()["erasures"][0].said
    monkeypatch.setenv("LADDER_SECRET", "b" * 64)
    (found,) = look()["erasures"]
    assert found.state == BROKEN
    assert "erased people would come back" in found.said


def test_a_run_of_another_model_than_the_champion_is_worth_knowing(home: Path, look: Look) -> None:
    shelf = Shelf(home)
    other = "0" * 12
    shutil.copytree(shelf.champion_path(), shelf.path(other))
    shelf.crown(other)
    assert any(other in one.said for one in look()["runs"])


def test_without_a_home_the_reason_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(tmp_path / "none"))
    assert ladder(["doctor"]) == 1
    assert capsys.readouterr().out.count("LADDER_HOME") == 1
