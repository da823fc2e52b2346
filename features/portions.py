"""Canonical rows out of a workspace: a table as a whole, or all tables of some customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.checking.measure import CANONICAL, Measure
from features.resources.budget import block_bounds
from features.resources.workspace import Workspace
from features.tables import ATTRIBUTES, DATED, HELD, TABLES

ALL: Mapping[str, str] = dict.fromkeys((*DATED, ATTRIBUTES.name), "true")
"""Every dated table, and every row of it."""


class CanonicalTables:
    """Reads the tables that `features.cleaning.canonical.create_canonical` left in a workspace.

    `measure` is what they hold, `attributes` whether customers have any.
    """

    def __init__(self, workspace: Workspace, measure: Measure, *, attributes: bool) -> None:
        self._workspace, self._measure, self._attributes = workspace, measure, attributes

    @property
    def rows(self) -> int:
        """How many rows the tables have in all."""
        return sum(table.rows for table in self._measure.tables.values())

    @cached_property
    def rows_of_each(self) -> NDArray[np.int64]:
        """How many dated rows each customer has, in their order."""
        names = [name for name in (*DATED, ATTRIBUTES.name) if name in self._measure.tables]
        rows = " UNION ALL ".join(f"SELECT rank FROM {name}" for name in names)
        found = self._workspace.table(
            "SELECT coalesce(n, 0) AS n FROM people LEFT JOIN "
            f"(SELECT rank, count(*) AS n FROM ({rows}) GROUP BY rank) USING (rank) ORDER BY number"
        )
        counts: NDArray[np.int64] = found["n"].to_numpy()
        return counts

    def table(self, name: str, *, sort: bool) -> pa.Table:
        """Return a canonical table, empty where the shop has none.

        Unless it is kept by customer and time, `sort` brings it into that order.
        """
        order = f" ORDER BY rank, {TABLES[name].time}" if sort and name in DATED else ""
        rows, schema = self._rows(name, "true" + order), TABLES[name].schema
        return schema.empty_table() if rows is None else rows.select(schema.names).cast(schema)

    def each(
        self, most_rows: int, most_customers: int, only: Mapping[str, str] = ALL
    ) -> Iterator[dict[str, pa.Table | None]]:
        """Yield the tables of whole customers, block by block of at most so many rows.

        `only` names the dated tables that are read, with an SQL condition on their rows.
        """
        for first, last in block_bounds(self.rows_of_each, most_rows, most_customers):
            people = self._workspace.table(
                "SELECT customer_id, rank FROM people WHERE number BETWEEN "
                f"{first} AND {last - 1} ORDER BY number"
            )
            tables = {
                name: self._rows_of(people, name, only[name]) if name in only else None
                for name in DATED
            }
            tables["customers"] = self._rows_of(people, "customers")
            known = self._rows_of(people, ATTRIBUTES.name) if ATTRIBUTES.name in only else None
            if known is not None:
                acts = tables["engagement"]
                both = [known] if acts is None else [acts, known]
                tables["engagement"] = pa.concat_tables(both).unify_dictionaries()
            yield tables

    def _rows_of(self, people: pa.Table, name: str, where: str = "true") -> pa.Table | None:
        """Return the canonical rows of some people, whose ids come as codes.

        Numbers are read, sent and looked up several times faster than ids.
        """
        ranks = people["rank"].to_numpy()
        condition = f"rank BETWEEN {ranks[0]} AND {ranks[-1]} AND ({where})"
        rows = self._rows(name, condition, "rank AS customer_id")
        if rows is None:
            return None
        code_of = np.zeros(ranks[-1] - ranks[0] + 1, dtype=np.int32)
        code_of[ranks - ranks[0]] = np.arange(len(ranks))
        codes = code_of[rows["customer_id"].to_numpy() - ranks[0]]
        ids = people["customer_id"].combine_chunks()
        coded = pa.DictionaryArray.from_arrays(codes, ids)
        schema = self._schema(name)
        return pa.table(
            [coded, *rows.select(schema.names[1:]).cast(pa.schema([*schema][1:]))], schema.names
        )

    def _rows(self, name: str, condition: str, who: str = "customer_id") -> pa.Table | None:
        if name not in self._measure.tables:
            return None
        columns = ", ".join([who, *self._schema(name).names[1:]])
        return self._workspace.table(f"SELECT {columns} FROM {name} WHERE {condition}")

    def _schema(self, name: str) -> pa.Schema:
        """Return the columns of a table in a block; customers have their undated attributes."""
        schema = CANONICAL[name].schema
        if name == "customers" and self._attributes:
            return schema.append(pa.field(HELD.name, HELD.arrow))
        return schema
