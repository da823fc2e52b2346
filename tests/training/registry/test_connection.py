"""MLflow is reached wherever the home lies, by two trainings at once, and not waited for long."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from sqlalchemy import create_engine

from training.registry import connection
from training.registry.connection import STORE, address, connect, quietly


@pytest.fixture
def linking(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Path, Path], None]], None]:
    """Return a function that says how links are made; a store is made at once by then."""

    class Quick:
        def __init__(self, uri: str, *_: str) -> None:
            self.uri = uri

        def search_experiments(self, max_results: int) -> None:
            del max_results
            Path(self.uri.removeprefix("sqlite:///")).write_text("ours")

    def go(link: Callable[[Path, Path], None]) -> None:
        monkeypatch.setattr(mlflow, "MlflowClient", Quick)
        monkeypatch.setattr("training.registry.connection.os.link", link)

    return go


def test_the_store_is_in_the_home_whatever_its_name_and_whatever_was_left_there(
    tmp_path: Path,
) -> None:
    home = tmp_path / "100%25 ours? #1 café@home"
    home.mkdir()
    # In a container every training may have the same number.
    left = home / f".{STORE}.{os.getpid()}"
    left.write_bytes(b"half a store")
    with quietly():
        assert [found.name for found in connect(home).search_experiments()] == ["Default"]
    assert set(home.iterdir()) == {left, home / STORE}
    assert list(tmp_path.iterdir()) == [home]
    engine = create_engine(address(home / STORE))
    with engine.connect() as opened:
        waits_for_the_disk = opened.exec_driver_sql("PRAGMA synchronous").scalar()
    engine.dispose()
    assert waits_for_the_disk, "only who makes it does not"


def test_mlflow_logs_no_traceback_beside_the_error_that_it_raises(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with quietly():
        client = connect(tmp_path)
        run = client.create_run("0").info.run_id
        engine = create_engine(address(tmp_path / STORE))
        with engine.connect() as opened:
            opened.exec_driver_sql("DROP TABLE metrics")
        engine.dispose()
        capfd.readouterr()
        with pytest.raises(MlflowException, match="metrics"):
            client.log_metric(run, "auroc", 0.8)
    assert capfd.readouterr().err == ""


def test_a_store_that_another_training_makes_meanwhile_is_kept(
    tmp_path: Path, linking: Callable[[Callable[[Path, Path], None]], None]
) -> None:
    link = os.link

    def late(draft: Path, store: Path) -> None:
        store.write_text("the other's")
        link(draft, store)

    linking(late)
    connect(tmp_path)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["the other's"]


def test_an_interrupted_first_start_does_not_spoil_the_next(
    tmp_path: Path, linking: Callable[[Callable[[Path, Path], None]], None]
) -> None:
    link = os.link

    def cut(*_: Path) -> None:
        raise KeyboardInterrupt

    for linked in (cut, link):
        linking(linked)
        with suppress(KeyboardInterrupt):
            connect(tmp_path)
        assert (tmp_path / STORE).exists() == (linked is link)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["ours"]


def test_a_file_system_without_links_has_a_store_too(
    tmp_path: Path, linking: Callable[[Callable[[Path, Path], None]], None]
) -> None:
    def refuse(*_: Path) -> None:
        raise PermissionError("no links here")

    linking(refuse)
    connect(tmp_path)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["ours"]


def test_a_server_that_is_down_is_given_up_soon_and_the_environment_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in connection.PATIENCE:
        monkeypatch.delenv(name, raising=False)
    asked: list[dict[str, str | None]] = []

    class Down:
        def __init__(self, *_: str) -> None: ...

        def search_experiments(self, max_results: int) -> None:
            asked.append({name: os.environ.get(name) for name in connection.PATIENCE})
            raise MlflowException(f"nobody told of {max_results}")

    monkeypatch.setattr(mlflow, "MlflowClient", Down)
    with pytest.raises(MlflowException):
        connect(Path("home"), "http://127.0.0.1:9")
    assert asked == [connection.PATIENCE]
    assert not set(connection.PATIENCE) & set(os.environ)
