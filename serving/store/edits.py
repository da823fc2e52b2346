"""The two changes that a published run allows: someone is erased, someone is held out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, Engine, delete, func, select, update
from sqlalchemy.exc import OperationalError, ProgrammingError

from serving.store.control import Control
from serving.store.tables import RUN, facets, records, runs

HELD_OUT = "held_out"

Id = TypeVar("Id")

AT_ONCE = 500
"""Customers changed in one transaction: who reads a file waits for the end of one, no longer."""


def erase(control: Control, run_id: str, customer_ids: Iterable[str]) -> int:
    """Delete customers from a run; return how many were in it."""
    removed = 0
    with _editing(control, run_id) as engine:
        for part in batched(customer_ids):
            with engine.begin() as connection:
                removed += remove(connection, part)
    return removed


def recount(control: Control, run_id: str) -> None:
    """Say of a run how many customers it holds now, after some were erased.

    A run and what is said of it are files of their own, which no transaction changes together: so
    they are counted, not subtracted, and whoever erases next mends what was cut short. Counted
    among those who write alone, so that the last of several counts all that were erased.
    """
    with _editing(control, run_id) as engine, control.alone() as connection:
        with engine.connect() as run:
            found = run.scalar(select(func.count()).select_from(records))
        same = update(runs).where(runs.c.run_id == run_id)
        connection.execute(same.values(customers=found))


def remove(connection: Connection, customer_ids: Sequence[str]) -> int:
    """Delete some customers from a run's tables; return how many were in them."""
    found = select(records.c.position).where(records.c.customer_id.in_(customer_ids))
    positions = connection.scalars(found).all()
    if positions:
        for table in RUN.sorted_tables:  # each holds something of a customer
            connection.execute(delete(table).where(table.c.position.in_(positions)))
    return len(positions)


def hold_out(control: Control, run_id: str, customer_ids: Iterable[str]) -> None:
    """Mark customers of a run as held out: their records say so, and lists leave them out."""
    with _editing(control, run_id) as engine:
        for part in batched(customer_ids):
            with engine.begin() as connection:
                for customer_id in part:
                    mark_held_out(connection, customer_id)


def batched(ids: Iterable[Id]) -> Iterator[list[Id]]:
    """Yield ids in lists of at most `AT_ONCE`."""
    left = iter(ids)
    while batch := list(islice(left, AT_ONCE)):
        yield batch


def mark_held_out(connection: Connection, customer_id: str) -> None:
    """Mark a customer as held out in a run's tables, unless they must not be contacted anyway."""
    found = select(records.c.position, records.c.record).where(records.c.customer_id == customer_id)
    row = connection.execute(found).first()
    if row is None:
        return
    record = json.loads(row.record)
    if record["suppressed"] or record["held_out"]:
        return
    record |= {"held_out": True, "contact": HELD_OUT}
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
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
