"""Tokens: what a caller shows, and what we keep of it.

A token reads ``ladder_ID_SECRET``. The id is public: it finds the row, names the caller in the
audit and revokes. The secret is 256 random bits and only its SHA-256 is kept. A plain hash is right
here: slow, salted hashes protect passwords that people choose and guessers can list; nobody can
list 2^256 secrets, and a slow hash would cost every request what it costs the guesser.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass

from features.errors import UsageError

SCOPES = {
    "score": "read customers' records",
    "lists": "read lists of customers",
    "erase": "erase a customer",
    "admin": "change what serves",
}
PREFIX = "ladder_"
SECOND = 1_000_000
"""Microseconds."""

UNITS = {"h": 3600 * SECOND, "d": 86_400 * SECOND, "w": 7 * 86_400 * SECOND}


@dataclass(frozen=True)
class Token:
    """A token as it is kept; instants are microseconds since 1970, UTC.

    `per_minute` is how many requests it may make in a minute, None for any number.
    """

    token_id: str
    name: str
    digest: bytes
    scopes: frozenset[str]
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None
    per_minute: int | None = None

    def live(self, now: int) -> bool:
        """Return whether the token still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def mint(
    name: str, scopes: Iterable[str], expires_in: int | None, per_minute: int | None = None
) -> tuple[Token, str]:
    """Make a token: what to keep, and the text to show once.

    Parameters
    ----------
    name : str
        Whom it is for.
    scopes : iterable of str
        What it may do: keys of ``SCOPES``.
    expires_in : int or None
        Microseconds until it ends; None for never.
    per_minute : int or None
        How many requests it may make in a minute; None for any number.

    Raises
    ------
    UsageError
        If there is no scope, or one is unknown.
    """
    granted = frozenset(scopes)
    if not granted or not granted <= SCOPES.keys():
        raise UsageError(
            f"A token's scopes must be among {', '.join(SCOPES)}.",
            f"Got {', '.join(sorted(granted - SCOPES.keys())) or 'none'}.",
            "Write for example: --scope score,lists.",
        )
    now = time.time_ns() // 1000
    token_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    expires_at = None if expires_in is None else now + expires_in
    token = Token(token_id, name, _digest(secret), granted, now, expires_at, None, per_minute)
    return token, f"{PREFIX}{token_id}_{secret}"


def lifetime(text: str) -> int | None:
    """Return the microseconds of a lifetime such as ``90d``; None for ``never``.

    Raises
    ------
    UsageError
        If it is written otherwise.

    Examples
    --------
    >>> lifetime("90d"), lifetime("12h"), lifetime("never")
    (7776000000000, 43200000000, None)
    """
    if text == "never":
        return None
    if match := re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", text):
        return int(match[1]) * UNITS[match[2]]
    raise UsageError(
        "A lifetime must be a number of hours, days or weeks, or `never`.",
        f"Got {text!r}.",
        "Write for example: --expires 90d.",
    )


class TokenBook:
    """The live tokens, in memory, so that a request costs no read of the database.

    Parameters
    ----------
    tokens : iterable of Token
        All that are kept, revoked ones too.
    """

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = {token.token_id: token for token in tokens}

    def find(self, text: str, now: int) -> Token | None:
        """Return the live token that a caller shows, or None.

        The comparison takes the same time wherever a wrong secret first differs.
        """
        head, _, secret = text.removeprefix(PREFIX).partition("_")
        token = self._tokens.get(head)
        if token is None or not text.startswith(PREFIX):
            return None
        same = hmac.compare_digest(token.digest, _digest(secret))
        return token if same and token.live(now) else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
