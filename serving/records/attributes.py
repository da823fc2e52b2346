"""Attributes of customers in scoring: what a bundle needs, and what lists filter by.

A published run keeps the present value of every attribute beside the records, apart from them: no
record, no file and no log shows one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from features.attributes.naming import KIND
from features.block import Block
from features.config import Config
from features.errors import LadderError
from features.expressions.needs import attributes_named
from features.tables import HELD
from training.bundle import Bundle

SAID = pa.list_(pa.string())
"""A customer's attributes: ``name=value`` each, in the order of their names."""


def require(config: Config, bundle: Bundle) -> None:
    """Refuse to score without an attribute that the model rests on.

    Raises
    ------
    LadderError
        Naming those that are not mapped any more, or have lost their history.
    """
    needed = {name for column in bundle.columns for name in attributes_named(column.expression)}
    missing = sorted(needed - {name for name, dated in config.attributes.items() if dated})
    if missing:
        raise LadderError(
            "Scoring needs the attributes that the model was trained on.",
            f"[customers] columns maps no {', '.join(missing)} with a valid_from.",
            "Map it again in ladder.toml, or run `ladder train` without it.",
        )


def present(block: Block, customer_ids: pa.ChunkedArray, cutoff: int) -> pa.Array:
    """Return the attributes that customers of a block have at a cutoff, an instant, as `SAID`.

    Of an attribute with a history, the last value before the cutoff counts.
    """
    held = {customer: dict[str, str]() for customer in customer_ids.to_pylist()}
    _add_undated(held, block)
    _add_dated(held, block, cutoff)
    pairs = [
        [f"{name}={value}" for name, value in sorted(values.items())] for values in held.values()
    ]
    return pa.array(pairs, SAID)


def _add_undated(held: Mapping[str, dict[str, str]], block: Block) -> None:
    if HELD.name not in block.customers.column_names:
        return
    columns = (block.customers[name].to_pylist() for name in ("customer_id", HELD.name))
    for customer, pairs in zip(*columns, strict=True):
        if customer in held:
            for pair in pairs or ():
                name, _, value = pair.partition("=")
                held[customer].setdefault(name, value)


def _add_dated(held: Mapping[str, dict[str, str]], block: Block, cutoff: int) -> None:
    rows = block.rows("engagement")
    if rows is None:
        return
    known = rows.filter(
        pc.and_(
            pc.starts_with(rows["kind"], KIND),
            pc.less(rows["occurred_at"].cast(pa.int64()), cutoff),
        )
    )
    columns: Sequence[list[str]] = [
        known[name].to_pylist() for name in ("customer_id", "kind", "detail")
    ]
    for customer, kind, value in zip(*columns, strict=True):
        if customer in held and value is not None:
            held[customer][kind.removeprefix(KIND)] = value
