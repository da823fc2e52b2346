"""Messages reach who asked for them: signed, once, later if need be, and nowhere else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import text

from features.errors import UsageError
from serving.cli import run as ladder
from serving.store import Control, RunInfo, publish
from serving.store.erasures import Erasures
from serving.store.outbox import Outbox, Webhook
from serving.store.run import now
from serving.webhooks.addresses import look_up
from serving.webhooks.courier import DELAYS, deliver

Scored = Callable[..., pa.Table]
SECRET = b"0123456789abcdef0123456789abcdef"


class Receiver:
    """A system that is told of events: it keeps what came, and answers with `status`."""

    def __init__(self) -> None:
        self.status, self.came = 200, list[tuple[dict[str, str], bytes]]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.came.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(outer.status)
                self.send_header("location", "http://169.254.169.254/")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/in?x=1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.came]

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("LADDER_WEBHOOK_HOSTS", "127.0.0.1, hooks.internal")
    made = Receiver()
    yield made
    made.close()


def told(home: Path, receiver: Receiver, *events: str) -> None:
    hook = Webhook(f"hook{len(events)}", receiver.url, frozenset(events), SECRET, now())
    with Control(home) as control:
        Outbox(control.engine).add(hook)


def sent(home: Path) -> tuple[int, int]:
    with Control(home) as control:
        return deliver(control)


def with_tier(table: pa.Table, tiers: dict[str, str]) -> pa.Table:
    ids, now_ = table["customer_id"].to_pylist(), table["risk_tier"].to_pylist()
    changed = [tiers.get(customer, tier) for customer, tier in zip(ids, now_, strict=True)]
    at = table.column_names.index("risk_tier")
    return table.set_column(at, "risk_tier", pa.array(changed, pa.string()))


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
        {"customer_id": "c000003", "risk_tier": {"from": "high", "to": "low"}}
    ]


def test_someone_erased_meanwhile_is_not_told_of(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver
) -> None:
    publish(home, run_info, scored(30))
    told(home, receiver, "customer.changed")
    publish(home, run_info, with_tier(scored(30), {"c000000": "high", "c000003": "high"}))
    receiver.status = 500
    assert sent(home) == (0, 1)
    with Control(home) as control:
        Erasures(control).record("hash", "c000003", [], "test")
        with control.engine.begin() as connection:
            connection.execute(text("update outbox set due_at = 0"))
    receiver.status = 200
    assert sent(home) == (1, 0)
    assert [one["customer_id"] for one in receiver.bodies()[-1]["data"]["customers"]] == ["c000000"]
    with Control(home) as control, control.engine.connect() as connection:
        assert connection.scalar(text("select count(*) from changed")) == 0


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
            (row,) = Outbox(control.engine).waiting()
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
        assert Outbox(control.engine).retry() == 1
    assert sent(home) == (1, 0)


def test_a_receiver_that_is_gone_is_not_tried_again(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver
) -> None:
    told(home, receiver, "run.published")
    publish(home, run_info, scored(5))
    receiver.status = 410
    sent(home)
    with Control(home) as control:
        assert [row["due_at"] for row in Outbox(control.engine).waiting()] == [None]


def test_many_couriers_deliver_each_message_once(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver, database: str
) -> None:
    assert database
    told(home, receiver, "run.published")
    for _ in range(4):
        publish(home, run_info, scored(5))
    totals: list[int] = []
    threads = [threading.Thread(target=lambda: totals.append(sent(home)[0])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent(home)
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 4
    assert len(receiver.came) == 4


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://8.8.8.8/", "without TLS"),
        ("https://10.1.2.3/", "private network"),
        ("https://localhost/", "private network"),
        ("https://[::ffff:127.0.0.1]/", "private network"),
        ("https://169.254.169.254/latest", "private network"),
        ("https://user:hidden@8.8.8.8/", "no plain https"),
        ("file:///etc/passwd", "no plain https"),
    ],
)
def test_where_messages_must_not_go_is_refused(url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as error:
        look_up(url, {})
    assert "hidden" not in str(error.value)


def test_a_name_that_points_inside_by_now_gets_nothing(
    home: Path, scored: Scored, run_info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = Webhook("h", "https://moved.example.com/", frozenset({"run.published"}), SECRET, 1)
    with Control(home) as control:
        Outbox(control.engine).add(hook)
    publish(home, run_info, scored(5))
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.168.0.9", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
    assert sent(home) == (0, 1)
    with Control(home) as control:
        (row,) = Outbox(control.engine).waiting()
    assert "private network" in row["failure"]


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
    assert ladder(["webhook", "send"]) == 0
    assert "Delivered 1, failed 0, waiting 0." in capsys.readouterr().out
    assert ladder(["webhook", "remove", said.split()[0]]) == 0
    assert ladder(["webhook", "remove", "nothing"]) == 1
    assert ladder(["webhook", "add", "https://10.0.0.1/", "--event", "run.published"]) == 2


def test_the_store_and_its_version_are_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(home))
    assert ladder(["db"]) == 0
    assert "none yet" in capsys.readouterr().out
    assert ladder(["db", "upgrade"]) == 0
    assert "From nothing to" in capsys.readouterr().out
    assert ladder(["db", "upgrade"]) == 0
    assert "already" in capsys.readouterr().out


def test_a_run_retired_before_it_was_compared_is_a_dead_letter(
    home: Path, scored: Scored, run_info: RunInfo, receiver: Receiver
) -> None:
    publish(home, run_info, scored(5))
    told(home, receiver, "customer.changed")
    for version in ("a", "b", "c"):
        publish(home, replace(run_info, model_version=version), scored(5), keep=2)
    sent(home)
    with Control(home) as control:
        failures = [row["failure"] for row in Outbox(control.engine).waiting()]
    assert failures == ["a run was retired before it was compared"] * 2
