"""What tools were handed: per tool, audience and list, who and which fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, select

from serving.store.control import Control
from serving.store.erasures import erased_of
from serving.store.tables import handed

Known = Mapping[str, tuple[str, Mapping[str, Any]]]
"""Customer id to the key by which the tool knows them, and the fields that it was told."""


class Handed:
    """What one tool was handed of one list, for an audience in it (or none: an empty text)."""

    def __init__(self, control: Control, tool: str, audience: str, kind: str) -> None:
        self._control = control
        self._named = {"tool": tool, "audience": audience, "kind": kind}
        self._ours = and_(*(handed.c[name] == value for name, value in self._named.items()))

    def read(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Return everybody the tool was told of and not told to forget."""
        wanted = select(handed.c.customer_id, handed.c.known_as, handed.c.fields).where(self._ours)
        with self._control.engine.connect() as connection:
            rows = connection.execute(wanted.order_by(handed.c.customer_id)).all()
        return {row.customer_id: (row.known_as, json.loads(row.fields)) for row in rows}

    def write(self, before: Known, now: Known) -> None:
        """Remember what the tool knows now, in one transaction; of nobody erased meanwhile."""
        gone = [customer for customer in before if now.get(customer) != before[customer]]
        new = {who: told for who, told in now.items() if before.get(who) != told}
        with self._control.alone() as connection:
            erased = erased_of(connection, self._control.home, [*new])
            rows = [
                {**self._named, "customer_id": who, "known_as": key, "fields": json.dumps(fields)}
                for who, (key, fields) in new.items()
                if who not in erased
            ]
            if gone:
                statement = delete(handed).where(
                    self._ours, handed.c.customer_id == bindparam("who")
                )
                connection.execute(statement, [{"who": customer} for customer in gone])
            if rows:
                connection.execute(insert(handed), rows)
