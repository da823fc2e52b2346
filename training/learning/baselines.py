"""Baselines: the simple rules beside every figure, fitted and calibrated like the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.rung import STRATA
from training.bundle import pace
from training.bundle.affine import Affine
from training.bundle.arrays import Facts, Floats, Integers
from training.bundle.rule import PAST_ACTS, Rule, terms
from training.learning import bgnbd, calibration, drift
from training.snapshots.examples import Examples
from training.statistics import deviance, regression
from training.statistics.folds import grouped
from training.statistics.regression import Link

RULES: Mapping[str, str] = {
    "inactivity": "best inactivity rule",
    "own_rhythm": "days since last over own usual gap",
    "rfm": "logistic regression on recency, frequency, money",
    "bg_nbd": "BG/NBD's probability of no purchase",
    "did_before": "did it before",
    "alike": "what customers alike spend",
    "past_year": "own spending of the past year",
    "past_life": "own spending since the first order",
    "order_value": "regression on recency, frequency, order value",
}
"""Every baseline, with its name in reports."""

SPENDING = ("alike", "past_year", "past_life", "order_value")
"""Those of spend."""

FOLDS = 4
# Per row and standardised term: next to nothing, so that a baseline is as good as it can be.
PENALTY = 1e-4
PLAIN = Affine(1.0, (0.0,) * len(STRATA))


@dataclass(frozen=True)
class Baselines:
    """The baselines of one outcome and which of them was best before the test.

    Parameters
    ----------
    rules : dict of str to Rule
    losses : dict of str to float
        On training customers the rule was not fitted on, as `training.statistics.deviance`
        measures it.
    out_of_fold : dict of str to float64 array of shape (n,)
        Each rule's score before calibration, from fits without the row's customer.
    """

    rules: dict[str, Rule]
    losses: dict[str, float]
    out_of_fold: dict[str, Floats]

    @property
    def best(self) -> str:
        """Return the name of the rule with the least loss."""
        return min(self.losses, key=lambda name: self.losses[name])

    def raised(self, by: float) -> Baselines:
        """Return the same with the level of every rule raised by some log-odds."""
        rules = {
            name: replace(rule, calibration=drift.raised(rule.calibration, by))
            for name, rule in self.rules.items()
        }
        return replace(self, rules=rules)


def candidates(outcome: str, *, orders: bool = True) -> tuple[str, ...]:
    """Return the baselines that make sense for an outcome.

    Parameters
    ----------
    outcome : str
        One of `training.snapshots.outcomes.NAMES`.
    orders : bool
        Whether activity is orders: BG/NBD is a model of purchases.

    Examples
    --------
    >>> candidates("refer")
    ('inactivity', 'rfm', 'did_before')
    """
    if outcome == "spend":
        return SPENDING
    if outcome in PAST_ACTS:
        return ("inactivity", "rfm", "did_before")
    return ("inactivity", "own_rhythm", "rfm") + (("bg_nbd",) if orders else ())


def fit(
    examples: Examples,
    outcome: str,
    horizon_days: int,
    *,
    orders: bool = True,
    seed: int = 7,
    link: Link = "logit",
) -> Baselines:
    """Fit every baseline of an outcome on training slices.

    Parameters
    ----------
    examples : Examples
        Labels of 0 and 1, or amounts with the ``log`` link; facts as in
        `training.bundle.rule.FACTS`, by term.
    outcome : str
    horizon_days : int
        Of the label.
    orders : bool
        Whether activity is orders.
    seed : int
        Draws the folds.
    link : {"logit", "log"}
    """
    labels, weights = examples.labels, examples.weights
    customer_weights = examples.customer_weights
    folds = grouped(examples.customer, labels, FOLDS, seed)
    names = candidates(outcome, orders=orders)
    parameters = _shop(examples, horizon_days, names)
    rules, losses, unseen_scores = {}, {}, {}
    for name in names:
        draft = _draft(name, outcome, parameters)
        design = terms(draft.terms, examples.facts, draft.parameters)
        rule = _weighed(draft, design, labels, weights, link)
        apart = np.empty(len(examples))
        for fold in np.unique(folds):
            train, unseen = folds != fold, folds == fold
            part = _weighed(rule, design[train], labels[train], weights[train], link)
            apart[unseen] = part.intercept + design[unseen] @ np.array(part.weights)
        above = calibration.fit(apart, labels, examples.stratum, customer_weights, link=link)
        rules[name] = replace(rule, calibration=above)
        row_losses = deviance.of(link, labels, above.apply(apart, examples.stratum))
        losses[name] = float(np.average(row_losses, weights=weights))
        unseen_scores[name] = apart
    return Baselines(rules, losses, unseen_scores)


def shop_mean_log_gap(facts: Facts, weight: Floats | None = None) -> float:
    """Return the mean natural logarithm of the gaps between activity days, over customers.

    >>> shop_mean_log_gap({"gap_count": np.array([0.0, 2.0]), "gap_mean_log": np.array([0, 1.5])})
    1.5
    """
    known = np.nan_to_num(facts["gap_count"]) > 0
    if not known.any():
        return float(np.log(30.0))  # without a single gap in the shop, a month
    weight = None if weight is None else weight[known]
    return float(np.average(facts["gap_mean_log"][known], weights=weight))


def _shop(examples: Examples, horizon_days: int, names: Sequence[str]) -> dict[str, float]:
    """Return the shop's own parameters, from each customer's newest row; no label is used."""
    newest = examples.take(_newest(examples))
    facts, weight = newest.facts, newest.weight
    mean = regression.rounded(shop_mean_log_gap(facts, weight))
    found = {"shop_mean_log_gap": mean, "horizon": float(horizon_days)}
    found |= dict(bgnbd.fit(facts, weight)) if "bg_nbd" in names else {}
    return found | (_usual_spending(newest, horizon_days) if "past_year" in names else {})


def _usual_spending(newest: Examples, horizon_days: int) -> dict[str, float]:
    """Return what the shop's customers spent a day in the past year, and in an order."""
    year, ever, orders, age = (
        np.maximum(np.nan_to_num(newest.facts[name]), 0.0)
        for name in ("spend_365", "spend_ever", "orders_ever", "days_since_first_activity")
    )
    weight = newest.weights
    days = np.minimum(np.maximum(age, horizon_days), pace.YEAR)
    means = np.array(
        [np.average(year / days, weights=weight), weight @ ever / max(float(weight @ orders), 1.0)]
    )
    # Where nobody ever spent anything, any unit is as good as another.
    daily, order = regression.significant(np.where(means > 0, means, 1.0))
    return {"shop_pace": float(daily), "shop_order_value": float(order)}


def _newest(examples: Examples) -> Integers:
    """Return each customer's newest row."""
    order = np.lexsort((-examples.cutoff, examples.customer))
    first = np.r_[True, np.diff(examples.customer[order]) != 0] if len(order) else order > 0
    return np.sort(order[first])


def _draft(name: str, outcome: str, shop: Mapping[str, float]) -> Rule:
    """Return the rule before anything is weighed."""
    wanted: Mapping[str, tuple[tuple[str, ...], Sequence[str]]] = {
        "inactivity": (("recency",), ()),
        "own_rhythm": (("rhythm",), ("shop_mean_log_gap",)),
        "rfm": (("recency", "frequency", "money"), ()),
        "bg_nbd": (("quiet",), (*bgnbd.NAMES, "horizon")),
        "did_before": ((f"{outcome}_ever", f"{outcome}_times"), ()),
        "alike": (("alike",), ()),
        "past_year": (("pace_year",), ("shop_pace", "horizon")),
        "past_life": (("pace_life",), ("shop_pace", "horizon")),
        "order_value": (("recency", "frequency", "order_value"), ("shop_order_value",)),
    }
    names, needs = wanted[name]
    weights = (0.0,) * len(names)
    return Rule(name, names, weights, 0.0, {need: shop[need] for need in needs}, PLAIN)


def _weighed(draft: Rule, design: Floats, labels: Floats, weight: Floats, link: Link) -> Rule:
    """Return the rule with the weights that fit these rows best, looked for from its own."""
    centre, scale = design.mean(axis=0), design.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    ones = np.ones((len(design), 1))
    penalty = np.r_[1e-6, np.full(design.shape[1], PENALTY * weight.sum())]
    standard = np.hstack([ones, (design - centre) / scale])
    known = np.array(draft.weights)
    start = np.r_[draft.intercept + known @ centre, known * scale]
    solution = regression.fit(link, standard, labels, weight, penalty, start=start)
    weights = regression.significant(solution[1:] / scale)
    intercept = regression.rounded(solution[0] - weights @ centre)
    return replace(draft, weights=tuple(float(w) for w in weights), intercept=intercept)
