"""A source's rows become canonical rows, each good or with the reason why it is not.

One SQL statement per source, in layers: mapped expressions over the source's columns, cells read as
what they should be, then the first reason that applies. Nothing is dropped here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import product

import duckdb

from features.attributes import naming
from features.cleaning.mismatch import Mismatch
from features.cleaning.rules import LINE, judging_query, where_condition
from features.cleaning.values import ATTRIBUTE
from features.errors import LadderError
from features.reading.cells import Cell
from features.reading.scopes import Scopes, cast, infer_scopes
from features.reading.sources import Relation
from features.resources.workspace import Workspace, first_line, quoted
from features.settings.sections import Source
from features.tables import CUSTOMERS, HELD, VALID_FROM, Table

_WHERE = "where"
# A source may have columns of any name; none is likely to begin like these.
_RAW, _MAPPED, _NOTHING = "ladder_raw_", "ladder_mapped_", "ladder_nothing_"
_TRY = ("TRY((", "\n))")
_IDENTIFIER = re.compile(r"\w+")
_CHOOSING = re.compile(r"\bcase\b|\b(nullif|if)\s*\(", re.IGNORECASE)
_CONVERTING = re.compile(r"\btry(_\w+)?\s*\(", re.IGNORECASE)
_COUNTED = re.compile(
    r"\b(epoch_ms|make_timestamp(_[mn]s)?)\s*\(([^,()]|\([^()]*\))*\)", re.IGNORECASE
)


@dataclass(frozen=True)
class ShopClock:
    """The shop's timezone and the present time, by which instants are read."""

    timezone: str
    now: datetime


@dataclass(frozen=True)
class _Expression:
    """A mapped column: where its cell comes from.

    `sql` is evaluated over the columns of `scope` (None: the raw column itself); `seen` are the raw
    columns it reads, to show what was there when it gives nothing.
    """

    sql: str
    scope: int | None
    seen: tuple[str, ...]

    @property
    def is_across_rows(self) -> bool:
        """Whether it stands only where TRY does not: a window, a query of its own."""
        return self.scope is not None and not self.sql.startswith(_TRY[0])

    @property
    def may_choose_nothing(self) -> bool:
        """Whether null is an answer of it, as in `case kind when 'reviewed' then score end`.

        One that converts by itself may give null for what it cannot read, too.
        """
        own = self.sql.removeprefix(_TRY[0])
        return own != self.sql and bool(_CHOOSING.search(own)) and not _CONVERTING.search(own)

    def answer(self) -> tuple[str, str]:
        """Return what it gives, and whether that is nothing though it read all and did not fail.

        Of two expressions within TRY, DuckDB takes what they share out of it: both ask one, whose
        answer is null only where it failed.
        """
        own = self.sql.removeprefix(_TRY[0]).removesuffix(_TRY[1])
        boxed = f"TRY({{'given': ({own}\n)}})"
        given = f"struct_extract({boxed}, 'given')"
        read = "".join(f" AND {quoted(name)} IS NOT NULL" for name in self.seen)
        return given, f"({boxed} IS NOT NULL AND {given} IS NULL{read})"


def stage(
    workspace: Workspace,
    table: Table,
    source: Source,
    relation: Relation,
    clock: ShopClock,
    target: str,
    scopes: Scopes | None = None,
) -> None:
    """Create `target`: the canonical columns of `table`, and of each row whether it is good.

    Beside the canonical columns the target has `line` (a hash of the whole source row), `problem`
    (text, null for a clean row), `fatal` (whether the problem sets the row aside) and `sample` (the
    offending value, for rows with a problem). Where the relation is a part of a source, `scopes`
    are those of the whole.

    Raises
    ------
    UsageError
        If a required column is not mapped, a mapped one does not exist, or an expression is not
        SQL.
    LadderError
        If reading the rows fails halfway.
    """
    naive = "UTC" if source.timestamps == "UTC" else clock.timezone
    cells, sql = _Mapper(workspace, table, source, relation, scopes).mapped(naive)
    query = judging_query(table, cells, sql, clock.timezone, naive, clock.now)
    try:
        workspace.run(f"CREATE TABLE {target} AS {query}")
    except duckdb.Error as error:
        raise LadderError(
            f"All rows of {relation.label} must be readable.",
            first_line(error),
            f"Export them again, or correct the expressions of [{table.name}].",
        ) from error


def columns_across_rows(
    workspace: Workspace, table: Table, source: Source, relation: Relation, scopes: Scopes
) -> list[str]:
    """Return the mapped columns whose expression looks at more than its own row."""
    mapper = _Mapper(workspace, table, source, relation, scopes)
    return [name for name, made in mapper.expressions().items() if made.is_across_rows]


@dataclass(frozen=True)
class _Mapper:
    """The layers of SQL that evaluate a source's mapping."""

    workspace: Workspace
    table: Table
    source: Source
    relation: Relation
    scopes: Scopes | None

    @cached_property
    def raw(self) -> dict[str, str]:
        """What each column of the source is called in the layers."""
        return {name: f"{_RAW}{number}" for number, name in enumerate(self.relation.columns)}

    @cached_property
    def mismatch(self) -> Mismatch:
        """What to say where the mapping does not fit."""
        return Mismatch(self.table, self.source, self.relation)

    @cached_property
    def types(self) -> Scopes:
        """The types of each scope; in the first, columns are as they are."""
        rows = self.relation
        return [{}, *(self.scopes or infer_scopes(self.workspace, rows.name, rows.columns))]

    def expressions(self) -> dict[str, _Expression]:
        """Return where the cell of each mapped column, and of ``where``, comes from."""
        made = {name: self._expression(name, sql) for name, sql in self._columns().items()}
        if self.source.where is not None:
            made[_WHERE] = self._expression(_WHERE, self.source.where)
        return made

    def mapped(self, naive: str) -> tuple[dict[str, Cell], str]:
        """Return a cell per mapped column, and the SELECT in which those cells are names.

        `naive` is the timezone of times without one.
        """
        expressions = self.expressions()
        query = self._raw_rows()
        made: list[str] = []
        for scope in sorted({e.scope for e in expressions.values() if e.scope is not None}):
            chosen: dict[str, str] = {}
            for name, expression in expressions.items():
                if expression.scope == scope and self._may_be_nothing(name, expression):
                    chosen[_MAPPED + name], chosen[_NOTHING + name] = expression.answer()
                elif expression.scope == scope:
                    chosen[_MAPPED + name] = expression.sql
            query = self._layer(query, scope, made, chosen)
            made += chosen
        types = self.workspace.columns(query)
        cells = {name: self._cell(name, e, types) for name, e in expressions.items()}
        if naive != "UTC":
            self._refuse_counted(cells, expressions)
        if _WHERE in cells:
            query = f"SELECT * FROM ({query}) WHERE {where_condition(cells[_WHERE])}"
        return cells, query

    def _cell(self, name: str, expression: _Expression, types: dict[str, str]) -> Cell:
        if expression.scope is None:
            raw = self.raw[expression.seen[0]]
            cell = Cell(raw, types[raw], self.relation.untyped)
        else:
            sql = f"{_MAPPED}{name}"
            parts = tuple((column, self.raw[column]) for column in expression.seen)
            nothing = f"{_NOTHING}{name}" if self._may_be_nothing(name, expression) else None
            cell = Cell(sql, types[sql], self.relation.untyped, parts, nothing)
        if name.startswith(ATTRIBUTE) and not cell.is_plain:
            raise self.mismatch.unplain(name, cell.type)
        instants = [column.name for column in self.table.columns if column.type == "instant"]
        if name in instants and not cell.is_dated and self._has_rows():
            raise self.mismatch.undated(name, cell.type)
        return cell

    def _may_be_nothing(self, name: str, expression: _Expression) -> bool:
        """Return whether a null is an answer; of consent it never is."""
        optional = {
            column.name
            for column in self.table.columns
            if not column.required and column.type in ("instant", "money", "number")
        }
        return name in optional and expression.may_choose_nothing

    def _refuse_counted(
        self, cells: Mapping[str, Cell], expressions: Mapping[str, _Expression]
    ) -> None:
        """Refuse what is counted since 1970, and so in UTC, where it would be read as local."""
        for column in (column for column in self.table.columns if column.type == "instant"):
            name, cell = column.name, cells.get(column.name)
            if cell and cell.kind == "time" and _COUNTED.search(expressions[name].sql):
                raise self.mismatch.counted(name)

    def _has_rows(self) -> bool:
        """Return whether there are any: without, types say nothing of what they are to be."""
        some = f"SELECT count(*) FROM (FROM {self.relation.name} LIMIT 1)"
        return self.workspace.number(some) > 0

    def _columns(self) -> dict[str, str]:
        """Return what each column is mapped to, else the source's column of that name."""
        found = {}
        for column in self.table.columns:
            if column.name in self.source.columns:
                found[column.name] = self.source.columns[column.name]
            elif column.name in self.relation.columns and column not in (VALID_FROM, HELD):
                found[column.name] = column.name
            elif column.required:
                raise self.mismatch.unmapped(column.name)
        if self.table.name == CUSTOMERS.name:
            mapped = naming.mapped(self.source.columns)
            found |= {ATTRIBUTE + name: sql for name, sql in mapped.items()}
        return found

    def _expression(self, name: str, sql: str) -> _Expression:
        column = self._column(sql)
        if column is not None and name != _WHERE:
            return _Expression(sql, None, (column,))
        words = {word.lower() for word in _IDENTIFIER.findall(sql)}
        seen = tuple(c for c in self.raw if c.lower() in words or quoted(c).lower() in sql.lower())
        errors = []
        # TRY makes a row where the expression fails a counted one; windows do not stand in it.
        for scope, (before, after) in product(self._order(), (_TRY, ("(", "\n)"))):
            try:
                written = f"{before}{sql}{after}"
                self.workspace.columns(
                    self._layer(self._raw_rows(), scope, [], {_MAPPED + name: written})
                )
                return _Expression(written, scope, seen)
            except duckdb.Error as error:
                errors.append(error)
        raise self.mismatch.wrong(name, sql, errors[0])

    def _column(self, sql: str) -> str | None:
        """Return the column that `sql` names, whatever its case; None for an expression."""
        exact = {name: name for name in self.raw}
        folded = {name.lower(): name for name in self.raw}
        return exact.get(sql) or folded.get(sql.strip().lower())

    def _order(self) -> list[int]:
        """Return the scopes in the order in which an expression tries them.

        Declared types are respected. Where any cell is text, numbers come first: texts that look
        like numbers would be compared letter by letter, silently.
        """
        return [1, 2, 0] if self.relation.untyped else [0, 1, 2]

    def _raw_rows(self) -> str:
        columns = [f"{quoted(name)} AS {alias}" for name, alias in self.raw.items()]
        line = f"hash({', '.join(quoted(name) for name in self.raw)}) AS {LINE}"
        return f"SELECT {', '.join([*columns, line])} FROM {self.relation.name}"

    def _layer(self, query: str, scope: int, made: list[str], chosen: dict[str, str]) -> str:
        """Return `query` with the expressions of a scope evaluated beside what it has."""
        kept = [*self.raw.values(), LINE, *made]
        types = self.types[scope]
        own = [f"{cast(raw, types.get(name))} AS {quoted(name)}" for name, raw in self.raw.items()]
        inner = f"SELECT {', '.join([*kept, *own])} FROM ({query})"
        new = [f"{sql} AS {name}" for name, sql in chosen.items()]
        return f"SELECT {', '.join([*kept, *new])} FROM ({inner})"
