"""Messages arrive once, later if need be, and are given up in the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import text

from serving.store import Control, RunInfo, publish
from serving.store.messages import add_message, webhooks_of
from serving.store.outbox import Outbox
from serving.store.run import now
from serving.webhooks.courier import DELAYS
from tests.serving.crowd import at_once, within
from tests.serving.servers import started
from tests.serving.webhooks.receiver import Receiver, sent, told
from tests.serving.webhooks.test_messages import with_tier

Scored = Callable[..., pa.Table]


def test_a_failure_is_tried_again_later_and_given_up_in_the_end(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver
) -> None:
    told(home, receiver, "run.published")
    publish(home, run_info, scored(5))
    receiver.status = 302  # not followed
    waits = []
    for _ in range(len(DELAYS) + 1):
        begun = now()
        assert sent(home) == (0, 1)
        with Control(home) as control:
            (row,) = Outbox(control).waiting()
            waits.append(row["due_at"] and round((row["due_at"] - begun) / 1e6))
            with control.engine.begin() as connection:
                past = "update outbox set due_at = 0 where due_at is not null"
                connection.execute(text(past))
    assert waits == [pytest.approx(delay, abs=2) for delay in DELAYS] + [None]
    assert row["failure"] == "answered 302"
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1
    assert sent(home) == (0, 0)
    receiver.status = 204
    with Control(home) as control:
        assert Outbox(control).retry() == 1
    assert sent(home) == (1, 0)


@pytest.mark.parametrize(("status", "days", "kept"), [(500, 29, 2), (500, 31, 0), (410, 31, 2)])
def test_what_was_given_up_is_forgotten_after_a_month_unless_it_keeps_a_webhook_off(
    home: Path,
    scored: Scored,
    run_info: RunInfo,
    receiver: Receiver,
    status: int,
    days: int,
    kept: int,
) -> None:
    publish(home, run_info, scored(5))
    told(home, receiver, "customer.changed")
    for risk in ("high", "lost"):
        publish(home, run_info, with_tier(scored(5), {"c000001": risk}))
    receiver.status = status
    sent(home)
    with Control(home) as control:
        with control.engine.begin() as connection:
            given_up = "update outbox set due_at = null, failure = :failure, created_at = :made"
            made = now() - days * 86_400_000_000
            about = {"failure": f"answered {status}", "made": made}
            connection.execute(text(given_up), about)
        told_of = text("select count(*) from changed")
        publish(home, run_info, scored(5))
        dead = [row for row in Outbox(control).waiting() if row["due_at"] is None]
        assert len(dead) == kept
        with control.engine.begin() as connection:
            assert bool(connection.scalar(told_of)) == bool(kept)


def test_a_receiver_that_is_gone_is_told_nothing_before_somebody_says_so(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver
) -> None:
    told(home, receiver, "run.published")
    told(home, receiver, "run.published", "customer.changed")
    for _ in range(2):
        publish(home, run_info, scored(5))
    receiver.status = 410
    sent(home)
    publish(home, run_info, scored(5))
    with Control(home) as control:
        box = Outbox(control)
        waiting = box.waiting()
        assert [row["due_at"] for row in waiting] == [None] * 5, "two of each, and a comparison"
        assert len(receiver.came) == 2, "each webhook is tried once"
        receiver.status = 200
        box.retry()
    sent(home)
    publish(home, run_info, scored(5))
    with Control(home) as control:
        assert len(Outbox(control).waiting()) == 3


@pytest.mark.parametrize(("asks", "waits"), [("7200", 7200), ("9999999", 86_400), ("1", 0)])
def test_a_receiver_that_asks_for_time_is_given_it(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver, asks: str, waits: int
) -> None:
    told(home, receiver, "run.published")
    for _ in range(2):
        publish(home, run_info, scored(5))
    receiver.status, receiver.retry_after = 429, asks
    begun = now()
    assert sent(home) == (0, 1)
    with Control(home) as control:
        due = sorted((row["due_at"] - begun) / 1e6 for row in Outbox(control).waiting())
    tried, other = due[1], due[0]
    assert tried == pytest.approx(max(waits, DELAYS[0]), abs=2)
    assert other == pytest.approx(waits, abs=2), "all that waits for the webhook waits longer"


def test_many_couriers_deliver_each_message_once(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver, database: str
) -> None:
    assert database
    told(home, receiver, "run.published")
    for _ in range(4):
        publish(home, run_info, scored(5))
    at_once(lambda: sent(home), 4)
    sent(home)
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 4
    assert len(receiver.came) == 4


def test_a_server_that_ends_leaves_what_is_due_to_others(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver
) -> None:
    told(home, receiver, "run.published")
    publish(home, run_info, scored(5))
    with Control(home) as control:
        with control.engine.begin() as connection:
            for _ in range(30):
                add_message(connection, webhooks_of(connection), {"type": "run.published"})
        receiver.pause = 0.1
        with started(home):
            assert within(10, lambda: bool(receiver.came))
        assert len(Outbox(control).waiting()) > 20
