"""The truth against what the shop's own tables show."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from features.errors import LadderError
from features.sample import SampleShop, make_shop
from features.sample.truth import SCHEMA

CUTOFF = date(2025, 6, 1)
OUTCOMES = ("advocate", "churn", "refer", "return", "review", "share")


def midnight(day: date) -> pd.Timestamp:
    return pd.Timestamp(day, tz="Europe/Berlin")


def purchases(shop: SampleShop) -> pd.DataFrame:
    orders: pd.DataFrame = shop.orders.to_pandas()
    return orders[(orders["amount"] > 0) & ~orders["is_return"]]


def rfm(shop: SampleShop, cutoff: date) -> pd.DataFrame:
    """Recency, frequency, money and age of those who bought in the year before, on log scales."""
    end, lines = midnight(cutoff), purchases(shop)
    earlier = lines[lines["ordered_at"] < end]
    first = earlier.groupby("customer_id")["ordered_at"].min()
    year = earlier[earlier["ordered_at"] >= end - pd.Timedelta(days=365)].groupby("customer_id")
    columns = {
        "recency": (end - year["ordered_at"].max()).dt.total_seconds() / 86_400,
        "age": (end - first).dt.total_seconds() / 86_400,
        "orders": year["order_id"].nunique(),
        "money": year["amount"].sum(),
    }
    return pd.DataFrame({name: np.log1p(column) for name, column in columns.items()}).dropna()


def of(truth: pd.DataFrame, outcome: str, customers: pd.Index) -> pd.DataFrame:
    one = truth[truth["outcome"] == outcome].set_index("customer_id")
    return one.loc[one.index.intersection(customers)]


def truth_at(shop: SampleShop, cutoff: date) -> pd.DataFrame:
    truth: pd.DataFrame = shop.truth(cutoff).to_pandas()
    return truth


@pytest.fixture(scope="module")
def told(shop: SampleShop) -> pa.Table:
    return shop.truth(CUTOFF)


@pytest.fixture(scope="module")
def truth(told: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = told.to_pandas()
    return frame


@pytest.fixture(scope="module")
def features(shop: SampleShop) -> pd.DataFrame:
    return rfm(shop, CUTOFF)


@pytest.fixture(scope="module")
def rfm_scores(shop: SampleShop, features: pd.DataFrame) -> dict[str, pd.Series]:
    """Logistic regressions fitted on an earlier cutoff whose churn labels end at ours."""
    earlier = CUTOFF - timedelta(days=90)
    known, before = truth_at(shop, earlier), rfm(shop, earlier)
    scores = {}
    for outcome in ("churn", "share"):
        rows = of(known, outcome, before.index)
        model = make_pipeline(StandardScaler(), LogisticRegression())
        model.fit(before.loc[rows.index], rows["label"])
        scores[outcome] = pd.Series(model.predict_proba(features)[:, 1], index=features.index)
    return scores


def test_a_row_per_outcome_and_customer_who_signed_up_and_allows_profiling(
    shop: SampleShop, told: pa.Table, truth: pd.DataFrame
) -> None:
    people = shop.customers.to_pandas()
    asked = people[people["profiling_allowed"] & (people["signed_up_at"] < midnight(CUTOFF))]
    assert told.schema == SCHEMA
    expected = pd.MultiIndex.from_product([OUTCOMES, sorted(asked["customer_id"])])
    assert truth.set_index(["outcome", "customer_id"]).index.equals(expected)


@pytest.mark.parametrize(
    ("cutoff", "churn_horizon", "advocacy_horizon", "gap", "positive_from"),
    [(CUTOFF, 90, 180, 0, 4), (date(2024, 9, 1), 28, 60, 14, 5), (date(2025, 3, 1), 60, 30, 0, 1)],
)
def test_labels_are_what_the_tables_show(
    cutoff: date, churn_horizon: int, advocacy_horizon: int, gap: int, positive_from: int
) -> None:
    shop = make_shop(customers=1_000, seed=3)
    truth = shop.truth(
        cutoff,
        churn_horizon_days=churn_horizon,
        advocacy_horizon_days=advocacy_horizon,
        gap_days=gap,
        positive_review_from=positive_from,
    ).to_pandas()

    def within(rows: pd.DataFrame, time: str, horizon: int) -> set[str]:
        start = midnight(cutoff) + pd.Timedelta(days=gap)
        end = start + pd.Timedelta(days=horizon)
        return set(rows.loc[(rows[time] >= start) & (rows[time] < end), "customer_id"])

    acts = shop.engagement.to_pandas()
    bought = within(purchases(shop), "ordered_at", churn_horizon)
    did = {
        "refer": within(acts[acts["kind"] == "referred"], "occurred_at", advocacy_horizon),
        "share": within(acts[acts["kind"] == "shared"], "occurred_at", advocacy_horizon),
        "review": within(
            acts[(acts["kind"] == "reviewed") & (acts["value"] >= positive_from)],
            "occurred_at",
            advocacy_horizon,
        ),
        "return": bought,
    }
    did["advocate"] = did["refer"] | did["share"] | did["review"]
    for outcome, customers in did.items():
        rows = truth[truth["outcome"] == outcome]
        assert (rows["label"] == rows["customer_id"].isin(customers)).all(), outcome
    churned = truth[truth["outcome"] == "churn"]
    assert (churned["label"] != churned["customer_id"].isin(bought)).all()


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("basis", ["bayes_probability", "latent_probability"])
def test_probabilities_are_calibrated(truth: pd.DataFrame, outcome: str, basis: str) -> None:
    rows = truth[truth["outcome"] == outcome].sort_values(basis)
    variance = rows[basis] * (1 - rows[basis])
    overall = (rows["label"] - rows[basis]).sum() / np.sqrt(variance.sum())
    assert abs(overall) < 3
    bins = np.arange(len(rows)) * 10 // len(rows)
    surplus = (rows["label"] - rows[basis]).groupby(bins).sum()
    assert (surplus**2 / variance.groupby(bins).sum()).sum() < 29.6  # 99.9% of chi2(10)


@pytest.mark.parametrize("outcome", ["churn", "refer", "review", "advocate", "return"])
def test_bayes_is_the_mean_of_latent_and_latent_knows_more(
    truth: pd.DataFrame, outcome: str
) -> None:
    rows = truth[truth["outcome"] == outcome]
    difference = rows["latent_probability"] - rows["bayes_probability"]
    assert abs(difference.mean()) < 3 * difference.std() / np.sqrt(len(rows))
    losses = [
        log_loss(rows["label"], rows[basis].clip(1e-12, 1 - 1e-12))
        for basis in ("latent_probability", "bayes_probability")
    ]
    base = log_loss(rows["label"], np.full(len(rows), rows["label"].mean()))
    assert losses[0] < losses[1] < base


def test_a_gap_is_honoured_by_the_probabilities(shop: SampleShop) -> None:
    rows = shop.truth(CUTOFF, gap_days=30).to_pandas()
    churn = rows[rows["outcome"] == "churn"]
    bayes = churn["bayes_probability"]
    assert abs((churn["label"] - bayes).sum()) < 3 * np.sqrt((bayes * (1 - bayes)).sum())


def test_bayes_leads_recency_frequency_money(
    truth: pd.DataFrame, features: pd.DataFrame, rfm_scores: dict[str, pd.Series]
) -> None:
    rows = of(truth, "churn", features.index)
    baseline = rfm_scores["churn"].loc[rows.index]
    lead = roc_auc_score(rows["label"], rows["bayes_probability"]) - roc_auc_score(
        rows["label"], baseline
    )
    assert lead >= 0.03
    assert log_loss(rows["label"], rows["bayes_probability"]) < log_loss(rows["label"], baseline)


def test_sharing_cannot_be_predicted(
    truth: pd.DataFrame, features: pd.DataFrame, rfm_scores: dict[str, pd.Series]
) -> None:
    rows = of(truth, "share", features.index)
    assert rows["bayes_probability"].nunique() == rows["latent_probability"].nunique() == 1
    auroc = roc_auc_score(rows["label"], rfm_scores["share"].loc[rows.index])
    positives = rows["label"].sum()
    assert abs(auroc - 0.5) < 3 * np.sqrt(1 / (12 * positives))


@pytest.mark.parametrize(
    ("outcome", "lowest", "highest"),
    [("churn", 0.30, 0.50), ("refer", 0.05, 0.10), ("review", 0.10, 0.20), ("share", 0.03, 0.05)],
)
def test_base_rates_are_those_of_a_shop(
    truth: pd.DataFrame, features: pd.DataFrame, outcome: str, lowest: float, highest: float
) -> None:
    assert lowest < of(truth, outcome, features.index)["label"].mean() < highest


def test_a_horizon_that_is_not_over_has_probabilities_and_no_labels(small_shop: SampleShop) -> None:
    rows = small_shop.truth(small_shop.until).to_pandas()
    assert rows["label"].isna().all()
    assert rows["bayes_probability"].between(0, 1).all()
    half = small_shop.truth(small_shop.until - timedelta(days=90)).to_pandas()
    assert half.groupby("outcome")["label"].count().gt(0).to_dict() == {
        outcome: outcome in ("churn", "return") for outcome in OUTCOMES
    }


@pytest.mark.parametrize("cutoff", [date(2024, 1, 1), date(2026, 1, 1), date(2020, 1, 1)])
def test_a_cutoff_outside_the_history_is_refused(shop: SampleShop, cutoff: date) -> None:
    with pytest.raises(LadderError, match=f"Got {cutoff}"):
        shop.truth(cutoff)


def test_every_review_counts_where_no_star_is_asked_for(small_shop: SampleShop) -> None:
    day = date(2024, 9, 1)
    any_star, none = (small_shop.truth(day, positive_review_from=stars) for stars in (1, 0))
    assert any_star.equals(none)
