"""Folds and samples of whole customers, the same for the same customers and seed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.bundle.arrays import Floats, Integers


def scramble(values: Integers, seed: int) -> npt.NDArray[np.uint64]:
    """Return a pseudo-random 64-bit number per value (the finaliser of SplitMix64).

    References
    ----------
    Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators".
    """
    with np.errstate(over="ignore"):
        z = values.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15) * np.uint64(seed + 1)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def grouped(customer: Integers, labels: Floats, folds: int, seed: int) -> Integers:
    """Return a fold per row such that a customer's rows share one and labels are spread evenly.

    Parameters
    ----------
    customer : int64 array of shape (n,)
    labels : float64 array of shape (n,)
        Customers are dealt out in the order of their largest label, so that a rare class or a few
        big spenders do not end up in one fold.
    folds, seed : int

    Returns
    -------
    int64 array of shape (n,), values in [0, folds)
    """
    who, position = np.unique(customer, return_inverse=True)
    largest = np.full(len(who), -np.inf)
    np.maximum.at(largest, position, labels)
    order = np.lexsort((scramble(who, seed), largest))
    dealt = np.empty(len(who), dtype=np.int64)
    dealt[order] = np.arange(len(who)) % folds
    return dealt[position]
