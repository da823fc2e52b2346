"""Verdicts: what an evaluation's figures mean, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from training.judging.judgement import Figures, Judgement
from training.learning.baselines import RULES
from training.statistics.bootstrap import Estimate

BETTER, WORSE, UNSURE = "better", "worse", "not significantly different"
CHANCE = "no better than chance"


def of(judged: Judgement) -> str:
    """Return what the figures mean, in one sentence.

    Parameters
    ----------
    judged : Judgement
        Whose figures are known.
    """
    name, best = judged.outcome, RULES[judged.best]
    auroc, rule = judged.model["auroc"], judged.baselines[judged.best]["auroc"]
    gain = judged.gain["auroc"]
    serves = "; the rule serves" if judged.basis == "rule" else ""
    if not np.isfinite(auroc.value):
        return f"{name}: cannot be judged, only one class happened at {judged.newest}{serves}."
    found = _ranking(judged)
    figures = f"AUROC {auroc.value:.3f} against {rule.value:.3f} ({gain:+.3f})"
    if found == CHANCE:
        rules = judged.baselines.values()
        idle = all(found["auroc"].low <= 0.5 for found in rules)
        other = "is any simple rule" if idle else f"is the best baseline, {best}"
        beside = f"{CHANCE} at telling customers apart, and neither {other}"
    else:
        beside = f"{compared(gain)} the best baseline, {best}"
    closest = closest_rule(judged.gains, judged.best, "auroc")
    likelier = _likelier(judged) if found == UNSURE else ""
    if likelier:
        nearer = closest_rule(judged.gains, judged.best, "log_loss")
        likelier = f", but {likelier}: log-loss {judged.gain['log_loss']:+.3f}{nearer}"
    return f"{name}: the model is {beside}: {figures}{closest}{likelier}{serves}."


def finding(judged: Judgement) -> str:
    """Return in a few words how a model ranks customers beside the best rule; empty if unknown.

    Parameters
    ----------
    judged : Judgement
        Whose figures are known.
    """
    if not np.isfinite(judged.model["auroc"].value):
        return ""
    found = _ranking(judged)
    if found != CHANCE and closest_rule(judged.gains, judged.best, "auroc"):
        other = (
            "but not significantly better than every rule"
            if found == BETTER
            else "and worse than another rule"
        )
        return f"{found}, {other}"
    likelier = _likelier(judged) if found == UNSURE else ""
    if likelier and closest_rule(judged.gains, judged.best, "log_loss"):
        likelier += ", but not better than every rule's"
    return f"{found}; {likelier}" if likelier else found


def compared(gain: Estimate) -> str:
    """Say how what was judged compares with another, by the interval of how much it is better.

    >>> compared(Estimate(0.02, 0.01, 0.03)), compared(Estimate(0.02, -0.01, 0.05))
    ('better than', 'not significantly different from')
    """
    side = _side(gain)
    return f"{side} {'from' if side == UNSURE else 'than'}"


def closest_rule(gains: Mapping[str, Figures], best: str, figure: str, called: str = "") -> str:
    """Name the rule that comes closest on E, where it changes what the best beforehand shows.

    Parameters
    ----------
    gains : mapping of str to mapping
        Figures of the model less each rule's, above 0 where the model is better.
    best : str
        The best rule, chosen before E.
    figure : str
        The figure to go by.
    called : str
        What stands before its value.
    """
    closest = min(gains, key=lambda rule: gains[rule][figure].value)
    gain, known = gains[closest][figure], gains[best][figure]
    joined = ", but" if known.low > 0 else ", and"
    named = f"another rule, {RULES[closest]} ({called}{gain:+.3f})"
    if gain.high < 0 <= known.high:
        return f"{joined} worse than {named}"
    if gain.low <= 0 < known.low:
        return f"{joined} not significantly better than {named}"
    return ""


def _ranking(judged: Judgement) -> str:
    gain = judged.gain["auroc"]
    if max(judged.model["auroc"].low, judged.baselines[judged.best]["auroc"].low) <= 0.5:
        return CHANCE
    return _side(gain)


def _side(gain: Estimate) -> str:
    if gain.low > 0:
        return BETTER
    return WORSE if gain.high < 0 else UNSURE


def _likelier(judged: Judgement) -> str:
    """Say that probabilities differ significantly where the order of customers does not."""
    gain = judged.gain["log_loss"]
    if gain.low <= 0 <= gain.high:
        return ""
    return f"its probabilities are {'better' if gain.low > 0 else 'worse'}"
