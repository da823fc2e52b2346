"""One request to one address; what it answers decides what becomes of the message."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from errno import ETIMEDOUT
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Timer
from time import monotonic, time
from typing import Any, NamedTuple

from serving.webhooks.addresses import Target

SECONDS = 10.0
"""How long a receiver may take to accept a connection, and then to answer; it should queue the
message and answer at once."""


class Answer(NamedTuple):
    """What a receiver answered: a status, and for how many seconds it asks to be left alone."""

    status: int
    wait: float = 0.0


def post(target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send a body and return what is answered; redirections are not followed.

    Raises
    ------
    OSError, http.client.HTTPException
        If there is no answer.
    """
    with (
        _connected(target) as plain,
        _cut_off_in_time(plain),
        closing(HTTPConnection(target.host, target.port)) as line,
    ):
        line.response_class = _Final
        plain.settimeout(SECONDS)  # to be connected to, each address had its part of them
        line.sock = plain
        if target.encrypted:
            # The name is checked against the certificate; the numbers were checked before.
            context = ssl.create_default_context()
            line.sock = context.wrap_socket(plain, server_hostname=target.host)
        kind = {"content-type": "application/json", "user-agent": "loyalty-ladder"}
        line.request("POST", target.path, body, {**kind, **headers})
        answer = line.getresponse()
        return Answer(answer.status, _seconds(answer.headers.get("retry-after", "")))


def _seconds(text: str) -> float:
    """Return how long a `Retry-After` asks to wait; 0 where that cannot be read.

    Examples
    --------
    >>> _seconds("120"), _seconds("Wed, 21 Oct 2015 07:28:00 GMT") < 0, _seconds("soon")
    (120.0, True, 0.0)

    References
    ----------
    RFC 9110, 5.6.7: dates are in GMT, also those of an old form that does not say so.
    """
    if text.isdecimal():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - time()
    except (ValueError, OverflowError):
        return 0.0


class _Final(HTTPResponse):
    """The response that decides: those before it, such as a proxy's 103, are passed over."""

    headers: Any
    """None until a response was begun."""

    def begin(self) -> None:
        """Read as far as the body of the final response."""
        super().begin()
        while self.status < 200:
            self.headers = None
            super().begin()


def _connected(target: Target) -> socket.socket:
    """Connect to a host at the first of its addresses that takes a connection."""
    seconds = SECONDS / len(target.addresses)
    *others, last = target.addresses
    for address in others:
        with suppress(OSError):
            return socket.create_connection((address, target.port), timeout=seconds)
    return socket.create_connection((last, target.port), timeout=seconds)


@contextmanager
def _cut_off_in_time(wire: socket.socket) -> Iterator[None]:
    """End a connection that lasts too long: a socket's own time-out begins anew with every byte."""
    end = monotonic() + SECONDS
    with wire.dup() as same:
        timer = Timer(SECONDS, _cut_off, (same,))
        timer.start()
        try:
            yield
        except (OSError, HTTPException) as error:
            if monotonic() < end:
                raise
            raise TimeoutError(ETIMEDOUT, f"not within {SECONDS:g} s") from error
        finally:
            timer.cancel()
            timer.join()


def _cut_off(wire: socket.socket) -> None:
    with suppress(OSError):  # the receiver closed it just now
        wire.shutdown(socket.SHUT_RDWR)
