"""Claims: which effects are worth a sentence, and which of its columns a sentence should quote."""

from __future__ import annotations

import numpy as np

from serving.explanations.topics import Topics
from training.bundle.arrays import Codes, Flags, Floats, Integers

Claims = Codes

MOST = 3
"""Reasons that are told."""

WORTH_SAYING = 0.01
"""The smallest effect, in log-odds, that a sentence is spent on."""

WORTH_SAYING_USUAL = 0.1
"""The same where no unusual number stands behind the effect."""

USUAL_WEIGHT = 0.25
"""What such an effect counts for when three are chosen."""

IN_COMMON_WEIGHT = 0.25
"""The same of what similar customers have in common, which tells none of them apart."""

ENOUGH = 0.5
"""Share of its topic's strongest push that is enough for a number to explain the effect."""

EXPLAINS = 6
"""The claim from which a number explains the effect."""

_TINY = float(np.finfo(np.float64).tiny)
"""The smallest push that is one."""


def of(push: Floats, plainness: Integers, unusual: Flags, absurd: Flags, topics: Topics) -> Claims:
    """Return how well each column explains its topic's effect, shape (n, n_features).

    Of a topic's columns the one with the highest claim is quoted, of equals the one that pushes
    most. A plain number claims 6 if it pushes enough and similar customers do not have it, 4 if it
    pushes enough, 2 if it pushes at all, and 1 more if it is quoted first for its topic; such a one
    claims 1 without any push, to stand in where only ratios push, unless it pushes the other way;
    days of silence do even then, since what is made of them outweighs them. What nobody would
    believe to move the prediction that way comes last.

    Parameters
    ----------
    push : float64 array of shape (n, n_features)
        What each feature adds, log-odds, counted in the direction of its topic.
    plainness : int64 array of shape (n, n_features)
        As in `serving.explanations.topics.Topics`, for the values at hand.
    unusual : bool array of shape (n, n_features)
        Whether similar customers do not have the value.
    absurd : bool array of shape (n, n_features)
        Whether everybody would expect the value to move the prediction the other way.
    topics : Topics
    """
    strongest = topics.strongest(np.where(plainness > 0, push, 0.0))[:, topics.about]
    pushing, enough = push >= _TINY, np.maximum(ENOUGH * strongest, _TINY)
    kinds = [(push >= enough) & unusual, push >= enough, pushing]
    claims = np.select(kinds, [EXPLAINS, EXPLAINS - 2, EXPLAINS - 4], 0) + (plainness >= 2)
    speaks = (plainness == 3) | ((push >= 0) & (plainness == 2))
    claims = np.where(pushing & (plainness > 0), claims, speaks)
    return np.where(absurd | (plainness < 0), -1, claims).astype(np.int8)


def weights(totals: Floats, claims: Claims, topics: Topics) -> Floats:
    """Return the weight of each effect, shape (n, n_topics + 1); 0 for what is not worth saying.

    Parameters
    ----------
    totals : float64 array of shape (n, n_topics + 1)
        Log-odds by topic, and last what similar customers have in common.
    claims : int8 array of shape (n, n_features)
        See `of`.
    topics : Topics
    """
    explained = (claims >= EXPLAINS).astype(float) @ topics.belongs > 0
    counts = topics.weights * np.where(explained, 1.0, USUAL_WEIGHT)
    counts = np.column_stack([counts, np.full(len(counts), IN_COMMON_WEIGHT)])
    least = np.where(explained, WORTH_SAYING, WORTH_SAYING_USUAL)
    least = np.column_stack([least, np.full(len(least), WORTH_SAYING)])
    return np.where(np.abs(totals) >= least, counts, 0.0)


def chosen(effects: Floats, weights: Floats) -> list[int]:
    """Return the positions of the effects that are worth saying, the weightiest first.

    Parameters
    ----------
    effects, weights : float64 arrays of shape (n_topics + 1,)
        Of one customer.
    """
    weighed = np.abs(effects) * weights
    return [int(g) for g in np.argsort(-weighed, kind="stable") if weighed[g] > 0]
