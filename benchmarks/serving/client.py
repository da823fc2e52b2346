"""Clients: wrk for throughput, one connection that waits for each answer for latency."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click

from benchmarks.serving.server import Server

CONNECTIONS = 16
_SECONDS = 5
_FACTOR = {"us": 1e-3, "ms": 1.0, "s": 1e3}
_SCRIPT = """
wrk.method = "{method}"
local bodies = {bodies}
request = function()
  local body = bodies[math.random(#bodies)]
  local path = string.format("{path}", math.random(0, {customers} - 1))
  return wrk.format(nil, path, nil, body)
end
"""


@dataclass(frozen=True)
class Load:
    """What a server took under load: requests a second, and how slow the slowest hundredth is."""

    rate: float
    p99: float

    def beside(self, other: Load) -> str:
        """Return its rate as a share of another's."""
        return f"{self.rate / other.rate:.0%}"


def require_wrk() -> None:
    """Refuse to measure without the client.

    Raises
    ------
    click.ClickException
    """
    if shutil.which("wrk") is None:
        raise click.ClickException(
            "The serving section needs wrk, a client that is faster than any server here.\n"
            "On Debian and Ubuntu: apt-get install wrk."
        )


def load(
    server: Server,
    path: str,
    headers: Iterable[str] = (),
    customers: int = 1,
    bodies: Sequence[str] = (),
) -> Load:
    """Ask a server as fast as it answers.

    Parameters
    ----------
    server : Server
    path : str
        May hold a ``%08d``, which becomes a random number below `customers`.
    headers : iterable of str
    customers : int
    bodies : sequence of str
        Sent by turns of chance; none for GET.
    """
    quoted = ", ".join(f"[==[{body}]==]" for body in bodies) or '""'
    script = _SCRIPT.format(
        method="POST" if bodies else "GET", bodies=f"{{{quoted}}}", path=path, customers=customers
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ask.lua"
        file.write_text(script, encoding="utf-8")
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{_SECONDS}s", "--latency", "-s", str(file)]
        for header in headers:
            command += ["-H", header]
        command.append(f"http://127.0.0.1:{server.port}")
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return read(said)


def read(said: str) -> Load:
    r"""Return what wrk printed.

    Raises
    ------
    ValueError
        If an answer was an error, or there was none.

    Examples
    --------
    >>> read("  99%    2.38ms\nRequests/sec:   7433.62")
    Load(rate=7433.62, p99=2.38)
    """
    if "Non-2xx" in said or "Socket errors" in said:
        raise ValueError(said)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if slow is None or rate is None:
        raise ValueError(said)
    return Load(float(rate[1]), float(slow[1]) * _FACTOR[slow[2]])


def middle(loads: Sequence[Load]) -> Load:
    """Return the medians."""
    return Load(median(one.rate for one in loads), median(one.p99 for one in loads))


class Caller:
    """One connection that is kept, and sends the next request after an answer.

    Parameters
    ----------
    server : Server
    headers : sequence of str
        As ``name: value``.
    """

    def __init__(self, server: Server, headers: Sequence[str]) -> None:
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._headers = dict(header.split(": ", 1) for header in headers)

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[HTTPResponse, float]:
        """Return an answer whose body is yet to be read, and the milliseconds it took to begin."""
        began = time.perf_counter()
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        return answer, 1000 * (time.perf_counter() - began)

    def timed(self, method: str, path: str, body: str | None = None) -> tuple[bytes, float]:
        """Return a whole answer and its milliseconds.

        Raises
        ------
        ValueError
            If the server answers with an error.
        """
        began = time.perf_counter()
        answer, _ = self.ask(method, path, body)
        text = answer.read()
        if answer.status != 200:
            raise ValueError(f"{method} {path}: {answer.status} {text[:500]!r}")
        return text, 1000 * (time.perf_counter() - began)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
