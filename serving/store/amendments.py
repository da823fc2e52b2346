"""Erasures and hold-outs that came while a run was made: applied to it before it serves.

Somebody may be erased, or held out by a list, between the reading of a history and the moment its
run begins to serve. A publisher looks twice: once at leisure, and once under the writers' lock, in
the transaction that names the run, so that whoever speaks later finds the run among those to edit.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import Connection, select

from serving.store.campaigns import held_out_on
from serving.store.edits import batched, mark_held_out, remove
from serving.store.erasures import Erased, persons_of, secret_of
from serving.store.tables import records

CHUNK = 10_000
"""Ids looked at together."""


class Amendments:
    """What is to be changed in a run that is not named yet.

    Parameters
    ----------
    home : Path
        Whose secret keys erasures.
    as_of : date
        The run's day: whose hold-out is open then is marked.
    """

    def __init__(self, home: Path, as_of: date) -> None:
        self._home, self._as_of = home, as_of
        self._persons: frozenset[str] = frozenset()
        self._held_out: frozenset[str] = frozenset()
        self._gone: Erased | None = None
        self._left_alone: frozenset[str] = frozenset()

    def look(self, control: Connection) -> bool:
        """Read from the control database what is new; return whether there is anything."""
        persons, held = persons_of(control), held_out_on(control, self._as_of)
        gone, self._left_alone = persons - self._persons, held - self._held_out
        self._gone = Erased(secret_of(control, self._home), gone) if gone else None
        self._persons, self._held_out = persons, held
        return bool(self._gone or self._left_alone)

    def apply(self, run: Connection) -> int:
        """Apply to a run what was read last; return how many people it held and holds no more."""
        removed = sum(remove(run, part) for part in batched(self._erased_in(run)))
        for customer_id in self._left_alone:
            mark_held_out(run, customer_id)
        return removed

    def _erased_in(self, run: Connection) -> list[str]:
        """Return who of a run was erased; every id is hashed, so only where somebody was."""
        if not self._gone:
            return []
        everybody = select(records.c.customer_id).execution_options(yield_per=CHUNK)
        with run.scalars(everybody) as ids:
            return [
                customer_id
                for part in ids.partitions()
                for customer_id, gone in zip(part, self._gone(part), strict=True)
                if gone
            ]
