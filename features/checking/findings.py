"""What the staged rows of some customers hold that a shop should know of: counts that add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields

from features.cleaning.staged import Staged, union
from features.resources.workspace import Workspace, literal
from features.tables import CUSTOMERS, DATED, TABLES

CURRENCIES_SHOWN = 5
"""So many are named where a column holds more than one."""

ONE_ORDER = 30
"""Days within which the lines of one order are bought."""

_SAMPLED_FROM = 500_000
"""Rows of orders from which on only some customers' are looked at for long orders."""

_PLACEHOLDERS = (
    *("null", "none", "nan", "n/a", "unknown", "undefined", "anonymous", "guest", "(not set)"),
    *("#n/a", "#nv", "#ref!", "#bezug!", "#value!", "#wert!", "#name?", "#num!", "#zahl!", "-1"),
)
"""What programs and spreadsheets write in place of an id that they do not know."""

_IDS = (
    *((name, "customer_id") for name in DATED),
    *(("orders", "order_id"), ("customers", "referred_by")),
)
"""Columns that hold ids."""


@dataclass(frozen=True)
class Findings:
    """What some customers' staged rows hold.

    Parameters
    ----------
    tables : frozenset of str
        Tables that have a source.
    currencies : frozenset of str
        Of orders; a few of them where there are many.
    mails : Counter of str
        By table, how many customer ids hold an @.
    kinds, zeros : Counter of str
        Rows by engagement kind, and how many of them have a value of 0.
    placeholders : Counter of (str, str)
        Rows by a column of ids and what stands there, of ids that may stand for nobody.
    rows : Counter of str
        Of each dated table.
    busiest : Counter of (str, str)
        Rows by a dated table and a customer, of the two who have most in each part.
    overlapping, several : Counter of str
        Of each table with several sources, how many different rows are in more than one of them,
        and how many rows it has.
    lines, purchases : int
        Rows of orders, and how many of them are purchases: for money, and no returns.
    orders, long_orders : int
        Orders, and how many of them have purchases more than `ONE_ORDER` days apart; of a sample
        where there are many.
    in_sources : int
        Orders that have different purchases in several sources.
    repeated, self_referred : int
        Rows of customers beyond one each; those said to have referred themselves.
    switched : int
        Customers with the churn event at the instant of a `subscribed` that is not their first.
    """

    tables: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    mails: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    zeros: Counter[str] = field(default_factory=Counter)
    placeholders: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    busiest: Counter[tuple[str, str]] = field(default_factory=Counter)
    overlapping: Counter[str] = field(default_factory=Counter)
    several: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    purchases: int = 0
    orders: int = 0
    long_orders: int = 0
    in_sources: int = 0
    repeated: int = 0
    self_referred: int = 0
    switched: int = 0

    def __add__(self, other: Findings) -> Findings:
        """Return the findings of both parts."""
        pairs = ((getattr(self, item.name), getattr(other, item.name)) for item in fields(self))
        return Findings(*(a | b if isinstance(a, frozenset) else a + b for a, b in pairs))


def find(workspace: Workspace, staged: list[Staged], event: str | None = None) -> Findings:
    """Look over the staged rows of whole customers; `event` ends subscriptions, where one does."""
    return Findings(
        frozenset(source.table.name for source in staged),
        _currencies(workspace, staged),
        _mails(workspace, staged),
        *_kinds(workspace, staged),
        _placeholders(workspace, staged),
        *_busiest(workspace, staged),
        *_overlaps(workspace, staged),
        *_orders(workspace, staged),
        _orders_in_sources(workspace, staged),
        *_odd_customers(workspace, staged),
        _switched(workspace, staged, event) if event else 0,
    )


def _currencies(workspace: Workspace, staged: list[Staged]) -> frozenset[str]:
    rows = union(staged, "orders", "currency")
    if rows is None:
        return frozenset()
    found = workspace.rows(
        f"SELECT DISTINCT currency FROM ({rows}) WHERE currency IS NOT NULL "
        f"ORDER BY currency LIMIT {CURRENCIES_SHOWN}"
    )
    return frozenset(row["currency"] for row in found)


def _mails(workspace: Workspace, staged: list[Staged]) -> Counter[str]:
    return Counter(
        {
            table: workspace.number(
                f"SELECT count(DISTINCT customer_id) FROM ({rows}) WHERE contains(customer_id, '@')"
            )
            for table in TABLES
            if (rows := union(staged, table, "customer_id")) is not None
        }
    )


def _kinds(workspace: Workspace, staged: list[Staged]) -> tuple[Counter[str], Counter[str]]:
    rows = union(staged, "engagement", "kind, value")
    if rows is None:
        return Counter(), Counter()
    found = workspace.rows(
        "SELECT kind, count(*) AS n, count(*) FILTER (value = 0) AS zeros "
        f"FROM ({rows}) GROUP BY kind"
    )
    kinds, zeros = (Counter({row["kind"]: row[name] for row in found}) for name in ("n", "zeros"))
    return kinds, zeros


def _placeholders(workspace: Workspace, staged: list[Staged]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    # Looking for each in every case takes less time than a whole column in small letters.
    written = {case(word) for word in _PLACEHOLDERS for case in (str.lower, str.upper, str.title)}
    words = ", ".join(map(literal, sorted({*written, "NaN"})))
    for table, column in _IDS:
        if (ids := union(staged, table, f"{column} AS id")) is not None:
            for row in workspace.rows(
                f"SELECT id, count(*) AS n FROM ({ids}) WHERE id IN ({words}) GROUP BY id"
            ):
                found[column, row["id"]] += row["n"]
    return found


def _busiest(
    workspace: Workspace, staged: list[Staged]
) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    rows, found = Counter[str](), Counter[tuple[str, str]]()
    for table in DATED:
        if (ids := union(staged, table, "customer_id AS id")) is not None:
            for row in workspace.rows(
                "SELECT id, n, sum(n) OVER ()::BIGINT AS total "
                f"FROM (SELECT id, count(*) AS n FROM ({ids}) GROUP BY id) "
                "ORDER BY n DESC, id LIMIT 2"
            ):
                rows[table], found[table, row["id"]] = row["total"], row["n"]
    return rows, found


def _overlaps(workspace: Workspace, staged: list[Staged]) -> tuple[Counter[str], Counter[str]]:
    overlapping, several = Counter[str](), Counter[str]()
    for name in DATED:
        columns = ", ".join(column.name for column in TABLES[name].stored)
        parts = [
            f"SELECT {number} AS source, hash({columns}) AS line FROM {source.name} WHERE NOT fatal"
            for number, source in enumerate(staged)
            if source.table.name == name
        ]
        if len(parts) > 1:
            (found,) = workspace.rows(
                "SELECT count(*) FILTER (first < last) AS overlapping, "
                "coalesce(sum(n), 0)::BIGINT AS n FROM "
                "(SELECT min(source) AS first, max(source) AS last, count(*) AS n "
                f"FROM ({' UNION ALL '.join(parts)}) GROUP BY line)"
            )
            overlapping[name], several[name] = found["overlapping"], found["n"]
    return overlapping, several


def _orders(workspace: Workspace, staged: list[Staged]) -> tuple[int, int, int, int]:
    """Return lines, purchases, orders and long orders."""
    rows = union(staged, "orders", "customer_id, order_id, ordered_at, amount, is_return")
    if rows is None:
        return 0, 0, 0, 0
    purchase = "amount > 0 AND NOT is_return"
    (lines,) = workspace.rows(
        f"SELECT count(*) AS n, count(*) FILTER ({purchase}) AS purchases FROM ({rows})"
    )
    one_in = 1 + lines["n"] // _SAMPLED_FROM
    (orders,) = workspace.rows(
        "SELECT count(*) AS n, "
        f"count(*) FILTER (last - first > INTERVAL {ONE_ORDER} DAY) AS long "
        f"FROM (SELECT min(ordered_at) AS first, max(ordered_at) AS last FROM ({rows}) "
        f"WHERE {purchase} AND hash(customer_id) % {one_in} = 0 GROUP BY customer_id, order_id)"
    )
    return lines["n"], lines["purchases"], orders["n"], orders["long"]


def _orders_in_sources(workspace: Workspace, staged: list[Staged]) -> int:
    """Return how many orders several sources hold, as one of orders and one of their lines do.

    Rows that are in several sources as they are count as `Findings.overlapping`.
    """
    parts = [
        "SELECT customer_id, order_id, count(*) AS n, "
        f"sum(hash(ordered_at, amount, product_id)) AS held FROM {source.name} "
        "WHERE NOT fatal AND amount > 0 AND NOT is_return GROUP BY ALL"
        for source in staged
        if source.table.name == "orders"
    ]
    if len(parts) < 2:
        return 0
    return workspace.number(
        "SELECT count(*) FROM (SELECT count(*) AS sources, count(DISTINCT (n, held)) AS kinds "
        f"FROM ({' UNION ALL '.join(parts)}) GROUP BY customer_id, order_id) "
        "WHERE sources > 1 AND kinds > 1"
    )


def _odd_customers(workspace: Workspace, staged: list[Staged]) -> tuple[int, int]:
    # A source of attributes alone says nothing that another could contradict.
    known = {column.name for column in CUSTOMERS.columns if not column.required}
    telling = [
        source for source in staged if known & {*source.source.columns, *source.relation.columns}
    ]
    rows = union(telling, "customers", "customer_id, referred_by")
    if rows is None:
        return 0, 0
    (found,) = workspace.rows(
        "SELECT count(*) - count(DISTINCT customer_id) AS repeated, "
        f"count(*) FILTER (referred_by = customer_id) AS self_referred FROM ({rows})"
    )
    return found["repeated"], found["self_referred"]


def _switched(workspace: Workspace, staged: list[Staged], event: str) -> int:
    rows = union(staged, "engagement", "customer_id, occurred_at, kind")
    if rows is None:
        return 0
    ends, begins = f"kind = {literal(event)}", "kind = 'subscribed'"
    return workspace.number(
        "SELECT count(DISTINCT customer_id) FROM (SELECT customer_id, "
        f"bool_or({ends}) AND bool_or({begins}) AND occurred_at > "
        f"min(min(occurred_at) FILTER ({begins})) OVER (PARTITION BY customer_id) AS switched "
        f"FROM ({rows}) WHERE {ends} OR {begins} GROUP BY customer_id, occurred_at) WHERE switched"
    )
