"""Trees as data: walking them, resolving their spans, writing and reading JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar, cast

from features.expressions.expression import Horizons, Node, rewrite

N = TypeVar("N", bound=Node)


def walk(node: Node) -> Iterator[Node]:
    """Yield a tree's nodes, the root first."""
    yield node
    for field in fields(node):
        inner = getattr(node, field.name)
        if isinstance(inner, Node):
            yield from walk(inner)


def resolve(node: N, horizon_days: int) -> N:
    """Return the tree with every `Horizons` turned into whole days, at least one but for none.

    >>> from features.expressions.expression import Faded
    >>> resolve(Faded("orders", None, None, None, Horizons(0.5)), horizon_days=90).half_life
    45
    """

    def days(node: Node) -> Node:
        relative = {
            field.name: _whole_days(getattr(node, field.name), horizon_days)
            for field in fields(node)
            if isinstance(getattr(node, field.name), Horizons)
        }
        return replace(node, **relative) if relative else node

    return cast(N, rewrite(node, days))


def to_json(node: Node) -> dict[str, Any]:
    """Return a tree as JSON-ready data; `Horizons` must be resolved first."""
    data: dict[str, Any] = {"node": type(node).__name__}
    for field in fields(node):
        inner = getattr(node, field.name)
        data[field.name] = to_json(inner) if isinstance(inner, Node) else inner
    return data


def from_json(data: dict[str, Any]) -> Node:
    """Return the tree that `to_json` wrote.

    Raises
    ------
    ValueError
        If `data` names a node this program does not know.
    """
    kinds = {kind.__name__: kind for kind in _kinds(Node)}
    kind = kinds.get(data.get("node", ""))
    if kind is None:
        raise ValueError(
            f"an expression node must be one of {sorted(kinds)}; got {data.get('node')!r}"
        )
    return kind(**{name: _read(value) for name, value in data.items() if name != "node"})


def _read(value: Any) -> Any:
    """Return a field's value: nodes are objects in JSON, and tuples are lists."""
    if isinstance(value, list):
        return tuple(map(_read, value))
    return from_json(value) if isinstance(value, dict) else value


def _kinds(kind: type[Node]) -> Iterator[type[Node]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from _kinds(inner)


def _whole_days(horizons: Horizons, horizon_days: int) -> int:
    if float(horizons) == 0:
        return 0
    days = round(abs(float(horizons)) * horizon_days)
    return max(1, days) if horizons > 0 else -max(1, days)
