"""What the staged rows of some customers hold that a shop should know of: counts that add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from features.cleaning.staging import Staged, union
from features.tables import CUSTOMERS, DATED, TABLES
from features.workspace import Workspace, literal

CURRENCIES_SHOWN = 5
"""So many are named where a column holds more than one."""

ONE_ORDER = 30
"""Days within which the lines of one order are bought."""

_ENOUGH = 500_000
"""Rows of orders that tell how many of them stretch; of more, the customers are sampled."""

_NOTHING = (
    *(
        "null",
        "none",
        "nan",
        "n/a",
        "unknown",
        "undefined",
        "anonymous",
        "guest",
        "(not set)",
        "-1",
    ),
    *("#n/a", "#nv", "#ref!", "#bezug!", "#value!", "#wert!", "#name?", "#num!", "#zahl!"),
)
"""What programs and spreadsheets write in place of an id that they do not know."""

_IDS = (("orders", "order_id"), ("customers", "referred_by"))
"""Further columns that hold ids."""


@dataclass(frozen=True)
class Findings:
    """What some customers' staged rows hold.

    Parameters
    ----------
    tables : frozenset of str
        Tables that have a source.
    currencies : frozenset of str
        Of orders; a few of them where there are many.
    mails : mapping of str to int
        By table, how many customer ids hold an @.
    kinds : mapping of str to int
        Rows by engagement kind.
    nobody : mapping of str to int
        Dated rows by customer id, of ids that may stand for nobody.
    nothing : mapping of (str, str) to int
        Rows by another column of ids and what stands there, of ids that may stand for nothing.
    twice : mapping of str to int
        By table, how many different rows are in several of its sources.
    rows : mapping of str to int
        Rows of those tables.
    lines, bought : int
        Rows of orders, and how many of them are purchases: for money, and no returns.
    placed, stretched : int
        Orders, and how many of them have purchases more than `ONE_ORDER` days apart; of a sample
        where there are many.
    repeated, own : int
        Rows of customers beyond one each; those said to have referred themselves.
    """

    tables: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    mails: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    nobody: Mapping[str, int] = field(default_factory=dict)
    nothing: Mapping[tuple[str, str], int] = field(default_factory=dict)
    twice: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    lines: int = 0
    bought: int = 0
    placed: int = 0
    stretched: int = 0
    repeated: int = 0
    own: int = 0

    def __add__(self, other: Findings) -> Findings:
        """Return the findings of both parts."""
        return Findings(
            self.tables | other.tables,
            self.currencies | other.currencies,
            Counter(self.mails) + Counter(other.mails),
            Counter(self.kinds) + Counter(other.kinds),
            Counter(self.nobody) + Counter(other.nobody),
            Counter(self.nothing) + Counter(other.nothing),
            Counter(self.twice) + Counter(other.twice),
            Counter(self.rows) + Counter(other.rows),
            self.lines + other.lines,
            self.bought + other.bought,
            self.placed + other.placed,
            self.stretched + other.stretched,
            self.repeated + other.repeated,
            self.own + other.own,
        )


def find(workspace: Workspace, staged: list[Staged]) -> Findings:
    """Look the staged rows of whole customers over."""
    return Findings(
        frozenset(one.table.name for one in staged),
        _currencies(workspace, staged),
        _mails(workspace, staged),
        _kinds(workspace, staged),
        _nobody(workspace, staged),
        _nothing(workspace, staged),
        *_twice(workspace, staged),
        *_purchases(workspace, staged),
        *_stretched(workspace, staged),
        *_odd_customers(workspace, staged),
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


def _mails(workspace: Workspace, staged: list[Staged]) -> dict[str, int]:
    found = {}
    for table in TABLES:
        rows = union(staged, table, "customer_id")
        if rows is not None:
            found[table] = workspace.number(
                f"SELECT count(DISTINCT customer_id) FROM ({rows}) WHERE contains(customer_id, '@')"
            )
    return found


def _kinds(workspace: Workspace, staged: list[Staged]) -> dict[str, int]:
    rows = union(staged, "engagement", "kind")
    if rows is None:
        return {}
    found = workspace.rows(f"SELECT kind, count(*) AS n FROM ({rows}) GROUP BY kind")
    return {row["kind"]: row["n"] for row in found}


def _purchases(workspace: Workspace, staged: list[Staged]) -> tuple[int, int]:
    rows = union(staged, "orders", "amount, is_return")
    if rows is None:
        return 0, 0
    (found,) = workspace.rows(
        "SELECT count(*) AS lines, count(*) FILTER (amount > 0 AND NOT is_return) AS bought "
        f"FROM ({rows})"
    )
    return found["lines"], found["bought"]


def _stretched(workspace: Workspace, staged: list[Staged]) -> tuple[int, int]:
    rows = union(staged, "orders", "customer_id, order_id, ordered_at, amount, is_return")
    if rows is None:
        return 0, 0
    share = 1 + workspace.number(f"SELECT count(*) FROM ({rows})") // _ENOUGH
    (found,) = workspace.rows(
        "SELECT count(*) AS placed, "
        f"count(*) FILTER (last - first > INTERVAL {ONE_ORDER} DAY) AS stretched "
        f"FROM (SELECT min(ordered_at) AS first, max(ordered_at) AS last FROM ({rows}) "
        f"WHERE amount > 0 AND NOT is_return AND hash(customer_id) % {share} = 0 "
        "GROUP BY customer_id, order_id)"
    )
    return found["placed"], found["stretched"]


def _nobody(workspace: Workspace, staged: list[Staged]) -> dict[str, int]:
    known = (union(staged, name, "customer_id") for name in DATED)
    return _empty_words(workspace, " UNION ALL ".join(part for part in known if part is not None))


def _nothing(workspace: Workspace, staged: list[Staged]) -> dict[tuple[str, str], int]:
    return {
        (column, text): rows
        for table, column in _IDS
        if (ids := union(staged, table, column)) is not None
        for text, rows in _empty_words(workspace, ids).items()
    }


def _twice(workspace: Workspace, staged: list[Staged]) -> tuple[dict[str, int], dict[str, int]]:
    twice, held = {}, {}
    for name in DATED:
        columns = ", ".join(column.name for column in TABLES[name].stored)
        parts = [
            f"SELECT {number} AS source, hash({columns}) AS line FROM {one.name} WHERE NOT fatal"
            for number, one in enumerate(staged)
            if one.table.name == name
        ]
        if len(parts) > 1:
            (found,) = workspace.rows(
                "SELECT count(*) FILTER (first < last) AS twice, "
                "coalesce(sum(n), 0)::BIGINT AS held FROM "
                "(SELECT min(source) AS first, max(source) AS last, count(*) AS n "
                f"FROM ({' UNION ALL '.join(parts)}) GROUP BY line)"
            )
            twice[name], held[name] = found["twice"], found["held"]
    return twice, held


def _empty_words(workspace: Workspace, ids: str) -> dict[str, int]:
    """Return how many of some ids may stand for nothing, by what they are."""
    written = {way(word) for word in _NOTHING for way in (str.lower, str.upper, str.capitalize)}
    listed = ", ".join(map(literal, sorted(written)))
    found = workspace.rows(
        f"SELECT id, count(*) AS n FROM ({ids}) ids(id) WHERE id IN ({listed}) GROUP BY id"
    )
    return {row["id"]: row["n"] for row in found}


def _odd_customers(workspace: Workspace, staged: list[Staged]) -> tuple[int, int]:
    # A source of attributes alone says nothing that another could contradict.
    known = {column.name for column in CUSTOMERS.columns if not column.required}
    telling = [one for one in staged if known & {*one.source.columns, *one.relation.columns}]
    rows = union(telling, "customers", "customer_id, referred_by")
    if rows is None:
        return 0, 0
    repeated = workspace.number(f"SELECT count(*) - count(DISTINCT customer_id) FROM ({rows})")
    own = workspace.number(f"SELECT count(*) FROM ({rows}) WHERE referred_by = customer_id")
    return repeated, own
