"""Decides whose reasons to compute, computes them, and puts them in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa

from features.stages import Progress, silent
from serving.explanations import reasons
from serving.explanations.selection import phrases, select
from serving.explanations.sentences import Words
from serving.languages.language import ENGLISH
from serving.records.record import with_column
from serving.runs.work import Packed
from training.bundle import Bundle
from training.bundle.arrays import Floats, Integers
from training.bundle.rows import Dense

Which = Literal["listed", "all", "none"]

LISTED_BY_VALUE, LISTED_ADVOCATES = 0.2, 0.1
"""Shares of the customers, by value at risk and by advocate probability, that lists could name."""

EXPLAINED_AT_ONCE = 10_000
"""Customers whose contributions, a row of a float64 matrix each, are in memory together."""


class Question(NamedTuple):
    """Whom to give reasons: a share of the customers, those with the largest numbers first."""

    outcome: str
    column: str
    share: float


def questions(which: Which, at_stake: str) -> tuple[Question, ...]:
    """Return which customers get reasons for which outcome; later questions take precedence.

    Whom lists could name get what those lists are about, also where everybody gets reasons.
    `at_stake` is the column that a list of those at risk is sorted by (`at_stake_column`).
    """
    if which == "none":
        return ()
    listed = (
        Question("advocate", "advocate_probability", LISTED_ADVOCATES),
        Question("churn", at_stake, LISTED_BY_VALUE),
    )
    if which == "listed":
        return listed
    return (
        Question("advocate", "advocate_probability", 1.0),
        Question("return", "return_probability", 1.0),
        Question("churn", at_stake, 1.0),
        *listed,
    )


def at_stake_column(*, money: bool) -> str:
    """Return the column of what is at stake, which in a shop without money is the probability."""
    return "value_at_risk" if money else "churn_probability"


def explained(
    records: pa.Table,
    packed: Packed,
    bundle: Bundle,
    wanted: Iterable[tuple[str, Integers]],
    progress: Progress = silent,
) -> pa.Table:
    """Return the records with reasons, in the form they are stored in, for the rows asked about.

    `packed` has a row per record, and `wanted` outcomes with the rows whose reasons are about them,
    of which the last one counts.
    """
    found: list[list[str] | None] = [None] * len(records)
    asked = [*wanted]
    about = np.full(len(records), "", dtype=object)
    for outcome, rows in asked:
        about[rows] = outcome
    for outcome in dict.fromkeys(name for name, _ in asked):
        progress("finding reasons", None)
        rows = np.flatnonzero(about == outcome)
        for row, mine in zip(rows, explain(packed[rows], bundle, outcome), strict=True):
            found[row] = mine
    return with_reasons(records, found)


def with_reasons(records: pa.Table, found: Sequence[Sequence[str] | None]) -> pa.Table:
    """Return records with reasons: a list of texts each, None where none were looked for."""
    return with_column(records, "reasons", pa.array(found, records.schema.field("reasons").type))


def in_words(
    records: pa.Table, words: Words, tag: str = ENGLISH, *, observed: bool = False
) -> pa.Table:
    """Return records or members with their reasons, as `explained` found them, as sentences.

    `observed` is that of `serving.explanations.sentences.Words.render`.
    """
    kept = records["reasons"].to_pylist()
    sentences = [
        None if texts is None else words.render(texts, tag, observed=observed) for texts in kept
    ]
    return with_reasons(records, sentences)


def words_of(bundle: Bundle) -> Words:
    """Return what turns reasons that a bundle gives into sentences."""
    return Words(phrases(bundle.columns), bundle.settings["shop"]["currency"])


def top(values: Floats, share: float) -> Integers:
    """Return the rows with the largest values: a share of those that have one, rounded up."""
    order = np.argsort(-values, kind="stable")  # NaN comes last
    return np.sort(order[: part_of(int((~np.isnan(values)).sum()), share)])


def part_of(count: int, share: float) -> int:
    """Return a share of a count, rounded up."""
    return int(np.ceil(count * share))


def explain(packed: Packed, bundle: Bundle, outcome: str, raising: bool = False) -> list[list[str]]:
    """Return the reasons of one outcome for some customers of a run, as they are kept.

    Parameters
    ----------
    packed : float32 array of shape (k, n_columns)
        Their rows of `Run.packed`.
    bundle : Bundle
    outcome : str
    raising : bool
        Whether only what raises the prediction is said, as on a list.

    Returns
    -------
    list of k lists of texts (`serving.explanations.stored.StoredReason.json`)
    """
    model = bundle.outcomes.get(outcome)
    if model is None:
        return [[] for _ in packed]
    named = {column.name: column for column in bundle.columns}
    similar = bundle.similar[outcome]
    activity = bundle.config.churn.activity
    kept: list[list[str]] = []
    for start in range(0, len(packed), EXPLAINED_AT_ONCE):
        rows = Dense(packed[start : start + EXPLAINED_AT_ONCE], list(named))
        for found in reasons.of(model, rows, named, similar, activity):
            chosen = select(found, named, raising=raising, ordering=activity is None)
            kept.append([reason.json for reason in chosen])
    return kept
