"""What schemathesis must be told to examine our API: read by it, not by pytest."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import schemathesis
from hypothesis import strategies as st

Case = schemathesis.Case[Any]
KEY = "idempotency-key"

# Any years of four digits otherwise, of which the API takes one in eighty.
TIMES = st.datetimes(
    datetime(1971, 1, 2),
    datetime(2099, 12, 30),
    timezones=st.integers(-720, 840).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
schemathesis.openapi.format("date-time", TIMES.map(datetime.isoformat))


@schemathesis.hook
def map_case(context: schemathesis.HookContext, case: Case) -> Case:
    """Ask as a caller would: a key means one request, and what a budget buys costs something."""
    del context
    _spend_on_something(case.body)
    given = dict(case.headers or {})
    if KEY in given and 1 <= len(given[KEY]) <= 200:
        body = json.dumps(case.body, default=repr)
        case.headers[KEY] = sha256(f"{given[KEY]}{body}".encode("utf-8", "replace")).hexdigest()
    return case


def _spend_on_something(body: object) -> None:
    """Give a budget without costs one: the shop's settings, which may name them, are not ours."""
    if isinstance(body, dict) and body.get("budget") is not None:
        costs = [body.get(name) for name in ("contact_cost", "offer")]
        if all(cost is None or (cost == 0 and cost is not False) for cost in costs):
            body["contact_cost"] = 1.0
