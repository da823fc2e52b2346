"""What is told, and of whom: signed, of everybody concerned and of nobody else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from sqlalchemy import text

from serving.store import Control, RunInfo, publish
from serving.store.edits import hold_out
from serving.store.erasures import Erasures
from serving.store.outbox import Outbox
from tests.serving.webhooks.receiver import SECRET, Receiver, sent, told

Scored = Callable[..., pa.Table]


def with_tier(table: pa.Table, tiers: dict[str, str]) -> pa.Table:
    ids, now_ = table["customer_id"].to_pylist(), table["risk_tier"].to_pylist()
    changed = [tiers.get(customer, tier) for customer, tier in zip(ids, now_, strict=True)]
    at = table.column_names.index("risk_tier")
    return table.set_column(at, "risk_tier", pa.array(changed, pa.string()))


def contacts(receiver: Receiver) -> dict[str, str]:
    """Return whom the newest message names, and whether it says that they may be contacted."""
    customers = receiver.bodies()[-1]["data"]["customers"]
    return {one["customer_id"]: one["contact"] for one in customers}


def refused(home: Path, receiver: Receiver, info: RunInfo, table: pa.Table, *moved: str) -> str:
    """Publish a run in which some moved; return its id once a message about them was refused."""
    publish(home, info, table)
    told(home, receiver, "customer.changed")
    run_id = publish(home, info, with_tier(table, dict.fromkeys(moved, "high")))
    receiver.status = 500
    assert sent(home) == (0, 1)
    return run_id


def taken_again(home: Path, receiver: Receiver) -> dict[str, str]:
    """Return the `contacts` of the message that was refused, which is due and taken now."""
    with Control(home) as control, control.engine.begin() as connection:
        connection.execute(text("update outbox set due_at = 0"))
    receiver.status = 200
    assert sent(home) == (1, 0)
    return contacts(receiver)


def test_a_published_run_is_told_with_a_signature_that_verifies(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver, database: str
) -> None:
    assert database
    told(home, receiver, "run.published")
    run_id = publish(home, run_info, scored(20))
    assert sent(home) == (1, 0)
    assert sent(home) == (0, 0)
    ((headers, body),) = receiver.came
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(SECRET, signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    said = json.loads(body)
    assert said["type"] == "run.published"
    assert said["data"]["run_id"] == run_id
    assert said["data"]["customers"] == 20


def test_customers_who_moved_are_told_and_nobody_else(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver, database: str
) -> None:
    assert database
    publish(home, run_info, scored(400))
    told(home, receiver, "customer.changed")
    moves = {f"c{number:06d}": "lost" for number in range(0, 360, 3)}  # low before
    second = publish(home, run_info, with_tier(scored(420), moves))
    # c000009 and every thirtieth after it were lost before.
    expected = {c for c in moves if int(c[1:]) % 10 != 9}
    assert sent(home) == (2, 0)
    found = [one for body in receiver.bodies() for one in body["data"]["customers"]]
    assert {one["customer_id"] for one in found} == expected
    assert len(found) == len(expected)
    assert all(one["risk_tier"]["to"] == "lost" for one in found)
    assert all("rung" not in one for one in found)
    contact = {one["customer_id"]: one["contact"] for one in found}
    assert contact["c000027"] == "held_out"  # whoever starts a campaign by a message has to know
    assert contact["c000018"] == "no"
    assert contact["c000000"] == "yes"
    assert {body["data"]["run_id"] for body in receiver.bodies()} == {second}
    assert all(len(body) < 20_000 for _, body in receiver.came)


def test_choosing_another_run_is_told_as_publishing_it_was(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver, database: str
) -> None:
    assert database
    first = publish(home, run_info, scored(30))
    publish(home, run_info, with_tier(scored(30), {"c000003": "high"}))
    told(home, receiver, "run.published")
    told(home, receiver, "run.published", "customer.changed")
    for _ in range(2):  # what serves already is nothing new
        with Control(home) as control:
            assert control.use(first).serving
    assert sent(home) == (3, 0)
    changed, *published = sorted(receiver.bodies(), key=lambda body: str(body["type"]))
    assert [body["data"]["run_id"] for body in published] == [first, first]
    assert changed["data"]["customers"] == [
        {"customer_id": "c000003", "contact": "yes", "risk_tier": {"from": "high", "to": "low"}}
    ]


def test_someone_erased_meanwhile_is_not_told_of(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver
) -> None:
    refused(home, receiver, run_info, scored(30), "c000000", "c000003")
    with Control(home) as control:
        Erasures(control).record("hash", "c000003", [], "test")
    assert taken_again(home, receiver) == {"c000000": "yes"}
    with Control(home) as control, control.engine.connect() as connection:
        assert connection.scalar(text("select count(*) from changed")) == 0


def test_whether_someone_may_be_contacted_is_told_as_it_is_when_a_message_leaves(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver, database: str
) -> None:
    assert database
    moved = "c000000", "c000003", "c000018", "c000027"
    run_id = refused(home, receiver, run_info, scored(30), *moved)
    before = {"c000000": "yes", "c000003": "yes", "c000018": "no", "c000027": "held_out"}
    assert contacts(receiver) == before
    with Control(home) as control:
        hold_out(control, run_id, ["c000000"])  # a list was drawn meanwhile
    assert taken_again(home, receiver) == {**before, "c000000": "held_out"}


def test_who_is_no_longer_in_what_serves_must_not_be_contacted(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver
) -> None:
    refused(home, receiver, run_info, scored(30), "c000003", "c000024")
    publish(home, run_info, with_tier(scored(20), {"c000003": "high"}))
    assert taken_again(home, receiver) == {"c000003": "yes", "c000024": "no"}


def test_a_run_retired_before_it_was_compared_is_a_dead_letter(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver
) -> None:
    publish(home, run_info, scored(5))
    told(home, receiver, "customer.changed")
    for version in ("a", "b", "c"):
        publish(home, replace(run_info, model_version=version), scored(5), keep=2)
    sent(home)
    with Control(home) as control:
        failures = [row["failure"] for row in Outbox(control).waiting()]
    assert failures == ["a run was retired before it was compared"] * 2
