"""Aggregates of histories small enough to work out by hand."""

from __future__ import annotations

import math
import statistics
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.arithmetic.fields import fixed
from features.catalogue import Column
from features.clock import Window, instant
from features.contract import Activity, Engagement, Orders
from features.engine import compute
from features.expressions.expression import Measure
from features.money import minor_digits

if TYPE_CHECKING:
    from tests.features.histories import Shop

CUTOFF = datetime(2024, 6, 1, tzinfo=UTC)
ORDERS, ENGAGEMENT, ACTIVITY = Orders(), Engagement(), Activity()


def value(shop: Shop, measure: Measure, days: int | None = None) -> float:
    column = Column("it", measure, Window.before(days), is_feature=False)
    (found,) = compute(shop.block(), [instant(CUTOFF)], [column])["it"].to_pylist()
    return float(found)


def ago(days: float) -> datetime:
    return CUTOFF - timedelta(days=days)


def spent(*lines: tuple[float, float]) -> list[dict[str, Any]]:
    return [
        {"ordered_at": ago(days), "amount": amount, "order_id": str(days)} for days, amount in lines
    ]


def said(*answers: tuple[float, float | None]) -> list[dict[str, Any]]:
    return [{"occurred_at": ago(days), "kind": "nps", "value": score} for days, score in answers]


@pytest.mark.parametrize(
    ("measure", "days", "expected"),
    [
        (ORDERS.count(), None, 4),
        (ORDERS.count(), 30, 2),
        (ORDERS.amount.sum(), None, 100.3),
        (ORDERS.amount.sum(), 30, 0.3),
        (ORDERS.amount.mean(), 30, 0.15),
        (ORDERS.amount.mean(), 5, math.nan),
        (ORDERS.amount.sum(), 5, 0),
        (ORDERS.amount.largest(), None, 60.0),
        (ORDERS.amount.smallest(), None, 0.1),
        (ORDERS.amount.largest(), 5, math.nan),
        (ORDERS.amount.latest(), None, 0.2),
        (ORDERS.amount.latest(1), None, 0.1),
        (ORDERS.amount.latest(4), None, math.nan),
        (ORDERS.amount.latest(2), 30, math.nan),  # the third last lies before the window
        (ORDERS.amount.spread(), 30, 0.05 * math.sqrt(2)),
        (ORDERS.amount.spread(), 15, math.nan),  # one row has no spread
        (ORDERS.days_since_last(), None, 10),
        (ORDERS.days_since_first(), None, 90.5),
        (ORDERS.days_since_first(), 30, 20),
        (ORDERS.days_since_last(), 5, math.nan),
    ],
)
def test_numbers_over_windows(
    measure: Measure, days: int | None, expected: float, shop_of: type[Shop]
) -> None:
    shop = shop_of.of(spent((90.5, 40.0), (60, 60.0), (20, 0.1), (10, 0.2)))
    assert value(shop, measure, days) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_money_is_summed_exactly(shop_of: type[Shop]) -> None:
    """A thousand times a tenth is a hundred, and what is returned is gone."""
    shop = shop_of.of(spent(*[(5.0, 0.1)] * 1000, (4.0, -100.0)))
    assert value(shop, ORDERS.amount.sum()) == 0.0


def test_rows_are_rounded_half_to_even_to_the_minor_unit(shop_of: type[Shop]) -> None:
    lines = spent((9, 0.125), (8, 0.375), (7, 2.5))
    totals = {
        currency: value(shop_of.of(lines, currency=currency), ORDERS.amount.sum())
        for currency in ("GBP", "JPY", "KWD")
    }
    assert totals == {"GBP": 0.12 + 0.38 + 2.5, "JPY": 2.0, "KWD": 3.0}


@given(st.integers(-(10**14), 10**14), st.sampled_from(["JPY", "GBP", "KWD"]))
@example(1015, "GBP")
@example(-1115, "GBP")
@example(15, "JPY")
def test_a_row_is_rounded_as_it_is_written(tenths: int, currency: str) -> None:
    """1.015 is half a penny more than 1.01 to whoever wrote it, and a little less in binary."""
    digits = minor_digits(currency)
    amount = float(Decimal(tenths).scaleb(-digits - 1))
    (units,) = fixed(pa.table({"amount": [amount]}), "amount", 10.0**digits).values.tolist()
    assert units == (Decimal(tenths) / 10).quantize(Decimal(1), ROUND_HALF_EVEN)


def test_fading_halves_every_half_life_by_whole_days(shop_of: type[Shop]) -> None:
    shop = shop_of.of(spent((0.5, 10.0), (30, 20.0), (30.99, 40.0), (60, 80.0)))
    assert value(shop, ORDERS.faded(30)) == 1 + 0.5 + 0.5 + 0.25
    assert value(shop, ORDERS.amount.faded(30)) == 10 + 10 + 20 + 20
    assert value(shop, ORDERS.amount.faded(30), days=40) == 10 + 10 + 20
    weight = round(2**20 * 2 ** (-30 / 7)) / 2**20
    assert value(shop, ORDERS.amount.faded(7), days=30) == pytest.approx(10 + 20 * weight)


def test_large_numbers_neither_overflow_nor_lose_their_spread(shop_of: type[Shop]) -> None:
    points = [(float(day), 9e9 + day) for day in range(1, 41)]
    shop = shop_of.of(engagement=said(*points))
    assert value(shop, ENGAGEMENT.value.spread()) == pytest.approx(11.690451944500122)
    assert value(shop, ENGAGEMENT.value.sum()) == 40 * 9e9 + 820
    assert value(shop, ENGAGEMENT.value.faded(10**4)) == pytest.approx(40 * 9e9, rel=0.01)
    small = shop_of.of(engagement=said((3, 1000.0), (2, 2000.0), (1, 4000.0)))
    assert value(small, ENGAGEMENT.value.spread()) == pytest.approx(1527.5252316519468)


def test_sums_beyond_64_bits_are_right_to_all_digits_of_a_float(shop_of: type[Shop]) -> None:
    """Bytes of a session, say: a thousand of them are more millionths than 64 bits count."""
    sizes = [9e11 + 1e9 * n for n in range(40)]
    large = [{"customer_id": "large", **row} for row in said(*enumerate(sizes, start=1))]
    small = [{"customer_id": "small", **row} for row in said((1, 0.1), (2, 0.2), (3, 5.0))]
    answers = ENGAGEMENT.value
    columns = [
        Column(name, measure, is_feature=False)
        for name, measure in {
            "sum": answers.sum(),
            "mean": answers.mean(),
            "spread": answers.spread(),
            "two": answers.spread().over(2),
        }.items()
    ]
    together = shop_of.of([], large + small)
    told, among = compute(together.block(), [instant(CUTOFF)], columns).to_pylist()
    assert told["sum"] == pytest.approx(math.fsum(sizes), rel=1e-15)
    assert told["mean"] == pytest.approx(math.fsum(sizes) / 40, rel=1e-15)
    assert told["spread"] == pytest.approx(statistics.stdev(sizes), rel=1e-12)
    assert told["two"] == pytest.approx(1e9 / math.sqrt(2), rel=1e-15)
    (alone,) = compute(shop_of.of([], small).block(), [instant(CUTOFF)], columns).to_pylist()
    assert among == alone


def test_null_values_are_not_looked_at(shop_of: type[Shop]) -> None:
    shop = shop_of.of(engagement=said((9, 8.0), (8, None), (7, 6.0), (6, None)))
    assert value(shop, ENGAGEMENT.count()) == 4
    assert value(shop, ENGAGEMENT.value.count()) == 2
    assert value(shop, ENGAGEMENT.value.mean()) == 7.0
    assert value(shop, ENGAGEMENT.value.latest()) == 6.0
    assert value(shop, ENGAGEMENT.where(ENGAGEMENT.value < 9).count()) == 2
    assert value(shop, ENGAGEMENT.where(~(ENGAGEMENT.value < 9)).count()) == 2


@pytest.mark.parametrize(
    ("categories", "distinct", "entropy", "top_share"),
    [
        ([], 0, math.nan, math.nan),
        ([None, None], 0, math.nan, math.nan),
        (["tea"], 1, 0, 1),
        (["tea", "tea", "tea"], 1, 0, 1),
        (["tea", "mugs", None], 2, math.log(2), 0.5),
        (["tea", "tea", "tea", "mugs"], 2, 0.5623351446188083, 0.75),
        (["tea", "Tea", "", "tea "], 4, math.log(4), 0.25),  # texts as they are written
    ],
)
def test_breadth_of_what_is_bought(
    categories: list[str | None],
    distinct: float,
    entropy: float,
    top_share: float,
    shop_of: type[Shop],
) -> None:
    lines = [{**spent((5, 1.0))[0], "category": category} for category in categories]
    shop = shop_of.of([*spent((400, 1.0)), *lines])
    found = [
        value(shop, measure, 30)
        for measure in (
            ORDERS.category.distinct(),
            ORDERS.category.entropy(),
            ORDERS.category.top_share(),
        )
    ]
    assert found == pytest.approx([distinct, entropy, top_share], abs=1e-5, nan_ok=True)


@pytest.mark.parametrize(
    ("active_on", "share"),
    [
        ([50, 40, 33], 1.0),  # gaps of 10 and 7, silent for 33
        ([60, 50, 20, 10], 0.0),  # gaps of 10, 30 and 10, silent for 10: not below 10
        ([61, 51, 21, 11], 2 / 3),
        ([20, 1], 0.0),
        ([20], math.nan),
        ([], math.nan),
    ],
)
def test_share_of_own_gaps_below_the_present_silence(
    active_on: list[float], share: float, shop_of: type[Shop]
) -> None:
    shop = shop_of.of(spent(*((days, 1.0) for days in active_on)), said((1, 5.0)), timezone="UTC")
    assert value(shop, ACTIVITY.gap.share_below_silence()) == pytest.approx(share, nan_ok=True)


def test_arithmetic_with_null_is_null_and_nothing_is_divided_by_zero(shop_of: type[Shop]) -> None:
    shop = shop_of.of(spent((5, 3.0)))
    none, zero, three = ENGAGEMENT.value.mean(), ENGAGEMENT.count(), ORDERS.amount.sum()
    assert math.isnan(value(shop, three + none))
    assert math.isnan(value(shop, three / zero))
    assert math.isnan(value(shop, none.below(three)))
    assert value(shop, none.fill(7.0) * three - zero) == 21.0
    assert value(shop, zero.below(three)) == 1.0
    assert value(shop, three.below(3.0)) == 0.0


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        (ORDERS.amount.equals(19.99), 1),
        (ORDERS.amount >= 19.99, 2),
        (ORDERS.amount > 19.99, 1),
        (ORDERS.amount < 19.99, 1),
        (ORDERS.amount <= 19.99, 2),
        (ORDERS.amount.equals(0.07), 1),
        (ORDERS.category.equals("tea"), 1),
        (~ORDERS.category.equals("tea"), 2),
        (ORDERS.category.equals("never sold"), 0),
    ],
)
def test_constants_are_the_decimal_numbers_they_are_written_as(
    condition: Any, rows: int, shop_of: type[Shop]
) -> None:
    lines = spent((3, 0.07), (2, 19.99), (1, 20.0))
    lines[0]["category"] = "tea"
    assert value(shop_of.of(lines), ORDERS.where(condition).count()) == rows
