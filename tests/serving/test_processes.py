"""Several servers and a publisher at once, each a process of its own, on either database."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pyarrow as pa
import pytest

from serving.store import Control, RunInfo, publish
from tests.serving.crowd import meanwhile, within

SERVE = "import sys; from serving.cli import run; sys.exit(run(['serve', '--port', '0']))"
IDS = [f"c{number:06d}" for number in range(60)]


@contextmanager
def servers(count: int) -> Iterator[list[str]]:
    """Yield what each of some servers, started at once, printed until it was ready."""
    command = [sys.executable, "-u", "-c", SERVE]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    try:
        said = []
        for process in started:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("Ctrl-C"):
                    break
            said.append("".join(lines))
        yield said
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.communicate(timeout=30)


def knows(client: httpx.Client, version: str) -> Callable[[], bool]:
    """Return what tells whether a server serves a version by now."""
    address = f"/v1/customers/{IDS[1]}/score"
    return lambda: bool(client.get(address).json().get("model_version") == version)


def says(client: httpx.Client, status: int) -> Callable[[], bool]:
    """Return what tells whether a server answers the token so by now."""
    return lambda: client.get("/v1/runs").status_code == status


@pytest.mark.usefixtures("database")
def test_every_answer_is_of_one_run_while_others_publish_and_serve(
    home: Path,
    scored: Callable[..., pa.Table],
    run_info: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(home))
    table = scored(60)
    publish(home, run_info, table)
    with servers(2) as said:
        (token,) = re.findall(r"ladder_[0-9a-f]{8}_[\w-]{43}", "".join(said))  # one, whoever's
        addresses = [re.findall(r"http://127[^/\s]+", text)[0] for text in said]
        headers = {"authorization": f"Bearer {token}"}
        clients = [httpx.Client(base_url=url, headers=headers, timeout=20) for url in addresses]
        for client in clients:
            assert within(5, says(client, 200))
        answers = [0, 0]

        def ask(number: int) -> None:
            answer = clients[number].post("/v1/scores", json={"ids": IDS})
            if answer.status_code == 503 and answer.headers["retry-after"] == "1":
                return  # its run was retired a moment ago, faster than it looks for new ones
            assert answer.status_code == 200, answer.text
            found = answer.json()["scores"]
            assert len({one["model_version"] for one in found}) == 1
            assert len(found) == len(IDS)
            answers[number] += 1

        with meanwhile(ask, 2):
            for version in ("v1", "v2", "v3", "v4", "v5"):
                info = replace(run_info, model_version=version)
                publish(home, info, scored(60, version), keep=2)
            followed = [within(10, knows(client, "v5")) for client in clients]
            assert within(20, lambda: min(answers) > 5)
        assert followed == [True, True]
        with Control(home) as control:
            control.revoke("first start")
        for client in clients:
            assert within(5, says(client, 401))
            client.close()
