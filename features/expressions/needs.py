"""What a column needs of a shop: tables, engagement kinds, fields that hold something."""

from __future__ import annotations

from collections.abc import Iterator

from features.expressions import expression as x
from features.expressions.trees import walk
from features.tables import TABLES

_OPTIONAL = frozenset(
    f"{table.name}.{column.name}"
    for table in TABLES.values()
    for column in table.stored
    if not column.required
)
_DERIVED = {"is_first_of_category": "category"}
"""Fields that `features.arithmetic.events` makes of an optional one."""


def fillable(
    expression: x.Node,
    tables: frozenset[str],
    kinds: frozenset[str] | None,
    fields: frozenset[str] | None,
) -> bool:
    """Return whether a shop with these can fill a column; None means any kind or field."""
    if not all(node.table in tables for node in _aggregates(expression)):
        return False
    if fields is not None and not fields_needed(expression) <= fields:
        return False
    named = [kinds_named(node.where) for node in _aggregates(expression) if node.where is not None]
    return kinds is None or all(not some or some & kinds for some in named)


def kinds_named(expression: x.Node) -> frozenset[str]:
    """Return the engagement kinds that a tree asks for by name."""
    return frozenset(
        str(node.value)
        for node in walk(expression)
        if isinstance(node, x.Compare) and node.field == "kind"
    )


def attributes_named(expression: x.Node) -> frozenset[str]:
    """Return the attributes of customers that a tree reads."""
    return frozenset(
        str(row.value)
        for node in _aggregates(expression)
        if node.table == "attributes" and node.where is not None
        for row in walk(node.where)
        if isinstance(row, x.Compare) and row.field == "name"
    )


def fields_needed(expression: x.Node) -> frozenset[str]:
    """Return the optional fields that a tree reads, such as ``orders.category``."""
    traits = (node for node in walk(expression) if isinstance(node, x.Trait))
    named = {f"customers.{trait.field}" for trait in traits}
    for node in _aggregates(expression):
        named |= {f"{node.table}.{_DERIVED.get(name, name)}" for name in _fields_of(node)}
    return _OPTIONAL & named


def _aggregates(expression: x.Node) -> Iterator[x.Aggregate]:
    return (node for node in walk(expression) if isinstance(node, x.Aggregate))


def _fields_of(node: x.Aggregate) -> Iterator[str]:
    if node.field is not None:
        yield node.field
    for row in walk(node.where) if node.where is not None else ():
        if isinstance(row, x.Flag | x.Compare):
            yield row.field
