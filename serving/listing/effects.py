"""What a campaign changed: those contacted beside those held out, with an interval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from serving.store.campaigns import Result
from training.bundle.intervals import wilson


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
    arms: dict[str, list[bool]] = {"yes": [], "held_out": []}
    for arm, result in results:
        arms[arm].append(result.responded)
    treated, control = arms["yes"], arms["held_out"]
    shares = [sum(arm) / len(arm) if arm else None for arm in (treated, control)]
    of_treated, of_control = shares
    if of_treated is None or of_control is None:
        return Effect(len(treated), len(control), of_treated, of_control, None, None, None)
    low, high = _newcombe(of_treated, len(treated), of_control, len(control))
    difference = of_treated - of_control
    return Effect(len(treated), len(control), of_treated, of_control, difference, low, high)


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
