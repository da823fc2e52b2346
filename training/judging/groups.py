"""Calibration of what serves, in each group of customers that is large enough to judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
import pyarrow as pa

from features.rung import STRATA
from training.bundle import figures
from training.bundle.arrays import Flags, Floats
from training.bundle.intervals import of_weighted
from training.judging import curves
from training.snapshots.examples import Examples
from training.statistics.metrics import Ranking

Bins = list[dict[str, float]]

GROUP_ROWS = 1000
"""Rows from which a group's calibration is told apart from chance."""

CAME = {
    "came_by_referral": "came by referral",
    "came_by_advertising": "came by advertising",
    "came_organically": "came by themselves",
}
"""Features that say how a customer came (``acquired_by``), in words."""

MOST_CHANNELS = 6
"""Channels that are shown by themselves, at most; the others form one group."""

NAMED_FROM = 50
"""Customers a channel must have to be named: a rare name may be anything, even a person."""

LONGEST = 40
"""Characters of a channel's name that are shown."""

THROUGH = "last bought through"

ELSEWHERE = f"{THROUGH} another channel"

EVERYBODY = "everybody"

TOO_FEW = "too few to judge"


@dataclass(frozen=True)
class Group:
    """What was predicted of some customers of E, and what happened.

    Parameters
    ----------
    rows : int
        Of the shop, where customers were sampled.
    rate, mean_probability : float
    low, high : float
        The rate's 95% interval.
    ece : float or None
        Net calibration error; None where there are fewer rows than `GROUP_ROWS`, or where they are
        no group to be calibrated in.
    """

    rows: int
    rate: float
    low: float
    high: float
    mean_probability: float
    ece: float | None

    @classmethod
    def of(cls, test: Examples, probability: Floats, rows: Flags, *, judged: bool = True) -> Group:
        """Return what was predicted of some of E's rows and what happened.

        Their calibration is judged only if they are enough.
        """
        labels, predicted, weight = test.labels[rows], probability[rows], test.weights[rows]
        enough = judged and len(labels) >= GROUP_ROWS
        rate, low, high = of_weighted(labels, weight)
        return cls(
            rows=round(float(weight.sum())),
            rate=rate,
            low=low,
            high=high,
            mean_probability=float(np.average(predicted, weights=weight)),
            ece=Ranking(labels, predicted).net_calibration_error(weight) if enough else None,
        )

    @property
    def happened(self) -> str:
        """Return the share it happened to, in percent with its interval."""
        rate = {"value": self.rate, "low": self.low, "high": self.high}
        return figures.with_interval(figures.scaled(rate, 100), ".1f")

    @property
    def calibration(self) -> str:
        """Return the calibration error as reports show it."""
        return error(self.ece)


def error(ece: float | None) -> str:
    """Return a group's calibration error as reports show it.

    >>> error(0.0123), error(None)
    ('0.012', 'too few to judge')
    """
    return TOO_FEW if ece is None else f"{ece:.3f}"


def of(
    test: Examples, probability: Floats, channel: pa.DictionaryArray | None = None
) -> dict[str, Group]:
    """Return what was predicted and what happened in each group.

    Parameters
    ----------
    test : Examples
        Of E.
    probability : float64 array of shape (n,)
        What serves.
    channel : Arrow dictionary array of shape (n,), optional
        Through which channel each customer bought last.

    Returns
    -------
    dict of str to Group
        Those that have rows: the strata first, then the ways of `CAME` that were noted, then the
        `MOST_CHANNELS` that most customers bought through last, and all others together.
    """
    members = _members(test, channel)
    return {name: Group.of(test, probability, rows) for name, rows in members.items()}


def reliability(
    test: Examples, probability: Floats, channel: pa.DictionaryArray | None = None
) -> dict[str, Bins]:
    """Return what was predicted and what happened by tenths, of everybody and of each group.

    Only groups of `GROUP_ROWS` are there. The parameters are those of `of`, the tenths those of
    `training.judging.curves.reliability`.
    """
    members = {EVERYBODY: np.ones(len(test), dtype=bool), **_members(test, channel)}
    return {
        name: curves.reliability(
            test.labels[rows],
            probability[rows],
            None if test.weight is None else test.weight[rows],
        )
        for name, rows in members.items()
        if name == EVERYBODY or rows.sum() >= GROUP_ROWS
    }


def ordered(found: Mapping[str, Any]) -> list[str]:
    """Return the names of groups in the order of every report, which JSON does not keep.

    >>> ordered({"last bought through web": 1, "repeat": 2, "everybody": 3, "first_time": 4})
    ['everybody', 'first_time', 'repeat', 'last bought through web']
    """
    known = (EVERYBODY, *STRATA, *CAME.values())
    channels = sorted(set(found) - {*known, ELSEWHERE})
    return [name for name in (*known, *channels, ELSEWHERE) if name in found]


def tenths(found: Mapping[str, Bins]) -> list[list[str]]:
    """Return a reliability table as cells: a row per tenth, a column per group as `ordered`."""
    columns = [map(_tenth, found[name]) for name in ordered(found)]
    rows = enumerate(zip_longest(*columns, fillvalue=""), 1)
    return [[str(number), *cells] for number, cells in rows]


def _tenth(group: Mapping[str, float]) -> str:
    return f"{100 * group['predicted']:.1f} / {100 * group['happened']:.1f}%"


def _members(test: Examples, channel: pa.DictionaryArray | None) -> dict[str, Flags]:
    """Return who is of each group that has anybody."""
    masks = {name: test.stratum == code for code, name in enumerate(STRATA)}
    masks |= {
        words: test.features[:, test.names.index(name)] == 1
        for name, words in CAME.items()
        if name in test.names
    }
    if channel is not None:
        masks |= _by_channel(channel, test.weights)
    return {name: rows for name, rows in masks.items() if rows.any()}


def _by_channel(channel: pa.DictionaryArray, weight: Floats) -> dict[str, Flags]:
    codes = channel.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    noted, many = codes >= 0, len(channel.dictionary)
    rows = np.bincount(codes[noted], minlength=many)
    customers = np.bincount(codes[noted], weight[noted], many)
    by_size = np.argsort(-customers, kind="stable")
    named = by_size[rows[by_size] >= NAMED_FROM][:MOST_CHANNELS]
    masks: dict[str, Flags] = {}
    for code in named:
        name = f"{THROUGH} {_plain(channel.dictionary[code].as_py())}"
        through = codes == code
        masks[name] = masks[name] | through if name in masks else through
    elsewhere = noted & ~np.isin(codes, named)
    return masks | {ELSEWHERE: masks.get(ELSEWHERE, elsewhere) | elsewhere}


def _plain(name: str) -> str:
    """Return a channel's name on one short line, without what would draw a table's border."""
    shown = "".join(sign if sign.isprintable() and sign != "|" else " " for sign in name)
    return " ".join(shown.split())[:LONGEST] or "(no name)"
