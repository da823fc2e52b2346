"""The same features by Deep Feature Synthesis: run by `benchmarks.synthesis`, never imported.

Featuretools needs pandas 2, so this is a script for an environment of its own, which knows nothing
of the project. It reads a task as JSON, writes a Parquet file per cutoff, and prints its cost.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pandas as pd

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # woodwork's own imports
    import featuretools as ft
    from featuretools.primitives import Count, Max, Mean, NumUnique, Sum

CUSTOMERS = "customers"


def main(task: dict[str, Any]) -> None:
    """Do the task and tell what it cost."""
    began, wall = _cpu(), time.perf_counter()
    shop = _shop(task["orders"], task["engagement"])
    for instant, out in zip(task["instants"], task["out"], strict=True):
        _matrix(shop, instant, task).to_parquet(out)
    json.dump({"cpu": _cpu() - began, "wall": time.perf_counter() - wall}, sys.stdout)


def _shop(orders: str, engagement: str) -> ft.EntitySet:
    tables = {"orders": pd.read_parquet(orders), "engagement": pd.read_parquet(engagement)}
    ids = pd.concat([table["customer_id"] for table in tables.values()]).unique()
    shop = ft.EntitySet("shop")
    shop.add_dataframe(pd.DataFrame({"customer_id": ids}), CUSTOMERS, index="customer_id")
    for name, time_column in (("orders", "ordered_at"), ("engagement", "occurred_at")):
        table = tables[name]
        table[time_column] = table[time_column].dt.tz_localize(None)
        shop.add_dataframe(table, name, index="row", make_index=True, time_index=time_column)
        shop.add_relationship(CUSTOMERS, "customer_id", name, "customer_id")
    return shop


def _matrix(shop: ft.EntitySet, instant: int, task: dict[str, Any]) -> pd.DataFrame:
    """Return the features of every customer at an instant, a pass per window."""
    at = pd.Timestamp(instant, unit="us")
    parts = []
    for days in task["windows"]:
        end = "ever" if days is None else f"{days}d"
        wanted = dict(_counts(shop, task["kinds"], end))
        made = ft.calculate_feature_matrix(
            list(wanted.values()),
            shop,
            cutoff_time=at,
            training_window=None if days is None else f"{days} days",
            include_cutoff_time=False,
        )
        made = made.set_axis(list(wanted), axis="columns")
        # Distinct values of no rows are no number there, and none here.
        parts.append(made.fillna({f"categories_{end}": 0}))
    together: pd.DataFrame = pd.concat(parts, axis="columns")
    return together


def _counts(shop: ft.EntitySet, kinds: list[str], end: str) -> Iterator[tuple[str, ft.Feature]]:
    """Yield the features of a window by their names."""
    lines, acts = ft.Feature(shop["orders"].ww["row"]), ft.Feature(shop["engagement"].ww["row"])
    amount, discount, category = (
        ft.Feature(shop["orders"].ww[name]) for name in ("amount", "discount", "category")
    )
    bought, back = (_is(shop["orders"].ww["is_return"], flag) for flag in (False, True))
    yield f"lines_{end}", _of(lines, Count, bought)
    yield f"spend_{end}", _of(amount, Sum)
    yield f"mean_{end}", _of(amount, Mean, bought)
    yield f"largest_{end}", _of(amount, Max, bought)
    yield f"discount_{end}", _of(discount, Sum, bought)
    yield f"returns_{end}", _of(lines, Count, back)
    yield f"categories_{end}", _of(category, NumUnique, bought)
    for kind in kinds:
        yield f"{kind}_{end}", _of(acts, Count, _is(shop["engagement"].ww["kind"], kind))


def _is(column: Any, value: str | bool) -> ft.Feature:
    """Return a feature that tells which rows hold a value."""
    return ft.Feature(column) == value


def _of(base: ft.Feature, primitive: Any, where: ft.Feature | None = None) -> ft.Feature:
    return ft.Feature(base, parent_dataframe_name=CUSTOMERS, primitive=primitive, where=where)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(json.load(sys.stdin))
