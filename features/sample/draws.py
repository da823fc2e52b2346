"""Random numbers that are a function of seed, customer, purpose and step.

Nothing is drawn "next": a customer's history is the same whoever else is in the shop, and drawing
for all customers at once stays a handful of array operations.

References
----------
.. [1] Steele, Lea, Flood: Fast splittable pseudorandom number generators. OOPSLA 2014. A
(customer, purpose) pair is
   one SplitMix64 generator with a start of its own; step n is its n-th output.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Streams = NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = (np.uint64(bits) for bits in (30, 27, 31, 11))
_RANGE = 2**64


def streams(seed: int, customers: Ints) -> Streams:
    """Return the start of every customer's generators, shape of `customers`."""
    return _scrambled(customers.astype(np.uint64) * np.uint64(_GOLDEN) + _key(f"seed {seed}"))


def uniform(starts: Streams, purpose: str, step: int | Ints) -> Floats:
    """Return one number in [0, 1) for each start.

    Parameters
    ----------
    starts : array of shape (n,)
        From `streams`, one for each number wanted.
    purpose : str
        Different purposes give independent numbers.
    step : int or array of shape (n,)
        A day, or whatever else numbers the draws of one purpose.
    """
    if isinstance(step, int):
        jump = np.uint64((int(_key(purpose)) + step * _GOLDEN) % _RANGE)
        return _fraction(starts + jump)
    return _fraction(starts + _key(purpose) + step.astype(np.uint64) * np.uint64(_GOLDEN))


def normal(starts: Streams, purpose: str, step: int | Ints) -> Floats:
    """Return one standard normal number for each start, by Box and Muller's transform."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(starts, f"{purpose}, radius", step)))
    return radius * np.cos(2.0 * np.pi * uniform(starts, f"{purpose}, angle", step))


def pick(numbers: Floats, shares: tuple[float, ...]) -> Ints:
    """Return which share each number in [0, 1) falls into; the shares add up to 1."""
    return np.searchsorted(np.cumsum(shares)[:-1], numbers, side="right").astype(np.int64)


def whole_number(numbers: Floats, lowest: float | Floats, choices: float | Floats) -> Floats:
    """Return one of `choices` whole values from `lowest` up for each number in [0, 1)."""
    values: Floats = lowest + np.floor(numbers * choices)
    return values


def _key(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(blake2b(text.encode(), digest_size=8).digest()))


def _scrambled(mixed: Streams) -> Streams:
    """Scramble in place: SplitMix64's output function."""
    mixed ^= mixed >> _30
    mixed *= _FIRST
    mixed ^= mixed >> _27
    mixed *= _SECOND
    mixed ^= mixed >> _31
    return mixed


def _fraction(counters: Streams) -> Floats:
    return (_scrambled(counters) >> _11).astype(np.float64) * 2.0**-53
