"""What the shop's four tables share: ids, instants of days, the canonical columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from features.sample.draws import Floats, Ints, Streams, uniform
from features.sample.schedule import Schedule, opening_hours
from features.sample.simulate import Happenings, Lives
from features.tables import Table


class Ledger:
    """A simulated shop on its way to tables.

    Attributes
    ----------
    ids : Arrow array of shape (customers,)
        Customer ids by position in the crowd.
    until : int
        The instant at which the shop's history ends.
    """

    def __init__(self, lives: Lives, schedule: Schedule) -> None:
        self.lives = lives
        self.ids = pa.array([f"C{n:06d}" for n in lives.crowd.number.tolist()], pa.string())
        self._midnights = schedule.midnights(lives.days + 1)
        self.until = int(self._midnights[-1])

    def streams(self, rows: Happenings) -> Streams:
        """Return the random streams of the happenings' customers."""
        return self.lives.crowd.starts[rows.customer]

    def drawn(self, rows: Happenings, purpose: str) -> Floats:
        """Return a number in [0, 1) for each happening."""
        return uniform(self.streams(rows), purpose, rows.day)

    def instants(self, rows: Happenings, purpose: str) -> Ints:
        """Return an instant in the opening hours of each happening's day."""
        return self.at(rows.day, opening_hours(self.drawn(rows, purpose)))

    def at(self, day: Ints, after_midnight: Ints | int) -> Ints:
        """Return the instants some microseconds after the midnights of days."""
        return self._midnights[day] + after_midnight


def canonical(table: Table, columns: Mapping[str, Any]) -> pa.Table:
    """Return a canonical table of the given columns, null where not given."""
    rows = len(columns["customer_id"])
    arrays = [
        pa.array(columns[field.name]).cast(field.type)
        if field.name in columns
        else pa.nulls(rows, field.type)
        for field in table.schema
    ]
    return pa.Table.from_arrays(arrays, schema=table.schema)


def chosen(texts: tuple[str, ...], numbers: Floats) -> pa.Array:
    """Return a text for each number in [0, 1), all equally likely."""
    return pa.array(texts).take(pa.array((numbers * len(texts)).astype(np.int64)))
