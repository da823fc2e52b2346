"""The registered model as a team serves it: MLflow's own server, far from this checkout."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from training.bundle.bundle import Bundle
from training.tracking import PACKAGES, QUIET, save_model


@pytest.fixture(scope="module")
def address(small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a bundle with ``mlflow models serve`` in an empty folder; yield where it listens."""
    folder = tmp_path_factory.mktemp("elsewhere")
    small_bundle.write(folder / "bundle")
    save_model(folder / "model", folder / "bundle")
    decoys = folder / "decoys"
    for package in PACKAGES:
        # Where the model did not bring its own code, these would be found, not the checkout.
        (decoys / package).mkdir(parents=True)
        (decoys / package / "__init__.py").write_text("raise ImportError('not from the model')")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = ["mlflow", "models", "serve", "--env-manager", "local", "--model-uri", "model"]
    here = str(Path(sys.executable).parent)
    environment = {"HOME": str(folder), "PYTHONPATH": str(decoys), **QUIET}
    environment["PATH"] = os.pathsep.join([here, os.environ["PATH"]])
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *serve, "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}", folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    for _ in range(480):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{address}/ping"):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(log.read_text())


def _no_json(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def ask(address: str, customers: list[dict[str, Any]], as_of: str) -> list[dict[str, Any]]:
    body = json.dumps({"dataframe_records": customers, "params": {"as_of": as_of}}).encode()
    request = urllib.request.Request(
        f"{address}/invocations", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        found: list[dict[str, Any]] = json.load(answer, parse_constant=_no_json)["predictions"]
    return found


def test_raw_histories_score_as_the_bundle_scores_them(address: str, small_bundle: Bundle) -> None:
    golden = small_bundle.golden
    said = ask(address, golden["customers"], golden["as_of"])
    assert [row["customer_id"] for row in said] == [
        customer["customer_id"] for customer in golden["customers"]
    ]
    position = {name: at for at, name in enumerate(golden["expected"]["customer_id"])}
    compared = 0
    for name in small_bundle.outcomes:
        expected = golden["expected"]["probability"][name]
        for row in said:
            value = row[f"{name}_probability"]
            if value is not None:
                assert abs(value - expected[position[row["customer_id"]]]) < 1e-9
                compared += 1
    assert compared >= len(small_bundle.outcomes)


def test_whole_amounts_and_missing_tables_are_taken(address: str) -> None:
    order = {"order_id": "1", "ordered_at": "2025-05-01T10:00:00+02:00", "amount": 3}
    said = ask(
        address,
        [{"customer_id": "new"}, {"customer_id": "one", "orders": [order]}],
        "2025-06-01T00:00:00+02:00",
    )
    assert said[0]["churn_probability"] is None
    assert 0 < said[1]["churn_probability"] < 1


def test_what_cannot_be_read_is_refused_with_words(address: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(address, [{"customer_id": "one"}], "yesterday")
    assert refused.value.code >= 400
    assert "as_of must be a time with an offset" in refused.value.read().decode()
