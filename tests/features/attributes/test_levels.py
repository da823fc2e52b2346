"""What attributes hold, and which features come of it."""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.attributes.levels import FEWEST, MOST_LEVELS, MOST_VALUES, Values, columns
from features.catalogue import Column
from features.clock import midnight
from features.config import Config
from features.engine import compute
from features.errors import UsageError
from features.history import open_history
from features.sample import make_shop
from features.standard import own_features, standard_columns

UNTIL = date(2025, 6, 1)
COLUMNS = {"valid_from": "since", "plan": "plan", "seats": "seats"}


def text(**customers: int) -> Values:
    return Values(sum(customers.values()), 0, 0, customers)


def test_the_most_frequent_values_become_flags() -> None:
    many = {f"level {number:02}": 100 - number for number in range(30)}
    found = columns({"plan": text(**many)})
    assert [column.name for column in found] == [
        f"attribute:plan=level {number:02}" for number in range(MOST_LEVELS)
    ]
    assert {column.group for column in found} == {"attribute:plan"}


def test_a_value_that_few_share_is_not_named_in_a_bundle() -> None:
    assert text(gold=FEWEST, ruby=FEWEST - 1).levels == ("gold",)
    assert "left out" in str(text(ruby=FEWEST - 1))


def test_a_text_of_very_many_values_is_left_out_however_they_come() -> None:
    half = MOST_VALUES // 2 + 1
    parts = [
        text(common=500, **{f"{letter}{number:04}": 30 for number in range(half)})
        for letter in ("x", "y")
    ]
    assert parts[0].levels
    whole = reduce(add, parts)
    assert whole.levels == ()
    assert "sorts nobody" in str(whole)


def test_parts_of_the_customers_add_up() -> None:
    both = text(gold=15, blue=9) + text(gold=10, ruby=1)
    assert both == Values(35, 0, 0, {"blue": 9, "gold": 25, "ruby": 1})
    assert both.levels == ("gold",)


@pytest.mark.parametrize("column", columns({"the_plan": text(**{"a {b}": 50}), "x": Values(1, 1)}))
def test_a_column_survives_json_and_can_be_said(column: Column) -> None:
    assert Column.from_json(column.to_json()) == column
    said = column.reason.format(value="<value>")
    assert "<value>" in said
    assert "_" not in said
    assert column.missing


@pytest.fixture(scope="module")
def frames() -> dict[str, Any]:
    """Return a made-up shop whose customers change their plan, row by row over two years."""
    shop = make_shop(customers=120, days=540, seed=3)
    rows = [
        {"customer_id": who, "since": f"{year}-0{1 + n % 9}-01", "plan": plan, "seats": n + year}
        for n, who in enumerate(shop.customers["customer_id"].to_pylist())
        for year, plan in ((2024, "basic"), (2025, "gold" if n % 3 else "basic"))
    ]
    customers = pa.Table.from_pylist(rows)
    return {"orders": shop.orders, "engagement": shop.engagement, "customers": customers}


@pytest.fixture(scope="module")
def config() -> Config:
    utc = {"timestamps": "UTC"}
    return Config.from_dict({"orders": utc, "engagement": utc, "customers": {"columns": COLUMNS}})


def test_a_history_gives_the_values_that_somebody_would_look_up(
    config: Config, frames: dict[str, Any]
) -> None:
    cutoffs = [midnight(day, "UTC") for day in (date(2024, 3, 1), date(2025, 2, 1), UNTIL)]
    with open_history(config, UNTIL, frames) as history:
        assert history.values["plan"].levels == ("basic", "gold")
        named = standard_columns(config, history.span, history.kinds, values=history.values)
        mine = [column for column in named if column.name.startswith("attribute:")]
        found = pa.concat_tables([compute(block, cutoffs, mine) for block in history.blocks()])
    rows = frames["customers"].to_pylist()
    for row in found.to_pylist():
        day = str(row["cutoff"].date())
        known = [r for r in rows if r["customer_id"] == row["customer_id"] and r["since"] < day]
        newest = max(known, key=lambda r: str(r["since"]), default=None)
        told = (row["attribute:plan=basic"], row["attribute:plan=gold"], row["attribute:seats"])
        if newest is None:
            assert all(number != number for number in told)
        else:
            plan = str(newest["plan"])
            assert told == (plan == "basic", plan == "gold", newest["seats"])


def test_a_number_that_became_a_text_is_not_known_any_more(
    config: Config, frames: dict[str, Any]
) -> None:
    with open_history(config, UNTIL, frames) as history:
        (seats,) = [one for one in columns(history.values) if one.name == "attribute:seats"]
    customers = frames["customers"]
    told = ["many" if "2025" in since else "7" for since in customers["since"].to_pylist()]
    place = customers.column_names.index("seats")
    changed = {**frames, "customers": customers.set_column(place, "seats", pa.array(told))}
    with open_history(config, UNTIL, changed) as history:
        tables = [compute(block, [history.until], [seats]) for block in history.blocks()]
    known = {
        row["customer_id"]: row["attribute:seats"] for row in pa.concat_tables(tables).to_pylist()
    }
    since = dict(
        zip(*(customers[name].to_pylist() for name in ("customer_id", "since")), strict=True)
    )
    for who, seen in known.items():
        assert (str(seen) == "nan") == (since[who] < str(UNTIL)), since[who]
    assert 7.0 in known.values()


def test_a_level_of_later_on_is_none_of_those_learnt(
    config: Config, frames: dict[str, Any]
) -> None:
    with open_history(config, UNTIL, frames) as history:
        learnt = columns(history.values)
    customers = frames["customers"]
    renamed = pc.replace_substring(customers["plan"], "gold", "platinum")
    later = {**frames, "customers": customers.set_column(2, "plan", renamed)}
    with open_history(config, UNTIL, later) as history:
        (block,) = history.blocks()
        table = compute(block, [history.until], learnt)
    assert pc.max(table["attribute:plan=gold"]).as_py() == 0
    assert set(table["attribute:plan=basic"].to_pylist()) == {0.0, 1.0}


def test_shops_without_attributes_have_the_columns_they_had(frames: dict[str, Any]) -> None:
    plain = Config.from_dict({"orders": {}, "engagement": {}, "customers": {}})
    with open_history(plain, UNTIL, frames) as history:
        assert not history.values
        found = standard_columns(plain, history.span, history.kinds, history.fields)
        told = standard_columns(
            plain, history.span, history.kinds, history.fields, values=history.values
        )
        assert found == told


OWN = '''
from features.own import Attributes, Measure, feature

@feature(unit="times", reason="changed the plan {value}")
def plans(attributes: Attributes) -> Measure:
    """Plans so far."""
    return attributes.named("plan").count()
'''


def with_own(folder: Path, columns: dict[str, str]) -> Config:
    (folder / "mine.py").write_text(OWN, encoding="utf-8")
    data = {"orders": {}, "customers": {"columns": columns}, "features": {"extra": "mine.py"}}
    return Config.from_dict(data, folder)


def test_an_own_feature_may_read_an_attribute_with_a_history(
    tmp_path: Path, frames: dict[str, Any]
) -> None:
    config = with_own(tmp_path, COLUMNS)
    with open_history(config, UNTIL, {n: frames[n] for n in ("orders", "customers")}) as history:
        found = standard_columns(
            config,
            history.span,
            history.kinds,
            history.fields,
            own_features(config),
            history.values,
        )
        (mine,) = [column for column in found if column.name == "plans"]
        (block,) = history.blocks()
        counts = compute(block, [history.until], [mine])["plans"].to_pylist()
    assert set(counts) == {1.0, 2.0}


@pytest.mark.parametrize(
    ("columns", "came"),
    [({"plan": "plan"}, "has no valid_from"), ({}, "is not mapped")],
)
def test_an_own_feature_of_an_attribute_without_a_history_is_refused(
    tmp_path: Path, columns: dict[str, str], came: str
) -> None:
    with pytest.raises(UsageError) as caught:
        own_features(with_own(tmp_path, columns))
    assert "with valid_from" in caught.value.must
    assert came in caught.value.came
