"""One request to one address; what it answers decides what becomes of the message."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection

from serving.webhooks.addresses import Target

SECONDS = 10.0
"""How long a receiver may take for each step; it should queue the message and answer at once."""


def post(target: Target, headers: Mapping[str, str], body: bytes) -> int:
    """Send a body and return the status; redirections are not followed.

    Raises
    ------
    OSError, http.client.HTTPException
        If there is no answer.
    """
    plain = socket.create_connection((target.address, target.port), timeout=SECONDS)
    try:
        # The name is checked against the certificate; the numbers were checked before.
        wire = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
            if target.encrypted
            else plain
        )
    except BaseException:
        plain.close()
        raise
    connection = HTTPConnection(target.host, target.port)
    connection.sock = wire
    try:
        kind = {"content-type": "application/json", "user-agent": "loyalty-ladder"}
        connection.request("POST", target.path, body, {**kind, **headers})
        return connection.getresponse().status
    finally:
        connection.close()
        wire.close()
