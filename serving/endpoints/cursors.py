"""Cursors: where a page ended, signed, so that only what we handed out comes back."""

from __future__ import annotations

import base64
import hmac
import json
from binascii import Error
from dataclasses import dataclass
from hashlib import sha256

from serving.store.pages import Query
from serving.store.reader import After

SIGNATURE = 16
"""Bytes."""


@dataclass(frozen=True)
class Cursor:
    """Where to go on: in which run, with which question, after which row."""

    run_id: str
    question: str
    after: After


def question(query: Query) -> str:
    """Return a short digest of a query: a cursor continues the query it came from."""
    return sha256(repr(query).encode()).hexdigest()[:16]


def seal(cursor: Cursor, secret: bytes) -> str:
    """Return a cursor as text for an address."""
    text = json.dumps([cursor.run_id, cursor.question, *cursor.after]).encode()
    return base64.urlsafe_b64encode(_sign(text, secret) + text).decode().rstrip("=")


def unseal(text: str, secret: bytes) -> Cursor | None:
    """Return the cursor that :func:`seal` wrote, or None for any other text."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (Error, UnicodeEncodeError):
        return None
    signature, content = raw[:SIGNATURE], raw[SIGNATURE:]
    if not hmac.compare_digest(signature, _sign(content, secret)):
        return None
    run_id, asked, value, position = json.loads(content)
    return Cursor(run_id, asked, (value, position))


def _sign(content: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"cursor:" + content, "sha256")[:SIGNATURE]
