"""What a campaign changed: those contacted beside those held out, with an interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean

from serving.store.campaigns import Result
from training.bundle.intervals import wilson

ARMS = ("yes", "held_out")
"""Of a list's people: those contacted, and those left alone to compare them with."""

_FEWEST = 5
"""Results from which a spread of amounts is estimated."""


@dataclass(frozen=True)
class Effect:
    """Shares that responded, and their difference with a 95% interval; None while unknown.

    Parameters
    ----------
    contacted, held_out : int
        People of each arm with a result.
    contacted_share, held_out_share : float or None
        Share of them that responded.
    difference, low, high : float or None
        Contacted less held out.
    """

    contacted: int
    held_out: int
    contacted_share: float | None
    held_out_share: float | None
    difference: float | None
    low: float | None
    high: float | None


def effect(results: Iterable[tuple[str, Result]]) -> Effect:
    """Return what is known of a list's effect from results, each with its arm.

    Examples
    --------
    >>> told = [("yes", Result(str(n), n < 30)) for n in range(100)]
    >>> told += [("held_out", Result(str(n), n < 2)) for n in range(10)]
    >>> found = effect(told)
    >>> round(found.difference, 2), round(found.low, 2), round(found.high, 2)
    (0.1, -0.22, 0.27)
    """
    return effect_of(Counter((arm, result.responded) for arm, result in results))


def effect_of(people: Mapping[tuple[str, bool], int]) -> Effect:
    """Return the effect from how many of each arm responded, and how many did not."""
    (treated, of_treated), (control, of_control) = (_arm(people, arm) for arm in ARMS)
    if of_treated is None or of_control is None:
        return Effect(treated, control, of_treated, of_control, None, None, None)
    low, high = _newcombe(of_treated, treated, of_control, control)
    return Effect(treated, control, of_treated, of_control, of_treated - of_control, low, high)


def _arm(people: Mapping[tuple[str, bool], int], arm: str) -> tuple[int, float | None]:
    """Return how many people of an arm have a result, and which share of them responded."""
    responded, others = people.get((arm, True), 0), people.get((arm, False), 0)
    known = responded + others
    return known, responded / known if known else None


@dataclass(frozen=True)
class SpendEffect:
    """Mean spend a person, and its difference with a 95% interval; in the results' currency.

    Parameters
    ----------
    contacted, held_out : float
        Mean of each arm.
    difference, low, high : float
        Contacted less held out.
    cost : float or None
        Mean cost of contacting one of those contacted; None where no result has one.
    """

    contacted: float
    held_out: float
    difference: float
    low: float
    high: float
    cost: float | None


def spend_effect(results: Iterable[tuple[str, Result]]) -> SpendEffect | None:
    """Return what a list changed in spend; None where results do not tell.

    Who did not respond and has no spend spent nothing. Of somebody who responded it is unknown:
    means without them would be of no arm that was drawn.

    Examples
    --------
    >>> told = [("yes", Result(str(n), n % 2 == 0, 20.0 * (n % 2 == 0))) for n in range(100)]
    >>> told += [("held_out", Result(str(n), n == 0, 10.0 * (n == 0))) for n in range(10)]
    >>> found = spend_effect(told)
    >>> found.difference, round(found.low, 1), round(found.high, 1)
    (9.0, 2.6, 15.4)
    """
    results = list(results)
    unknown = any(result.responded and result.spend is None for _, result in results)
    if unknown or all(result.spend is None for _, result in results):
        return None
    arms: dict[str, list[float]] = {"yes": [], "held_out": []}
    for arm, result in results:
        arms[arm].append(result.spend or 0.0)
    treated, control = arms["yes"], arms["held_out"]
    if not treated or not control or len(results) < _FEWEST:
        return None
    of_treated, of_control = fmean(treated), fmean(control)
    difference = of_treated - of_control
    off = _t(len(results) - 2) * _standard_error(treated, control)
    costs = [r.cost or 0.0 for arm, r in results if arm == "yes"]
    cost = fmean(costs) if any(r.cost is not None for _, r in results) else None
    return SpendEffect(of_treated, of_control, difference, difference - off, difference + off, cost)


def _standard_error(*arms: Sequence[float]) -> float:
    """Return how far the difference of the arms' means may be off by chance.

    An arm's variance is at least that of both, because a hold-out of ten, of whom nobody bought,
    has none of its own. And at least its own, or one large order among ten held out would pass
    for an effect beside hundreds who spent little.
    """
    means = [fmean(arm) for arm in arms]
    squares = [sum((x - mean) ** 2 for x in arm) for arm, mean in zip(arms, means, strict=True)]
    sizes = [len(arm) for arm in arms]
    shared = sum(squares) / (sum(sizes) - len(arms))
    own = [spread / max(size - 1, 1) for spread, size in zip(squares, sizes, strict=True)]
    return sqrt(sum(max(shared, x) / size for x, size in zip(own, sizes, strict=True)))


def _t(freedom: int) -> float:
    """Return Student's 97.5% quantile, good to 1% from 3 degrees of freedom.

    References
    ----------
    Abramowitz and Stegun (1964), 26.7.5, four terms.

    >>> [round(_t(freedom), 2) for freedom in (5, 10, 100, 100_000)]
    [2.57, 2.23, 1.98, 1.96]
    """
    z = NormalDist().inv_cdf(0.975)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def _newcombe(p: float, n: int, q: float, m: int) -> tuple[float, float]:
    """Return the interval of a difference of shares that also holds for few people.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.
    """
    (low_p, high_p), (low_q, high_q) = wilson(p, n), wilson(q, m)
    below = sqrt((p - low_p) ** 2 + (high_q - q) ** 2)
    above = sqrt((high_p - p) ** 2 + (q - low_q) ** 2)
    return p - q - below, p - q + above
