"""Which customers stand elsewhere than before: two runs read side by side, in order of id."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import select

from serving.store.place import Place
from serving.store.tables import facets, records

WATCHED = ("risk_tier", "rung")
CHUNK = 10_000

Standing = tuple[str, tuple[str | None, ...], str]
"""A customer's id, what is watched of them, and whether they may be contacted."""


def changed_customers(place: Place, before: str, after: str) -> Iterator[dict[str, Any]]:
    """Yield who is in both runs, named by their ids, and changed; as a message says it.

    `contact` is part of it, as of records: a message that starts a campaign must not reach whoever
    is held out of one, or must not be contacted at all.
    """
    with closing(_standings(place, before)) as old, closing(_standings(place, after)) as new:
        then, today = next(old, None), next(new, None)
        while then and today:
            if then[0] == today[0]:
                if then[1] != today[1]:
                    yield _change(then, today)
                then, today = next(old, None), next(new, None)
            elif then[0] < today[0]:
                then = next(old, None)
            else:
                today = next(new, None)


def contacts(place: Place, run_id: str, customer_ids: Sequence[str]) -> dict[str, str]:
    """Return of each customer in a run whether they may be contacted, as of records."""
    found = select(records.c.customer_id, facets.c.contact).join_from(
        records, facets, records.c.position == facets.c.position
    )
    engine = place.run_engine(run_id)
    try:
        with engine.connect() as connection:
            rows = connection.execute(found.where(records.c.customer_id.in_(customer_ids)))
            return {row[0]: row[1] for row in rows}
    finally:
        engine.dispose()


def _change(then: Standing, today: Standing) -> dict[str, Any]:
    pairs = zip(WATCHED, then[1], today[1], strict=True)
    moves = {name: {"from": a, "to": b} for name, a, b in pairs if a != b}
    return {"customer_id": today[0], "contact": today[2], **moves}


def _standings(place: Place, run_id: str) -> Generator[Standing]:
    """Yield a run's customers in order of their ids' code points, in constant memory."""
    columns = (*WATCHED, "contact")
    watched = select(records.c.customer_id, *(facets.c[name] for name in columns))
    joined = watched.join_from(records, facets, records.c.position == facets.c.position)
    engine = place.run_engine(run_id)
    # By bytes on both databases, as Python compares: a collation would order them otherwise.
    key = records.c.customer_id
    ordered = key.collate("C") if engine.dialect.name == "postgresql" else key
    try:
        with engine.connect() as connection:
            streaming = connection.execution_options(yield_per=CHUNK)
            with streaming.execute(joined.order_by(ordered)) as rows:
                for row in rows:
                    yield row[0], tuple(row[1:-1]), row[-1]
    finally:
        engine.dispose()
