"""`Scores`: what was said of the customers of E, beside what happened."""

from __future__ import annotations

from dataclasses import dataclass

from training.bundle.arrays import Floats


@dataclass(frozen=True)
class Scores:
    """Probabilities on E, for pictures; holds no ids and is never stored.

    Parameters
    ----------
    labels, model, baseline : float64 arrays of shape (n,)
        What happened, what the evaluation fit said, what the best baseline said.
    served : float64 array of shape (n,)
        The one of the two that serves.
    weight : float64 array of shape (n,), optional
        How many customers of the shop each row stands for, where they were sampled.
    """

    labels: Floats
    model: Floats
    baseline: Floats
    served: Floats
    weight: Floats | None = None
