"""Which table a file holds and how its columns map: a proposal, from names and values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from features.config import Source
from features.encodings import Encoding, encoding_of
from features.errors import LadderError
from features.glimpse import Glimpse, identifier
from features.names import NAMES
from features.sources import Relation, opened
from features.tables import KINDS, TABLES
from features.workspace import Workspace, literal, quoted

_DATED = ("ordered_at", "occurred_at", "signed_up_at", "contacted_at")
_NUMBERS = ("amount", "quantity", "price", "discount", "cost")
_VALUE = re.compile(r"[-+]?\d[\d.,]*|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.*")
"""What no column is called: a number, a date."""


@dataclass(frozen=True)
class Guess:
    """A proposed section of ``ladder.toml``.

    Parameters
    ----------
    table : str
        Which table the file seems to hold.
    columns : dict of str to str
        The mapping found.
    where : str or None
        Rows to leave out: those without a customer.
    remarks : dict of str to str
        By column, what a person should look at.
    has : tuple of str
        The file's columns.
    currency : str or None
        The one currency in it.
    kinds : tuple of str
        The engagement kinds in it, the commonest first.
    encoding : str
        How a CSV file's text is written.
    """

    table: str
    columns: dict[str, str]
    where: str | None = None
    remarks: dict[str, str] = field(default_factory=dict)
    has: tuple[str, ...] = ()
    currency: str | None = None
    kinds: tuple[str, ...] = ()
    encoding: Encoding = "utf-8"

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that nothing was found for."""
        return tuple(name for name in self._required if name not in self.columns)

    @property
    def is_likely(self) -> bool:
        """Whether at least half of what the table requires was found."""
        return 2 * len(self.missing) <= len(self._required)

    @property
    def _required(self) -> tuple[str, ...]:
        return tuple(column.name for column in TABLES[self.table].columns if column.required)


def guess(path: Path) -> Guess:
    """Propose a table and a mapping for a CSV, Parquet or JSON file.

    Raises
    ------
    UsageError
        If there is no such file, or it is of another kind.
    LadderError
        If it is damaged or empty, or a CSV's first line names no columns.
    """
    with Workspace() as workspace:
        source = Source(source=str(path.absolute()), encoding=encoding_of(path))
        with opened(workspace, source, "shown", path.parent) as relation:
            _refuse_values_as_names(path, relation)
            return replace(_Shown(workspace, relation).guess(), encoding=source.encoding)


def _refuse_values_as_names(path: Path, relation: Relation) -> None:
    """Refuse a file whose first line is a row: half of its columns would be called like values."""
    values = [name for name in relation.columns if _VALUE.fullmatch(name)]
    if 2 * len(values) >= len(relation.columns):
        raise LadderError(
            "A CSV file's first line must name its columns.",
            f"{path.name} begins with {', '.join(relation.columns)}.",
            "Add a line of names: customer_id, order_id, ordered_at, amount, for example.",
        )


class _Shown:
    """A file that a person shows, and what can be seen in it."""

    def __init__(self, workspace: Workspace, relation: Relation) -> None:
        self.workspace, self.relation = workspace, relation
        self.seen = Glimpse(workspace, relation)
        self.rows, self.types = self.seen.rows, self.seen.types

    def guess(self) -> Guess:
        found = {table: self._match(table) for table in NAMES}
        table = self._table(found)
        columns, remarks = dict(found[table]), dict[str, str]()
        if table == "orders":
            self._complete_orders(columns, remarks)
        if table == "engagement" and "kind" not in columns and "occurred_at" in columns:
            columns["kind"] = literal(
                "app_opened" if self._says("login", "app") else "site_visited"
            )
            remarks["kind"] = "what happened: one of the kinds above"
        columns.pop("price", None)
        self._read_numbers(columns, remarks)
        self._read_dates(columns, remarks)
        if "@" in "".join(self.seen.texts(columns.get("customer_id", ""))[:100]):
            remarks["customer_id"] = "an e-mail is not a good id: people change it"
        customer = found[table].get("customer_id")
        order = [column.name for column in TABLES[table].columns]
        return Guess(
            table,
            {name: columns[name] for name in order if name in columns},
            f"{identifier(customer)} is not null"
            if customer and self._has_gaps(customer)
            else None,
            remarks,
            tuple(self.types),
            self._only(columns.get("currency")),
            self._kinds(columns.get("kind")) if table == "engagement" else (),
        )

    def _table(self, found: Mapping[str, Mapping[str, str]]) -> str:
        """Return the table whose tell-tale columns the file has."""
        orders, contacts, customers = found["orders"], found["contacts"], found["customers"]
        if {"campaign", "arm"} <= contacts.keys():
            return "contacts"
        acts = "kind" in found["engagement"]
        is_paid = "amount" in orders or {"quantity", "price"} <= orders.keys()
        if is_paid or ({"order_id", "ordered_at"} <= orders.keys() and not acts):
            return "orders"
        telling = customers.keys() - {"customer_id", "acquired_by"}
        if telling and not acts and self._is_unique(customers):
            return "customers"
        return "engagement" if acts or "occurred_at" in found["engagement"] else "orders"

    def _match(self, table: str) -> dict[str, str]:
        """Return for each column of a table the file's column that is named likest."""
        matched: dict[str, str] = {}
        for name, hints in NAMES[table].items():
            free = [column for column in self.types if column not in matched.values()]
            fitting = [column for column in free if self._fits(name, column)]
            near = next(_named(hints.split(), fitting), None)
            if near is not None:
                matched[name] = near
        return matched

    def _fits(self, name: str, column: str) -> bool:
        if name in _NUMBERS:
            return self.seen.is_number(column) or self.seen.mark(column) is not None
        if name in _DATED:
            return self.seen.is_date(column) or bool(self.seen.written(column))
        return True

    def _complete_orders(self, columns: dict[str, str], remarks: dict[str, str]) -> None:
        quantity, price = columns.get("quantity"), columns.get("price")
        if "amount" not in columns and price and quantity:
            columns["amount"] = f"{self.seen.number(quantity)} * {self.seen.number(price)}"
        elif "amount" not in columns and price:
            columns["amount"] = price
            remarks["amount"] = "is it paid for the whole line?"
        if (
            "is_return" not in columns
            and quantity
            and self._any(f"try_cast({quoted(quantity)} AS DOUBLE) < 0", self.rows)
        ):
            columns["is_return"] = f"{identifier(quantity)} < 0"
        if "order_id" not in columns and {"customer_id", "ordered_at"} <= columns.keys():
            parts = (columns["customer_id"], columns["ordered_at"])
            columns["order_id"] = f"concat_ws(' ', {', '.join(map(identifier, parts))})"
            remarks["order_id"] = (
                "no order number found: what is bought at one instant is one order"
            )

    def _read_numbers(self, columns: dict[str, str], remarks: dict[str, str]) -> None:
        """Say how numbers are written that are not plain."""
        for name in _NUMBERS:
            column = columns.get(name)
            if column in self.types and (sql := self.seen.number(column)) != identifier(column):
                columns[name] = sql
                mark = "comma" if self.seen.mark(column) == "," else "point"
                remarks[name] = f"is the {mark} the decimal mark?"

    def _read_dates(self, columns: dict[str, str], remarks: dict[str, str]) -> None:
        """Say how dates are written that are not ISO 8601."""
        for name in _DATED:
            column = columns.get(name)
            if column is not None and not self.seen.is_date(column):
                columns[name], remarks[name] = self.seen.written(column) or (column, "when")

    def _kinds(self, column: str | None) -> tuple[str, ...]:
        if column is None:
            return ()
        if column not in self.types:
            return (column.strip("'"),)
        rows = self.workspace.rows(
            f"SELECT {quoted(column)}::VARCHAR AS kind FROM {self.rows} WHERE {quoted(column)} "
            "IS NOT NULL GROUP BY kind ORDER BY count(*) DESC, kind LIMIT 100"
        )
        return tuple(row["kind"] for row in rows)

    def _only(self, column: str | None) -> str | None:
        """Return the one value of a column of currencies."""
        if column is None:
            return None
        rows = self.workspace.rows(
            f"SELECT DISTINCT {quoted(column)}::VARCHAR AS c FROM {self.rows}"
        )
        values = [row["c"] for row in rows if row["c"]]
        return values[0] if len(values) == 1 and re.fullmatch("[A-Z]{3}", values[0]) else None

    def _is_unique(self, found: Mapping[str, str]) -> bool:
        column = found.get("customer_id")
        return column is not None and not self.workspace.number(
            f"SELECT count({quoted(column)}) - count(DISTINCT {quoted(column)}) FROM {self.rows}"
        )

    def _has_gaps(self, column: str) -> bool:
        text = f"trim({quoted(column)}::VARCHAR)"
        return self._any(f"coalesce({text}, '') = ''", self.relation.name)

    def _any(self, condition: str, rows: str) -> bool:
        return self.workspace.number(f"SELECT count(*) FROM {rows} WHERE {condition}") > 0

    def _says(self, *words: str) -> bool:
        return any(word in name.lower() for name in self.types for word in words)


def _named(hints: list[str], columns: list[str]) -> Iterator[str]:
    """Yield the columns named like a hint: exactly so first, then ending or beginning with one."""
    named = {column: _letters(column) for column in columns}
    for hint in hints:
        yield from (column for column, name in named.items() if name == hint)
    for hint in (hint for hint in hints if len(hint) > 4):
        yield from (column for column, name in named.items() if name.endswith(hint))


def _letters(name: str) -> str:
    """Return a name in small letters and digits, without accents."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", name.casefold()))


def activity(kinds: tuple[str, ...]) -> str | None:
    """Return the kind that keeps customers alive in a service without orders."""
    preferred = [kind for kind in ("app_opened", "site_visited") if kind in kinds]
    known = [kind for kind in kinds if kind in KINDS and not kind.startswith("email")]
    return next(iter([*preferred, *known, *kinds]), None)
