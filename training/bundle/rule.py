"""Simple rules on a few facts: what every model must beat, and what serves where none does.

A rule is a logistic regression on one to four terms (of spend, a regression of its logarithm), so
that the best threshold, the best slope and BG/NBD all become a calibrated probability in the same
way. Fitting is in `training.learning.baselines`; here is what a bundle needs to serve one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.bundle import pace
from training.bundle.affine import Affine
from training.bundle.arrays import Codes, Facts, Floats
from training.bundle.linear import signed_log
from training.bundle.odds import logit, sigmoid

Parameters = Mapping[str, float]
Term = Callable[[Facts, Parameters], Floats]

# A customer's own gaps count beside this many of the shop's.
SHOP_GAPS = 3.0


def own_gap(facts: Facts, shop_mean_log_gap: float) -> Floats:
    """Return each customer's usual gap in days, shrunk towards the shop's.

    ``exp((n own mean log gap + 3 shop's) / (n + 3))``, n the number of own gaps.

    >>> gap = own_gap({"gap_count": np.array([0.0]), "gap_mean_log": np.array([np.nan])}, 0.0)
    >>> gap.tolist()
    [1.0]
    """
    count = np.nan_to_num(facts["gap_count"])
    total = count * np.nan_to_num(facts["gap_mean_log"])
    return np.exp((total + SHOP_GAPS * shop_mean_log_gap) / (count + SHOP_GAPS))


def no_purchase(facts: Facts, parameters: Parameters) -> Floats:
    """Return BG/NBD's probability of no purchase in the next ``horizon`` days.

    A customer drops out only after a purchase, so one who is alive buys none in t days with
    probability ``((alpha + T) / (alpha + T + t))^(r + x)``; P(alive) is equation (7) below.

    Parameters
    ----------
    facts : mapping
        With ``activity_days``, ``days_since_activity`` and ``days_since_first_activity``.
    parameters : mapping
        ``r, alpha, a, b`` with alpha in days, and ``horizon``.

    References
    ----------
    Fader, Hardie, Lee (2005), "Counting your customers the easy way: an alternative to the
    Pareto/NBD model", Marketing Science 24(2); P(alive) from Fader, Hardie, Lee (2008),
    "Computing P(alive) using the BG/NBD model".
    """
    r, alpha, a, b, horizon = (parameters[k] for k in ("r", "alpha", "a", "b", "horizon"))
    repeats, recency, age = purchase_history(facts)
    gone = np.log(a) - np.log(b + np.maximum(repeats, 1.0) - 1.0)
    gone = gone + (r + repeats) * (np.log(alpha + age) - np.log(alpha + recency))
    alive = np.where(repeats > 0, 1.0 / (1.0 + np.exp(np.minimum(gone, 700.0))), 1.0)
    quiet = np.exp((r + repeats) * (np.log(alpha + age) - np.log(alpha + age + horizon)))
    return np.asarray(1.0 - alive * (1.0 - quiet))


def purchase_history(facts: Facts) -> tuple[Floats, Floats, Floats]:
    """Return BG/NBD's statistics per customer: repeats x, recency t_x and age T, in days."""
    age = np.nan_to_num(facts["days_since_first_activity"])
    repeats = np.maximum(np.nan_to_num(facts["activity_days"]) - 1.0, 0.0)
    recency = np.maximum(age - np.nan_to_num(facts["days_since_activity"]), 0.0)
    return repeats, np.where(repeats > 0, recency, 0.0), age


def _recency(facts: Facts, _: Parameters) -> Floats:
    return np.log1p(np.nan_to_num(facts["days_since_activity"]))


def _rhythm(facts: Facts, parameters: Parameters) -> Floats:
    gap = own_gap(facts, parameters["shop_mean_log_gap"])
    return np.log1p(np.nan_to_num(facts["days_since_activity"]) / gap)


def _frequency(facts: Facts, _: Parameters) -> Floats:
    return np.log1p(np.nan_to_num(facts["activity_days"]))


def _money(facts: Facts, _: Parameters) -> Floats:
    return signed_log(np.nan_to_num(facts["spend_ever"]))


def _quiet(facts: Facts, parameters: Parameters) -> Floats:
    return logit(np.clip(no_purchase(facts, parameters), 1e-9, 1 - 1e-9))


def _alike(facts: Facts, _: Parameters) -> Floats:
    return np.zeros(len(facts["activity_days"]))


def _times(*names: str) -> Term:
    """Return the term that counts past acts."""
    return lambda facts, _: np.log1p(sum((np.nan_to_num(facts[n]) for n in names), np.zeros(1)))


def _ever(*names: str) -> Term:
    """Return the term that says whether there was any such act."""
    return lambda facts, _: (
        np.float64(1) * (sum((np.nan_to_num(facts[n]) for n in names), np.zeros(1)) > 0)
    )


PAST_ACTS: Mapping[str, tuple[str, ...]] = {
    "refer": ("referred_ever",),
    "share": ("shared_ever",),
    "review": ("reviewed_positive_ever",),
    "advocate": ("referred_ever", "shared_ever", "reviewed_positive_ever"),
}
"""Of each outcome of advocacy, the facts that count its past acts."""

TERMS: Mapping[str, Term] = {
    "recency": _recency,
    "rhythm": _rhythm,
    "frequency": _frequency,
    "money": _money,
    "quiet": _quiet,
    "pace_year": pace.year,
    "pace_life": pace.life,
    "order_value": pace.order_value,
    "alike": _alike,
    **{f"{act}_times": _times(*names) for act, names in PAST_ACTS.items()},
    **{f"{act}_ever": _ever(*names) for act, names in PAST_ACTS.items()},
}
_HISTORY = ("activity_days", "days_since_activity", "days_since_first_activity")
FACTS: Mapping[str, tuple[str, ...]] = {
    "recency": ("days_since_activity",),
    "rhythm": ("days_since_activity", "gap_count", "gap_mean_log"),
    "frequency": ("activity_days",),
    "money": ("spend_ever",),
    "quiet": _HISTORY,
    "pace_year": ("spend_365", "days_since_first_activity"),
    "pace_life": ("spend_ever", "days_since_first_activity"),
    "order_value": ("spend_ever", "orders_ever"),
    "alike": ("activity_days",),
    **{f"{act}_times": names for act, names in PAST_ACTS.items()},
    **{f"{act}_ever": names for act, names in PAST_ACTS.items()},
}
"""The facts each term looks at."""


@dataclass(frozen=True)
class Rule:
    """A calibrated regression on a few terms: logistic, or of spend's logarithm.

    Parameters
    ----------
    name : str
        A key of `training.learning.baselines.RULES`.
    terms : tuple of str
        Keys of `TERMS`.
    weights : tuple of float
        One per term.
    intercept : float
    parameters : mapping
        What the terms need beside the facts.
    calibration : Affine
    """

    name: str
    terms: tuple[str, ...]
    weights: tuple[float, ...]
    intercept: float
    parameters: Parameters
    calibration: Affine

    @property
    def facts(self) -> tuple[str, ...]:
        """Return the facts the rule looks at, each once."""
        return tuple(dict.fromkeys(fact for term in self.terms for fact in FACTS[term]))

    def score(self, facts: Facts) -> Floats:
        """Return log-odds (or the logarithm of money) before calibration, shape (n_rows,)."""
        values = terms(self.terms, facts, self.parameters)
        return np.asarray(self.intercept + np.sum(values * np.array(self.weights), axis=1))

    def log_odds(self, facts: Facts, stratum: Codes) -> Floats:
        """Return calibrated log-odds (or the logarithm of money), shape (n_rows,)."""
        return self.calibration.apply(self.score(facts), stratum)

    def probability(self, facts: Facts, stratum: Codes) -> Floats:
        """Return calibrated probabilities, shape (n_rows,)."""
        return sigmoid(self.log_odds(facts, stratum))

    def to_json(self) -> dict[str, Any]:
        """Return the rule as JSON data."""
        return {
            "name": self.name,
            "terms": list(self.terms),
            "weights": list(self.weights),
            "intercept": self.intercept,
            "parameters": dict(self.parameters),
            "calibration": self.calibration.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rule:
        """Read what `to_json` wrote."""
        return cls(
            str(data["name"]),
            tuple(data["terms"]),
            tuple(float(w) for w in data["weights"]),
            float(data["intercept"]),
            {name: float(value) for name, value in data["parameters"].items()},
            Affine.from_json(data["calibration"]),
        )


def terms(names: tuple[str, ...], facts: Facts, parameters: Parameters) -> Floats:
    """Return the named terms as a matrix of shape (n_rows, n_names)."""
    return np.column_stack([TERMS[name](facts, parameters) for name in names])
