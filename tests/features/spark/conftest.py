"""A cluster, and a small shop in files of every kind: unusable rows, and a very busy customer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from benchmarks.cluster import Cluster
from features.config import Config
from features.sample import SampleShop, make_shop
from features.spark.session import session

PLAN = "CASE WHEN acquired_by = 'referral' THEN 'gold' ELSE 'basic' END"
UNUSABLE = (
    "17,,2025-01-05 10:00:00,12.5,a\n"  # a purchase without an order
    ",o-1,2025-01-05 10:00:00,12.5,a\n"
    "18,o-2,someday,12.5,a\n"
    "18,o-3,2025-01-05 10:00:00,12.5,a,b,c,d,e,f,g,h,i,j,k\n"
)


@pytest.fixture(scope="module")
def spark(spark_cluster: Cluster) -> Iterator[Any]:
    """Yield a session on the cluster."""
    with session(spark_cluster.url) as opened:
        yield opened


@pytest.fixture(scope="session")
def shop_config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Return a shop with orders in two CSV files, engagement in Parquet, customers in JSON."""
    folder = tmp_path_factory.mktemp("shop")
    shop = make_shop(customers=250)
    orders = shop.orders.select(["customer_id", "order_id", "ordered_at", "amount", "category"])
    half = len(orders) // 2
    (folder / "orders").mkdir()
    for number, part in enumerate((orders.slice(0, half), orders.slice(half))):
        csv.write_csv(_texts(part), folder / "orders" / f"{number}.csv")
    with (folder / "orders" / "1.csv").open("a", encoding="utf-8") as file:
        file.write(UNUSABLE)
        file.write((folder / "orders" / "0.csv").read_text(encoding="utf-8").splitlines()[1] + "\n")
    engagement = pa.concat_tables([shop.engagement, _of_a_bot(shop.engagement)])
    pq.write_table(engagement, folder / "engagement.parquet", row_group_size=2000)
    pq.write_table(_contacts(shop), folder / "contacts.parquet")
    lines = [json.dumps(row, default=str) + "\n" for row in shop.customers.to_pylist()]
    (folder / "customers.json").write_text("".join(lines), encoding="utf-8")
    return Config.from_dict(
        {
            "shop": {"name": "Small", "currency": "EUR", "timezone": "Europe/Berlin"},
            "orders": {
                "source": "orders",
                "timestamps": "UTC",
                "columns": {"amount": "amount * 1", "product_id": "category"},
                "duplicates": "drop",
            },
            "engagement": {"source": "engagement.parquet", "where": "kind <> 'app_opened'"},
            "customers": [
                {
                    "source": "customers.json",
                    "timestamps": "UTC",
                    "columns": {"valid_from": "signed_up_at", "plan": PLAN},
                },
                {"source": "customers.json", "timestamps": "UTC", "columns": {"team": PLAN}},
            ],
            "contacts": {"source": "contacts.parquet", "timestamps": "UTC"},
            "churn": {"horizon_days": 60},
            "advocacy": {"horizon_days": 90, "friends_per_referrer": 1, "friend_value": 10},
        },
        folder,
    )


def _contacts(shop: SampleShop) -> pa.Table:
    """Return a contact with every customer in the last weeks; some are asked for something."""
    rows = len(shop.customers)
    number = np.arange(rows)
    days = shop.until.toordinal() - number % 130
    asks = np.array(["refer", "review", None])[number % 3]
    return pa.table(
        {
            "customer_id": shop.customers["customer_id"],
            "campaign": pa.repeat("spring", rows),
            "contacted_at": pa.array([datetime.fromordinal(int(day)) for day in days]),
            "arm": pa.array(np.where(number % 5 == 4, "control", "treated")),
            "ask": pa.array(asks, pa.string()),
        }
    )


def _of_a_bot(engagement: pa.Table) -> pa.Table:
    """Return visits of one customer, more than all customers have rows together."""
    rows = 2 * len(engagement)
    times = engagement["occurred_at"].take(np.arange(rows) % len(engagement))
    visits = {
        "customer_id": pa.repeat("bot", rows),
        "occurred_at": times,
        "kind": pa.repeat("site_visited", rows),
        "value": pa.repeat(1.0, rows),
    }
    schema = engagement.schema
    return pa.table(
        [visits.get(n, pa.nulls(rows, schema.field(n).type)) for n in schema.names], schema
    )


def _texts(orders: pa.Table) -> pa.Table:
    moments = orders["ordered_at"].cast(pa.timestamp("us")).cast(pa.string())
    return orders.set_column(2, "ordered_at", moments)
