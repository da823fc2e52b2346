"""A machine with nothing but the address of a PostgreSQL database and the secret."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pyarrow as pa
import pytest

from features.sample import SampleShop
from serving.cli import run as ladder
from serving.home import create_home
from serving.listing.drawing import Request, draw
from serving.store import Control, RunInfo, RunReader, publish
from serving.store.bundles import fetch_bundle
from serving.store.databases import server_engine, server_url
from tests.serving.shop import published
from training.bundle import Bundle

SERVE = "import sys; from serving.cli import run; sys.exit(run(['serve', '--port', '0']))"


@pytest.fixture
def bare(
    tmp_path: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    made_up: SampleShop,
    bundle: Bundle,
    history_of: Callable[..., Any],
) -> Path:
    """Publish a run to PostgreSQL from one machine; return another machine's home, not yet made."""
    monkeypatch.setenv("LADDER_DATABASE_URL", postgres_url)
    monkeypatch.setenv("LADDER_SECRET", "0123456789abcdef" * 4)
    home = create_home(tmp_path / "publisher")
    published(home, bundle, history_of(made_up))
    return tmp_path / "bare"


@pytest.fixture
def served(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """Yield a client of `ladder serve` on the bare machine."""
    monkeypatch.setenv("LADDER_HOME", str(bare))
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", SERVE], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        address, token = re.findall(r"http://127[^/]+|ladder_[0-9a-f]{8}_[\w-]{43}", said)[::3]
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=address, headers=headers, timeout=20) as client:
            yield client
        process.terminate()
        process.wait(10)


def _serving(client: httpx.Client) -> str:
    runs = client.get("/v1/runs").json()["runs"]
    return next(str(run["run_id"]) for run in runs if run["serving"])


def test_it_serves_and_follows_what_others_publish(
    served: httpx.Client,
    made_up: SampleShop,
    scored: Callable[..., pa.Table],
    run_info: RunInfo,
    tmp_path: Path,
) -> None:
    customer = made_up.orders["customer_id"][0].as_py()
    record = served.get(f"/v1/customers/{customer}/score").json()
    assert record["known"]
    assert record["as_of"] == "2025-03-01"
    for unstorable in ("a%00b", "a%ED%A0%80", "nobody"):
        assert not served.get(f"/v1/customers/{unstorable}/score").json()["known"]
    rows = served.get("/v1/lists/at-risk", headers={"Accept": "application/x-ndjson"}).text
    page = served.get("/v1/lists/at-risk", params={"limit": 3}).json()
    assert page["total"] == len(rows.splitlines())
    assert [json.loads(row) for row in rows.splitlines()[:3]] == page["items"]
    ready = served.get("/readyz")
    assert (ready.status_code, ready.json()["run_id"]) == (200, _serving(served))
    publish(tmp_path / "publisher", run_info, scored(20))
    for _ in range(50):
        if served.get("/v1/customers/c000001/score").json()["known"]:
            break
        time.sleep(0.2)
    # Its model was never stored, so this machine is not ready, and serves all the same.
    assert served.get("/readyz").status_code == 503


def test_it_says_503_while_the_database_is_away_and_recovers(
    served: httpx.Client, postgres: Any, made_up: SampleShop
) -> None:
    customer = made_up.orders["customer_id"][0].as_py()
    postgres.control("-m", "fast", "stop")
    try:
        for path in (f"/v1/customers/{customer}/score", "/v1/lists/at-risk"):
            answer = served.get(path)
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
            assert answer.headers["content-type"] == "application/problem+json"
        assert served.get("/livez").status_code == 200
    finally:
        postgres.control("start")
    assert served.get(f"/v1/customers/{customer}/score").json()["known"]


def test_lists_are_drawn_with_the_bundle_from_the_database(bare: Path) -> None:
    home = create_home(bare)
    assert not (home / "secret").exists()
    assert draw(home, Request("at-risk", top=5)).drawn.contacted == 5
    with Control(home) as control:
        run = control.runs()[0]
        assert Bundle.read(fetch_bundle(control, run.info.model_version)).id
        reader = RunReader(home, run)
        assert reader.vectors([made_id := _somebody(control, run.run_id)])
        assert reader.record(made_id)
        reader.close()


def test_commands_use_the_database(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    create_home(bare)
    monkeypatch.setenv("LADDER_HOME", str(bare))
    assert ladder(["runs"]) == 0
    assert capsys.readouterr().out.startswith("* ")
    assert ladder(["token", "create", "--scope", "score", "--name", "mailing"]) == 0
    assert ladder(["db"]) == 0
    said = capsys.readouterr().out
    assert "postgresql://***/" in said
    assert not (bare / "control.sqlite").exists()


def test_who_cannot_open_the_database_is_told_why(
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    create_home(tmp_path / "models")
    monkeypatch.setenv("LADDER_HOME", str(tmp_path / "models"))
    monkeypatch.setenv("LADDER_DATABASE_URL", f"{postgres_url}_missing")
    assert ladder(["runs"]) == 1
    assert "_missing is not: database does not exist." in capsys.readouterr().err
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create role reader login password 'hidden'")
    monkeypatch.setenv("LADDER_DATABASE_URL", re.sub(r"//.*@", "//reader:hidden@", postgres_url))
    assert ladder(["runs"]) == 1
    said = capsys.readouterr().err
    assert "permission denied for database" in said
    assert "GRANT CREATE ON DATABASE" in said


def test_an_address_that_cannot_be_read_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An @ and a : of a password make half of it the port."""
    monkeypatch.setenv("LADDER_HOME", str(create_home(tmp_path / "models")))
    monkeypatch.setenv("LADDER_DATABASE_URL", "postgresql://ladder:a@b:hidden@db/scores")
    assert ladder(["runs"]) == 2
    said = capsys.readouterr().err
    assert "as %40 or %3A" in said
    assert "hidden" not in said


def test_a_second_publisher_is_told_who_is_first(
    bare: Path,
    scored: Callable[..., pa.Table],
    run_info: RunInfo,
) -> None:
    home = create_home(bare)

    def slow() -> Iterator[pa.RecordBatch]:
        code = (
            "import sys; from pathlib import Path; from serving.store import publish, RunInfo\n"
            f"info = RunInfo.from_json({run_info.to_json()!r})\n"
            "try: publish(Path(sys.argv[1]), info, iter(()))\n"
            "except Exception as error: print(error)"
        )
        other = subprocess.run(
            [sys.executable, "-c", code, home], capture_output=True, text=True, check=True
        )
        said.append(other.stdout)
        yield from scored(5).to_batches()

    said: list[str] = []
    publish(home, run_info, slow())
    assert re.search(r"Publishing now: ladder, process \d+ on .*, since \d{4}-", said[0])


def test_lists_are_saved_and_people_erased_there(
    bare: Path,
    tmp_path: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    create_home(bare)
    monkeypatch.setenv("LADDER_HOME", str(bare))
    monkeypatch.chdir(tmp_path)
    assert ladder(["list", "at-risk", "--top", "30", "--out", "list.csv"]) == 0
    for tool in ("braze", "hubspot"):
        assert ladder(["list", "at-risk", "--top", "30", "--for", tool, "--out", tool]) == 0
    requests = (tmp_path / "braze" / "users-track.ndjson").read_text().splitlines()
    listed = json.loads(requests[0])["attributes"][0]["external_id"]
    assert _naming(postgres_url, listed) >= {"records", "members", "handed"}
    assert ladder(["forget", listed]) == 0, capsys.readouterr().err
    assert _naming(postgres_url, listed) == set()


def _naming(url: str, customer_id: str) -> set[str]:
    """Return the tables of ours that hold a customer's id anywhere."""
    ours = "select format('%I.%I', schemaname, tablename) from pg_tables"
    with psycopg.connect(url) as connection:
        names = [row[0] for row in connection.execute(f"{ours} where schemaname like 'ladder%'")]
        return {
            name.split(".")[1]
            for name in names
            for row in connection.execute(f"select * from {name}")
            if any(customer_id in str(value) for value in row)
        }


def _somebody(control: Control, run_id: str) -> str:
    engine = control.place.run_engine(run_id)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("select customer_id from records limit 1").scalar()
    engine.dispose()
    return str(found)


def test_a_connection_that_outlives_its_engine_is_closed_when_it_comes_back(
    postgres_url: str,
) -> None:
    engine = server_engine(server_url(postgres_url), "public")
    connection = engine.connect()
    driver = connection.connection.driver_connection
    assert driver is not None
    engine.dispose()
    assert not driver.closed  # a list is still being read from it
    connection.close()
    assert driver.closed


def test_a_connection_that_the_server_closed_is_replaced_before_it_is_used(
    postgres_url: str,
) -> None:
    engine = server_engine(server_url(postgres_url), "public")
    with engine.connect() as connection:
        ours = connection.exec_driver_sql("select pg_backend_pid()").scalar()
    there = "select from pg_stat_activity where pid = %s"
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s)", (ours,))
        while other.execute(there, (ours,)).fetchone() is not None:
            time.sleep(0.01)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select 1").scalar() == 1
    engine.dispose()


def test_a_reader_that_is_closed_leaves_no_connection(
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scored: Callable[..., pa.Table],
    run_info: RunInfo,
) -> None:
    monkeypatch.setenv("LADDER_DATABASE_URL", postgres_url)
    home = create_home(tmp_path / "models")
    publish(home, run_info, scored(3))
    with Control(home) as control:
        reader = RunReader(home, control.runs()[0])
    assert asyncio.run(reader.look_up("c000001"))
    assert reader.record("c000001")
    others = (
        "select from pg_stat_activity where backend_type = 'client backend' "
        "and datname = current_database() and pid <> pg_backend_pid()"
    )
    with psycopg.connect(postgres_url, autocommit=True) as ours:
        assert ours.execute(others).rowcount == 2
        reader.close()
        until = time.monotonic() + 5
        while (left := ours.execute(others).rowcount) and time.monotonic() < until:
            time.sleep(0.01)
    assert not left
