"""Look-ups on PostgreSQL that never hold up the event loop: a few lines kept open."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
from sqlalchemy import URL

from serving.store.databases import connect_arguments
from serving.store.place import Row, StoreAwayError

LINES = 4
"""Connections per run and process; more would only wait for the one event loop."""

ANSWER_SECONDS = 5.0
"""How long the server may take for an answer, connecting included."""

STATEMENT = "SELECT record, told FROM records WHERE customer_id = %s"
WITHOUT_REASONS = "SELECT record, NULL FROM records WHERE customer_id = %s"
"""The same in a run of an older version."""


class Lines:
    """A few connections to a run on a PostgreSQL server, opened on first use.

    A broken line is replaced at once: after the server restarts, the first question finds out and
    asks again on a new line.

    Parameters
    ----------
    url : sqlalchemy.URL
        The database.
    schema : str
        The run's schema.
    told : bool
        Whether it keeps reasons beside the records.
    """

    def __init__(self, url: URL, schema: str, *, told: bool) -> None:
        self._statement = STATEMENT if told else WITHOUT_REASONS
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._arguments: dict[str, Any] = {
            "conninfo": address,
            "autocommit": True,
            **connect_arguments(schema),
        }
        self._idle: list[psycopg.AsyncConnection[Row]] = []
        self._few = asyncio.Semaphore(LINES)
        self._closed = False

    def find(self, customer_id: str) -> Row | None:
        """Return a record and its reasons, or None for an unknown customer."""
        if not storable(customer_id):
            return None
        with psycopg.connect(**self._arguments) as line:
            return line.execute(self._statement, (customer_id,), binary=True).fetchone()

    async def find_soon(self, customer_id: str) -> Row | None:
        """Return the same from the event loop.

        Raises
        ------
        StoreAwayError
            If the server does not answer.
        """
        if not storable(customer_id):
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._few:
                try:
                    return await self._ask(customer_id)
                except psycopg.OperationalError:
                    self._hang_up()  # the other lines are as dead as this one
                    return await self._ask(customer_id)
        except (psycopg.Error, TimeoutError) as error:
            raise StoreAwayError(type(error).__name__) from error

    def close(self) -> None:
        """Hang up; who is still asking gets the answer first."""
        self._closed = True
        self._hang_up()

    async def _ask(self, customer_id: str) -> Row | None:
        line = self._idle.pop() if self._idle else await self._open()
        try:
            cursor = await line.execute(self._statement, (customer_id,), prepare=True, binary=True)
            row = await cursor.fetchone()
        except BaseException:
            line.pgconn.finish()  # half an answer may be on it
            raise
        if self._closed:
            line.pgconn.finish()
        else:
            self._idle.append(line)
        return row

    async def _open(self) -> psycopg.AsyncConnection[Row]:
        return await psycopg.AsyncConnection.connect(**self._arguments)

    def _hang_up(self) -> None:
        for line in self._idle:
            line.pgconn.finish()
        self._idle.clear()


def storable(customer_id: str) -> bool:
    r"""Return whether PostgreSQL could hold an id; no customer has one that it cannot.

    Examples
    --------
    >>> storable("C-1042"), storable("C\0"), storable("\ud800")
    (True, False, False)
    """
    return "\0" not in customer_id and not any("\ud800" <= c <= "\udfff" for c in customer_id)
