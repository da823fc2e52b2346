"""The bundle as an MLflow model, without MLflow: what `predict` says of raw histories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import LadderError
from training.bundle.bundle import Bundle
from training.pyfunc import Model


@pytest.fixture(scope="module")
def outspoken(make_bundle: Callable[..., Bundle]) -> Bundle:
    """Return a bundle whose model of `advocate` says next to nothing of what the acts say."""
    made = make_bundle(wanted=("churn", "refer", "review", "advocate"))
    silent = replace(made.outcomes["refer"], name="advocate")
    return replace(made, outcomes={**made.outcomes, "advocate": silent})


def said_of(bundle: Bundle, **profile: bool) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {**customer, "profile": {**(customer.get("profile") or {}), **profile}}
            for customer in bundle.golden["customers"]
        ]
    )
    said = Model(bundle).predict(rows, {"as_of": bundle.golden["as_of"]})
    return said.set_index("customer_id").astype(float)


def test_advocacy_is_held_to_what_the_acts_allow(outspoken: Bundle) -> None:
    said = said_of(outspoken).dropna(subset=["advocate_probability"])
    acts = said[["refer_probability", "review_probability"]]
    assert len(said)
    assert (acts["review_probability"] > acts["refer_probability"]).any(), "there is some to hold"
    assert np.all(said["advocate_probability"] >= acts.max(axis=1))
    assert np.all(said["advocate_probability"] <= acts.sum(axis=1).clip(upper=1))


def test_whoever_objects_to_profiling_is_not_predicted(outspoken: Bundle) -> None:
    assert said_of(outspoken).notna().any(axis=None)
    assert said_of(outspoken, profiling_allowed=False).isna().all(axis=None)


def frame_of(bundle: Bundle) -> pd.DataFrame:
    return pd.DataFrame([{"engagement": [], **one} for one in bundle.golden["customers"]])


def rows_changed(rows: pd.DataFrame, change: Callable[[dict[str, Any]], object]) -> pd.DataFrame:
    """Return the input with every order and every engagement changed."""
    lists = {
        name: rows[name].map(lambda many: [change(dict(one)) for one in many])
        for name in ("orders", "engagement")
    }
    return rows.assign(**lists)


def as_pandas_holds_it(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as ``DataFrame.to_dict`` gives it: NaN for nothing, timestamps, its numbers."""
    dated = {k: pd.Timestamp(v) if k.endswith("_at") else v for k, v in row.items()}
    numbers = {k: np.float64(v) if type(v) in (int, float) else v for k, v in dated.items()}
    return {"category": np.nan, "quantity": np.nan} | numbers if "amount" in row else numbers


def test_histories_out_of_parquet_are_those_that_went_in(outspoken: Bundle, tmp_path: Path) -> None:
    rows = frame_of(outspoken)
    rows[["customer_id", "orders", "engagement"]].to_parquet(tmp_path / "histories.parquet")
    read = pd.read_parquet(tmp_path / "histories.parquet")
    at = {"as_of": outspoken.golden["as_of"]}
    said = Model(outspoken).predict(rows.drop(columns="profile"), at)
    assert said["churn_probability"].notna().any()
    pd.testing.assert_frame_equal(Model(outspoken).predict(read, at), said)


def test_decimals_are_numbers(outspoken: Bundle) -> None:
    """A column of money is often decimal in Parquet."""
    rows, at = frame_of(outspoken), {"as_of": outspoken.golden["as_of"]}
    exact = rows_changed(
        rows, lambda row: {k: Decimal(str(v)) if k == "amount" else v for k, v in row.items()}
    )
    said = Model(outspoken).predict(rows, at)
    pd.testing.assert_frame_equal(Model(outspoken).predict(exact, at), said)


def test_rows_out_of_frames_are_those_that_went_in(outspoken: Bundle) -> None:
    rows, at = frame_of(outspoken), {"as_of": outspoken.golden["as_of"]}
    bare = rows_changed(
        rows, lambda row: {k: v for k, v in row.items() if k not in ("category", "quantity")}
    )
    said = Model(outspoken).predict(rows_changed(bare, as_pandas_holds_it), at)
    pd.testing.assert_frame_equal(said, Model(outspoken).predict(bare, at))


def test_nanoseconds_of_nested_parquet_are_refused_with_what_to_write(
    outspoken: Bundle, tmp_path: Path
) -> None:
    """Arrow hands them over as bare numbers, whose timezone nobody knows any more."""
    times = pa.list_(pa.struct([("ordered_at", pa.timestamp("ns", "Europe/Berlin"))]))
    orders = pa.array([[{"ordered_at": pd.Timestamp("2024-05-01T10:00:00+02:00")}]], type=times)
    pq.write_table(pa.table({"customer_id": ["c"], "orders": orders}), tmp_path / "a.parquet")
    with pytest.raises(LadderError, match=r"(?s)ordered_at is 17145.*nanoseconds.*microseconds"):
        Model(outspoken).predict(pd.read_parquet(tmp_path / "a.parquet"))


def test_a_time_of_numpy_is_shown_as_a_time(outspoken: Bundle) -> None:
    """It has no timezone, so that it is refused; as a number nobody would know it again."""
    order = {"ordered_at": np.datetime64("2024-05-01T10:00:00", "ns"), "order_id": "1", "amount": 2}
    rows = pd.DataFrame({"customer_id": ["c"], "orders": [[order]]})
    with pytest.raises(LadderError, match="ordered_at is '2024-05-01T10:00:00'"):
        Model(outspoken).predict(rows)


@pytest.mark.parametrize("orders", ["[]", [["1", 20.0]], {"amount": 20.0}])
def test_what_is_no_list_of_rows_is_refused(outspoken: Bundle, orders: Any) -> None:
    rows = frame_of(outspoken).head(1)
    with pytest.raises(LadderError, match="orders is"):
        Model(outspoken).predict(rows.assign(orders=[orders]))


def test_a_day_begins_at_the_shops_midnight(outspoken: Bundle) -> None:
    shop = replace(outspoken, settings={**outspoken.settings, "shop": {"timezone": "Asia/Tokyo"}})
    rows, model = frame_of(outspoken), Model(shop)
    day = datetime.fromisoformat(outspoken.golden["as_of"]).date().isoformat()
    by_day = model.predict(rows, {"as_of": day})
    pd.testing.assert_frame_equal(by_day, model.predict(rows, {"as_of": f"{day}T00:00:00+09:00"}))
    for wrong in ("2024-13-01", "2024-05-01T10:00:00", "yesterday", "0001-01-01"):
        with pytest.raises(LadderError, match=wrong):
            model.predict(rows, {"as_of": wrong})


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, ""])
def test_a_row_of_nobody_is_refused(outspoken: Bundle, missing: Any) -> None:
    rows = frame_of(outspoken).astype({"customer_id": object})
    rows.loc[1, "customer_id"] = missing
    with pytest.raises(LadderError, match="Row 2 has no customer_id"):
        Model(outspoken).predict(rows)
