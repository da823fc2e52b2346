"""The two changes that a published run allows: someone is erased, someone is held out."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import Connection, delete, inspect, select, update

from serving.store.place import Place
from serving.store.tables import attributes, facets, histories, records, vectors

HELD_OUT = "held_out"


def erase(place: Place, run_id: str, customer_id: str) -> bool:
    """Delete a customer from a run; return whether they were in it."""
    engine = place.edit_engine(run_id)
    try:
        with engine.begin() as connection:
            found = select(records.c.position).where(records.c.customer_id == customer_id)
            position = connection.scalar(found)
            if position is None:
                return False
            there = set(inspect(connection).get_table_names())
            for table in (records, facets, vectors, histories, attributes):
                if table.name in there:  # a run of an older version has fewer
                    connection.execute(delete(table).where(table.c.position == position))
        return True
    finally:
        engine.dispose()


def hold_out(place: Place, run_id: str, customer_ids: Collection[str]) -> None:
    """Mark customers of a run as held out: their records say so, and lists leave them out."""
    engine = place.edit_engine(run_id)
    try:
        with engine.begin() as connection:
            for customer_id in customer_ids:
                _hold_out(connection, customer_id)
    finally:
        engine.dispose()


def _hold_out(connection: Connection, customer_id: str) -> None:
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
