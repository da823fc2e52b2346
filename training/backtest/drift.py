"""Drift: how far the customers to be judged differ from those learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from training.judging.judgement import Predictor
from training.snapshots.examples import Examples
from training.statistics.stability import SHIFTED, stability


@dataclass(frozen=True)
class Drift:
    """What moved between two slices.

    Parameters
    ----------
    features : mapping of str to float
        Population stability index of every feature, net of chance, largest first.
    score : float
        The same of the fit's scores.
    """

    features: Mapping[str, float]
    score: float

    @property
    def moved(self) -> list[str]:
        """Return the features that changed much, the most changed first."""
        return [name for name, value in self.features.items() if value > SHIFTED]


def find(old: Examples, new: Examples, predictor: Predictor) -> Drift:
    """Return the drift from one slice to another.

    Parameters
    ----------
    old, new : Examples
        The newest slice that the fit learnt from, and the one it is judged on.
    predictor : Predictor
    """
    weights = old.weights, new.weights
    found = {
        name: stability(old.features[:, at], new.features[:, at], weights)
        for at, name in enumerate(old.names)
    }
    largest = sorted(found, key=lambda name: (-found[name], name))
    score = stability(predictor.probability(old), predictor.probability(new), weights)
    return Drift({name: found[name] for name in largest}, score)
