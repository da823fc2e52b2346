"""Goodbyes: events and attributes after which practically no customer was ever active again.

A program may write `lost` behind each last visit, dated to a day on which nobody could know it; or
an account was really closed. In the rows that are learnt from both look alike: none of the
customers who have it came back, while many did who had been silent for as long. A model that learns
from the first kind knows the answers of the past, and nothing on the day that it serves.

What holds from the beginning is no goodbye: guests, whose every order is a new customer's, never
come back, and that is known when they order. So it must also hold of customers who had come back
before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from features.catalogue import Column
from features.checking.finality import ENOUGH, OF_REGULARS, Goodbye, Subject, is_final
from features.config import Config
from features.expressions.needs import attributes_named, kinds_named
from features.rung import STRATA
from training.bundle.arrays import Flags, Floats, Integers
from training.snapshots.examples import Examples
from training.snapshots.guards import MOST_ROWS
from training.snapshots.outcome import Outcome

SILENCES = 20
"""Parts, about as long silent each, that customers are compared within; by stratum, too."""


def subjects_of(columns: Sequence[Column], config: Config) -> dict[str, Subject]:
    """Return by a feature's name the event or attribute of customers that it tells of.

    That is one engagement kind, or one attribute; neither what keeps a customer alive nor the
    configured cancellation.
    """
    known = (config.churn.activity, config.churn.event)
    found = {}
    for column in columns:
        kinds, names = kinds_named(column.expression), attributes_named(column.expression)
        if column.is_feature and len(kinds) + len(names) == 1 and not kinds & {*known}:
            found[column.name] = (
                Subject.of_kind(min(kinds), config.churn)
                if kinds
                else Subject.of_attribute(min(names))
            )
    return found


@dataclass(frozen=True)
class Silences:
    """Customers by how long they had been silent, and whether they were active again.

    Parameters
    ----------
    cell : int64 array of shape (n,)
        Rows alike in silence and stratum share a code; that of a stratum is its remainder.
    again : bool array of shape (n,)
    weight : float64 array of shape (n,)
        They sum to the number of customers.
    customer : int64 array of shape (n,)
    """

    cell: Integers
    again: Flags
    weight: Floats
    customer: Integers

    @classmethod
    def of(cls, rows: Examples, outcome: Outcome) -> Silences:
        """Return those of some rows, labelled by an outcome that tells who was active again."""
        silent = np.nan_to_num(rows.facts["days_since_activity"])
        edges = np.unique(np.quantile(silent, np.arange(1, SILENCES) / SILENCES))
        return cls(
            cell=np.searchsorted(edges, silent, side="right") * len(STRATA) + rows.stratum,
            again=(rows.labels > 0) == (outcome.reading == "some"),
            weight=rows.customer_weights,
            customer=rows.customer,
        )

    def goodbye(self, has: Integers) -> Goodbye | None:
        """Return what became of the customers of the rows at some positions, if that is final."""
        (rows, them, who_came), (all_rows, everybody, all_came) = self._sums(has), self._every
        # Whom nobody can be held against says nothing.
        known = all_rows > rows
        usual = (all_came - who_came)[known] / (everybody - them)[known]
        expected, came = them[known] * usual, who_came[known]
        regular = np.flatnonzero(known) % len(STRATA) != STRATA.index("first_time")
        finals = (
            is_final(float(expected.sum()), float(came.sum()), ENOUGH),
            is_final(float(expected[regular].sum()), float(came[regular].sum()), OF_REGULARS),
        )
        if not all(finals):
            return None
        many = float(them[known].sum())
        customers = len(np.unique(self.customer[has[known[self.cell[has]]]]))
        return Goodbye(customers, float(came.sum()) / many, float(expected.sum()) / many)

    @cached_property
    def _every(self) -> Floats:
        return self._sums(np.arange(len(self.cell)))

    def _sums(self, rows: Integers) -> Floats:
        """Return rows, customers, and those who were active again, of each cell; shape (3, c)."""
        cell, weight, cells = self.cell[rows], self.weight[rows], int(self.cell.max()) + 1
        each = (np.ones(len(rows)), weight, weight * self.again[rows])
        return np.array([np.bincount(cell, of, cells) for of in each])


def alarms(
    train: Examples, test: Examples, outcome: Outcome, subjects: Mapping[str, Subject]
) -> Iterator[str]:
    """Yield a sentence on each goodbye that a feature tells of.

    Parameters
    ----------
    train, test : Examples
        The evaluation fit's slices and E.
    outcome : Outcome
        Nothing is said of one that does not tell who was active again.
    subjects : mapping of str to Subject
        What features tell of, as `subjects_of` returns it.
    """
    if not (outcome.tells_of_activity and len(train) and len(test)):
        return
    # Only one of the two may have been sampled.
    parts = (replace(each, weight=each.weights, ranks=None) for each in (train, test))
    rows = Examples.joined(
        [each.take(np.arange(0, len(each), -(-len(each) // MOST_ROWS))) for each in parts]
    )
    silences, found = Silences.of(rows, outcome), dict[Subject, Goodbye]()
    for name, subject in subjects.items():
        values = rows.features[:, rows.names.index(name)]
        if goodbye := silences.goodbye(np.flatnonzero(~np.isnan(values) & (values != 0))):
            found[subject] = max(found.get(subject, goodbye), goodbye, key=_customers)
    for subject, goodbye in found.items():
        yield goodbye.sentence(subject, outcome.horizon_days)


def _customers(goodbye: Goodbye) -> int:
    return goodbye.customers
