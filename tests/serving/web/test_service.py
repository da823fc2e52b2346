"""What a server holds, and how it follows the store."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy.exc import OperationalError

from features.errors import LadderError
from features.sample import SampleShop
from serving.erasure import forget
from serving.store import Control, RunInfo, publish
from serving.store.objections import Objections
from serving.tokens import mint
from serving.web import service
from serving.web.settings import Settings
from tests.serving.shop import published
from training.bundle import Bundle
from training.bundle.shelf import Shelf


def test_a_model_that_comes_back_scores_again(
    home: Path,
    bundle: Bundle,
    made_up: SampleShop,
    history_of: Callable[..., Any],
    run_info: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, seconds in (("RETRY_SECONDS", 0.1), ("POLL_SECONDS", 0.05)):
        monkeypatch.setattr(service, name, seconds)
    folder = Shelf(home).path(bundle.id)
    published(home, bundle, history_of(made_up), run_info.as_of)
    away = folder.rename(home / "away")
    held = service.Service(Settings.read(home, {}))

    async def becomes(wanted: str) -> None:
        async with asyncio.timeout(20):
            while held.live_scoring != wanted:
                await asyncio.sleep(0.01)

    async def follow() -> None:
        assert held.live_scoring == "loading"
        assert held.bundle_fault is not None
        async with held.watching():
            await becomes("off")
            away.rename(folder)
            await becomes("ready")
            async with asyncio.timeout(20):
                while held.bundle_fault:
                    await asyncio.sleep(0.01)

    asyncio.run(follow())


@pytest.fixture
def held(
    home: Path,
    scored: Callable[..., pa.Table],
    run_info: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
) -> service.Service:
    """Return what a server of a run without a model holds, which looks at the store often."""
    monkeypatch.setattr(service, "POLL_SECONDS", 0.02)
    publish(home, run_info, scored(20))
    return service.Service(Settings.read(home, {}))


def test_objections_come_with_the_run_that_they_were_left_out_of(
    held: service.Service, home: Path, run_info: RunInfo, scored: Callable[..., pa.Table]
) -> None:
    assert held.objecting(["C-1", "C-2"]) == [False, False]
    with Control(home) as control:
        Objections(control).replace(["C-1", "somebody"])
    publish(home, run_info, scored(20))
    held.reload()
    assert held.objecting(["C-1", "C-2", "somebody"]) == [True, False, True]
    with Control(home) as control:
        Objections(control).replace([])
    publish(home, run_info, scored(20))
    held.reload()
    assert held.objecting(["C-1", "somebody"]) == [False, False]


def test_by_another_secret_than_this_server_s_nobody_is_known_who_objects(
    held: service.Service, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine that scores hashed them by its own: here, rows sent of them would be scored."""
    monkeypatch.setenv("LADDER_SECRET", "of another machine, by mistake")
    with Control(home) as control:
        Objections(control).replace(["C-1"])
    held.reload()
    assert held.erased is None
    monkeypatch.delenv("LADDER_SECRET")
    with Control(home) as control, pytest.raises(LadderError, match="who objects"):
        forget(control, "C-2", "somebody")
    with Control(home) as control:
        Objections(control).replace(["C-1"])  # nobody was erased: by this one all is known again
        held.reload()
        assert held.erased is not None
        forget(control, "C-2", "somebody")
        monkeypatch.setenv("LADDER_SECRET", "of another machine, by mistake")
        with pytest.raises(LadderError, match="who was erased"):
            Objections(control).replace([])


def revokes(held: service.Service, then: Callable[[], object] = lambda: None) -> None:
    """See a new token open and, once it is revoked, open no more; then let go of what waits."""
    token, text = mint("mailing", ["score"], None)
    held.control.add_token(token)

    async def follow() -> None:
        async with held.watching(), asyncio.timeout(10):
            while held.token(text) is None:
                await asyncio.sleep(0.01)
            held.control.revoke("mailing")
            while held.token(text) is not None:
                await asyncio.sleep(0.01)
            then()

    asyncio.run(follow())


@pytest.mark.parametrize("wrong", [RuntimeError("of a kind that nobody foresaw"), None])
def test_a_token_is_revoked_whatever_becomes_of_the_model(
    held: service.Service, wrong: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def load(*_: object) -> None:
        if wrong is None:
            ended.wait(20)
            raise LadderError("A bundle must be there.", "It is not.", "Restore it.")
        raise wrong

    monkeypatch.setattr(service, "_load_model", load)
    revokes(held, ended.set)


def test_a_token_is_revoked_after_the_store_failed_in_an_unforeseen_way(
    held: service.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, failures = held._load, iter([OSError(5, "Input/output error")])

    def once() -> service.Loaded:
        if failure := next(failures, None):
            raise failure
        return load()

    monkeypatch.setattr(held, "_load", once)
    revokes(held)


def test_a_token_is_revoked_where_reads_cannot_be_counted(
    held: service.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OperationalError("", None, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(held.control, "count_reads", full)
    revokes(held)


def test_a_token_is_revoked_while_counting_waits_for_another_writer(
    held: service.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = threading.Event()
    monkeypatch.setattr(held.control, "count_reads", lambda _: written.wait(20))
    revokes(held, written.set)


def test_a_token_is_revoked_where_the_model_cannot_be_read(
    held: service.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/srv/ladder/bundles")

    monkeypatch.setattr(service, "fetch_bundle", full)
    revokes(held)
    assert held.bundle_fault == "No space left on device."


def test_a_token_is_revoked_where_the_run_that_serves_is_gone(
    held: service.Service, home: Path, scored: Callable[..., pa.Table], run_info: RunInfo
) -> None:
    before = held.current.run.run_id
    (home / "runs" / f"{publish(home, run_info, scored(20))}.sqlite").unlink()
    revokes(held)
    assert held.current.run.run_id == before


def test_a_run_whose_file_is_gone_is_done_without_unless_it_serves(
    home: Path, scored: Callable[..., pa.Table], run_info: RunInfo
) -> None:
    old, new = (publish(home, run_info, scored(20)) for _ in range(2))
    (home / "runs" / f"{old}.sqlite").unlink()
    held = service.Service(Settings.read(home, {}))
    assert held.current.record("c000001")
    assert held.reader(old) is None
    (home / "runs" / f"{new}.sqlite").rename(home / "away")
    with pytest.raises(LadderError, match=f"(?s){new} is not.*ladder runs use"):
        service.Service(Settings.read(home, {}))


def test_a_server_that_ends_without_its_store_lets_go_of_everything(
    held: service.Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    closed: list[str] = []
    reader = held.current
    close = reader.close

    def closing() -> None:
        closed.append(reader.run.run_id)
        close()

    monkeypatch.setattr(reader, "close", closing)

    def away(*_: object) -> None:
        raise OperationalError("INSERT", None, sqlite3.OperationalError("disk I/O error"))

    async def follow() -> None:
        async with held.watching():
            monkeypatch.setattr(held.control, "count_reads", away)

    asyncio.run(follow())
    assert closed == [reader.run.run_id]
    assert "the last reads were not counted" in caplog.text


def test_who_is_erased_beside_the_server_is_known_to_it_within_seconds(
    held: service.Service, home: Path
) -> None:
    async def follow() -> None:
        async with held.watching(), asyncio.timeout(10):
            with Control(home) as control:  # as `ladder forget` does
                await asyncio.to_thread(forget, control, "c000001", "somebody")
            while held.erased is None or held.erased(["c000001", "c000002"]) != [True, False]:
                await asyncio.sleep(0.01)

    asyncio.run(follow())


def test_a_revocation_takes_at_most_five_seconds() -> None:
    # A look that has just begun may have missed it; the next one sees it.
    assert 2 * service.POLL_SECONDS < 5


@pytest.mark.parametrize("name", ["_load", "_people"])
def test_a_look_at_the_store_that_took_long_hides_nobody_erased_meanwhile(
    held: service.Service, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    look, read, go_on = getattr(held, name), threading.Event(), threading.Event()

    def slow() -> Any:
        found = look()
        if threading.current_thread() is not threading.main_thread():
            read.set()
            go_on.wait(10)
        return found

    monkeypatch.setattr(held, name, slow)

    async def follow() -> None:
        async with held.watching(), asyncio.timeout(20):
            while not read.is_set():
                await asyncio.sleep(0.01)
            forget(held.control, "c000001", "somebody")
            held.reload()
            go_on.set()
            for _ in range(20):
                assert held.erased is not None
                assert held.erased(["c000001", "c000002"]) == [True, False]
                await asyncio.sleep(0.005)

    asyncio.run(follow())
