"""Reading a published run: one customer in microseconds, lists a page at a time."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Column, Row, func, select

from serving.explanations.sentences import Words
from serving.explanations.stored import are_about
from serving.languages.language import ENGLISH
from serving.store.pages import Query
from serving.store.place import find_place
from serving.store.run import PublishedRun
from serving.store.tables import attributes, facets, histories, records, vectors

Value = TypeVar("Value")

After = tuple[float, int]
"""Where a page ended: the last row's sort value and position."""

COUNTED_FOR = 5.0
"""Seconds that a count holds: other processes erase people, and hold them out."""


class RunReader:
    """One published run, open for reading.

    :meth:`look_up` belongs to the event loop; everything else opens its own connection, so that it
    may run in any thread.

    Parameters
    ----------
    home : Path
        The home.
    run : PublishedRun
        A run of that home.

    Wherever `tag` is taken, it is the language of the reasons (`serving.languages`).
    """

    def __init__(self, home: Path, run: PublishedRun) -> None:
        self.run = run
        place = find_place(home)
        self._engine = place.run_engine(run.run_id)
        self._streams = place.stream_engine(run.run_id)
        self._words = Words(run.info.phrases, run.info.currency)
        self._look_up = place.look_up(run.run_id)
        self._counts: dict[str, tuple[int, float]] = {}

    def close(self) -> None:
        """Let go of the run; readings in progress elsewhere finish."""
        self._look_up.close()
        self._engine.dispose()
        self._streams.dispose()

    def record(self, customer_id: str, tag: str = ENGLISH) -> bytes | None:
        """Return a customer's record as JSON, or None for an unknown one."""
        return self.records([customer_id], tag).get(customer_id)

    async def look_up(self, customer_id: str, tag: str | None = ENGLISH) -> bytes | None:
        """Return what :meth:`record` does, from the event loop and without holding it up.

        Without a `tag` the record comes as it is kept: nobody reads its reasons.

        Raises
        ------
        StoreAwayError
            If the store does not answer.
        """
        row = await self._look_up.find(customer_id)
        return row and self._words.render_record(*row, tag)

    def records(self, customer_ids: Sequence[str], tag: str | None = ENGLISH) -> dict[str, bytes]:
        """Return the records of those customers who have one; without a `tag`, as they are kept."""
        wanted = select(records.c.customer_id, records.c.record, records.c.told)
        statement = wanted.where(records.c.customer_id.in_(customer_ids))
        with self._engine.connect() as connection:
            return {
                customer_id: self._words.render_record(record, told, tag)
                for customer_id, record, told in connection.execute(statement)
            }

    def vectors(self, customer_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the features, as little-endian float32 bytes, of those customers who have some."""
        return self._by_customer(vectors.c.vector, customer_ids)

    def histories(self, customer_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the packed histories of those customers who have one."""
        return self._by_customer(histories.c.history, customer_ids)

    def _by_customer(self, column: Column[Value], customer_ids: Sequence[str]) -> dict[str, Value]:
        """Return a column of a table other than the records, of those customers who have it."""
        wanted = select(records.c.customer_id, column).join_from(
            records, column.table, records.c.position == column.table.c.position
        )
        statement = wanted.where(records.c.customer_id.in_(customer_ids))
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}

    def contact(self, customer_ids: Sequence[str]) -> dict[str, str]:
        """Return what this run says of contacting those customers who are in it."""
        return self._by_customer(facets.c.contact, customer_ids)

    def suppressed(self, customer_ids: Sequence[str]) -> frozenset[str]:
        """Return who of some customers must not be contacted, as this run says."""
        return frozenset(who for who, said in self.contact(customer_ids).items() if said == "no")

    def attributes(self, customer_id: str) -> dict[str, str]:
        """Return a customer's attributes by name."""
        wanted = select(attributes.c.name, attributes.c.value).join_from(
            records, attributes, records.c.position == attributes.c.position
        )
        statement = wanted.where(records.c.customer_id == customer_id).order_by(attributes.c.name)
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}

    def values(self, attribute: str, most: int) -> list[str]:
        """Return up to so many values that customers have of an attribute, in order."""
        held = select(attributes.c.value).where(attributes.c.name == attribute).distinct()
        with self._engine.connect() as connection:
            return list(connection.scalars(held.order_by(attributes.c.value).limit(most)))

    def page(
        self, query: Query, limit: int, after: After | None = None, tag: str = ENGLISH
    ) -> tuple[list[bytes], After | None]:
        """Return a page of records and where the next one starts; None after the last.

        Of reasons, here and in :meth:`stream`, only those about the list's outcome.
        """
        statement = query.page(limit + 1, after)
        with self._engine.connect() as connection:
            rows = connection.execute(statement).all()
        more = (rows[limit - 1].key, rows[limit - 1].position) if len(rows) > limit else None
        return [self._listed(row, query, tag) for row in rows[:limit]], more

    def count(self, query: Query) -> int:
        """Return how many belong to a list; counted once per question and `COUNTED_FOR`."""
        key, now = repr(query), monotonic()
        counted, at = self._counts.get(key, (0, -inf))
        if now - at > COUNTED_FOR:
            if len(self._counts) > 1000:
                self._counts.clear()
            with self._engine.connect() as connection:
                counted = connection.scalar(query.count()) or 0
            self._counts[key] = counted, now
        return counted

    def forget_counts(self) -> None:
        """Forget what was counted: somebody was erased or held out."""
        self._counts.clear()

    def size(self) -> int:
        """Return how many customers have a record, counted now."""
        with self._engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(records)) or 0

    def active(self) -> int:
        """Return how many customers were asked whether they leave, counted now."""
        statement = select(func.count(facets.c.churn_probability))
        with self._engine.connect() as connection:
            return connection.scalar(statement) or 0

    def stream(
        self, query: Query, chunk: int = 500, tag: str | None = ENGLISH
    ) -> Generator[list[bytes]]:
        """Yield a whole list in chunks of so many records, in constant memory.

        The run's file stays open until the last chunk, so that the list is whole even if the run
        is retired meanwhile. Without a `tag` records come as they are kept: nobody reads reasons.
        """
        with self._streams.connect() as connection:
            after: After | None = None
            while True:
                rows = connection.execute(query.page(chunk, after)).all()
                if rows:
                    yield [self._listed(row, query, tag) for row in rows]
                if len(rows) < chunk:
                    return
                after = rows[-1].key, rows[-1].position

    def _listed(self, row: Row[Any], query: Query, tag: str | None) -> bytes:
        """Return a list's row as its record, without reasons about something else."""
        told = row.told if row.told and are_about(row.told, query.outcome) else None
        return self._words.render_record(row.record, told, tag)
