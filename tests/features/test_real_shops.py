"""Two real shops read as they are known to be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from features.config import Config
from features.history import open_history


def test_online_retail_reads_as_published(shared_data: Callable[[str], Path]) -> None:
    """Customers, lines and money of the shop are known figures."""
    data = {
        "shop": {"currency": "GBP", "timezone": "Europe/London"},
        "orders": {
            "source": "online_retail.parquet",
            "where": "CustomerID is not null",
            "columns": {
                "customer_id": "CustomerID",
                "order_id": "InvoiceNo",
                "ordered_at": "InvoiceDate",
                "amount": "Quantity * UnitPrice",
                "is_return": "Quantity < 0",
            },
        },
    }
    with open_history(Config.from_dict(data, shared_data("online_retail"))) as opened:
        table = opened.table("orders")
        assert (table.num_rows, opened.customers) == (406_829, 4_372)
        assert sum(table["amount"].to_pylist()) == pytest.approx(8_300_065.81, abs=0.01)
        assert opened.report.tables[0].bad == 0
        assert "5,226 exact duplicate lines, kept" in str(opened.report)


def test_relax_saas_reads_two_sources(shared_data: Callable[[str], Path]) -> None:
    data = {
        "churn": {"activity": "app_opened", "active_days": 28},
        "engagement": [
            {
                "source": "engagement.parquet",
                "columns": {
                    "customer_id": "user_id",
                    "occurred_at": "time_stamp",
                    "kind": "'app_opened'",
                },
            },
            {
                "files": {"users": "users.parquet"},
                "query": "select i.invited_by_user_id as customer_id, 'referred' as kind, "
                "i.creation_time as occurred_at from users i join users u "
                "on u.object_id = i.invited_by_user_id "
                "where i.object_id <> u.object_id and i.creation_time >= u.creation_time",
            },
        ],
    }
    config = Config.from_dict(data, shared_data("relax_saas"))
    with open_history(config, date(2013, 12, 1)) as opened:
        assert {kind: span.rows for kind, span in opened.kinds.items()} == {
            "app_opened": 102_921,
            "referred": 3_549,
        }
        (refer,) = (look for look in opened.report.outlooks if look.outcome == "refer")
        assert refer.possible
