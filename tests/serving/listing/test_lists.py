"""Lists: worth, selection, hold-out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from serving.listing import holdout, lists
from serving.listing.economics import Campaign, Gamma, keeping, winning_back
from serving.listing.lists import Terms
from serving.records.record import SCHEMA, with_column

TERMS = Terms(b"0123456789abcdef", "run-1")
COSTLY = Campaign(margin=0.5, offer=2.0, contact_cost=0.5)


@cache
def run(n: int, seed: int = 1) -> pa.Table:
    """Make a run: the odd half may churn, every third has lapsed, all may speak."""
    random = np.random.default_rng(seed)
    lapsed = np.arange(n) % 3 == 0
    churn = random.uniform(0.02, 0.95, n)
    rows = [
        {
            "customer_id": f"c{i:05}",
            "as_of": date(2026, 3, 1),
            "model_version": "abc",
            "churn_probability": None if lapsed[i] else churn[i],
            "value_at_risk": None if lapsed[i] else churn[i] * random.gamma(1.0, 80.0),
            "return_probability": random.uniform(0, 0.4) if lapsed[i] else None,
            "advocate_probability": random.uniform(0, 0.5),
            "reasons": ["because"],
            "held_out": i % 17 == 1,
            "suppressed": i % 11 == 2,
        }
        for i in range(n)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def draw(
    n: int = 400,
    campaign: Campaign = COSTLY,
    *,
    top: int | None = None,
    budget: float | None = None,
) -> lists.Drawn:
    return lists.at_risk(run(n), campaign, replace(TERMS, top=top, budget=budget))


def column(drawn: lists.Drawn, name: str) -> list[object]:
    return list(drawn.members[name].to_pylist())


def test_the_profit_of_keeping_by_hand() -> None:
    worth = keeping(np.array([0.4]), np.array([20.0]), COSTLY)
    # V = 0.5 x 20 / 0.4 = 25: 0.4 x 0.3 x (25 - 2) - 0.6 x 2 - 0.5
    assert worth.profit[0] == pytest.approx(1.06)
    # The offer is taken by 0.4 x 0.3 who are kept and 0.6 who would have stayed.
    assert worth.cost[0] == pytest.approx(0.72 * 2 + 0.5)


def test_the_profit_of_winning_back_by_hand() -> None:
    worth = winning_back(np.array([0.2]), 60.0, COSTLY)
    assert worth.profit[0] == pytest.approx(0.2 * 0.3 * (30 - 2) - 0.5)
    assert worth.cost[0] == pytest.approx(0.2 * 0.3 * 2 + 0.5)


@pytest.mark.parametrize(("a", "b"), [(6, 14), (2, 30), (40, 40)])
def test_gamma_is_the_beta_it_says(a: float, b: float) -> None:
    gamma, oracle = Gamma(a, b), beta(a, b)
    assert gamma.mean == pytest.approx(oracle.mean())
    assert gamma.interval == pytest.approx(oracle.ppf([0.05, 0.95]), abs=1e-4)


@pytest.mark.parametrize("campaign", [COSTLY, Campaign(0.5, 0.02, 0.001)])
def test_all_of_positive_profit_in_descending_yield(campaign: Campaign) -> None:
    drawn = draw(campaign=campaign)
    profit = np.array(column(drawn, "expected_profit"), float)
    cost = np.array(column(drawn, "expected_cost"), float)
    asked = [row for row in run(400).to_pylist() if row["churn_probability"] is not None]
    free = [row for row in asked if not row["suppressed"] and not row["held_out"]]
    churn, at_stake = (
        np.array([row[name] for row in free]) for name in ("churn_probability", "value_at_risk")
    )
    worth = keeping(churn, at_stake, campaign).profit
    assert 0 < (worth > 0).sum() < len(worth)
    assert sorted(profit) == pytest.approx(sorted(worth[worth > 0]))
    assert (np.diff(profit / cost) <= 1e-12).all()
    worthless = with_column(run(30), "value_at_risk", pa.array([0.0] * 30))
    assert not len(lists.at_risk(worthless, Campaign(), TERMS).members), "nothing is no profit"


def test_nobody_suppressed_held_out_elsewhere_or_lapsed_is_listed() -> None:
    drawn = draw()
    for id in column(drawn, "customer_id"):
        i = int(str(id)[1:])
        assert i % 11 != 2
        assert i % 17 != 1
        assert i % 3 != 0


@pytest.mark.parametrize("top", [1, 19, 20, 57, 100])
def test_top_counts_contacted_people(top: int) -> None:
    assert draw(campaign=Campaign(), top=top).contacted == top


def test_a_tenth_is_held_out_within_value_strata() -> None:
    drawn = draw(2_000, Campaign(), top=450)
    held = np.array(column(drawn, "contact")) == "held_out"
    value = np.array(column(drawn, "value_at_risk"), float)
    assert held.sum() == 49  # of 499
    # One in each stratum of ten: the arms' means are close whatever the key.
    assert value[held].mean() == pytest.approx(value[~held].mean(), rel=0.2)


@given(st.integers(0, 300), st.sampled_from([0.0, 0.05, 0.1, 0.5]))
def test_selection_for_is_the_smallest_that_leaves_enough(contacted: int, share: float) -> None:
    rule = holdout.Rule(share)
    selected = rule.selection_for(contacted)
    assert selected - rule.size(selected) >= contacted
    assert all(n - rule.size(n) < contacted for n in range(selected))


@given(st.integers(1, 5000))
def test_the_hold_out_is_a_tenth_rounded_down(selected: int) -> None:
    assert holdout.Rule().size(selected) == (selected // 10 if selected >= 20 else 0)


@given(st.integers(0, 40), st.sampled_from([0.0, 0.1, 0.5, 1 - 1e-12]))
def test_somebody_is_contacted_of_any_selection(selected: int, share: float) -> None:
    assert holdout.Rule(share, smallest=1).size(selected) <= max(0, selected - 1)


@given(st.integers(1, 99), st.integers(1, 50))
def test_a_share_in_percent_is_held_out_of_hundreds_to_the_person(percent: int, n: int) -> None:
    assert holdout.Rule(percent / 100).size(100 * n) == percent * n


def test_a_hold_out_depends_on_the_key_and_the_purpose_and_not_on_the_order_of_people() -> None:
    ids, value = np.array([f"c{i}" for i in range(200)]), np.arange(200.0)

    def held_out(order: np.ndarray, key: bytes = b"a key", purpose: str = "a") -> set[str]:
        held = holdout.draw(ids[order].tolist(), value[order], 20, key, purpose)
        assert held.sum() == 20
        return set(ids[order][held])

    in_order, mixed = np.arange(200), np.random.default_rng(1).permutation(200)
    first = held_out(in_order)
    assert held_out(mixed) == first
    assert held_out(in_order, purpose="b") != first
    assert held_out(in_order, key=b"another key") != first


def test_one_customer_of_every_stratum_of_value_is_held_out() -> None:
    value = np.random.default_rng(2).permutation(200).astype(float)
    held = holdout.draw([f"c{i}" for i in range(200)], value, 20, b"a key", "a")
    assert (np.sort(value[held]) // 10).tolist() == list(range(20))


@settings(max_examples=30)
@given(st.floats(0, 400))
def test_contacts_never_cost_more_than_the_budget(budget: float) -> None:
    drawn = draw(budget=budget)
    contacted = np.array(column(drawn, "contact")) == "yes"
    spent = np.array(column(drawn, "expected_cost"), float)[contacted].sum()
    assert spent <= budget * (1 + 1e-9)
    assert drawn.cost == pytest.approx(spent)


@settings(max_examples=40)
@given(cents=st.integers(1, 300), people=st.integers(1, 120))
def test_a_budget_for_just_so_many_people_reaches_them_all(cents: int, people: int) -> None:
    each = Campaign(contact_cost=cents / 100)
    drawn = draw(campaign=each, budget=cents * people / 100)
    assert drawn.contacted == draw(campaign=each, top=people).contacted
    assert drawn.cost <= cents * people / 100
    contacted = np.array(column(drawn, "contact")) == "yes"
    assert drawn.cost == pytest.approx(np.array(column(drawn, "expected_cost"))[contacted].sum())


def test_a_budget_is_spent_nearly_to_its_end() -> None:
    assert draw(2_000, budget=150.0).cost > 146
    # Also where the hold-out happens to be the cheap ones: nobody costs more than 2.5.
    for budget in np.linspace(2, 120, 30):
        assert budget - 5 < draw(budget=budget).cost <= budget


def test_the_profit_counts_the_contacted_and_says_how_sure_it_is() -> None:
    drawn = draw()
    contacted = np.array(column(drawn, "contact")) == "yes"
    assert drawn.profit is not None
    mean, low, high = drawn.profit
    assert mean == pytest.approx(np.array(column(drawn, "expected_profit"))[contacted].sum())
    assert low < mean < high
    leaves = np.array(column(drawn, "churn_probability"), float)[contacted]
    sunk = ((1 - leaves) * COSTLY.offer + COSTLY.contact_cost).sum()
    at_best = (mean + sunk) / 0.3  # if all were kept; profit is linear in the chance of it
    assert (low + sunk, high + sunk) == pytest.approx([at_best * q for q in Gamma().interval])
    assert "30% of leavers (90% interval 15 to 48%)" in drawn.notes[0]


def test_win_back_asks_the_lapsed() -> None:
    drawn = lists.win_back(run(300), 40.0, Campaign(contact_cost=1.0), TERMS)
    assert drawn.notes[0].startswith("Assumes that the offer brings 30% of those who return (90%")
    chances = np.array(column(drawn, "return_probability"), float)
    assert (chances * 0.3 * 40 > 1).all()
    assert all(int(str(id)[1:]) % 3 == 0 for id in column(drawn, "customer_id"))


def test_advocates_are_those_above_the_rate_likeliest_first() -> None:
    drawn = lists.likeliest(run(300), "advocates", 0.3, replace(TERMS, top=30))
    chances = np.array(column(drawn, "advocate_probability"), float)
    assert drawn.contacted == 30
    assert (np.diff(chances) <= 0).all()
    assert drawn.profit is None
    assert lists.likeliest(run(300), "advocates", 0.9, TERMS).notes == (lists.NONE_LIKELY,)
    everybody = lists.likeliest(run(300), "advocates", 0.3, TERMS)
    assert np.array(column(everybody, "advocate_probability"), float).min() >= 0.3


def test_whoever_is_at_the_rate_but_for_rounding_is_an_advocate() -> None:
    alike = with_column(run(30), "advocate_probability", pa.array([0.3] * 30))
    drawn = lists.likeliest(alike, "advocates", 0.1 + 0.2, TERMS)
    assert len(drawn.members) == len(lists.likeliest(alike, "advocates", 0.0, TERMS).members) > 0


def test_no_list_shows_who_would_praise() -> None:
    assert not any("review" in name for shown in lists.SHOWN.values() for name in shown)


def test_an_empty_run_gives_an_empty_list() -> None:
    drawn = lists.at_risk(run(0), COSTLY, replace(TERMS, top=10))
    assert (drawn.contacted, drawn.cost) == (0, 0.0)
    assert lists.NO_PROFIT not in drawn.notes


def test_a_list_on_which_nobody_is_worth_the_cost_says_so() -> None:
    dear = draw(campaign=Campaign(contact_cost=1000.0))
    assert (dear.contacted, dear.notes[1:]) == (0, (lists.NO_PROFIT,))
    assert lists.NO_PROFIT not in draw(budget=0.5).notes, "the budget is too small for anybody"
