"""Publishers that die and servers that restart: readers never notice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features.errors import LadderError
from serving.store import Control, RunInfo, RunReader, publish
from serving.store.look_up import StoreAwayError
from tests.serving.crowd import meanwhile
from tests.serving.store.reading import CUSTOMERS, served, stored

Scored = Callable[..., pa.Table]
KILLS = {"sqlite": 30, "postgresql": 12}
"""By store: a file is published in several steps, a schema in one transaction."""

FORKER = """
import json, os, sys, time
from dataclasses import replace
from pathlib import Path
import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
import serving.store.file_publisher, serving.store.schema_publisher
from features.errors import LadderError
from serving.store import RunInfo, publish

home, table, said = Path(sys.argv[1]), pq.read_table(sys.argv[2]), open(sys.argv[3]).read()
info = RunInfo.from_json(said)

def publish_on(number):
    while True:
        version = f"v{number:06d}"
        text = pc.replace_substring(table["record"].cast(pa.string()), "v000000", version)
        now = table.set_column(table.column_names.index("record"), "record", text.cast(pa.binary()))
        try:
            publish(home, replace(info, model_version=version), now, keep=6)
        except LadderError:
            time.sleep(0.02)  # the one killed before has not been noticed yet
            continue
        with open(home / "acknowledged", "ab") as file:
            file.write(f"{number}\\n".encode())
        number += 1

print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if not child:
        publish_on(int(line))
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


@contextmanager
def publishers(home: Path, table: pa.Table, info: RunInfo, tmp_path: Path) -> Iterator[Any]:
    """Yield a function that starts a publisher in a warm process, and one that awaits its end."""
    import pyarrow.parquet as pq

    pq.write_table(table, tmp_path / "table.parquet")
    (tmp_path / "info.json").write_text(info.to_json())
    arguments = [home, tmp_path / "table.parquet", tmp_path / "info.json"]
    process = subprocess.Popen(
        [sys.executable, "-c", FORKER, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin as asked, process.stdout as answers:
        assert answers.readline() == "ready\n"

        def start(number: int) -> int:
            asked.write(f"{number}\n")
            asked.flush()
            return int(answers.readline())

        yield start, answers.readline
        process.kill()
    process.wait()


def test_publishers_killed_at_random_moments_lose_and_mix_nothing(
    database: str, home: Path, scored: Scored, run_info: RunInfo, tmp_path: Path
) -> None:
    table = scored(CUSTOMERS, "v000000")
    begun = time.perf_counter()
    publish(home, run_info, table)
    usual = time.perf_counter() - begun
    (home / "acknowledged").write_text("0\n")
    chance = random.Random(7)

    def read(_: int) -> None:
        _run, versions, found = served(home)
        assert found == CUSTOMERS
        assert len(versions) == 1

    with meanwhile(read), publishers(home, table, run_info, tmp_path) as (start, gone):
        kills = last = 0
        # A slow machine may not let one of these few finish: then some more are killed.
        while kills < KILLS[database] or not last:
            kills += 1
            acknowledged = int((home / "acknowledged").read_text().split()[-1])
            child = start(acknowledged + 1)
            time.sleep(chance.uniform(0, 3 * usual))
            os.kill(child, signal.SIGKILL)
            assert gone() == "gone\n"
            last = int((home / "acknowledged").read_text().split()[-1])
            _, versions, found = served(home)
            assert found == CUSTOMERS
            assert int(min(versions)[1:]) in (last, last + 1)
    _next_publisher_finds_order(home, table, run_info)


def _next_publisher_finds_order(home: Path, table: pa.Table, info: RunInfo) -> None:
    """Publish once more, and find nothing in the store that no run names."""
    for _ in range(50):
        try:
            run_id = publish(home, info, table)
            break
        except LadderError:
            time.sleep(0.1)
    with Control(home) as control:
        named = {run.run_id for run in control.runs()}
        assert control.serving() == run_id
        if control.engine.dialect.name == "postgresql":
            assert stored(home) == len(named)
        else:
            assert {file.stem for file in (home / "runs").iterdir()} == named


def test_a_server_that_restarts_under_load_is_away_for_a_moment(
    postgres: Any,
    postgres_url: str,
    home: Path,
    scored: Scored,
    run_info: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LADDER_DATABASE_URL", postgres_url)
    publish(home, run_info, scored(CUSTOMERS))
    with Control(home) as control:
        reader = RunReader(home, control.runs()[0])
    answers = {"right": 0, "away": 0, "wrong": 0, "after": 0}
    restarted = asyncio.Event()

    async def ask(customer: int) -> None:
        while answers["after"] < 50:
            try:
                found = await reader.look_up(f"c{customer:06d}")
            except StoreAwayError:
                answers["away"] += 1
                await asyncio.sleep(0.01)
                continue
            right = found is not None and f"c{customer:06d}" in found.decode()
            answers["right" if right else "wrong"] += 1
            answers["after"] += restarted.is_set()

    async def restart() -> None:
        await asyncio.sleep(0.3)
        await asyncio.to_thread(postgres.control, "-m", "fast", "restart")
        restarted.set()

    async def load() -> None:
        async with asyncio.timeout(60):
            await asyncio.gather(restart(), *(ask(customer) for customer in range(8)))

    try:
        asyncio.run(load())
    finally:
        reader.close()
    assert answers["wrong"] == 0
    assert answers["right"] > 50
    run, _, found = served(home)
    assert (run.customers, found) == (CUSTOMERS, CUSTOMERS)
