"""A published record beside an empty route."""

from __future__ import annotations

import json
from contextlib import ExitStack
from statistics import median

from benchmarks.page import table
from benchmarks.serving.client import Caller, Load, load, middle
from benchmarks.serving.home import Home, database, name
from benchmarks.serving.server import Server, empty, ladder

_PATH = "/v1/customers/C-%08d/score"
_IDS = 1000
_CALLS = 50


def text(home: Home, customers: int, rounds: int) -> str:
    """Measure, and return Markdown."""
    token = f"Authorization: Bearer {home.token}"
    with ExitStack() as running:
        server = running.enter_context(ladder(home.path))
        same = f"If-None-Match: {_tag(server, token)}"
        cases = [
            ("an empty FastAPI route", running.enter_context(empty()), _PATH, [token]),
            ("a published record", server, _PATH, [token]),
            ("304: the caller has the record", server, _PATH % 0, [token, same]),
        ]
        if database():
            other = running.enter_context(ladder(home.path, database()))
            cases.append(("a published record, on PostgreSQL", other, _PATH, [token]))
        found: dict[str, list[Load]] = {}
        for _ in range(rounds):
            for case, which, path, headers in cases:
                measured = load(which, path, headers, customers)
                found.setdefault(case, []).append(measured)
        many = _many(server, token, customers)
    loads = {case: middle(some) for case, some in found.items()}
    return f"### A published record, of {customers:,}\n\n{_table(loads)}\n{_said(many)}"


def _tag(server: Server, token: str) -> str:
    caller = Caller(server, [token])
    answer, _ = caller.ask("GET", _PATH % 0)
    tag = answer.headers["etag"]
    caller.close()
    return str(tag)


def _many(server: Server, token: str, customers: int) -> float:
    """Return the median milliseconds for a thousand records at once."""
    caller, costs = Caller(server, [token, "Content-Type: application/json"]), []
    for call in range(_CALLS):
        # Spread over the run, others in each call.
        ids = [name((call + number * (customers // _IDS)) % customers) for number in range(_IDS)]
        answer, cost = caller.timed("POST", "/v1/scores", json.dumps({"ids": ids}))
        assert len(json.loads(answer)["scores"]) == _IDS
        costs.append(cost)
    caller.close()
    return median(costs)


def _table(loads: dict[str, Load]) -> str:
    base = next(iter(loads.values()))
    body = [
        (case, f"{one.rate:,.0f}", one.beside(base), f"{one.p99:.1f}", f"{one.p99 / base.p99:.1f}")
        for case, one in loads.items()
    ]
    return table(("", "req/s", "of the empty route", "p99 ms", "p99 / empty"), body)


def _said(many: float) -> str:
    return f"`POST /v1/scores` with {_IDS:,} ids: {many:.1f} ms (median of {_CALLS} calls).\n"
