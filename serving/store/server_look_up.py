"""Look-ups on PostgreSQL that never hold up the event loop: a few connections kept open."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
from sqlalchemy import URL

from serving.store.databases import connect_arguments
from serving.store.look_up import Row, StoreAwayError

CONNECTIONS = 4
"""Per run and process; more would only wait for the one event loop."""

ANSWER_SECONDS = 5.0
"""How long the server may take for an answer, connecting included."""

STATEMENT = "SELECT record, told FROM records WHERE customer_id = %s"


class ServerLookUp:
    """A few connections to a run on a PostgreSQL server, opened on first use.

    A broken connection is replaced at once: after the server restarts, the first question finds out
    and asks again on a new one.
    """

    def __init__(self, url: URL, schema: str) -> None:
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._arguments: dict[str, Any] = {
            "conninfo": address,
            "autocommit": True,
            **connect_arguments(schema),
        }
        self._idle: list[psycopg.AsyncConnection[Row]] = []
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._closed = False

    async def find(self, customer_id: str) -> Row | None:
        """Return a record and its reasons, or None for an unknown customer.

        Raises
        ------
        StoreAwayError
            If the server does not answer.
        """
        if not storable(customer_id):
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._free:
                try:
                    return await self._ask(customer_id)
                except psycopg.OperationalError:
                    self._close_idle()  # the others are as dead as this one
                    return await self._ask(customer_id)
        except (psycopg.Error, TimeoutError) as error:
            raise StoreAwayError(type(error).__name__) from error

    def close(self) -> None:
        """Close the connections; who is still asking gets the answer first."""
        self._closed = True
        self._close_idle()

    async def _ask(self, customer_id: str) -> Row | None:
        connect = psycopg.AsyncConnection.connect
        connection = self._idle.pop() if self._idle else await connect(**self._arguments)
        try:
            cursor = await connection.execute(STATEMENT, (customer_id,), prepare=True, binary=True)
            row: Row | None = await cursor.fetchone()
        except BaseException:
            connection.pgconn.finish()  # half an answer may be on it
            raise
        if self._closed:
            connection.pgconn.finish()
        else:
            self._idle.append(connection)
        return row

    def _close_idle(self) -> None:
        for connection in self._idle:
            connection.pgconn.finish()
        self._idle.clear()


def storable(customer_id: str) -> bool:
    r"""Return whether PostgreSQL could hold an id; no customer has one that it cannot.

    Examples
    --------
    >>> storable("C-1042"), storable("C\0"), storable("\ud800")
    (True, False, False)
    """
    return "\0" not in customer_id and not any("\ud800" <= c <= "\udfff" for c in customer_id)
