"""Signatures of messages, as Standard Webhooks has them, so that any of its libraries verifies."""

from __future__ import annotations

import base64
import hmac
import secrets

SECRET_BYTES = 32
PREFIX = "whsec_"


def new_secret() -> bytes:
    """Return a secret for a new webhook."""
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """Return a secret as its receiver keeps it."""
    return PREFIX + base64.b64encode(secret).decode()


def headers(secret: bytes, message_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """Return the headers by which a receiver knows a message as ours, and as new.

    The id is the same at every attempt, so that a receiver can drop what it has; `seconds` is the
    time of this attempt, since 1970, UTC.

    References
    ----------
    Standard Webhooks, "Signature scheme": HMAC-SHA256 over ``id.timestamp.body``, Base64, ``v1,``.

    Examples
    --------
    >>> secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> said = b'{"test": 2432232314}'
    >>> headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, said)["webhook-signature"]
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{message_id}.{seconds}.".encode() + body
    signature = base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{signature}",
    }
