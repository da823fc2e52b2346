"""Staleness: what a fit of an earlier day would have cost on a later one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from features.units import count_of
from training.bundle.intervals import Z
from training.judging.judgement import Predictor
from training.snapshots.examples import Examples
from training.statistics.bootstrap import Estimate
from training.statistics.metrics import Ranking


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
    """Hold every earlier fit against the fresh one.

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
    now = Ranking(test.labels, fresh.probability(test))
    losses = _in_rows(now)
    found = []
    for back, (when, predictor) in enumerate(reversed(earlier), 1):
        then = Ranking(test.labels, predictor.probability(test))
        apart = _in_rows(then) - losses
        found.append(
            Older(
                steps=back,
                days=(day - when).days,
                log_loss=float(apart.mean()),
                error=float(apart.std() / np.sqrt(len(apart))),
                auroc=then.figures()["auroc"] - now.figures()["auroc"],
            )
        )
    return found


def price(found: Iterable[Older]) -> list[Price]:
    """Return the mean cost of every age, the youngest first."""
    by_age: dict[int, list[Older]] = {}
    for older in found:
        by_age.setdefault(older.steps, []).append(older)
    return [_mean(by_age[steps]) for steps in sorted(by_age)]


def verdict(outcome: str, prices: Sequence[Price]) -> str:
    """Return in one sentence whether retraining more often would have paid."""
    if not prices:
        return f"{outcome}: under two days were judged: nothing tells whether retraining pays."
    least = prices[0]
    cost, days = least.log_loss, count_of(least.days, "day")
    said = f"({cost:+.4f} log-loss)"
    if cost.low > 0:
        return f"{outcome}: a fit {days} older was worse {said}: retraining paid."
    late = next((one for one in prices if one.log_loss.low > 0), None)
    after = f", only one {count_of(late.days, 'day')} older was" if late else ""
    return (
        f"{outcome}: a fit {days} older was not surely worse {said}{after}: "
        "nothing shows that retraining more often would have paid."
    )


def _in_rows(ranking: Ranking) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a ranking's losses in the order of the rows."""
    losses = np.empty(len(ranking.order))
    losses[ranking.order] = ranking.row_losses
    return losses


def _mean(same: Sequence[Older]) -> Price:
    value = float(np.mean([one.log_loss for one in same]))
    error = float(np.sqrt(np.sum([one.error**2 for one in same]))) / len(same)
    known = [one.auroc for one in same if np.isfinite(one.auroc)]
    return Price(
        steps=same[0].steps,
        days=round(float(np.mean([one.days for one in same]))),
        origins=len(same),
        log_loss=Estimate(value, value - Z * error, value + Z * error),
        auroc=float(np.mean(known)) if known else float("nan"),
    )
