"""The two changes that a published run allows: someone is erased, someone is held out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from sqlalchemy import Connection, Engine, Table, delete, inspect, select, update
from sqlalchemy.exc import OperationalError, ProgrammingError

from serving.store.control import Control
from serving.store.tables import attributes, facets, histories, records, vectors

HELD_OUT = "held_out"

TABLES = (records, facets, vectors, histories, attributes)
"""Where a run holds something of a customer."""

AT_ONCE = 500
"""Customers held out in one transaction: who reads a file waits for the end of one, no longer."""


def erase(control: Control, run_id: str, customer_id: str) -> bool:
    """Delete a customer from a run; return whether they were in it."""
    with _editing(control, run_id) as engine, engine.begin() as connection:
        there = set(inspect(connection).get_table_names())
        # A run of an older version has fewer tables.
        return remove(connection, customer_id, [t for t in TABLES if t.name in there])
    return False


def remove(connection: Connection, customer_id: str, tables: Iterable[Table] = TABLES) -> bool:
    """Delete a customer from a run's tables; return whether they were in them."""
    found = select(records.c.position).where(records.c.customer_id == customer_id)
    position = connection.scalar(found)
    if position is None:
        return False
    for table in tables:
        connection.execute(delete(table).where(table.c.position == position))
    return True


def hold_out(control: Control, run_id: str, customer_ids: Collection[str]) -> None:
    """Mark customers of a run as held out: their records say so, and lists leave them out."""
    left = iter(customer_ids)
    with _editing(control, run_id) as engine:
        while part := list(islice(left, AT_ONCE)):
            with engine.begin() as connection:
                for customer_id in part:
                    mark(connection, customer_id)


def mark(connection: Connection, customer_id: str) -> None:
    """Mark a customer as held out in a run's tables, unless they must not be contacted anyway."""
    found = select(records).where(records.c.customer_id == customer_id)
    row = connection.execute(found).first()
    if row is None:
        return
    said = json.loads(row.record)
    if said["suppressed"] or said["held_out"]:
        return
    said |= {"held_out": True, "contact": HELD_OUT}
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    same = records.c.position == row.position
    connection.execute(update(records).where(same).values(record=text))
    marked = update(facets).where(facets.c.position == row.position)
    connection.execute(marked.values(contact=HELD_OUT))


@contextmanager
def _editing(control: Control, run_id: str) -> Iterator[Engine]:
    """Yield what opens a run for changes; one that is retired meanwhile needs none."""
    engine = control.place.edit_engine(run_id)
    try:
        yield engine
    except (OperationalError, ProgrammingError):
        if run_id in {run.run_id for run in control.runs()}:
            raise
    finally:
        engine.dispose()
