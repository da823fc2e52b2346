"""Messages go nowhere inside: neither where a webhook points, nor where its name leads later."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from features.errors import UsageError
from serving.store import Control, RunInfo, publish
from serving.store.messages import Webhook
from serving.store.outbox import Outbox
from serving.webhooks.addresses import VARIABLE, Target, look_up
from serving.webhooks.sending import post
from tests.serving.webhooks.receiver import SECRET, Receiver, sent

Scored = Callable[..., pa.Table]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://8.8.8.8/", "without TLS"),
        ("https://8.8.8.8:99999/", "no URL"),
        ("https://[::1", "no URL"),
        ("https://me:hidden@8.8.8.8:x/", "no URL"),
        ("https://a..b/", "no name"),
        (f"https://{'a' * 70}.com/", "no name"),
        ("https://8.8.8.8/gr\u00fc\u00dfe", "percent-encoded"),
        ("https://8.8.8.8/?q=a b", "percent-encoded"),
        ("https://10.1.2.3/", "private network"),
        ("https://localhost/", "private network"),
        ("https://[::ffff:127.0.0.1]/", "private network"),
        ("https://169.254.169.254/latest", "private network"),
        ("https://user:hidden@8.8.8.8/", "no plain https"),
        ("https://:hidden@8.8.8.8/", "no plain https"),
        ("file:///etc/passwd", "no plain https"),
    ],
)
def test_where_messages_must_not_go_is_refused(url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as error:
        look_up(url, {})
    assert "hidden" not in str(error.value)


def test_only_a_host_that_is_allowed_by_name_is_called_without_tls() -> None:
    assert look_up("https://8.8.8.8/", {}) == Target("8.8.8.8", 443, "/", True, ("8.8.8.8",))
    plain = look_up("http://8.8.8.8/in?x=1", {VARIABLE: "8.8.8.8"})
    assert plain == Target("8.8.8.8", 80, "/in?x=1", False, ("8.8.8.8",))


def test_what_is_to_go_over_tls_is_never_sent_in_the_clear(receiver: Receiver) -> None:
    address, port = receiver.server.server_address[:2]
    with pytest.raises(ssl.SSLError):
        post(Target(str(address), int(port), "/", True, (str(address),)), {}, b"{}")
    assert not receiver.came


def test_a_name_of_which_one_address_is_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = ["8.8.8.8", "192.168.0.9"]
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in numbers]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(UsageError, match="private network"):
        look_up("https://two.example.com/", {})


def test_a_name_that_points_inside_by_now_gets_nothing(
    home: Path, scored: Scored, run_info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = Webhook("h", "https://moved.example.com/", frozenset({"run.published"}), SECRET, 1)
    with Control(home) as control:
        Outbox(control).add(hook)
    publish(home, run_info, scored(5))
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.168.0.9", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
    assert sent(home) == (0, 1)
    with Control(home) as control:
        (row,) = Outbox(control).waiting()
    assert "private network" in row["failure"]
