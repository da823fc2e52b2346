"""The serving fit: from slices and judgements to the models that a bundle holds.

It uses the settings of the evaluation fit and the newest cutoffs; the published figures belong to
the evaluation fit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from training import baselines, calibration, money
from training.bundle.money import Friends, Money
from training.bundle.outcome import OutcomeModel, SpendModel
from training.cutoffs import Plan
from training.evaluation import Settings, fit
from training.examples import Examples
from training.judgement import Basis, Judgement
from training.outcomes import Outcome, next_activity
from training.slices import Slices

if TYPE_CHECKING:
    from features.history import History


def serve(plan: Plan, slices: Slices, judged: Judgement, settings: Settings) -> OutcomeModel:
    """Fit what serves one outcome, by the basis its judgement found.

    Parameters
    ----------
    plan : Plan
        Of an outcome whose label is yes or no.
    slices : Slices
    judged : Judgement
        Says the basis, and which baseline is best.
    settings : Settings
    """
    examples = slices.examples(plan.outcome, plan.serving)
    if judged.basis == "prior":
        rates = calibration.rates(examples.labels, examples.stratum, examples.customer_weights)
        return _model(plan.outcome, examples, "prior", calibration=rates)
    rules = baselines.fit(
        examples,
        plan.outcome.name,
        plan.outcome.horizon_days,
        orders=settings.orders,
        seed=settings.seed,
    )
    fitted, above = fit(examples, settings)
    return _model(
        plan.outcome,
        examples,
        judged.basis,
        calibration=above,
        blend=fitted.blend,
        rule=rules.rules[judged.best],
    )


def _model(outcome: Outcome, examples: Examples, basis: Basis, **parts: Any) -> OutcomeModel:
    return OutcomeModel(
        name=outcome.name,
        asked=outcome.who,
        horizon_days=outcome.horizon_days,
        gap_days=outcome.gap_days,
        basis=basis,
        base=float(np.average(examples.labels, weights=examples.weights)) if len(examples) else 0.0,
        **parts,
    )


def money_of(
    churn: Plan, spend: Outcome | None, slices: Slices, history: History, settings: Settings
) -> tuple[SpendModel | None, Money]:
    """Fit what a customer is worth: spend of those who stay and leave, friends, the next order.

    Parameters
    ----------
    churn : Plan
    spend : Outcome or None
        None where there are no orders.
    slices : Slices
        With the labels of both, and of `training.outcomes.next_activity`.
    history : History
    settings : Settings
    """
    if spend is None:
        return None, Money(friends=_friends(history))
    outcome, days = churn.outcome, churn.serving
    examples = slices.examples(outcome, days)
    left = examples.labels > 0
    examples = replace(examples, labels=slices.labels(outcome, days, spend))
    model = money.fit_spend(
        examples.take(~left),
        horizon_days=outcome.horizon_days,
        gap_days=outcome.gap_days,
        asked=outcome.who,
        seed=settings.seed,
        recipe=settings.recipe,
    )
    leavers = money.leavers_spend(examples.labels[left], examples.stratum[left])
    due = None
    if settings.orders:
        ahead = slices.labels(outcome, days, next_activity(outcome))
        due = money.next_order(examples.facts, ahead, outcome.horizon_days)
    return model, Money(leavers=leavers, friends=_friends(history), next_order=due)


def _friends(history: History) -> Friends | None:
    """Return what a referrer brings, from the data where it can tell, else from the settings."""
    config, found = history.config, None
    if "orders" in history.span and _names_referrers(history):
        acts = history.table("engagement")
        found = money.friends(
            history.table("orders"),
            history.table("customers"),
            acts.filter(pc.equal(acts["kind"], "referred"))["customer_id"],
            horizon_days=config.churn.horizon_days,
            until=history.until,
        )
    per, value = config.advocacy.friends_per_referrer, config.advocacy.friend_value
    if found is None and per is not None and value is not None:
        return Friends(per, value, "settings")
    return found


def _names_referrers(history: History) -> bool:
    named = history.table("customers")["referred_by"]
    return bool(len(named) > named.null_count)
