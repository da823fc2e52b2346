"""The features as Spark SQL, written as somebody who knows Spark well would write them.

Of four forms that were tried at one cutoff and at six, the quickest: a pass over the rows for all
cutoffs rather than one for each, and kinds grouped before they become columns rather than a FILTER
for each kind and window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.shop import KINDS, Shop
from benchmarks.task import WINDOWS, columns, suffix
from features.clock import DAY

_BOUGHT = "NOT is_return AND amount > 0"
_DAY = float(DAY)


def statement(shop: Shop, instants: Sequence[int]) -> str:
    """Return the statement that gives the features of every customer at every instant.

    Each row stands beside every cutoff that sees it. Orders are grouped with a FILTER per window;
    categories by category first, since their last purchase tells in which windows they count;
    engagement by kind first.
    """
    cutoffs = ", ".join(f"({instant})" for instant in instants)
    return f"""
        WITH cutoffs AS (SELECT * FROM VALUES {cutoffs} AS told(at)),
        lines AS ({_seen(shop.orders, "ordered_at", max(instants))}),
        acts AS ({_seen(shop.engagement, "occurred_at", max(instants))}),
        orders AS (SELECT customer_id, at, {", ".join(_orders())} FROM lines GROUP BY ALL),
        last_of_category AS (
            SELECT customer_id, at, category, max(moment) AS last FROM lines
            WHERE {_BOUGHT} GROUP BY ALL
        ),
        categories AS (
            SELECT customer_id, at, {", ".join(_categories())} FROM last_of_category GROUP BY ALL
        ),
        of_kind AS (
            SELECT customer_id, at, kind, {", ".join(_counts())}, max(moment) AS last FROM acts
            GROUP BY ALL
        ),
        kinds AS (SELECT customer_id, at, {", ".join(_kinds())} FROM of_kind GROUP BY ALL)
        SELECT customer_id, timestamp_micros(at) AS cutoff, {", ".join(_answers())}
        FROM orders FULL JOIN categories USING (customer_id, at)
        FULL JOIN kinds USING (customer_id, at)"""


def _seen(path: object, time: str, end: int) -> str:
    return (
        "SELECT /*+ BROADCAST(cutoffs) */ * FROM ("
        f"SELECT *, unix_micros({time}) AS moment FROM parquet.`{path}` "
        f"WHERE {time} < timestamp_micros({end})) JOIN cutoffs ON moment < at"
    )


def _orders() -> Iterator[str]:
    for days in WINDOWS:
        end, inside = suffix(days), _inside("moment", days)
        yield f"count(*) FILTER (WHERE {inside} AND {_BOUGHT}) AS lines_{end}"
        yield f"sum(amount) FILTER (WHERE {inside}) AS spend_{end}"
        yield f"avg(amount) FILTER (WHERE {inside} AND {_BOUGHT}) AS mean_{end}"
        yield f"max(amount) FILTER (WHERE {inside} AND {_BOUGHT}) AS largest_{end}"
        yield f"sum(discount) FILTER (WHERE {inside} AND {_BOUGHT}) AS discount_{end}"
        yield f"count(*) FILTER (WHERE {inside} AND is_return) AS returns_{end}"
    yield f"(at - max(moment) FILTER (WHERE {_BOUGHT})) / {_DAY} AS lines_since"


def _categories() -> Iterator[str]:
    for days in WINDOWS:
        yield f"count(category) FILTER (WHERE {_inside('last', days)}) AS categories_{suffix(days)}"


def _counts() -> Iterator[str]:
    for days in WINDOWS:
        yield f"count(*) FILTER (WHERE {_inside('moment', days)}) AS n_{suffix(days)}"


def _kinds() -> Iterator[str]:
    for kind in KINDS:
        of_it = f"FILTER (WHERE kind = '{kind}')"
        for days in WINDOWS:
            yield f"max(n_{suffix(days)}) {of_it} AS {kind}_{suffix(days)}"
        yield f"(at - max(last) {of_it}) / {_DAY} AS {kind}_since"


def _answers() -> Iterator[str]:
    """Yield the columns as float32, 0 for no rows where that is the answer."""
    for column in columns():
        unknown = column.name.startswith(("mean_", "largest_")) or column.name.endswith("_since")
        value = column.name if unknown else f"coalesce({column.name}, 0)"
        yield f"CAST({value} AS FLOAT) AS {column.name}"


def _inside(time: str, days: int | None) -> str:
    return "true" if days is None else f"{time} >= at - {days * DAY}"
