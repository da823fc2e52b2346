"""Histories scored live, and the same model behind MLflow's own server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import isclose, isnan, nan
from random import Random
from statistics import median
from typing import Any

from benchmarks.page import table
from benchmarks.serving.client import Caller, Load, load, middle
from benchmarks.serving.home import Home
from benchmarks.serving.server import Server, ladder, mlflow

_ORDERS, _ENGAGEMENT = 60, 140
_HISTORIES, _CALLS = 20, 200
_AS_OF = datetime(2025, 12, 1, tzinfo=UTC)
_DAYS = 700
_ACTS = {"site_visited": 3, "email_sent": None, "email_opened": None, "cart_added": None}
_PATH, _RIVAL = "/v1/score-history", "/invocations"
_TOLERANCE = 1e-9


def text(home: Home, customers: int, rounds: int) -> str:
    """Measure, and return Markdown."""
    sent = [history(number) for number in range(_HISTORIES)]
    headers = [f"Authorization: Bearer {home.token}", "Content-Type: application/json"]
    ours, theirs = [body_of(one) for one in sent], [_theirs(one) for one in sent]
    path = "/v1/customers/C-%08d/score"
    found: dict[str, list[Load]] = {}
    waits: dict[str, list[float]] = {}
    with ladder(home.path) as server, mlflow(home.model()) as rival:
        _require_equal(server, rival, headers, sent)
        for _ in range(rounds):
            for case, which, where, bodies in (
                ("`mlflow models serve`, a history", rival, _RIVAL, theirs),
                ("`POST /v1/score-history`, the same", server, _PATH, ours),
                ("`GET` of a published record", server, path, ()),
            ):
                found.setdefault(case, []).append(load(which, where, headers, customers, bodies))
                if bodies:
                    waits.setdefault(case, []).extend(_waits(which, where, headers, bodies))
    return _head() + _table({case: middle(some) for case, some in found.items()}, waits)


def history(number: int) -> dict[str, Any]:
    """Return the history of a customer with 200 events, another one for each number."""
    dice = Random(number)

    def moment() -> str:
        return (_AS_OF - timedelta(days=_DAYS * dice.random())).isoformat()

    orders = [
        {
            "order_id": f"{number}-{line // 2}",
            "ordered_at": moment(),
            "amount": dice.randrange(500, 9000) / 100,
            "category": f"category {dice.randrange(20)}",
        }
        for line in range(_ORDERS)
    ]
    engagement = [
        {"occurred_at": moment(), "kind": kind, **({"value": value} if value else {})}
        for kind, value in dice.choices([*_ACTS.items()], k=_ENGAGEMENT)
    ]
    return {"customer_id": f"live-{number}", "orders": orders, "engagement": engagement}


def body_of(one: dict[str, Any]) -> str:
    """Return what is sent to score a history."""
    return json.dumps({"as_of": _AS_OF.isoformat(), "customers": [one]})


def _theirs(one: dict[str, Any]) -> str:
    return json.dumps({"dataframe_records": [one], "params": {"as_of": _AS_OF.isoformat()}})


def _require_equal(
    server: Server, rival: Server, headers: Sequence[str], sent: Sequence[dict[str, Any]]
) -> None:
    """Stop unless both give everyone the same probabilities; MLflow's has no model of money."""
    live, other = Caller(server, headers), Caller(rival, headers)
    wait_for_model(live, body_of(sent[0]))
    for one in sent:
        record = json.loads(live.timed("POST", _PATH, body_of(one))[0])["scores"][0]
        (said,) = json.loads(other.timed("POST", _RIVAL, _theirs(one))[0])["predictions"]
        # `advocate` is kept between the likeliest act and the sum of all by the product alone.
        for name in ("churn", "return", "refer", "share", "review"):
            pair = record[f"{name}_probability"], said.get(f"{name}_probability")
            mine, yours = (nan if one is None else one for one in pair)
            same = isclose(mine, yours, rel_tol=_TOLERANCE) or (isnan(mine) and isnan(yours))
            assert same, f"{name}: {mine} and {yours}"
    live.close()
    other.close()


def wait_for_model(caller: Caller, body: str) -> None:
    """Wait until the model is loaded: live scoring answers 503 before."""
    while True:
        answer, _ = caller.ask("POST", _PATH, body)
        answer.read()
        if answer.status == 200:
            return


def _waits(server: Server, path: str, headers: Sequence[str], bodies: Sequence[str]) -> list[float]:
    """Return the milliseconds of some calls, one after the other."""
    caller = Caller(server, headers)
    costs = [caller.timed("POST", path, bodies[n % len(bodies)])[1] for n in range(_CALLS)]
    caller.close()
    return costs


def _head() -> str:
    return (
        f"### A history of {_ORDERS + _ENGAGEMENT} events, scored live\n\n"
        "Ours returns every outcome, money and reasons as of a cutoff, computed from the raw "
        "events in the request; MLflow's server returns only the probabilities, from the same "
        "bundle and events. Both gave the same probabilities for everyone. *alone*: a single "
        "caller who waits for each answer.\n\n"
    )


def _table(loads: dict[str, Load], waits: dict[str, list[float]]) -> str:
    base = next(iter(loads.values()))
    body = []
    for case, one in loads.items():
        alone = sorted(waits.get(case, ()))
        cells = [median(alone), alone[int(0.99 * len(alone))]] if alone else []
        shown = [f"{cell:.1f}" for cell in cells] or ["", ""]
        body.append((case, f"{one.rate:,.0f}", f"{one.rate / base.rate:.1f}", *shown))
    return table(("", "req/s", "times MLflow's", "alone, median ms", "alone, p99 ms"), body)
