"""Hold-outs: who of a selection is not contacted, so that the campaign's effect can be measured."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import numpy as np

from serving.records import Flags, Floats

SHARE = 10
"""One in so many is held out."""

SMALLEST = 20
"""The smallest selection that has a hold-out: below it, one person would say nothing."""


def size(selected: int) -> int:
    """Return how many of a selection are held out: 10 %, at least one from 20 up.

    >>> [size(n) for n in (19, 20, 111)]
    [0, 2, 11]
    """
    return selected // SHARE if selected >= SMALLEST else 0


def selection_for(contacted: int) -> int:
    """Return the smallest selection that leaves `contacted` people after its hold-out.

    >>> selection_for(100)
    111
    """
    selected = contacted
    while selected - size(selected) < contacted:
        selected += 1
    return selected


def draw(ids: Sequence[str], value: Floats, key: bytes, purpose: str) -> Flags:
    """Return who is held out, by a hash that nobody without the key can foresee or steer.

    The selection is cut by value into as many strata as people are held out, and in each stratum
    the smallest hash is: both arms then hold the same mix of large and small customers, and the
    same selection always gives the same hold-out.

    Parameters
    ----------
    ids : sequence of str of length n
    value : float64 array of shape (n,)
        What the strata are cut by.
    key : bytes
        The home's secret.
    purpose : str
        What the draw is for, so that different lists draw independently.

    Returns
    -------
    bool array of shape (n,)
    """
    held = np.zeros(len(ids), dtype=bool)
    if count := size(len(ids)):
        for stratum in np.array_split(np.argsort(-value, kind="stable"), count):
            held[min(stratum, key=lambda i: _hash(key, purpose, ids[i]))] = True
    return held


def _hash(key: bytes, purpose: str, customer_id: str) -> bytes:
    return hmac.digest(key, f"hold-out\0{purpose}\0{customer_id}".encode(), "sha256")
