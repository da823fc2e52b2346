"""Staleness: what a fit of an earlier day would have cost on a later one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from training.bundle.arrays import Floats
from training.bundle.intervals import Z
from training.judging.judgement import Predictor
from training.snapshots.examples import Examples
from training.statistics.bootstrap import Estimate
from training.statistics.metrics import figures
from training.statistics.regression import losses


@dataclass(frozen=True)
class Older:
    """An earlier fit beside the fresh one, on the same customers.

    Parameters
    ----------
    steps, days : int
        How much older it is.
    log_loss : float
        Its mean log-loss less the fresh fit's; above 0 it is worse.
    error : float
        Standard error of that, paired over customers.
    auroc : float
        Its AUROC less the fresh fit's; NaN where all or none did it.
    """

    steps: int
    days: int
    log_loss: float
    error: float
    auroc: float


@dataclass(frozen=True)
class Price:
    """What it costs to retrain less often, on average over the days of judgement.

    Parameters
    ----------
    steps, days : int
        How much older the fit is.
    origins : int
        Days of judgement it was found on.
    log_loss : Estimate
        Mean log-loss lost. Customers come back from day to day, which the interval takes for
        independent: it is rather too narrow than too wide.
    auroc : float
        Mean AUROC lost, over the days that have one; negative where the older fit was worse.
    """

    steps: int
    days: int
    origins: int
    log_loss: Estimate
    auroc: float


def compare(
    test: Examples, day: date, fresh: Predictor, earlier: Sequence[tuple[date, Predictor]]
) -> list[Older]:
    """Compare every earlier fit with the fresh one, each row counting as those it stands for.

    Parameters
    ----------
    test : Examples
        Of one cutoff, on which a customer has one row.
    day : date
        That cutoff.
    fresh : Predictor
    earlier : sequence of (date, Predictor)
        Fits judged on earlier days, oldest first.
    """
    now, weight = _auroc(fresh, test), test.weights
    found = []
    for back, (when, predictor) in enumerate(reversed(earlier), 1):
        apart = _losses(predictor, test) - _losses(fresh, test)
        mean = float(np.average(apart, weights=weight))
        found.append(
            Older(
                steps=back,
                days=(day - when).days,
                log_loss=mean,
                error=float(np.linalg.norm(weight * (apart - mean)) / weight.sum()),
                auroc=_auroc(predictor, test) - now,
            )
        )
    return found


def _losses(predictor: Predictor, test: Examples) -> Floats:
    return losses("logit", test.labels, predictor.log_odds(test))


def _auroc(predictor: Predictor, test: Examples) -> float:
    return figures(test.labels, predictor.probability(test), test.weight)["auroc"]


def price(found: Iterable[Older]) -> list[Price]:
    """Return the mean cost of every age, the youngest first."""
    by_age: dict[int, list[Older]] = {}
    for older in found:
        by_age.setdefault(older.steps, []).append(older)
    return [_mean(by_age[steps]) for steps in sorted(by_age)]


def _mean(same: Sequence[Older]) -> Price:
    value = float(np.mean([older.log_loss for older in same]))
    error = float(np.sqrt(np.sum([older.error**2 for older in same]))) / len(same)
    known = [older.auroc for older in same if np.isfinite(older.auroc)]
    return Price(
        steps=same[0].steps,
        days=round(float(np.mean([older.days for older in same]))),
        origins=len(same),
        log_loss=Estimate(value, value - Z * error, value + Z * error),
        auroc=float(np.mean(known)) if known else float("nan"),
    )
