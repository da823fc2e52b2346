"""Any of the three acts of advocacy: modelled by itself, held to what the acts allow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.bundle.arrays import Floats

ACTS = ("refer", "share", "review")
"""The acts, as the outcomes that predict them are called."""


def any_of(modelled: Floats, acts: Sequence[Floats]) -> Floats:
    """Return the probability of any act: at least the likeliest one's, at most the sum of all.

    Parameters
    ----------
    modelled : float64 array of shape (n,)
        As the model of `advocate` has it, NaN where it was not asked.
    acts : sequence of float64 arrays of shape (n,)
        The probability of each act, NaN where it was not asked or not learnt.

    Returns
    -------
    float64 array of shape (n,)
        ``clip(modelled, max p_i, min(1, sum p_i))``; as modelled where no act is known.

    Examples
    --------
    >>> nan = np.nan
    >>> acts = [np.array([0.2, 0.2, nan, nan]), np.array([0.3, 0.3, 0.4, nan])]
    >>> any_of(np.array([0.1, 0.9, 0.5, 0.7]), acts).tolist()
    [0.3, 0.5, 0.4, 0.7]
    """
    if not acts:
        return modelled
    each = np.array(acts)
    known = ~np.isnan(each)
    least = np.max(each, axis=0, initial=0.0, where=known)
    most = np.minimum(1.0, np.nansum(each, axis=0))
    return np.where(known.any(axis=0), np.clip(modelled, least, most), modelled)
