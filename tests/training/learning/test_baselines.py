from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta, gamma

from tests.training.made import MakeExamples
from training.bundle.rule import Rule, no_purchase, own_gap
from training.learning import baselines, bgnbd
from training.snapshots.examples import Examples

# Published for the CDNOW customers in weeks; here to recover from a simulation, in days.
CDNOW = {"r": 0.243, "alpha": 4.414 * 7, "a": 0.793, "b": 2.426}


def _simulated(customers: int, days: float, horizon: float) -> tuple[dict[str, np.ndarray], ...]:
    """Buy and drop out as BG/NBD says; return the history and whether nothing came after it."""
    draw = np.random.default_rng(1)
    rate = draw.gamma(CDNOW["r"], 1 / CDNOW["alpha"], customers)
    drop = draw.beta(CDNOW["a"], CDNOW["b"], customers)
    age = draw.uniform(days / 2, days, customers)
    at = np.zeros(customers)
    alive = np.ones(customers, dtype=bool)
    bought, last, quiet = np.ones(customers), np.zeros(customers), np.ones(customers)
    while alive.any():
        at = at + draw.exponential(1, customers) / np.maximum(rate, 1e-12)
        alive &= at < age + horizon
        before, after = alive & (at < age), alive & (at >= age)
        bought[before] += 1
        last[before] = at[before]
        quiet[after] = 0.0
        alive &= draw.random(customers) >= drop
    facts = {
        "activity_days": bought,
        "days_since_first_activity": age,
        "days_since_activity": age - last,
    }
    return facts, {"quiet": quiet}


def test_a_rule_is_judged_on_customers_it_was_not_fitted_on(make_examples: MakeExamples) -> None:
    told = []
    for seed in range(8):
        made = make_examples(customers=60, cutoffs=1, seed=seed)
        noise = np.random.default_rng(seed).permutation(np.arange(60) % 2).astype(float)
        unseen = baselines.fit(replace(made, labels=noise), "refer", 90).out_of_fold["rfm"]
        told.append(unseen[noise > 0].mean() - unseen[noise == 0].mean())
    # On its own rows a rule of three terms tells even noise apart.
    assert np.mean(told) < 0


def test_what_is_usual_in_the_shop_is_told_by_each_customers_newest_row(
    make_examples: MakeExamples,
) -> None:
    made = make_examples(customers=200, cutoffs=2)
    gaps = np.log(np.where(made.cutoff == 1, 9.0, 40.0))
    facts = {**made.facts, "gap_count": np.ones(len(made)), "gap_mean_log": gaps}
    rule = baselines.fit(replace(made, facts=facts), "churn", 90, orders=False).rules["own_rhythm"]
    assert np.exp(rule.parameters["shop_mean_log_gap"]) == pytest.approx(9.0)


def test_bg_nbd_recovers_what_simulated_the_customers() -> None:
    facts, _ = _simulated(5000, 2 * 365, 90)
    found = bgnbd.fit(facts)
    assert found["r"] == pytest.approx(CDNOW["r"], rel=0.1)
    assert found["alpha"] == pytest.approx(CDNOW["alpha"], rel=0.2)
    stays = found["a"] / (found["a"] + found["b"])
    assert stays == pytest.approx(CDNOW["a"] / (CDNOW["a"] + CDNOW["b"]), rel=0.1)


def test_bg_nbd_knows_how_steep_its_likelihood_is() -> None:
    history = np.array([0.0, 2.0, 5.0]), np.array([0.0, 4.0, 1.0]), np.array([7.0, 7.0, 9.0])
    at = np.array([0.8, 3.0, 1.2, 2.5])
    _, slope = bgnbd.log_likelihood(at, *history)
    for number, found in enumerate(slope):
        step = 1e-5 * np.eye(4)[number]
        above, below = (bgnbd.log_likelihood(at + by, *history)[0] for by in (step, -step))
        np.testing.assert_allclose(found, (above - below) / 2e-5, rtol=1e-6, atol=1e-9)


def test_bg_nbd_says_how_many_will_buy_nothing() -> None:
    facts, after = _simulated(50_000, 2 * 365, 90)
    said = no_purchase(facts, {**CDNOW, "horizon": 90.0})
    for low, high in ((0.0, 0.6), (0.6, 0.9), (0.9, 1.0)):
        rows = (said >= low) & (said < high)
        assert after["quiet"][rows].mean() == pytest.approx(said[rows].mean(), abs=0.02)


def test_bg_nbd_likelihood_is_the_integral_over_rates_and_drop_outs() -> None:
    """An oracle: equation (3) of the paper, averaged over gamma and beta numerically."""
    r, alpha, a, b, repeats, recency, age = 0.8, 3.0, 1.2, 2.5, 2.0, 4.0, 7.0

    nodes, share = np.polynomial.legendre.leggauss(1_000)
    rate, p = 20 * (nodes + 1), (nodes[:, None] + 1) / 2  # from 0 to 40, and from 0 to 1
    alive = (1 - p) ** repeats * rate**repeats * np.exp(-rate * age)
    gone = p * (1 - p) ** (repeats - 1) * rate**repeats * np.exp(-rate * recency)
    density = gamma.pdf(rate, r, scale=1 / alpha) * beta.pdf(p, a, b)
    expected = 20 * 0.5 * share @ ((alive + gone) * density) @ share
    ours, _ = bgnbd.log_likelihood(
        np.array([r, alpha, a, b]), *(np.array([v]) for v in (repeats, recency, age))
    )
    assert float(np.exp(ours[0])) == pytest.approx(expected, rel=1e-6)


def test_bg_nbd_buys_nothing_as_likely_as_the_same_history_is_longer() -> None:
    """Nothing bought until then is the same repeats and recency at a greater age."""
    at = {"r": 0.8, "alpha": 3.0, "a": 1.2, "b": 2.5}
    bought = np.array([1.0, 2.0, 3.0, 6.0])
    age, since = np.array([7.0, 7.0, 9.0, 30.0]), np.array([7.0, 3.0, 8.0, 2.0])
    facts = {
        "activity_days": bought,
        "days_since_first_activity": age,
        "days_since_activity": since,
    }
    said = no_purchase(facts, {**at, "horizon": 5.0})
    history = bought - 1.0, age - since
    longer, known = (
        bgnbd.log_likelihood(np.array([*at.values()]), *history, until)[0]
        for until in (age + 5.0, age)
    )
    assert said == pytest.approx(np.exp(longer - known))


def test_own_gap_moves_from_the_shops_to_the_customers() -> None:
    facts = {"gap_count": np.array([0.0, 3.0, 300.0]), "gap_mean_log": np.log([1.0, 4.0, 4.0])}
    gap = own_gap(facts, np.log(16.0))
    assert gap == pytest.approx([16.0, 8.0, 4.0], rel=0.02)


@pytest.mark.parametrize("outcome", ["churn", "return", "refer", "advocate"])
def test_every_baseline_is_calibrated_and_travels_as_json(
    make_examples: MakeExamples, outcome: str
) -> None:
    examples = make_examples(customers=800)
    found = baselines.fit(examples, outcome, 90)
    assert set(found.rules) == set(baselines.candidates(outcome)) == set(found.losses)
    for rule in found.rules.values():
        said = rule.probability(examples.facts, examples.stratum)
        assert said.mean() == pytest.approx(examples.labels.mean(), abs=0.01)
        again = Rule.from_json(json.loads(json.dumps(rule.to_json())))
        only = {fact: examples.facts[fact] for fact in rule.facts}
        np.testing.assert_array_equal(said, again.probability(only, examples.stratum))


def test_the_best_is_the_one_whose_input_decides(make_examples: MakeExamples) -> None:
    examples = make_examples(customers=1500)
    acted = examples.facts["referred_ever"] > 0
    draw = np.random.default_rng(1)
    labels = (draw.random(len(examples)) < np.where(acted, 0.6, 0.05)).astype(float)
    found = baselines.fit(replace(examples, labels=labels), "refer", 180)
    assert found.best == "did_before"
    said = found.rules["did_before"].probability(examples.facts, examples.stratum)
    assert said[acted].mean() == pytest.approx(0.6, abs=0.05)
    assert said[~acted].mean() == pytest.approx(0.05, abs=0.02)


def test_no_bg_nbd_where_activity_is_not_orders() -> None:
    assert "bg_nbd" not in baselines.candidates("churn", orders=False)
    assert set(baselines.candidates("churn")) <= set(baselines.RULES)


def test_a_shop_without_orders_or_gaps_has_baselines_too(make_examples: MakeExamples) -> None:
    examples = make_examples(customers=200)
    facts = {
        **examples.facts,
        "spend_ever": np.full(len(examples), np.nan),
        "gap_count": np.zeros(len(examples)),
        "gap_mean_log": np.full(len(examples), np.nan),
    }
    found = baselines.fit(replace(examples, facts=facts), "churn", 30, orders=False)
    assert all(np.isfinite(loss) for loss in found.losses.values())


def _spending(examples: Examples, of: str) -> Examples:
    """Return the examples with amounts of which one rule knows the mean."""
    known = {**examples.facts, "spend_365": 900.0 * np.random.default_rng(2).random(len(examples))}
    known |= {"days_since_first_activity": np.full(len(examples), 365.0)}
    mean = {"past_year": known["spend_365"] * 90 / 365, "alike": np.full(len(examples), 80.0)}[of]
    noise = np.random.default_rng(3).gamma(2.0, 0.5, len(examples))
    return replace(examples, facts=known, labels=mean * noise)


@pytest.mark.parametrize("of", ["past_year", "alike"])
def test_the_rule_of_spend_that_knows_the_mean_is_the_best_and_says_it(
    make_examples: MakeExamples, of: str
) -> None:
    examples = _spending(make_examples(customers=1500, cutoffs=1), of)
    found = baselines.fit(examples, "spend", 90, link="log")
    # Where all are alike, a rule that says so with more words is as good.
    assert found.losses[of] == pytest.approx(found.losses[found.best], rel=0.005)
    assert (found.best == "past_year") or of == "alike"
    said = np.exp(found.rules[of].log_odds(examples.facts, examples.stratum))
    assert said.sum() == pytest.approx(examples.labels.sum(), rel=0.02)
    pace = examples.facts["spend_365"]
    for rows in (pace < 300, pace > 600):
        assert said[rows].mean() == pytest.approx(examples.labels[rows].mean(), rel=0.1)


def test_rules_of_spend_say_the_same_in_any_currency_and_travel_as_json(
    make_examples: MakeExamples,
) -> None:
    pounds = _spending(make_examples(customers=300), "past_year")
    money = {name: 128.0 * pounds.facts[name] for name in ("spend_365", "spend_ever")}
    yen = replace(pounds, facts={**pounds.facts, **money})
    here, there = (baselines.fit(each, "spend", 90, link="log") for each in (pounds, yen))
    assert here.losses == pytest.approx(there.losses)
    for name, rule in here.rules.items():
        again = Rule.from_json(json.loads(json.dumps(rule.to_json())))
        only = {fact: pounds.facts[fact] for fact in rule.facts}
        said = rule.log_odds(pounds.facts, pounds.stratum)
        np.testing.assert_array_equal(said, again.log_odds(only, pounds.stratum))
        np.testing.assert_allclose(said, there.rules[name].log_odds(yen.facts, yen.stratum))


def test_a_shop_where_nobody_spent_before_has_rules_of_spend_too(
    make_examples: MakeExamples,
) -> None:
    examples = make_examples(customers=200)
    nothing = dict.fromkeys(("spend_365", "spend_ever", "orders_ever"), np.zeros(len(examples)))
    unspent = replace(examples, facts={**examples.facts, **nothing})
    found = baselines.fit(unspent, "spend", 30, link="log")
    assert all(np.isfinite(loss) for loss in found.losses.values())
