"""A scoring run: whom it is about, in blocks of any size, up to its day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.clock import midnight
from features.config import Config
from features.errors import LadderError, UsageError
from features.sample import SampleShop
from serving.records.record import SCHEMA
from serving.runs import scoring
from serving.scoring import score
from tests.serving.shop import LIVED_UNTIL as DAY
from training.bundle import Bundle


def test_a_record_for_everybody_known_who_does_not_object(
    made_up: SampleShop, made_up_run: scoring.Run
) -> None:
    people = made_up.customers.filter(pc.invert(made_up.customers["profiling_allowed"]))
    objecting = set(people["customer_id"].to_pylist())
    scored = made_up_run.records["customer_id"].to_pylist()
    assert made_up_run.records.schema == SCHEMA
    assert scored == sorted(set(scored))
    assert objecting
    assert not objecting & set(scored)


def test_suppressed_are_scored_and_marked(made_up: SampleShop, made_up_run: scoring.Run) -> None:
    allowed = dict(
        zip(
            made_up.customers["customer_id"].to_pylist(),
            made_up.customers["marketing_allowed"].to_pylist(),
            strict=True,
        )
    )
    marked = [r for r in made_up_run.records.to_pylist() if r["suppressed"]]
    assert marked
    assert all(allowed[r["customer_id"]] is False for r in marked)


def test_blocks_of_any_size_give_the_same_run(
    made_up: SampleShop, bundle: Bundle, made_up_run: scoring.Run, history_of: Callable[..., Any]
) -> None:
    again = scoring.score_run(history_of(made_up, size=37), bundle, DAY)
    assert again.records.equals(made_up_run.records)
    np.testing.assert_array_equal(again.packed, made_up_run.packed)


def test_nothing_at_or_after_the_cutoff_is_seen(
    made_up: SampleShop, bundle: Bundle, history_of: Callable[..., Any]
) -> None:
    cutoff = pa.scalar(midnight(DAY, "Europe/Berlin"), pa.timestamp("us", "UTC"))
    before = SimpleNamespace(
        orders=made_up.orders.filter(pc.less(made_up.orders["ordered_at"], cutoff)),
        engagement=made_up.engagement.filter(pc.less(made_up.engagement["occurred_at"], cutoff)),
        customers=made_up.customers,
    )
    cut = score(history_of(before), bundle, DAY)
    assert cut.equals(score(history_of(made_up), bundle, DAY))


def test_held_out_customers_are_marked(
    made_up: SampleShop, bundle: Bundle, made_up_run: scoring.Run, history_of: Callable[..., Any]
) -> None:
    held = made_up_run.records["customer_id"].to_pylist()[3]
    marked = scoring.score_run(history_of(made_up), bundle, DAY, "none", held_out=[held]).records
    assert marked.filter(marked["held_out"])["customer_id"].to_pylist() == [held]


def test_a_day_before_everything_is_refused(
    made_up: SampleShop, bundle: Bundle, history_of: Callable[..., Any]
) -> None:
    with pytest.raises(LadderError, match="1999-01-01"):
        score(history_of(made_up), bundle, date(1999, 1, 1))


def test_what_is_no_open_history_no_bundle_or_no_choice_is_named(
    made_up: SampleShop, bundle: Bundle, history_of: Callable[..., Any]
) -> None:
    """What `train` returns is not the bundle, and frames are not the history."""
    history, wrong = history_of(made_up), SimpleNamespace(bundle=bundle)
    for one, other, which, said in (
        ({"orders": made_up.orders}, bundle, "none", "must be one that is open.\nGot a dict"),
        (history, wrong, "none", "must be a `training.bundle.Bundle`.\nGot a SimpleNamespace"),
        (history, bundle, "al", "one of listed, all, none.\nGot 'al'"),
    ):
        given: Any = one, other, DAY, which
        with pytest.raises(UsageError, match=said):
            score(*given)


@pytest.mark.parametrize(
    ("section", "name", "now"),
    [
        ("shop", "timezone", "Asia/Tokyo"),
        ("shop", "currency", "CHF"),
        ("churn", "active_days", 90),
        ("churn", "horizon_days", 30),
        ("churn", "gap_days", 7),
        ("churn", "event", "cancelled"),
        ("churn", "activity", "app_opened"),
        ("advocacy", "horizon_days", 90),
        ("standing", "high_odds", 3.0),
    ],
)
def test_what_a_models_numbers_mean_may_not_change_after_its_training(
    bundle: Bundle, section: str, name: str, now: Any
) -> None:
    settings = bundle.settings
    config = Config.from_settings({**settings, section: {**settings[section], name: now}})
    with pytest.raises(LadderError, match=rf"\[{section}\] {name} is {now!r} and was "):
        scoring.require_same_question(config, bundle)
    scoring.require_same_question(Config.from_settings(settings), bundle)


def test_where_customers_stand_is_cut_as_the_bundle_was_trained(
    made_up: SampleShop, bundle: Bundle, made_up_run: scoring.Run, history_of: Callable[..., Any]
) -> None:
    standing = {"client_periods": 2, "high_value": 0.9}
    elsewhere = replace(bundle, settings={**bundle.settings, "standing": standing})
    history = history_of(made_up)
    with pytest.raises(LadderError, match=r"\[standing\] client_periods is 4 and was 2"):
        scoring.score_run(history, elsewhere, DAY)
    history.config = history.config.model_copy(update={"standing": elsewhere.config.standing})
    cut = scoring.score_run(history, elsewhere, DAY, "none").records
    spend = cut["expected_spend"].drop_null().to_numpy()
    rich = pc.is_in(cut["quadrant"], pa.array(["champion", "affluent"])).to_numpy()
    assert (cut["expected_spend"].to_numpy()[rich] >= np.quantile(spend, 0.9)).all()
    assert 0 < rich.sum() < 0.2 * len(spend)
    clients = [
        records["rung"].to_pylist().count("client") for records in (cut, made_up_run.records)
    ]
    assert clients[0] > clients[1] > 0
