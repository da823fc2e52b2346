"""Which table a file holds and how its columns map: a proposal, from names and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from features.config import Source
from features.formats import date_formats
from features.names import NAMES
from features.scopes import typed
from features.sources import Relation, opened
from features.tables import KINDS, TABLES
from features.workspace import Workspace, literal, quoted

_DATED = ("ordered_at", "occurred_at", "signed_up_at", "contacted_at")
_NUMBERS = ("amount", "quantity", "price", "discount", "cost")
_LOOK_AT = 20_000


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
    """

    table: str
    columns: dict[str, str]
    where: str | None = None
    remarks: dict[str, str] = field(default_factory=dict)
    has: tuple[str, ...] = ()
    currency: str | None = None
    kinds: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that nothing was found for."""
        columns = TABLES[self.table].columns
        return tuple(c.name for c in columns if c.required and c.name not in self.columns)


def guess(path: Path) -> Guess:
    """Propose a table and a mapping for a CSV, Parquet or JSON file.

    Raises
    ------
    UsageError
        If there is no such file, or it is of another kind.
    LadderError
        If it is damaged or empty.
    """
    with Workspace() as workspace:
        source = Source(source=str(path.absolute()))
        with opened(workspace, source, "shown", path.parent) as relation:
            return _Shown(workspace, relation).guess()


class _Shown:
    """A file that a person shows, and what can be seen in it."""

    def __init__(self, workspace: Workspace, relation: Relation) -> None:
        self.workspace, self.relation = workspace, relation
        self.rows = f"(SELECT * FROM {relation.name} LIMIT {_LOOK_AT})"
        self.types = {**relation.columns, **typed(workspace, self.rows, relation.columns)[0]}

    def guess(self) -> Guess:
        found = {table: self._match(table) for table in NAMES}
        table = self._table(found)
        columns, remarks = dict(found[table]), dict[str, str]()
        if table == "orders":
            self._complete_orders(columns, remarks)
        if table == "engagement" and "kind" not in columns:
            columns["kind"] = literal(
                "app_opened" if self._says("login", "app") else "site_visited"
            )
            remarks["kind"] = "what happened: one of the kinds above"
        columns.pop("price", None)
        self._read_dates(columns, remarks)
        customer = found[table].get("customer_id")
        order = [column.name for column in TABLES[table].columns]
        return Guess(
            table,
            {name: columns[name] for name in order if name in columns},
            f"{_identifier(customer)} is not null"
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
        if "amount" in orders or {"quantity", "price"} <= orders.keys():
            return "orders"
        telling = customers.keys() - {"customer_id", "acquired_by"}
        if telling and "kind" not in found["engagement"] and self._is_unique(customers):
            return "customers"
        return "engagement"

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
        type_ = self.types[column]
        is_number = type_.startswith(("DOUBLE", "FLOAT", "DECIMAL")) or type_.endswith("INT")
        is_number = is_number or type_.endswith("INTEGER")
        if name in _NUMBERS:
            return is_number
        if name in _DATED:
            is_date = type_.startswith(("DATE", "TIMESTAMP"))
            return is_date or (type_ in ("VARCHAR", "BIGINT") and bool(self._formats(column)))
        return True

    def _complete_orders(self, columns: dict[str, str], remarks: dict[str, str]) -> None:
        quantity, price = columns.get("quantity"), columns.get("price")
        if "amount" not in columns and quantity and price:
            columns["amount"] = f"{_identifier(quantity)} * {_identifier(price)}"
        if (
            "is_return" not in columns
            and quantity
            and self._any(f"try_cast({quoted(quantity)} AS DOUBLE) < 0", self.rows)
        ):
            columns["is_return"] = f"{_identifier(quantity)} < 0"
        if "order_id" not in columns and {"customer_id", "ordered_at"} <= columns.keys():
            parts = (columns["customer_id"], columns["ordered_at"])
            columns["order_id"] = f"concat_ws(' ', {', '.join(map(_identifier, parts))})"
            remarks["order_id"] = (
                "no order number found: what is bought at one instant is one order"
            )

    def _read_dates(self, columns: dict[str, str], remarks: dict[str, str]) -> None:
        """Say how dates are written that are not ISO 8601."""
        for name in _DATED:
            column = columns.get(name)
            if column is None or self.types[column].startswith(("DATE", "TIMESTAMP")):
                continue
            formats = self._formats(column)
            text = _identifier(column)
            if self.types[column] != "VARCHAR":
                text = f"cast({text} as varchar)"
            if len(formats) == 1:
                columns[name] = f"strptime({text}, {literal(formats[0])})"
            else:
                columns[name] = f"try_strptime({text}, [{', '.join(map(literal, formats))}])"
            remarks[name] = "is the day before the month?"

    def _formats(self, column: str) -> list[str]:
        rows = self.workspace.rows(
            f"SELECT DISTINCT {quoted(column)}::VARCHAR AS text FROM {self.rows} "
            f"WHERE {quoted(column)} IS NOT NULL ORDER BY text LIMIT 2000"
        )
        return date_formats(row["text"] for row in rows)

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
    plain = {column: re.sub(r"[^a-z0-9]", "", column.lower()) for column in columns}
    for hint in hints:
        yield from (column for column, name in plain.items() if name == hint)
    for hint in (hint for hint in hints if len(hint) > 4):
        yield from (column for column, name in plain.items() if name.endswith(hint))


def _identifier(column: str) -> str:
    """Return a column as SQL writes it, in quotes only where it needs them."""
    return column if re.fullmatch(r"[A-Za-z_]\w*", column) else quoted(column)


def activity(kinds: tuple[str, ...]) -> str | None:
    """Return the kind that keeps customers alive in a service without orders."""
    preferred = [kind for kind in ("app_opened", "site_visited") if kind in kinds]
    known = [kind for kind in kinds if kind in KINDS and not kind.startswith("email")]
    return next(iter([*preferred, *known, *kinds]), None)
