"""A shop's own features tried out: on which rows, what they hold there, what a reason says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.attributes.naming import KIND
from features.catalogue import Column
from features.clock import DAY
from features.config import Config
from features.history import History, open_history
from features.products.charts import chart_at
from features.promises.proof import Broken, Tables, Trial
from features.sample import make_shop
from features.tables import TABLES
from serving.explanations.reasons import Reason
from serving.explanations.selection import sentences

CUSTOMERS = 200
VALUES = (None, 0.0, 0.4, 1.0, 2.0, 12_345.678)
"""What every sentence is tried with."""

SAYABLE = "its reason can be said of any number, and of none"


@dataclass(frozen=True)
class ColumnSummary:
    """What a column holds in a trial.

    Parameters
    ----------
    column : Column
    known : float
        Share of customers with a number.
    different : int
        Different numbers.
    said : str
        The reason of the customer in the middle.
    """

    column: Column
    known: float
    different: int
    said: str


def on_the_shop(config: Config) -> Trial:
    """Return a trial on a sample of the shop's own customers, at its end and a horizon before."""
    with open_history(config) as history:
        block = next(iter(history.blocks(min(CUSTOMERS, history.customers))))
        tables: dict[str, pa.Table | None]
        tables = {name: block.rows(name) for name in ("orders", "engagement")}
        tables["customers"] = block.customers
        return _trial(tables, history, config)


def on_made_up(config: Config) -> Trial:
    """Return a trial on a made-up shop, where a shop's own rows cannot be read."""
    shop = make_shop(customers=CUSTOMERS)
    here = Config.from_dict({"shop": {"timezone": config.shop.timezone}})
    with open_history(here, shop.until, shop.frames) as history:
        return _trial(shop.frames, history, config)


def _trial(tables: Tables, history: History, config: Config) -> Trial:
    """Return a trial at the end of a history and a horizon before."""
    cutoffs = (history.until - config.churn.horizon_days * DAY, history.until)
    return Trial(tables, cutoffs, config, chart_at(history.sold, cutoffs))


def broken(trial: Trial, columns: Sequence[Column]) -> list[Broken]:
    """Return every promise that a column does not keep."""
    return [*trial.broken(columns), *_unsayable(columns)]


def summaries(trial: Trial, columns: Sequence[Column]) -> Iterator[ColumnSummary]:
    """Yield what each column holds at the last cutoff."""
    table = trial.values(columns)
    for column in columns:
        values = table[column.name].to_numpy()
        known = np.sort(values[np.isfinite(values)])
        middle = float(known[len(known) // 2]) if len(known) else None
        share = len(known) / max(1, len(values))
        said = _said(column, middle, trial.config.shop.currency)
        yield ColumnSummary(column, share, len(np.unique(known)), said)


def _unsayable(columns: Sequence[Column]) -> Iterator[Broken]:
    for column in columns:
        said = [_said(column, value, "EUR") for value in VALUES]
        if not all(said) or any(set("{}") & set(text) for text in said):
            yield Broken(column.name, SAYABLE)


def _said(column: Column, value: float | None, currency: str | None) -> str:
    reason = Reason("churn", column.group, column.name, value, 0.0)
    return next(iter(sentences([reason], {column.name: column}, currency)), "")


def present(trial: Trial) -> tuple[set[str], set[str], set[str]]:
    """Return the tables, the kinds and the optional fields that hold something in a trial."""
    tables = {name for name, rows in trial.tables.items() if rows is not None and len(rows)}
    acted = trial.tables["engagement"]
    kinds = set() if acted is None else set(acted["kind"].unique().to_pylist())
    fields = {
        f"{name}.{column}"
        for name in tables
        for column in TABLES[name].schema.names
        if _filled(trial.tables[name], column)
    }
    known = ["attributes"] if any(kind.startswith(KIND) for kind in kinds) else []
    return {*tables, "activity", *known}, kinds, fields


def _filled(table: pa.Table | None, column: str) -> bool:
    return (
        table is not None
        and column in table.column_names
        and (table[column].null_count < len(table))
    )
