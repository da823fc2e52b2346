"""A block: whole customers, everything they did, ready for the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arithmetic import events
from features.arithmetic.activity import activity_events
from features.arithmetic.events import Events
from features.arithmetic.fields import Integers, encoded, numpy
from features.attributes.parting import Parted, parted
from features.clock import LocalCalendar
from features.money import minor_digits
from features.tables import TABLES

if TYPE_CHECKING:
    from features.config import Config

NEVER = np.iinfo(np.int64).max
"""An instant after every cutoff."""


class Block:
    """Whole customers with their rows, from canonical Arrow tables (docs/architecture.md).

    Parameters
    ----------
    orders, engagement, customers : Arrow table or None
        All rows of the block's customers; None where the shop has no such table.
    timezone : str
        The shop's, for local days, weekdays and hours.
    currency : str or None
        ISO 4217 code, for the number of decimals.
    activity : str or None
        The engagement kind that keeps a customer alive; None for purchases.

    Attributes
    ----------
    ids : Arrow array of strings, sorted by their bytes
    customers : Arrow table aligned with `ids`
    """

    def __init__(
        self,
        *,
        orders: pa.Table | None = None,
        engagement: pa.Table | None = None,
        customers: pa.Table | None = None,
        timezone: str = "UTC",
        currency: str | None = None,
        activity: str | None = None,
    ) -> None:
        self._tables = {"orders": orders, "engagement": engagement}
        self._coded = {name: _with_coded_ids(table) for name, table in self._tables.items()}
        coded = (*self._coded.values(), _with_coded_ids(customers))
        self.ids = _all_ids([table for table in coded if table is not None])
        self.customers = _aligned(customers, self.ids)
        self.calendar = LocalCalendar(timezone)
        self.activity_kind = activity
        self._currency = currency
        self._digits = minor_digits(currency)
        self._events: dict[str, Events] = {}

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.ids)

    def rows(self, table: str, *, ordered: bool = True) -> pa.Table | None:
        """Return the canonical rows of ``orders``, or of ``engagement`` with attributes at its end.

        They stand by customer, then time; not `ordered`, as the block was given them.
        """
        rows = self._tables[table]
        if rows is None:
            return None
        place = rows.column_names.index("customer_id")
        rows = rows.set_column(place, "customer_id", rows["customer_id"].cast(pa.string()))
        order = self._order(table) if ordered else None
        return rows if order is None else rows.take(pa.array(order))

    def among(self, ids: pa.Array) -> Block:
        """Return a block of some of the customers, with everything they did."""

        def kept(_: str, rows: pa.Table) -> pa.Table:
            who = encoded(rows["customer_id"])
            return rows.filter(pc.is_in(who.dictionary.cast(pa.string()), ids).take(who.indices))

        return self.changed(kept, kept("customers", self.customers))

    def changed(
        self, change: Callable[[str, pa.Table], pa.Table], customers: pa.Table | None = None
    ) -> Block:
        """Return a block of other rows of the same shop, and maybe of other customers.

        `change` makes them of ``orders`` or ``engagement`` and the rows there, whose ids may be
        coded.
        """
        tables = {n: t if t is None else change(n, t) for n, t in self._coded.items()}
        return Block(
            **tables,
            customers=self.customers if customers is None else customers,
            timezone=self.calendar.timezone,
            currency=self._currency,
            activity=self.activity_kind,
        )

    def events(self, table: str) -> Events:
        """Return rows of ``orders``, ``engagement``, ``attributes`` or ``activity`` in order."""
        if table not in self._events:
            self._events[table] = self._make(table)
        return self._events[table]

    def _make(self, table: str) -> Events:
        if table == "activity":
            parent = self.events("engagement" if self.activity_kind else "orders")
            return activity_events(parent, self._activity_rows(parent), self.calendar)
        if table == "orders":
            return events.order_events(self._rows_of(table), self.ids, self.calendar, self._digits)
        if table == "engagement":
            return events.engagement_events(self._parted.engagement, self.ids, self.calendar)
        return events.attribute_events(self._parted.attributes, self.ids, self.calendar)

    @cached_property
    def _parted(self) -> Parted:
        return parted(self._rows_of("engagement"))

    def _rows_of(self, table: str) -> pa.Table:
        """Return a table's rows, a table without any where the shop has no such table."""
        rows = self._coded[table]
        return TABLES[table].schema.empty_table() if rows is None else rows

    def _order(self, table: str) -> Integers | None:
        """Return where the ordered rows of a table stood in it; None where they stand in order."""
        order = self.events(table).order
        if table == "orders" or self._parted.places is None:
            return order
        did, had = self._parted.places
        known = self.events("attributes").order
        return np.concatenate(
            [did if order is None else did[order], had if known is None else had[known]]
        )

    def _activity_rows(self, parent: Events) -> Integers:
        if self.activity_kind is None:
            return np.flatnonzero(parent.flag("is_purchase"))
        return parent.rows_of("kind", self.activity_kind)

    @cached_property
    def started(self) -> Integers:
        """When each customer was first known, by sign-up or row; int64 of shape (n_customers,)."""
        started = self._signed_up
        for table in ("orders", "engagement"):
            rows = self.events(table)
            has = rows.first[1:] > rows.first[:-1]
            first = np.full(len(self), NEVER)
            first[has] = rows.time[rows.first[:-1][has]]
            started = np.minimum(started, first)
        return started

    @cached_property
    def _signed_up(self) -> Integers:
        if "signed_up_at" not in self.customers.column_names:
            return np.full(len(self), NEVER)
        instants = self.customers["signed_up_at"].cast(pa.timestamp("us", "UTC")).cast(pa.int64())
        numbers: Integers = instants.fill_null(NEVER).to_numpy()
        return numbers


def block_of(tables: Mapping[str, pa.Table | None], config: Config) -> Block:
    """Return the block of canonical ``orders``, ``engagement`` and ``customers``."""
    return Block(
        **tables,
        timezone=config.shop.timezone,
        currency=config.shop.currency,
        activity=config.churn.activity,
    )


class Stretch:
    """Customers of a block from one code up to another; their rows are views of the block's."""

    def __init__(self, block: Block, first: int, last: int) -> None:
        self._block, self._first, self._last = block, first, last
        self._events: dict[str, Events] = {}

    def __len__(self) -> int:
        """Return the number of customers."""
        return self._last - self._first

    def events(self, table: str) -> Events:
        """Return the customers' rows of a table."""
        events = self._block.events(table)
        if len(self) == len(self._block):
            return events
        if table not in self._events:
            self._events[table] = events.stretch(self._first, self._last)
        return self._events[table]

    @property
    def started(self) -> Integers:
        """When each customer was first known."""
        return self._block.started[self._first : self._last]

    @property
    def customers(self) -> pa.Table:
        """A row of the customers table for each."""
        return self._block.customers.slice(self._first, len(self))


def _with_coded_ids(table: pa.Table | None) -> pa.Table | None:
    """Return a table whose ids are codes into a dictionary, so that each is hashed only once."""
    if table is None:
        return None
    ids = encoded(table["customer_id"])
    return table.set_column(table.column_names.index("customer_id"), "customer_id", ids)


def _all_ids(tables: list[pa.Table]) -> pa.Array:
    words = [_occurring(encoded(table["customer_id"])).cast(pa.string()) for table in tables]
    ids = pc.unique(pa.chunked_array(words, pa.string()))
    return ids.take(pc.sort_indices(ids))


def _occurring(ids: pa.DictionaryArray) -> pa.Array:
    """Return the words of a dictionary that a row holds."""
    held = np.zeros(len(ids.dictionary), dtype=bool)
    held[numpy(ids.indices, np.int32)] = True
    return ids.dictionary if held.all() else ids.dictionary.filter(pa.array(held))


def _aligned(customers: pa.Table | None, ids: pa.Array) -> pa.Table:
    """Return a row of the customers table for each id, null where unknown."""
    if customers is None:
        return pa.table({"customer_id": ids})
    rows = pc.index_in(ids, customers["customer_id"].cast(pa.string()).combine_chunks())
    return customers.take(rows).set_column(
        customers.column_names.index("customer_id"), "customer_id", ids
    )
