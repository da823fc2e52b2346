"""Servers as processes of their own: started, waited for, looked at, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryFile

from benchmarks.ports import free_port
from benchmarks.processes import resident

_PATIENCE = 120.0
"""Seconds that a server may take to answer: MLflow's takes fifteen."""
_STEP = 0.005


@dataclass(frozen=True)
class Server:
    """A running server.

    Parameters
    ----------
    process : int
        Its id.
    port : int
        Of loopback.
    seconds : float
        From its start to its first good answer.
    """

    process: int
    port: int
    seconds: float

    def resident(self) -> int:
        """Return the bytes that its processes have in memory now."""
        return resident(self.process)


@contextmanager
def running(
    command: Sequence[str], port: int, path: str, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start a server, wait until an address of it answers 200, and stop it at the end."""
    began = time.perf_counter()
    with TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            stdout=output,
            stderr=output,
            start_new_session=True,  # MLflow's server is a child of what is started
        )
        try:
            while status(port, path) != 200:
                if process.poll() is not None or time.perf_counter() - began > _PATIENCE:
                    output.seek(0)
                    raise RuntimeError(f"no answer; it said: {output.read().decode()}")
                time.sleep(_STEP)
            yield Server(process.pid, port, time.perf_counter() - began)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()


@contextmanager
def ladder(home: Path, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run `ladder serve` on a home."""
    port = free_port()
    command = [str(program("ladder")), "serve", "--port", str(port)]
    given = {"LADDER_HOME": str(home), **(environment or {})}
    with running(command, port, "/readyz", given) as server:
        yield server


@contextmanager
def empty() -> Iterator[Server]:
    """Run an application with one empty route, under the settings of ours."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.serving.empty", str(port)]
    with running(command, port, "/readyz") as server:
        yield server


@contextmanager
def mlflow(model: Path) -> Iterator[Server]:
    """Run `mlflow models serve` on a model, in this environment."""
    port = free_port()
    command = [str(program("mlflow")), "models", "serve", "--model-uri", str(model)]
    command += ["--env-manager", "local", "--workers", "1", "--port", str(port)]
    # It looks for uvicorn among the programs.
    path = os.pathsep.join((str(program("mlflow").parent), os.environ["PATH"]))
    environment = {"MLFLOW_DISABLE_TELEMETRY": "true", "PATH": path}
    with running(command, port, "/health", environment) as server:
        yield server


def program(name: str) -> Path:
    """Return a program of this environment."""
    return Path(sys.executable).with_name(name)


def status(port: int, path: str) -> int:
    """Return the status that an address answers with, 0 where nobody listens."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
