"""Two real histories, from files to scores, held to what a careful analyst reaches by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq

from serving.cli import run
from training.statistics.metrics import figures

GIFTWARE = """
[shop]
name = "Giftware UK"
currency = "GBP"
timezone = "Europe/London"

[orders]
source = "{folder}/online_retail.parquet"
where = "CustomerID is not null"
columns = {{ customer_id = "CustomerID", order_id = "InvoiceNo", ordered_at = "InvoiceDate", \
amount = "Quantity * UnitPrice", quantity = "Quantity", product_id = "StockCode", \
is_return = "Quantity < 0" }}

[churn]
active_days = 365
horizon_days = 90
"""

SERVICE = """
[shop]
name = "A business service"

[[engagement]]
source = "{folder}/engagement.parquet"
columns = {{ customer_id = "user_id", occurred_at = "time_stamp", kind = "'app_opened'" }}

[[engagement]]
files = {{ users = "{folder}/users.parquet" }}
query = '''{invitations}'''
columns = {{ customer_id = "inviter", occurred_at = "made_at", kind = "'referred'" }}

[churn]
activity = "app_opened"
active_days = 28
horizon_days = 90

[advocacy]
horizon_days = 90
"""

INVITATIONS = """
select invited.invited_by_user_id::bigint as inviter, invited.creation_time::timestamp as made_at
from users invited join users inviter on inviter.object_id = invited.invited_by_user_id
where invited.object_id <> inviter.object_id
and invited.creation_time::timestamp >= inviter.creation_time::timestamp
"""


def scored(folder: Path, config: str, day: str) -> dict[str, dict[str, float]]:
    """Train and score as of a day; return each outcome's probabilities by customer."""
    (folder / "ladder.toml").write_text(config)
    shop, out = ["-c", str(folder / "ladder.toml")], folder / "scores.parquet"
    assert run(["train", *shop, "--until", day]) == 0
    assert run(["score", *shop, "--at", day, "--out", str(out), "--reasons", "none"]) == 0
    table = pq.read_table(out)
    ids = table["customer_id"].to_pylist()
    return {
        name: {
            customer: probability
            for customer, probability in zip(ids, table[name].to_pylist(), strict=True)
            if probability is not None
        }
        for name in ("churn_probability", "refer_probability")
    }


def auroc(probability: dict[str, float], happened: Callable[[str], bool]) -> float:
    labels = np.array([float(happened(customer)) for customer in probability])
    return figures(labels, np.array(list(probability.values())))["auroc"]


def customers(query: str) -> set[str]:
    with duckdb.connect() as database:
        return {str(customer) for (customer,) in database.execute(query).fetchall()}


def test_giftware_churn(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shared_data("online_retail")
    found = scored(tmp_path, GIFTWARE.format(folder=folder), "2011-09-10")["churn_probability"]
    stayed = customers(
        f"select distinct CustomerID::bigint from '{folder}/online_retail.parquet' "
        "where CustomerID is not null and Quantity > 0 and UnitPrice > 0 "
        "and InvoiceDate >= '2011-09-10' and InvoiceDate < timestamp '2011-09-10' + interval 90 day"
    )
    assert len(found) == 3370
    assert auroc(found, lambda customer: customer not in stayed) >= 0.737


def test_service_churn_and_referrals(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shared_data("relax_saas")
    config = SERVICE.format(folder=folder, invitations=INVITATIONS)
    found = scored(tmp_path, config, "2013-12-01")
    window = ">= '2013-12-01' and {0} < timestamp '2013-12-01' + interval 90 day"
    stayed = customers(
        f"select distinct user_id from '{folder}/engagement.parquet' "
        f"where time_stamp::timestamp {window.format('time_stamp::timestamp')}"
    )
    referred = customers(
        f"with users as (from '{folder}/users.parquet') "
        f"select distinct inviter from ({INVITATIONS}) where made_at {window.format('made_at')}"
    )
    churn, refer = found["churn_probability"], found["refer_probability"]
    assert len(churn) == len(refer) == 1320
    assert auroc(churn, lambda customer: customer not in stayed) >= 0.96
    assert auroc(refer, lambda customer: customer in referred) >= 0.866
