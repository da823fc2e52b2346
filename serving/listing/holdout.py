"""Hold-outs: who of a selection is not contacted, so that the campaign's effect can be measured."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.bundle.arrays import Flags, Floats


@dataclass(frozen=True)
class Rule:
    """How many of a selection are held out.

    Parameters
    ----------
    share : float
        The share held out, in [0, 1).
    smallest : int
        The smallest selection that has a hold-out: below it, one person would say nothing.

    Examples
    --------
    >>> [Rule().size(selected) for selected in (19, 20, 111)]
    [0, 2, 11]
    >>> Rule().selection_for(contacted=100), Rule().selection_for(contacted=10_000_000)
    (111, 11111111)
    """

    share: float = 0.1
    smallest: int = 20

    def size(self, selected: int) -> int:
        """Return how many of a selection are held out: at least one where any is, never all."""
        if selected < self.smallest or self.share == 0:
            return 0
        share = int(selected * self.share + 1e-9)  # 0.1 x 30 is a hair above 3, not below
        return min(max(1, share), selected - 1)

    def selection_for(self, contacted: int) -> int:
        """Return the smallest selection that leaves `contacted` people after its hold-out."""
        if contacted < self.smallest:
            return contacted
        # The share alone asks for no less: from here it is a few steps, not a million.
        selected = max(contacted, int((contacted - 1) / (1.0 - self.share)) - 1)
        while selected - self.size(selected) < contacted:
            selected += 1
        return selected


def draw(ids: Sequence[str], value: Floats, held_out: int, key: bytes, purpose: str) -> Flags:
    """Return who is held out, by a hash that nobody without the key can foresee or steer.

    The selection is cut by value into as many strata as people are held out, and in each stratum
    the smallest hash is: both arms then hold the same mix of large and small customers, and the
    same selection always gives the same hold-out.

    Parameters
    ----------
    ids : sequence of str of length n
    value : float64 array of shape (n,)
        What the strata are cut by.
    held_out : int
        How many to hold out.
    key : bytes
        The home's secret.
    purpose : str
        What the draw is for, so that different lists draw independently.

    Returns
    -------
    bool array of shape (n,)
    """
    held = np.zeros(len(ids), dtype=bool)
    if held_out:
        for stratum in np.array_split(np.argsort(-value, kind="stable"), held_out):
            held[min(stratum, key=lambda i: _hash(key, purpose, ids[i]))] = True
    return held


def _hash(key: bytes, purpose: str, customer_id: str) -> bytes:
    return hmac.digest(key, f"hold-out\0{purpose}\0{customer_id}".encode(), "sha256")
