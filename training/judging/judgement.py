"""What was found when an outcome's evaluation fit was judged once, on E."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from features.units import count_of
from training.bundle.affine import Affine
from training.bundle.arrays import Floats
from training.bundle.blend import Blend
from training.bundle.odds import sigmoid
from training.bundle.outcome import Basis
from training.judging.curves import Scores
from training.judging.groups import Bins, Group
from training.snapshots.examples import Examples
from training.statistics.bootstrap import Estimate

Figures = Mapping[str, Estimate]


@dataclass(frozen=True)
class Predictor:
    """The evaluation fit itself, to be tried on other slices; never stored."""

    blend: Blend
    calibration: Affine

    def log_odds(self, examples: Examples) -> Floats:
        """Return calibrated log-odds, shape (n,)."""
        return self.calibration.apply(self.blend.score(examples.features), examples.stratum)

    def probability(self, examples: Examples) -> Floats:
        """Return calibrated probabilities, shape (n,)."""
        return sigmoid(self.log_odds(examples))


@dataclass(frozen=True)
class Judgement:
    """One outcome's evaluation.

    Parameters
    ----------
    outcome : str
    horizon_days : int
    basis : {"model", "rule", "prior"}
        Where its probabilities come from.
    verdict : str
        One sentence.
    finding : str
        The same in a few words; empty where nothing was judged.
    newest : date
        E.
    cutoffs : tuple of date
        Of the evaluation fit.
    rows, positives : int
        Of the evaluation fit.
    test_rows, test_positives : int
        On E.
    model : mapping of str to Estimate
        Figures of the evaluation fit on E; empty where there was too little to judge.
    baselines : mapping of str to mapping
        The same figures per baseline.
    best : str
        The best baseline, chosen before E.
    gains : mapping of str to mapping
        Model less each baseline, signed so that above 0 is better for the model.
    strata : mapping of str to Group
        What was predicted and what happened in each group (`training.judging.groups`).
    reliability : mapping of str to list
        The same by tenths, of everybody and of each group that is large enough to judge.
    asking : mapping of str to Group
        The same of those asked for it in the horizon and of the others, where that is known.
    chosen : mapping of str to float
        What the fit chose: rounds, penalty, weight of the trees; how many rows of censored and of
        earlier slices taught beside the others; what the time of year is taken to bring to E and
        to what serves (log-odds), as how much (0 to 1) of how many earlier years; drift foreseen
        before E and come on E beyond that (log-odds), and how far (0 to 1) the serving fit follows
        the next.
    alarms : tuple of str
        Guards that went off; they block promotion.
    notes : tuple of str
        How training adapted.
    scores : Scores, optional
    predictor : Predictor, optional
    """

    outcome: str
    horizon_days: int
    basis: Basis
    verdict: str
    newest: date
    cutoffs: tuple[date, ...]
    rows: int
    positives: int
    test_rows: int
    test_positives: int
    model: Figures = field(default_factory=dict)
    baselines: Mapping[str, Figures] = field(default_factory=dict)
    best: str = ""
    gains: Mapping[str, Figures] = field(default_factory=dict)
    strata: Mapping[str, Group] = field(default_factory=dict)
    reliability: Mapping[str, Bins] = field(default_factory=dict)
    asking: Mapping[str, Group] = field(default_factory=dict)
    chosen: Mapping[str, float] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    finding: str = ""
    scores: Scores | None = None
    predictor: Predictor | None = None

    @property
    def gain(self) -> Figures:
        """Return model less best baseline, as in `gains`."""
        return self.gains.get(self.best, {})

    @property
    def base_rate(self) -> float:
        """Return the share of positives in the fit's slices."""
        return self.positives / self.rows if self.rows else float("nan")

    @property
    def test_rate(self) -> float:
        """Return the share of positives on E; what it differs by is the drift."""
        return self.test_positives / self.test_rows if self.test_rows else float("nan")

    @property
    def predicted(self) -> float:
        """Return the mean probability of the evaluation fit on E, to stand beside `test_rate`."""
        if self.scores is None:
            return float("nan")
        return float(np.average(self.scores.model, weights=self.scores.weight))

    @property
    def drift(self) -> str:
        """Return in one sentence how the base rate moved; empty where nothing was judged."""
        if not self.chosen:
            return ""
        drift, foreseen = self.chosen["drift"], self.chosen["drift_foreseen"]
        season = self._season
        expected = "the fit and the time of year" if season else "the fit"
        followed = f"{100 * self.chosen['drift_followed']:.0f}%"
        follow = "do not follow" if followed == "0%" else f"follow {followed} of"
        moved = (
            f"The base rate moved from {100 * self.base_rate:.1f}% in the training slices to "
            f"{100 * self.test_rate:.1f}% on the day of evaluation: in log-odds {drift:+z.2f} "
            f"beyond what {expected} expected of these customers ({foreseen:+z.2f} in the slice "
            f"before). The served probabilities {follow} this move."
        )
        return f"{moved} {season}" if season else moved

    @property
    def _season(self) -> str:
        """Return in words the effect expected of the time of year; empty where it is negligible."""
        then, ahead = self.chosen["season"], self.chosen["season_ahead"]
        if not round(then, 2) and not round(ahead, 2):
            return ""
        years = count_of(int(self.chosen["season_years"]), "earlier year")
        return (
            f"The time of year moves the served log-odds by {ahead:+z.2f}, "
            f"{100 * self.chosen['season_followed']:.0f}% of its effect in {years}; on the day of "
            f"evaluation it was expected to move them by {then:+z.2f}."
        )

    @property
    def beside(self) -> str:
        """Say which auxiliary slices were learnt from (`training.snapshots.auxiliary`)."""
        newer, earlier = (int(self.chosen.get(f"{of}_rows", 0)) for of in ("censored", "earlier"))
        return taught_beside(newer, earlier)

    def to_json(self) -> dict[str, Any]:
        """Return everything but the scores and the fit, as JSON-ready data."""
        left_out = ("scores", "predictor")
        return {
            **plain({name: value for name, value in vars(self).items() if name not in left_out}),
            "moved": self.drift,
            "beside": self.beside,
            "base_rate": self.base_rate if self.rows else None,
            "test_rate": self.test_rate if self.test_rows else None,
        }


def plain(value: Any) -> Any:
    """Return what a judgement holds as JSON-ready data."""
    match value:
        case Estimate():
            return value.to_json()
        case Group():
            return vars(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {name: plain(part) for name, part in value.items()}
        case tuple() | list():
            return [plain(part) for part in value]
    return value


def taught_beside(newer: int, earlier: int = 0) -> str:
    """Return how many rows of auxiliary slices a fit learnt from, in words; empty for none."""
    rows = [f"{count_of(earlier, 'row')} of earlier slices"] if earlier else []
    if newer:
        rows.append(f"{count_of(newer, 'row')} of newer slices whose horizon had passed in part")
    if not rows:
        return ""
    return (
        f"Also learnt from: {' and '.join(rows)}. None of their labels reaches past the day of "
        "evaluation."
    )
