"""Rate limits: how often a token may ask, counted in this process.

A bucket per token holds a minute's requests and fills steadily, so that a caller may burst and then
goes on at the rate it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from serving.tokens import Token

MINUTE = 60.0


class Limits:
    """The buckets of all tokens that have a limit, by a clock whose seconds never go back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, token: Token) -> float:
        """Take a request from a token's bucket; return the seconds to wait where it is empty.

        Examples
        --------
        >>> slow = Token("a", "mailing", b"", frozenset(), 0, per_minute=2)
        >>> limits = Limits(lambda: 100.0)
        >>> [limits.wait(slow) for _ in range(3)]
        [0.0, 0.0, 30.0]
        """
        if token.per_minute is None:
            return 0.0
        now, rate = self._clock(), token.per_minute / MINUTE
        left, seen = self._buckets.get(token.token_id, (float(token.per_minute), now))
        left = min(float(token.per_minute), left + (now - seen) * rate)
        enough = left >= 1
        self._buckets[token.token_id] = (left - 1 if enough else left, now)
        return 0.0 if enough else (1 - left) / rate
