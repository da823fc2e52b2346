"""A server of a million customers: how soon it is ready, what it holds, whole lists."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from benchmarks.page import table
from benchmarks.serving.client import Caller
from benchmarks.serving.home import Home, name
from benchmarks.serving.live import body_of, history, wait_for_model
from benchmarks.serving.server import Server, empty, ladder

_REQUESTS = 10_000
_PIECE = 1 << 16
_EVERY = 50
"""Pieces of a stream between two looks at the server's memory."""

_MB = 1e6


@dataclass(frozen=True)
class Stream:
    """A whole list as it came."""

    lines: int
    size: int
    seconds: float
    most: int


def text(home: Home, customers: int, rounds: int) -> str:
    """Measure, and return Markdown."""
    bare, ready = [], []
    for _ in range(rounds):
        with empty() as reference:
            bare.append(reference.seconds)
        with ladder(home.path) as server:
            ready.append(server.seconds)
    with ladder(home.path) as server:
        held = _held(server, home, customers)
        streams = {
            kind: _stream(server, home, kind) for kind in ("application/x-ndjson", "text/csv")
        }
    return (
        f"### A server of {customers:,} customers\n\n"
        f"The first 200 of `/readyz` comes {median(ready):.2f} s after the start; an empty FastAPI "
        f"application answers after {median(bare):.2f} s (medians of {rounds}).\n\n"
        + table(
            ("memory of the process", "MB"),
            [(when, f"{size / _MB:.0f}") for when, size in held.items()],
        )
        + "\n"
        + table(
            (
                "the whole at-risk list",
                "customers",
                "MB sent",
                "s",
                "customers / s",
                "peak MB",
            ),
            [_line(kind, stream) for kind, stream in streams.items()],
        )
    )


def _held(server: Server, home: Home, customers: int) -> dict[str, int]:
    """Return the resident bytes, from the start to many requests later."""
    held = {"when ready, the model still loading": server.resident()}
    token = f"Authorization: Bearer {home.token}"
    caller = Caller(server, [token, "Content-Type: application/json"])
    wait_for_model(caller, body_of(history(0)))
    held["the model loaded, one history scored"] = server.resident()
    for number in range(_REQUESTS):
        caller.timed("GET", f"/v1/customers/{name(7919 * number % customers)}/score")
    for number in range(_REQUESTS // 100):
        caller.timed("POST", "/v1/score-history", body_of(history(number)))
    caller.close()
    held[f"after {_REQUESTS:,} records and {_REQUESTS // 100} histories"] = server.resident()
    return held


def _stream(server: Server, home: Home, kind: str) -> Stream:
    """Read a whole list piece by piece, as a program would that keeps none of it."""
    caller = Caller(server, [f"Authorization: Bearer {home.token}", f"Accept: {kind}"])
    began, lines, size, most, pieces = time.perf_counter(), 0, 0, 0, 0
    answer, _ = caller.ask("GET", "/v1/lists/at-risk")
    while piece := answer.read(_PIECE):
        lines, size, pieces = lines + piece.count(b"\n"), size + len(piece), pieces + 1
        if pieces % _EVERY == 0:
            most = max(most, server.resident())
    caller.close()
    return Stream(lines, size, time.perf_counter() - began, max(most, server.resident()))


def _line(kind: str, one: Stream) -> tuple[str, ...]:
    rows = one.lines - (kind == "text/csv")
    numbers = (f"{rows:,}", f"{one.size / _MB:,.0f}", f"{one.seconds:.1f}")
    return (f"`{kind}`", *numbers, f"{rows / one.seconds:,.0f}", f"{one.most / _MB:.0f}")
