"""Webhooks from the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from serving.cli import run as ladder
from serving.store import RunInfo, publish
from tests.serving.webhooks.receiver import Receiver

Scored = Callable[..., pa.Table]


def test_webhooks_from_the_command_line(
    home: Path,
    scored: Scored,
    run_info: RunInfo,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(home))
    assert ladder(["webhook", "add", receiver.url, "--event", "run.published"]) == 0
    assert re.fullmatch(r"whsec_[\w+/]{43}=\n", capsys.readouterr().out)
    publish(home, run_info, scored(5))
    assert ladder(["webhook", "list"]) == 0
    said = capsys.readouterr().out
    assert "msg_" in said
    assert "whsec_" not in said
    receiver.status = 410
    assert ladder(["webhook", "send"]) == 0
    assert ladder(["webhook", "list"]) == 0
    assert "off: it answered 410; `ladder webhook send --retry`" in capsys.readouterr().out
    receiver.status = 200
    assert ladder(["webhook", "send", "--retry"]) == 0
    assert "Delivered 1, failed 0, waiting 0." in capsys.readouterr().out
    assert ladder(["webhook", "remove", said.split()[0]]) == 0
    assert ladder(["audit"]) == 0
    named = [line for line in capsys.readouterr().out.splitlines() if said.split()[0] in line]
    assert [word for line in named for word in ("add", "remove") if f"webhook {word}" in line] == [
        "add",
        "remove",
    ]
    assert ladder(["webhook", "remove", "nothing"]) == 1
    assert ladder(["webhook", "add", "https://10.0.0.1/", "--event", "run.published"]) == 2
