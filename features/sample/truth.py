"""The truth of a cutoff: each customer's probabilities, known and hidden, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

import numpy as np
import pyarrow as pa

from features.sample.belief import beliefs
from features.sample.draws import Floats, Ints
from features.sample.horizon import stays_quiet
from features.sample.model import FLAGS, SITUATIONS, Model
from features.sample.schedule import Day, Schedule
from features.sample.simulate import Lives

SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "outcome": pa.string(),
        "latent_probability": pa.float64(),
        "bayes_probability": pa.float64(),
        "label": pa.int8(),
    }
)

_DECIMALS = 12
"""Beyond these lies rounding, which would rank customers whom the truth holds to be equal."""


@dataclass(frozen=True)
class Question:
    """An outcome in terms of happenings.

    It is about any of some happenings, or (`absence`) that none of them happens.
    """

    outcome: str
    happenings: tuple[str, ...]
    horizon_days: int
    absence: bool = False


def questions(churn_horizon_days: int, advocacy_horizon_days: int) -> tuple[Question, ...]:
    """Return the six outcomes."""
    return (
        Question("churn", ("order",), churn_horizon_days, absence=True),
        Question("return", ("order",), churn_horizon_days),
        Question("refer", ("refer",), advocacy_horizon_days),
        Question("share", ("share",), advocacy_horizon_days),
        Question("review", ("review",), advocacy_horizon_days),
        Question("advocate", ("refer", "share", "review"), advocacy_horizon_days),
    )


@dataclass(frozen=True)
class Oracle:
    """Answers questions about a simulated shop; reviews count from `positive_review_from` stars."""

    model: Model
    schedule: Schedule
    lives: Lives
    positive_review_from: float

    def answers(
        self, cutoff: int, gap_days: int, asked: Iterable[Question], ids: pa.Array
    ) -> pa.Table:
        """Return what is true of the customers present at a cutoff who allow profiling.

        The cutoff is the number of its day.

        Returns
        -------
        Arrow table of :data:`SCHEMA`
            By outcome, then customer; no label while the horizon is not over.
        """
        present = self.lives.crowd.present(cutoff)
        belief = beliefs(self.model, self.schedule, self.lives, cutoff)
        kept = np.flatnonzero(self.lives.crowd.profiling[:present])
        parts = []
        for question in asked:
            window = (cutoff, cutoff + gap_days, cutoff + gap_days + question.horizon_days)
            latent, bayes = self._probabilities(question, window, belief)
            label = pa.nulls(len(kept), pa.int8())
            if window[2] <= self.lives.days:
                label = pa.array(self._labels(question, window)[kept], pa.int8())
            columns = [
                ids.take(pa.array(kept)),
                pa.repeat(question.outcome, len(kept)),
                pa.array(latent[kept]),
                pa.array(bayes[kept]),
                label,
            ]
            parts.append(pa.Table.from_arrays(columns, schema=SCHEMA))
        order = [(name, "ascending") for name in ("outcome", "customer_id")]
        return pa.concat_tables(parts).sort_by(order)

    def _probabilities(
        self, question: Question, window: tuple[int, int, int], belief: Floats
    ) -> tuple[Floats, Floats]:
        """Return the probabilities given the situation, and given the rows before the cutoff."""

        def quiet(day: Day) -> Floats:
            return self._quiet(question, day)

        cutoff, present = window[0], len(belief)
        ahead = np.stack(
            [stays_quiet(self.model, self.schedule, quiet, window, may) for may in (False, True)]
        )
        contactable = self.lives.crowd.marketing[:present].astype(int)
        known = ahead[contactable, self.lives.flags[cutoff, :present]]
        quiet_days = (
            known[np.arange(present), self.lives.situations[cutoff, :present]],
            np.clip((known * belief).sum(axis=1), 0, 1),
        )
        latent, bayes = (p if question.absence else 1 - p for p in quiet_days)
        return np.round(latent, _DECIMALS), np.round(bayes, _DECIMALS)

    def _quiet(self, question: Question, day: Day) -> Floats:
        """Return P(none of the question's happenings on this day | flags, situation)."""
        silent = np.ones((FLAGS, SITUATIONS))
        for name in question.happenings:
            silent *= 1 - self.model.chances(name, day) * self._counting(name)
        return silent

    def _counting(self, name: str) -> Floats:
        """Return P(a happening counts | situation)."""
        counts: Floats = self.model.marks[name][:, self._first_mark(name) :].sum(axis=1)
        return counts

    def _first_mark(self, name: str) -> int:
        """Return the first mark that counts; a review of n stars has the mark n - 1."""
        return max(ceil(self.positive_review_from) - 1, 0) if name == "review" else 0

    def _labels(self, question: Question, window: tuple[int, int, int]) -> Ints:
        """Return for every customer whether the outcome came true, 1 or 0."""
        happened = np.zeros(len(self.lives.crowd.number), dtype=np.bool_)
        for name in question.happenings:
            rows = self.lives.happenings[name]
            inside = (rows.day >= window[1]) & (rows.day < window[2])
            happened[rows.customer[inside & (rows.mark >= self._first_mark(name))]] = True
        labels: Ints = (happened != question.absence).astype(np.int64)
        return labels
