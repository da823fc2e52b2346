"""What a shop should know of its rows besides bad ones: found in parts, said once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from features.addresses import scheme
from features.config import Config
from features.errors import LadderError
from features.files import unread
from features.staging import Staged, union
from features.tables import CUSTOMERS, DATED, KINDS, TABLES
from features.units import count_of
from features.validation import nearest
from features.workspace import Workspace, literal, quoted

_CURRENCIES_SHOWN = 5
_FILES_SHOWN = 3
_MANY = 0.01
"""Of a table's rows so many are in several sources by more than chance."""

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
        *_odd_customers(workspace, staged),
    )


def notes_on(config: Config, found: Findings) -> Iterator[str]:
    """Yield what a shop should know of its rows, a sentence each; nothing here stops the work.

    Raises
    ------
    LadderError
        If orders are in several currencies, or not in the shop's.
    """
    _check_currency(config, sorted(found.currencies)[:_CURRENCIES_SHOWN])
    yield from _left_out(config)
    if config.shop.margin is None and "orders" in found.tables:
        yield "[shop] margin is not set: spend counts as profit."
    if 2 * found.bought < found.lines:
        lines = count_of(found.lines, "row")
        yield (
            f"only {found.bought:,} of {lines} of orders count as purchases: an order for nothing "
            "and a return are none. Look at amount and is_return."
        )
    for table in TABLES:
        if mails := found.mails.get(table):
            ids = count_of(mails, f"customer id in {table} holds", f"customer ids in {table} hold")
            yield f"{ids} an @: an e-mail is not a good id."
    for customer, rows in sorted(found.nobody.items()):
        yield (
            f"{count_of(rows, 'row is', 'rows are')} of the customer {customer!r}: if that stands "
            "for nobody, leave them out with `where`."
        )
    for table, rows in found.twice.items():
        if rows > _MANY * found.rows[table]:
            yield (
                f"{count_of(rows, 'row')} of {table} {'is' if rows == 1 else 'are'} in several "
                "sources: if the files overlap, name them in one source, by a folder or a glob, "
                'with duplicates = "drop".'
            )
    for (column, text), rows in sorted(found.nothing.items()):
        yield (
            f"{count_of(rows, 'row has', 'rows have')} the {column} {text!r}: if that stands for "
            f"nothing, map {column} to an expression: nullif(..., {literal(text)})."
        )
    for kind in sorted(found.kinds, key=str.encode):
        near = "" if kind in KINDS else nearest(kind, KINDS, cutoff=0.8)
        if near:
            seen = count_of(found.kinds[kind], "row")
            yield f"kind {kind} ({seen}) is not known by name; is it {near}?"
    if found.repeated and not any(config.attributes.values()):
        yield (
            f"customers has {count_of(found.repeated, 'more row')} than people: the strictest "
            "consent and the earliest sign-up count."
        )
    if found.own:
        own = count_of(found.own, "customer is", "customers are")
        yield f"{own} said to have referred themselves: taken as not referred."


def _left_out(config: Config) -> Iterator[str]:
    """Yield a note on each folder with files that hold rows, and are of no kind that is read."""
    sources = [source for table in TABLES for source in config.sources(table)]
    for address in (one for source in sources for one in (source.source, *source.files.values())):
        if address and scheme(address) is None and (files := unread(address, config.base)):
            shown = ", ".join(file.name for file in files[:_FILES_SHOWN])
            yield f"{count_of(len(files), 'file')} in {address} cannot be read: {shown}."


def _check_currency(config: Config, currencies: list[str]) -> None:
    own = config.shop.currency
    if len(currencies) > 1 or (own and currencies not in ([], [own])):
        raise LadderError(
            f"Orders must be in one currency{f', {own}' if own else ''}.",
            f"Their currency column holds {', '.join(currencies)}.",
            f'Convert the amounts, or leave the others out: where = "{_column(config)} = '
            f"'{own or currencies[0]}'\".",
        )


def _column(config: Config) -> str:
    """Return what the currency of orders is read from, as `where` has it."""
    mapped = (source.columns.get("currency") for source in config.orders)
    name = next((column for column in mapped if column), "currency")
    return name if name.isidentifier() or "(" in name or '"' in name else quoted(name)


def _currencies(workspace: Workspace, staged: list[Staged]) -> frozenset[str]:
    rows = union(staged, "orders", "currency")
    if rows is None:
        return frozenset()
    found = workspace.rows(
        f"SELECT DISTINCT currency FROM ({rows}) WHERE currency IS NOT NULL "
        f"ORDER BY currency LIMIT {_CURRENCIES_SHOWN}"
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
