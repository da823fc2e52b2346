"""`Slices`: every snapshot that a training uses, and how fits take their rows out of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pyarrow as pa

from features.checking.finality import Subject
from features.clock import DAY, midnight
from features.rung import STRATUM_FACTS, stratum
from training.bundle.arrays import Flags, Floats, Floats32, Integers, facts, matrix, touched
from training.bundle.ranks import FEWEST, Ranks
from training.bundle.rows import Rows, Tabular
from training.bundle.strata import Asked
from training.snapshots.auxiliary import AuxiliarySlice
from training.snapshots.auxiliary_cutoffs import AuxiliaryCutoffs, spread
from training.snapshots.cutoffs import Plan
from training.snapshots.examples import Examples
from training.snapshots.outcome import Outcome
from training.snapshots.ranked import MOST_ROWS
from training.snapshots.sampling import Sample
from training.snapshots.season import Past, Seasons


@dataclass(frozen=True)
class Slices:
    """Every snapshot that a training uses.

    Parameters
    ----------
    table : pa.Table
        Features (float32), facts and labels (float64), a row per customer and cutoff in
        (cutoff, customer) order; only rows that some outcome is asked of. No ids.
    features, facts : tuple of str
        Which columns are which.
    customer : int64 array of shape (n,)
        A code per customer.
    cutoff : int64 array of shape (n,)
        The cutoff's instant.
    timezone : str
        In which a cutoff's day begins.
    ranked : tuple of str
        Features that have ranks (`training.snapshots.ranked`): none where no fit learns from them.
    weight : float64 array of shape (n,), optional
        How many rows of the shop each row stands for, where customers were sampled.
    sample : Sample, optional
        How they were.
    channel : Arrow dictionary array of shape (n,), optional
        Through which channel each customer bought last, where the shop noted any.
    asked : mapping of str to bool array of shape (n,)
        Who was asked for an outcome in the horizon from E (`training.snapshots.asks`).
    past : mapping of str to Past
        Counts of earlier years (`training.snapshots.years`), of the outcomes for which there are
        enough.
    subjects : mapping of str to Subject
        What features tell of (`training.snapshots.goodbyes.subjects_of`).
    """

    table: pa.Table
    features: tuple[str, ...]
    facts: tuple[str, ...]
    customer: Integers
    cutoff: Integers
    timezone: str
    ranked: tuple[str, ...] = ()
    weight: Floats | None = None
    sample: Sample | None = None
    channel: pa.DictionaryArray | None = None
    asked: Mapping[str, Flags] = field(default_factory=dict)
    past: Mapping[str, Past] = field(default_factory=dict)
    subjects: Mapping[str, Subject] = field(default_factory=dict)
    # Of all rows, by whom a question is put to: most outcomes are asked of the same customers.
    _eligible: dict[Asked, Flags] = field(default_factory=dict, init=False, repr=False)
    _among: dict[tuple[Asked, int], Ranks] = field(default_factory=dict, init=False, repr=False)

    def examples(
        self, asked: Outcome, days: Iterable[date], among: Integers | None = None
    ) -> Examples:
        """Return the rows that an outcome is asked of at some cutoffs, with its label.

        Parameters
        ----------
        asked : Outcome
        days : iterable of date
            The cutoffs: a plan's `evaluation`, its `newest` alone, or its `serving`.
        among : int64 array, optional
            Positions among those rows; all by default.
        """
        rows = self._rows(asked, days)
        rows = rows if among is None else rows[among]
        return self._examples(asked, rows, self.features, self.facts)

    def answers(self, asked: Outcome, days: Iterable[date], known: Sequence[str] = ()) -> Examples:
        """Return the same rows as `examples` without features, and with a few facts or none.

        What a fit sees of a large shop is a small part of it: features are gathered of that only.
        """
        return self._examples(asked, self._rows(asked, days), (), known)

    def learnt(
        self,
        asked: Outcome,
        days: Iterable[date],
        most: int,
        seed: int,
        drawn_for: Outcome | None = None,
    ) -> Examples:
        """Return about `most` of the `examples`, which stand for all (`Examples.thinning`).

        The same seed draws the same customers, also of other days. `drawn_for` is an outcome that
        the same rows are asked, and that this one is an instance of: its rows are the ones drawn.
        """
        days = tuple(days)
        rows, weight = self.answers(drawn_for or asked, days).thinning(most, seed)
        return replace(self.examples(asked, days, rows), weight=weight)

    def count(self, asked: Outcome, days: Iterable[date]) -> int:
        """Return how many rows `examples` has."""
        return len(self._rows(asked, days))

    def auxiliary(
        self, asked: Outcome, own: tuple[date, ...], cutoffs: AuxiliaryCutoffs, most: int
    ) -> tuple[AuxiliarySlice, ...]:
        """Return the auxiliary slices of a fit.

        Parameters
        ----------
        asked : Outcome
        own : tuple of date
            The fit's own cutoffs.
        cutoffs : AuxiliaryCutoffs
        most : int
            How many rows all slices may have together: censored ones are taken if all of them fit
            in, and of earlier ones as many as there is room for.
        """
        room = most - self.count(asked, own)
        newer = tuple(one.day for one in cutoffs.censored)
        found = []
        if self.count(asked, newer) <= room:
            room -= self.count(asked, newer)
            told = self.answers(asked, own, self.facts)
            for one in cutoffs.censored:
                part = asked.within(one.known_days)
                reference = replace(told, labels=self.labels(asked, own, part))
                found.append(AuxiliarySlice(self.examples(part, (one.day,)), reference))
        return (*found, *self._earlier(asked, cutoffs.earlier, room))

    def _earlier(self, asked: Outcome, days: Sequence[date], room: int) -> Iterator[AuxiliarySlice]:
        """Yield slices of earlier cutoffs with at most so many rows together."""
        largest = max((self.count(asked, (day,)) for day in days), default=0)
        for day in spread(days, room // max(1, largest)):
            yield AuxiliarySlice(self.examples(asked, (day,)))

    def rows(self, asked: Outcome, days: Iterable[date], most: int | None = None) -> Rows:
        """Return the same rows as `examples`, in the same order, as models look at them.

        What nobody looks at is not copied. With `most`, every n-th row is left, at most so many.
        """
        return Tabular(self.table, _spread(self._rows(asked, days), most))

    def weights(self, asked: Outcome, days: Iterable[date], most: int | None = None) -> Floats:
        """Return how many rows of the shop each of the same rows as `rows` stands for."""
        rows = _spread(self._rows(asked, days), most)
        return np.ones(len(rows)) if self.weight is None else self.weight[rows]

    def channels(self, asked: Outcome, days: Iterable[date]) -> pa.DictionaryArray | None:
        """Return through which channel the customer of each of the same rows bought last."""
        if self.channel is None:
            return None
        return self.channel.take(pa.array(self._rows(asked, days)))

    def was_asked(self, asked: Outcome, days: Iterable[date]) -> Flags | None:
        """Return who of the same rows was asked for the outcome; None where nobody knows."""
        found = self.asked.get(asked.name)
        return None if found is None else found[self._rows(asked, days)]

    def ranks(self, asked: Outcome, *days: date) -> Ranks | None:
        """Return the ranks among whom an outcome is asked of, on the first day with enough of them.

        None where no feature has a rank.
        """
        if not self.ranked:
            return None
        day = next((day for day in days if self.count(asked, (day,)) >= FEWEST), days[0])
        return self._ranks(asked, midnight(day, self.timezone))

    def seasons(self, plan: Plan) -> Seasons:
        """Return what the time of year brings to E, and to the day that the serving fit is for.

        That day lies as far after E as E after the slices before it: nothing newer can be scored.
        A plan that is only to be judged has no serving fit.
        """
        past = self.past.get(plan.outcome.name)
        if past is None:
            return Seasons()
        newest = midnight(plan.newest, self.timezone)
        learnt, serving = (
            [midnight(day, self.timezone) for day in days]
            for days in (plan.evaluation, plan.serving)
        )
        ahead = newest + plan.outcome.embargo_days * DAY
        return Seasons(past.season(newest, learnt), past.season(ahead, serving))

    def labels(self, asked: Outcome, days: Iterable[date], of: Outcome) -> Floats:
        """Return another outcome's label of the same rows as `examples`, in the same order."""
        return of.labels(self._columns([of.column.name], self._rows(asked, days)))

    def _examples(
        self, asked: Outcome, rows: Integers, features: Sequence[str], known: Sequence[str]
    ) -> Examples:
        needed = dict.fromkeys((*known, *STRATUM_FACTS, asked.column.name))
        told = self._columns(list(needed), rows)
        values = matrix(self.table, features, rows)
        return Examples(
            features=values,
            names=tuple(features),
            labels=asked.labels(told),
            customer=self.customer[rows],
            cutoff=self.cutoff[rows],
            stratum=stratum(told),
            facts=facts(told, known),
            weight=None if self.weight is None else self.weight[rows],
            ranks=self._ranked(asked, rows, values) if self.ranked and features else None,
        )

    def _columns(self, names: Sequence[str], rows: Integers) -> pa.Table:
        """Return some columns of some rows."""
        part, wanted = touched(self.table.select(names), rows)
        return part.take(pa.array(wanted))

    def _ranked(self, asked: Outcome, rows: Integers, values: Floats32) -> Floats32:
        """Return the ranks of features, each among all rows of its cutoff; shape (n, n_ranked)."""
        columns = values[:, [self.features.index(name) for name in self.ranked]]
        instants, starts = np.unique(self.cutoff[rows], return_index=True)
        # A cutoff's rows lie side by side.
        for instant, part in zip(instants, np.split(columns, starts[1:]), strict=False):
            part[:] = self._ranks(asked, int(instant)).of(part)
        return columns

    def _ranks(self, asked: Outcome, instant: int) -> Ranks:
        """Return the ranks among whom an outcome is asked of at a cutoff."""
        if (asked.who, instant) not in self._among:
            rows = _spread(self._rows_at(asked, np.array([instant])), MOST_ROWS)
            columns = matrix(self.table, self.ranked, rows)
            weight = None if self.weight is None else self.weight[rows]
            self._among[asked.who, instant] = Ranks.among(columns, self.ranked, weight)
        return self._among[asked.who, instant]

    def _rows(self, asked: Outcome, days: Iterable[date]) -> Integers:
        """Return the positions of the rows that an outcome is asked of at some cutoffs."""
        instants = sorted({midnight(day, self.timezone) for day in days})
        return self._rows_at(asked, np.array(instants, np.int64))

    def _rows_at(self, asked: Outcome, instants: Integers) -> Integers:
        if asked.who not in self._eligible:
            self._eligible[asked.who] = asked.asked(self.table)
        eligible = self._eligible[asked.who]
        # A cutoff's rows lie side by side.
        spans = np.searchsorted(self.cutoff, np.column_stack([instants, instants + 1]))
        found = (first + np.flatnonzero(eligible[first:last]) for first, last in spans)
        return np.concatenate([np.empty(0, np.int64), *found])


def _spread(rows: Integers, most: int | None) -> Integers:
    """Return every n-th row, so that there are no more than `most`."""
    return rows if most is None else rows[:: max(1, -(-len(rows) // most))]
