"""`ladder serve`, `token`, `runs` and `home` as someone at a terminal meets them."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pyarrow as pa
import pytest

from serving.cli import run as ladder
from serving.commands.serve import bind
from serving.home import create_home
from serving.store import RunInfo, publish

Scored = Callable[..., pa.Table]
# Arrow and LightGBM are wanted for live scoring, and come in the background.
HEAVY = ("sklearn", "mlflow", "pandas", "matplotlib", "duckdb")

SERVE = f"""
import sys
from serving.cli import run
code = run(["serve", "--port", "0"])
print("loaded:", *[name for name in {HEAVY} if name in sys.modules])
sys.exit(code)
"""


@pytest.fixture
def published(
    home: Path, scored: Scored, run_info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> Path:
    publish(home, run_info, scored(20))
    monkeypatch.setenv("LADDER_HOME", str(home))
    return home


@contextmanager
def serving() -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Yield `ladder serve` as a process, and what it printed until it was ready."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", SERVE], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith("Ctrl-C"):
                break
        try:
            yield process, lines
        finally:
            process.kill()
            process.wait()


def test_the_first_start_prints_a_token_once_and_it_works(published: Path) -> None:
    assert published.is_dir()
    with serving() as (_, lines):
        said = "\n".join(lines)
        address = re.search(r"http://127\.0\.0\.1:\d+", said)
        token = re.search(r"ladder_[0-9a-f]{8}_[\w-]{43}", said)
        assert address
        assert token
        shown = {"Authorization": f"Bearer {token[0]}"}
        for path in ("/v1/customers/c000001/score", "/v1/lists/at-risk", "/v1/runs"):
            assert httpx.get(address[0] + path, headers=shown).status_code == 200
        assert "Serving 20 customers as of 2026-06-01" in said
    with serving() as (_, lines):
        assert not any("Token" in line for line in lines)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_clean_and_nothing_heavy_was_loaded(
    published: Path, sign: signal.Signals
) -> None:
    assert published.is_dir()
    with serving() as (process, _):
        process.send_signal(sign)
        assert process.stdout is not None
        rest = process.stdout.read()
        assert process.wait(10) == 0
    assert "Stopped." in rest
    assert rest.strip().endswith("loaded:")


def test_a_download_under_way_is_finished_before_the_stop(
    home: Path, scored: Scored, run_info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(home, run_info, scored(20_000))
    monkeypatch.setenv("LADDER_HOME", str(home))
    with serving() as (process, lines):
        said = "\n".join(lines)
        address, token = re.findall(r"http://127[^/]+|ladder_[0-9a-f]{8}_[\w-]{43}", said)[::3]
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/x-ndjson"}
        with httpx.stream("GET", f"{address}/v1/lists/at-risk", headers=headers) as answer:
            rest = answer.iter_lines()
            assert json.loads(next(rest))["known"]
            process.send_signal(signal.SIGTERM)
            count = 1 + sum(1 for _ in rest)
        assert process.wait(10) == 0
    assert count == sum(n % 10 not in (8, 9) and n % 20 != 7 for n in range(20_000))


def test_without_a_run_or_a_home_the_way_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(tmp_path / "models"))
    assert ladder(["serve", "--port", "0"]) == 1
    assert "ladder train" in capsys.readouterr().err
    create_home(tmp_path / "models")
    assert ladder(["serve", "--port", "0"]) == 1
    assert "Run `ladder score`" in capsys.readouterr().err


def test_a_taken_port_is_said(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert published.is_dir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert ladder(["serve", "--port", str(port)]) == 1
    assert f"127.0.0.1 port {port} is not" in capsys.readouterr().err


def test_answers_are_sent_at_once_on_a_connection_that_is_kept() -> None:
    with bind("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("mysql://u:hidden@db/x", 2),
        ("hidden", 2),
        ("postgresql://u:hidden@127.0.0.1:1/x", 1),
        ("postgresql://u:hidden@name.invalid/x", 1),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_without_its_password(
    address: str,
    code: int,
    published: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert published.is_dir()
    monkeypatch.setenv("LADDER_DATABASE_URL", address)
    assert ladder(["serve", "--port", "0"]) == code
    said = capsys.readouterr().err
    assert "LADDER_DATABASE_URL" in said
    assert "hidden" not in said


def test_tokens_are_made_listed_and_revoked(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert published.is_dir()
    assert ladder(["token", "create", "--scope", "score,lists", "--name", "mailing"]) == 0
    text = capsys.readouterr().out
    assert re.fullmatch(r"ladder_[0-9a-f]{8}_[\w-]{43}\n", text)
    assert ladder(["token", "list"]) == 0
    assert re.search(r"mailing  lists,score  expires \d{4}-", capsys.readouterr().out)
    assert ladder(["token", "revoke", "mailing"]) == 0
    capsys.readouterr()
    assert ladder(["token", "list"]) == 0
    assert "revoked" in capsys.readouterr().out
    assert ladder(["token", "revoke", "mailing"]) == 1
    assert ladder(["token", "create", "--scope", "all", "--name", "x"]) == 2
    twice = ["--scope", "score", "--scope", "lists"]
    assert ladder(["token", "create", *twice, "--name", "twice"]) == 0
    assert "twice  lists,score  expires" in capsys.readouterr().err


def test_runs_are_listed_and_chosen(
    published: Path, scored: Scored, run_info: RunInfo, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = publish(published, run_info, scored(21))
    assert ladder(["runs"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"* {newer}")
    assert "as of 2026-06-01  20 customers" in second
    assert ladder(["runs", "use", second.split()[0]]) == 0
    assert ladder(["runs"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("*")
    assert ladder(["runs", "use", "nothing"]) == 1


def test_the_home_says_what_is_in_it(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ladder(["home"]) == 0
    said = capsys.readouterr().out
    assert str(published) in said
    assert "champion: none yet" in said
    assert (published / "secret").read_text().strip() not in said
