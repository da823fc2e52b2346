"""What the four tables look like, and that they show what the model says they show."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import compute as pc

from features.sample import SampleShop, people
from features.sample.model import ASKED, HAPPY, TREATED
from features.sample.schedule import ASKS, CAMPAIGNS, TIMEZONE
from features.tables import KINDS, RATINGS, TABLES

TIMES = {"orders": "ordered_at", "engagement": "occurred_at", "contacts": "contacted_at"}


def of_kind(shop: SampleShop, *kinds: str) -> pd.DataFrame:
    wanted = pc.is_in(shop.engagement["kind"], pa.array(kinds))
    rows: pd.DataFrame = shop.engagement.filter(wanted).to_pandas()
    return rows


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_canonical(shop: SampleShop, name: str) -> None:
    table = getattr(shop, name)
    assert table.schema == TABLES[name].schema
    assert {c.name for c in TABLES[name].columns if c.required} <= {
        column for column in table.column_names if table[column].null_count == 0
    }


@pytest.mark.parametrize(("name", "time"), TIMES.items())
def test_rows_are_in_order_and_within_the_customers_time(
    shop: SampleShop, name: str, time: str
) -> None:
    rows = getattr(shop, name).to_pandas()
    signed = shop.customers.to_pandas().set_index("customer_id")["signed_up_at"]
    assert rows[time].is_monotonic_increasing
    assert (rows[time] >= rows["customer_id"].map(signed)).all()
    assert rows[time].max() < pd.Timestamp(shop.until, tz=TIMEZONE)


def test_what_tells_of_a_customer_happens_while_the_doors_are_open(shop: SampleShop) -> None:
    bought = shop.orders.to_pandas()["ordered_at"]
    did = shop.engagement.to_pandas().query("kind != 'ticket_closed'")["occurred_at"]
    hours = pd.concat([bought, did]).dt.tz_convert(TIMEZONE).dt.hour
    assert hours.between(5, 22).all()  # an hour more on either side when the clocks change


def test_sizes_are_those_of_a_shop(shop: SampleShop) -> None:
    customers = shop.customers.num_rows
    assert customers == 8_000
    assert 12 < shop.orders.num_rows / customers < 18
    assert 50 < shop.engagement.num_rows / customers < 75
    assert set(shop.engagement["kind"].to_pylist()) <= set(KINDS)


def test_values_are_possible(shop: SampleShop) -> None:
    for kind in RATINGS:
        values = of_kind(shop, kind.name)["value"]
        assert set(values) == set(np.arange(kind.lowest or 0, (kind.highest or 0) + 1))
    orders = shop.orders.to_pandas()
    assert (orders["amount"] * 100).round(6).mod(1).eq(0).all()
    assert orders["discount"].ge(0).all()
    assert orders["is_return"].eq(orders["amount"] < 0).all()


def test_returns_give_back_a_line_bought_earlier(shop: SampleShop) -> None:
    orders = shop.orders.to_pandas()
    back = orders[orders["is_return"]]
    key = ["customer_id", "order_id", "product_id"]
    bought = orders[~orders["is_return"]].drop_duplicates(key)
    pairs = back.merge(bought, on=key, suffixes=("", "_bought"))
    assert len(pairs) == len(back) > 100
    assert (pairs["ordered_at"] > pairs["ordered_at_bought"]).all()


def test_free_samples_are_rare_and_cost_nothing(shop: SampleShop) -> None:
    orders = shop.orders.to_pandas()
    free = orders[orders["amount"] == 0]
    assert 0.001 < len(free) / len(orders) < 0.01
    assert not free["order_id"].isin(orders.loc[orders["amount"] > 0, "order_id"]).any()


def test_a_customer_orders_at_most_once_a_day(shop: SampleShop) -> None:
    orders = shop.orders.to_pandas().query("amount > 0").drop_duplicates("order_id")
    day = orders["ordered_at"].dt.tz_convert(TIMEZONE).dt.date
    assert not pd.DataFrame({"who": orders["customer_id"], "day": day}).duplicated().any()


def test_friends_come_after_a_referral_and_are_fewer_than_referrals(shop: SampleShop) -> None:
    people = shop.customers.to_pandas()
    friends = people[people["referred_by"].notna()]
    assert (people["referred_by"].notna() == (people["acquired_by"] == "referral")).all()
    referrals = of_kind(shop, "referred")
    pairs = friends.merge(referrals, left_on="referred_by", right_on="customer_id")
    earlier = pairs[pairs["occurred_at"] < pairs["signed_up_at"]]
    assert set(earlier["customer_id_x"]) == set(friends["customer_id"])
    assert 0.3 < len(friends) / len(referrals) < 0.6


def test_consent_is_honoured(shop: SampleShop) -> None:
    customers = shop.customers.to_pandas().set_index("customer_id")
    no = set(customers.index[~customers["marketing_allowed"]])
    assert 0.07 < len(no) / len(customers) < 0.09
    assert 0.01 < 1 - customers["profiling_allowed"].mean() < 0.03
    assert not no & set(shop.contacts["customer_id"].to_pylist())
    assert not no & set(of_kind(shop, "email_sent")["customer_id"])


def test_nobody_gets_a_newsletter_after_unsubscribing(shop: SampleShop) -> None:
    left = of_kind(shop, "email_unsubscribed").set_index("customer_id")["occurred_at"]
    sent = of_kind(shop, "email_sent").groupby("customer_id")["occurred_at"].max()
    assert len(left) > 100
    assert (sent[left.index] < left).all()


def test_the_flags_are_no_secret(shop: SampleShop) -> None:
    """They follow from survey answers and contacts, so the truth uses nothing that rows hide."""
    flags = np.zeros_like(shop.lives.flags)
    answers = of_kind(shop, "nps")
    for day, who, value in _placed(shop, answers, "occurred_at", answers["value"]):
        ask = _first_from(day, ASKS.first, ASKS.every)
        flags[day + 1 : ask + 1, who] = HAPPY if value >= 9 else 0
    contacts = shop.contacts.to_pandas().query("arm == 'treated'")
    for day, who, asked in _placed(shop, contacts, "contacted_at", contacts["ask"].notna()):
        bit, lasts = (ASKED, ASKS.lasts) if asked else (TREATED, CAMPAIGNS.lasts)
        flags[day + 1 : day + 1 + lasts, who] |= bit
    np.testing.assert_array_equal(flags, shop.lives.flags)


def _placed(
    shop: SampleShop, rows: pd.DataFrame, time: str, value: pd.Series
) -> Iterator[tuple[int, int, float]]:
    """Yield day, position of the customer and value of each row."""
    position = {name: place for place, name in enumerate(shop.ids.to_pylist())}
    local = rows[time].dt.tz_convert(TIMEZONE).dt.tz_localize(None)
    days = (local - pd.Timestamp(shop.schedule.start)).dt.days
    return zip(days.tolist(), rows["customer_id"].map(position).tolist(), value, strict=True)


def _first_from(day: int, first: int, every: int) -> int:
    """Return the first day of the series first, first + every, ... from `day` on."""
    return max(first, first + -(-(day - first) // every) * every)


def test_asks_go_to_the_happy_and_arms_are_random(shop: SampleShop) -> None:
    contacts = shop.contacts.to_pandas()
    asks = contacts[contacts["ask"].notna()]
    treated = contacts["arm"].eq("treated").groupby(contacts["ask"].notna()).mean()
    assert treated[True] == pytest.approx(people.ASKED, abs=0.02)
    assert treated[False] == pytest.approx(people.TREATED, abs=0.02)
    assert contacts["cost"].gt(0).equals(contacts["arm"].eq("treated"))
    happy = of_kind(shop, "nps").query("value >= 9")
    assert set(asks["customer_id"]) <= set(happy["customer_id"])
    assert set(asks["ask"]) == {"refer", "review"}


def test_a_voucher_sells_and_asking_helps(shop: SampleShop) -> None:
    orders = shop.orders.to_pandas().query("amount > 0").drop_duplicates("order_id")
    contacts = shop.contacts.to_pandas()
    vouchers = contacts[contacts["campaign"].str.startswith("voucher")]
    assert _responses(vouchers, orders, "ordered_at") > 3
    for ask, kind in (("refer", "referred"), ("review", "reviewed")):
        asked = contacts[contacts["ask"] == ask]
        assert _responses(asked, of_kind(shop, kind), "occurred_at") > 2


def _responses(letters: pd.DataFrame, rows: pd.DataFrame, time: str) -> float:
    """Return by how many standard errors more treated than control customers responded."""
    pairs = letters.reset_index().merge(rows[["customer_id", time]], on="customer_id")
    wait = pairs[time] - pairs["contacted_at"]
    hit = pairs.loc[wait.between(pd.Timedelta(0), pd.Timedelta(days=21)), "index"]
    responded = letters.index.isin(hit)
    treated, control = (responded[letters["arm"] == arm] for arm in ("treated", "control"))
    error = np.sqrt(treated.var() / len(treated) + control.var() / len(control))
    return float((treated.mean() - control.mean()) / error)


def test_categories_and_channels_are_drawn_evenly(shop: SampleShop) -> None:
    orders = shop.orders.to_pandas().query("amount > 0")
    for column in ("category", "channel"):
        shares = orders[column].value_counts(normalize=True)
        assert shares.max() - shares.min() < 0.02
