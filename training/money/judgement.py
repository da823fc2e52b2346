"""What was found when spend's evaluation fit was judged on E, and what serves.

What a shop needs is the order of its customers, the total, and amounts that are right where they
are big. One figure decides what serves, the deviance (`training.statistics.deviance`): no other is
least where every amount is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from training.bundle.arrays import Floats
from training.bundle.outcome import Basis
from training.judging.evaluation import MODEL
from training.judging.judgement import Figures, plain
from training.judging.verdicts import closest_rule, compared
from training.learning.baselines import RULES
from training.learning.settings import Settings
from training.money import amounts
from training.money.amounts import Judged
from training.money.expected import ExpectedJudgement
from training.snapshots.examples import Examples


@dataclass(frozen=True)
class SpendJudgement:
    """What was found on E, among those who stayed.

    Parameters
    ----------
    basis : {"model", "rule", "prior"}
        Where amounts come from.
    verdict : str
        One sentence.
    rows : int
        Customers who stayed.
    model : mapping of str to Estimate
        Figures (`training.money.amounts.FIGURES`) of the evaluation fit; empty where there was too
        little to judge.
    baselines : mapping of str to mapping
        The same figures per rule.
    gains : mapping of str to mapping
        By how much the model is better than each rule; errors of the total are told by size.
    best : str
        The best rule, chosen before E.
    deciles : tuple of (float, float)
        Mean predicted and mean spent per tenth of the predictions that serve, lowest first.
    beside : str
        Which slices taught beside the newest whole ones, in a sentence; empty where none did.
    expected : ExpectedJudgement or None
        What is expected of everybody, judged as well; None where churn could not be.
    totals : (float, float)
        Predicted by what serves, and spent, by all of them; not stored.
    """

    basis: Basis
    verdict: str
    rows: int
    model: Figures = field(default_factory=dict)
    baselines: Mapping[str, Figures] = field(default_factory=dict)
    gains: Mapping[str, Figures] = field(default_factory=dict)
    best: str = ""
    deciles: tuple[tuple[float, float], ...] = ()
    beside: str = ""
    expected: ExpectedJudgement | None = None
    totals: tuple[float, float] = (0.0, 0.0)

    @property
    def served(self) -> Figures:
        """Return the figures of what serves."""
        return self.rule if self.basis == "rule" else self.model

    @property
    def rule(self) -> Figures:
        """Return the figures of the best rule."""
        return self.baselines.get(self.best, {})

    @property
    def gain(self) -> Figures:
        """Return by how much the model is better than the best rule."""
        return self.gains.get(self.best, {})

    def to_json(self) -> dict[str, Any]:
        """Return the judgement as JSON-ready data."""
        expected = _stored(self.expected) if self.expected else None
        found: dict[str, Any] = plain({**_stored(self), "expected": expected})
        return found


def _stored(judged: SpendJudgement | ExpectedJudgement) -> dict[str, Any]:
    return {name: value for name, value in vars(judged).items() if name != "totals"}


def compare(
    stayers: Examples, predicted: Mapping[str, Floats], best: str, settings: Settings
) -> SpendJudgement:
    """Return the figures of a model and its rules, and which of them serves.

    Parameters
    ----------
    stayers : Examples
        Of E, labelled with what was spent.
    predicted : mapping of str to float64 array of shape (n,)
        Amounts of the model, under its name, and of each rule.
    best : str
        The best rule, chosen beforehand.
    settings : Settings
        Of the bootstrap.
    """
    drawn = amounts.judge(stayers, predicted, resamples=settings.resamples, seed=settings.seed)
    model, rule = (drawn.estimate(name, "deviance").value for name in (MODEL, best))
    judged = _found(drawn, stayers, predicted, best, "model" if model <= rule else "rule")
    return replace(judged, verdict=verdict(judged))


def of_served(
    stayers: Examples, predicted: Mapping[str, Floats], best: str, basis: Basis, settings: Settings
) -> SpendJudgement:
    """Return the figures of what served by a basis, and of the rule beside it if there is one.

    Parameters are those of `compare`; what served is under the model's name, whatever its basis.
    """
    drawn = amounts.judge(stayers, predicted, resamples=settings.resamples, seed=settings.seed)
    return _found(drawn, stayers, predicted, best, basis)


def _found(
    drawn: Judged, stayers: Examples, predicted: Mapping[str, Floats], best: str, basis: Basis
) -> SpendJudgement:
    rules = [name for name in predicted if name != MODEL]
    serves = predicted[best if basis == "rule" else MODEL]
    return SpendJudgement(
        basis=basis,
        verdict="",
        rows=stayers.stands_for,
        model=drawn.estimates(MODEL),
        baselines={name: drawn.estimates(name) for name in rules},
        gains={name: drawn.gains(MODEL, name) for name in rules},
        best=best,
        deciles=amounts.deciles(stayers, serves),
        totals=amounts.totals(stayers, serves),
    )


def verdict(judged: SpendJudgement) -> str:
    """Return what the figures mean, in one sentence."""
    gain, rule = judged.gain["deviance"], judged.rule
    apart = ", ".join(
        f"{name} {judged.model[figure].value:.3f} against {rule[figure].value:.3f} ({more:+.3f})"
        for name, figure, more in (
            ("deviance", "deviance", gain),
            ("rank correlation", "correlation", judged.gain["correlation"]),
        )
    )
    closest = closest_rule(judged.gains, judged.best, "deviance", "deviance ")
    serves = "the rule serves; " if judged.basis == "rule" else ""
    return (
        f"spend: of those who stay, the model is {compared(gain)} the best baseline, "
        f"{RULES[judged.best]}: "
        f"{apart}{closest}; {serves}{amounts.total(judged.served)}."
    )
