"""Season: by how much the time of year moves the level of an outcome, learnt from earlier years.

The slices that a fit learns from lie a horizon and more before the day it is made for, in other
weeks of the year. Earlier years of the history hold the same step, from the same weeks to the same
day. The change of level that it brought then is expected again, shrunk by how well earlier years
have predicted later ones: in such steps, and in the level of a label's first weeks, which is known
soon. In a shop whose years differ, or that has none to compare, nothing is expected
(`docs/decisions/0014-season.md`, `docs/decisions/0023-level-of-young-shops.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from features.clock import DAY
from training.bundle.arrays import Flags, Floats, Integers
from training.statistics import regression

YEAR = 365.25
"""Days."""

MOST_YEARS = 4
"""Earlier years that are averaged: habits of a shop change."""

# Prior beliefs as penalties (one over the variance): a level differs from the usual one by 0 +- 1
# in log-odds, a cell of customers by 0 +- 3.
LEVEL_PENALTY, CELL_PENALTY, TINY = 1.0, 0.1, 1e-6


@dataclass(frozen=True)
class Season:
    """What earlier years say of the level of a day.

    Parameters
    ----------
    shift : float
        Log-odds by which it is expected to lie above the mean level of the slices learnt from.
    newest : float
        By which the newest of these slices is.
    followed : float
        How far earlier years are followed, 0 to 1: the shifts are so much of their mean.
    years : int
        How many earlier years hold the same step.
    """

    shift: float = 0.0
    newest: float = 0.0
    followed: float = 0.0
    years: int = 0


@dataclass(frozen=True)
class Seasons:
    """The season of either fit.

    Parameters
    ----------
    now : Season
        Of E, as it could be told before E.
    ahead : Season
        Of the day that the serving fit is made for.
    """

    now: Season = Season()
    ahead: Season = Season()

    @property
    def figures(self) -> dict[str, float]:
        """Return the figures that a judgement keeps of the season."""
        return {
            "season": self.now.shift,
            "season_ahead": self.ahead.shift,
            "season_followed": self.ahead.followed,
            "season_years": float(self.ahead.years),
        }


@dataclass(frozen=True)
class Counts:
    """How many were asked and how many of them did it, at cutoffs of several years.

    Parameters
    ----------
    cutoffs : int64 array of shape (m,)
        Microseconds since 1970, UTC; ascending, as far apart from each other as midnights allow.
    asked, did : int64 arrays of shape (m, cells)
        By cells of customers alike.
    embargo_days : int
        From a cutoff until its label is known.
    """

    cutoffs: Integers
    asked: Integers
    did: Integers
    embargo_days: int

    def levels(self, day: int) -> Levels | None:
        """Return the levels whose labels end by a day; None where there are no two."""
        usable = self.cutoffs + self.embargo_days * DAY <= day
        if usable.sum() < 2:
            return None
        found = _levels(self.asked[usable], self.did[usable])
        return Levels(self.cutoffs[usable] / DAY, found, self.embargo_days)


@dataclass(frozen=True)
class Past:
    """What became of customers in several years: by the complete label, and by its first weeks.

    Parameters
    ----------
    complete, early : Counts
        The first weeks are known sooner, so that they show for more days whether years are alike.
    """

    complete: Counts
    early: Counts

    def season(self, day: int, slices: Sequence[int]) -> Season:
        """Return what earlier years say of a day; only labels that end before it are looked at.

        Parameters
        ----------
        day : int
            The cutoff whose level is wanted.
        slices : sequence of int
            The cutoffs that were learnt from, oldest first.

        Returns
        -------
        Season
            Of zeros where less than half a year could be held against the year before it.
        """
        levels, early = self.complete.levels(day), self.early.levels(day)
        if not slices or levels is None or early is None:
            return Season()
        return levels.season(day / DAY, (day - np.array(slices)) / DAY, early)


@dataclass(frozen=True)
class Levels:
    """The level of an outcome over the years, whoever the customers were.

    Parameters
    ----------
    days : float64 array of shape (m,)
        Since 1970; ascending, at least two.
    values : float64 array of shape (m,)
        Log-odds.
    embargo_days : int
        Over which a level is measured.
    """

    days: Floats
    values: Floats
    embargo_days: int

    def season(self, day: float, back: Floats, early: Levels) -> Season:
        """Return what earlier years say of a day whose slices lie so many days back.

        Parameters
        ----------
        day : float
        back : float64 array of shape (slices,)
            The newest last.
        early : Levels
            Of the first weeks of the same outcome.
        """
        shift, years = self._earlier(np.array([day]), back)
        newest, _ = self._earlier(np.array([day - back[-1]]), back - back[-1])
        share = self._followed(back, early)
        if share <= 0 or not years[0]:
            return Season(years=int(years[0]))
        # Rounded, so that a bundle does not hang on the last digits of a sum.
        moved = [round(share * float(found[0]), 6) for found in (shift, newest)]
        return Season(moved[0], moved[1], round(share, 4), int(years[0]))

    @property
    def steps(self) -> Floats:
        """Return how many days lie between neighbouring levels, shape (m - 1,)."""
        return np.diff(self.days)

    @property
    def pausing(self) -> Flags:
        """Return between which of them a pause lies that has no levels, shape (m - 1,)."""
        return np.asarray(self.steps >= 2 * self.steps.min())

    def years_apart(self) -> tuple[Floats, Floats]:
        """Return the levels of earlier years and those of the same days later, less their means.

        Means may differ: a shop may lose more customers in every week of its second year than in
        the first and still have the same season.
        """
        before, _ = over_years(self._at, self.days)
        both = np.isfinite(before)
        if not both.any():
            return before[both], self.values[both]
        return before[both] - before[both].mean(), self.values[both] - self.values[both].mean()

    def _followed(self, back: Floats, early: Levels) -> float:
        """Return how far earlier years predicted the days whose level is known by now."""
        before, since = early.years_apart()
        apart = float(early.steps[~early.pausing].mean())
        if len(before) * apart < YEAR / 2:
            return 0.0
        observed, (predicted, _) = self._step(self.days, back), self._earlier(self.days, back)
        both = np.isfinite(observed) & np.isfinite(predicted)
        predicted, observed = np.r_[before, predicted[both]], np.r_[since, observed[both]]
        # Levels whose horizons overlap are nearly the same number.
        independent = len(observed) * min(1.0, apart / self.embargo_days)
        return shrinkage(predicted, observed, independent)

    def _step(self, day: Floats, back: Floats) -> Floats:
        """Return by how much days lie above the mean of their slices, NaN where that is unknown."""
        slices: Floats = np.mean([self._at(day - days) for days in back], axis=0)
        return self._at(day) - slices

    def _earlier(self, day: Floats, back: Floats) -> tuple[Floats, Integers]:
        """Return the mean of the same step in earlier years, and in how many it is known."""
        return over_years(lambda then: self._step(then, back), day)

    def _at(self, day: Floats) -> Floats:
        pauses = np.flatnonzero(self.pausing)
        days = np.insert(self.days, pauses + 1, self.days[pauses] + self.steps[pauses] / 2)
        values = np.insert(self.values, pauses + 1, np.nan)
        return np.interp(day, days, values, left=np.nan, right=np.nan)


def over_years(level: Callable[[Floats], Floats], day: Floats) -> tuple[Floats, Integers]:
    """Return the mean of a level on the same days of earlier years, NaN where none is known.

    `level` returns that of days, NaN where it is unknown.

    Returns
    -------
    mean : float64 array of shape (n,)
    years : int64 array of shape (n,)
        In how many it is known.
    """
    known = np.array([level(day - YEAR * ago) for ago in range(1, MOST_YEARS + 1)])
    years = np.isfinite(known).sum(axis=0)
    total = np.nansum(known, axis=0)
    return np.where(years > 0, total / np.maximum(years, 1), np.nan), years


def shrinkage(predicted: Floats, observed: Floats, independent: float) -> float:
    """Return by which factor to shrink a prediction, 0 to 1, given earlier ones and what came.

    It is the share of what was predicted that came (the slope of a line through the origin), times
    how sure it is that any did: with a correlation r over n independent days, ``n r^2 / (n r^2 +
    1)``, as `training.learning.drift.trust` does for a single step.

    Parameters
    ----------
    predicted, observed : float64 arrays of shape (n,)
    independent : float
        How many independent days these are worth.

    Examples
    --------
    >>> swing = np.array([-0.5, 0.0, 0.5, 0.0])
    >>> shrinkage(swing, swing, 4.0), shrinkage(swing, -swing, 4.0)
    (0.8, 0.0)
    >>> shrinkage(swing, np.array([0.0, 0.5, 0.0, -0.5]), 4.0)
    0.0
    """
    together = float(predicted @ observed)
    if together <= TINY:
        return 0.0
    certain = independent * together**2 / float((predicted @ predicted) * (observed @ observed))
    return min(1.0, together / float(predicted @ predicted)) * certain / (certain + 1.0)


def _levels(asked: Integers, did: Integers) -> Floats:
    """Return the level of every cutoff beyond what its cells of customers make expect."""
    cutoffs, cells = asked.shape
    cutoff, cell = np.nonzero(asked)
    design = np.zeros((len(cutoff), cutoffs + cells + 1))
    row = np.arange(len(cutoff))
    design[row, cutoff] = design[row, cutoffs + cell] = design[:, -1] = 1.0
    penalty = np.r_[np.full(cutoffs, LEVEL_PENALTY), np.full(cells, CELL_PENALTY), TINY]
    weight = asked[cutoff, cell].astype(np.float64)
    share = did[cutoff, cell] / weight
    return regression.fit("logit", design, share, weight, penalty)[:cutoffs]
