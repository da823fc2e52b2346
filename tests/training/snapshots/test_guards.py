from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.made import MakeExamples
from training.snapshots.examples import Examples
from training.snapshots.guards import alarms
from training.statistics.bootstrap import Estimate


def auroc(**values: float) -> dict[str, dict[str, Estimate]]:
    return {name: {"auroc": Estimate(value, value, value)} for name, value in values.items()}


def halves(made: Examples) -> tuple[Examples, Examples]:
    return made.take(made.cutoff == 0), made.take(made.cutoff == 1)


def leaking(made: Examples, position: int) -> Examples:
    """Return examples of which a column knows the label."""
    features = made.features.copy()
    features[:, position] = np.where(made.labels > 0, np.nan, 1.0)
    return replace(made, features=features)


def test_an_ordinary_evaluation_raises_none(make_examples: MakeExamples) -> None:
    assert alarms(*halves(make_examples()), auroc(model=0.8, inactivity=0.7)) == ()


def test_a_model_that_knows_too_much_is_caught(make_examples: MakeExamples) -> None:
    train, test = halves(make_examples())
    (alarm,) = alarms(train, test, auroc(model=0.97, inactivity=0.8, rfm=0.96))
    assert "AUROC 0.970 is too good to be true: activity times alone reach 0.800" in alarm


def test_activity_times_may_explain_a_high_figure(make_examples: MakeExamples) -> None:
    train, test = halves(make_examples())
    assert alarms(train, test, auroc(model=0.97, inactivity=0.955, bg_nbd=0.7)) == ()
    assert len(alarms(train, test, auroc(model=0.98, inactivity=0.955, bg_nbd=0.7))) == 1


def test_where_everybody_did_the_same_no_column_tells(make_examples: MakeExamples) -> None:
    train, test = halves(make_examples())
    assert alarms(train, replace(test, labels=test.labels * 0), auroc(model=np.nan)) == ()


def test_a_column_written_after_the_fact_is_named(make_examples: MakeExamples) -> None:
    train, test = (leaking(half, 4) for half in halves(make_examples()))
    (alarm,) = alarms(train, test, auroc(model=0.9, inactivity=0.7))
    assert "the column feature_4 alone has AUROC 1.000" in alarm


@pytest.mark.parametrize("left", [True, False])
def test_what_four_customers_have_in_common_by_chance_is_no_alarm(
    make_examples: MakeExamples, *, left: bool
) -> None:
    """Of hundreds of columns, one tells four of a thousand well; what is written tells all."""
    train, test = halves(make_examples(customers=2000))
    few = np.flatnonzero(test.labels > 0)[4:]
    test = test.take(np.setdiff1d(np.arange(len(test)), few))
    chance = test.features.copy()
    order = np.linspace(0.0, 1.0, len(test), dtype=np.float32)
    chance[:, 4] = np.where(test.labels > 0, 0.975, order)
    test = replace(test, features=chance, labels=test.labels if left else 1.0 - test.labels)
    wide = auroc(inactivity=0.94) | {"model": {"auroc": Estimate(0.98, 0.8, 1.0)}}
    assert alarms(train, test, wide) == ()
    (alarm,) = alarms(train, leaking(test, 4), wide)
    assert "the column feature_4 alone has AUROC 1.000" in alarm


def test_what_chance_may_bring_is_as_wide_as_the_figure_varies(make_examples: MakeExamples) -> None:
    """Of exponential times, which the formula is exact for: four are late among many."""
    draw, many = np.random.default_rng(0), 400
    late, early = draw.exponential(39.0, (4000, 4)), np.sort(draw.exponential(1.0, (4000, many)))
    told = [np.searchsorted(*each).mean() / many for each in zip(early, late, strict=True)]
    train, test = halves(make_examples(customers=many + 4))
    labels = (np.arange(len(test)) < 4).astype(float)
    # All four come after 39 in 40 of the others, which is 0.975 of the pairs.
    values = np.where(labels > 0, 0.975 * many - 0.5, np.arange(len(test)) - 4.0)
    features = np.zeros_like(test.features)
    features[:, 4] = values
    test = replace(test, features=features, labels=labels)
    low, high = 0.5, 0.95
    while high - low > 1e-4:
        times = (low + high) / 2
        said = alarms(train, test, auroc(model=0.9, inactivity=times))
        low, high = (times, high) if said else (low, times)
    assert (0.975 - low) / 2 == pytest.approx(np.std(told), rel=0.05)


def test_a_cutoff_in_both_fit_and_test_is_caught(make_examples: MakeExamples) -> None:
    made, figures = make_examples(), auroc(model=0.8, inactivity=0.7)
    assert alarms(made, made, figures) == ("3 cutoffs are in both the fit and the test",)
    newest = made.take(made.cutoff == made.cutoff.max())
    assert alarms(made, newest, figures) == ("1 cutoff is in both the fit and the test",)


def test_a_sampled_shop_is_alarmed_as_the_whole_one_would_be(make_examples: MakeExamples) -> None:
    """Each drawn customer stands for several: as if all of them were there."""
    train, test = halves(make_examples(customers=900))
    draw, values = np.random.default_rng(3), test.features.copy()
    often = (test.labels == 0) & (draw.random(len(test)) < 0.5)
    values[:, 2] = np.where(often, 1.0, test.labels * 2 * (draw.random(len(test)) < 0.95))
    values[:, 3] = np.where(often, draw.random(len(test)) * 3, test.labels)
    weight = np.where(often, 1.0, np.where(test.labels > 0, 1.0, 9.0))
    drawn = replace(test, features=values, weight=weight)
    whole = drawn.take(np.repeat(np.arange(len(test)), weight.astype(int)))
    figures = auroc(model=0.9, inactivity=0.7)
    said = list(alarms(train, drawn, figures))
    assert said == list(alarms(train, replace(whole, weight=None), figures))
    assert said
    assert said != list(alarms(train, replace(drawn, weight=None), figures))


@pytest.mark.parametrize("share", [0.3, 0.4, 0.6, 0.7])
def test_a_column_that_knows_all_is_named_in_any_sample(
    make_examples: MakeExamples, share: float
) -> None:
    """Sums of weights that are no whole numbers are off in their last bits."""
    train, test = (leaking(half, 4) for half in halves(make_examples()))
    for few in range(300, 310):
        some = test.take(np.arange(few))
        weight = np.where(np.arange(few) % 3 == 0, 1.0, 1.0 / share)
        (alarm,) = alarms(train, replace(some, weight=weight), auroc(model=0.9, inactivity=0.7))
        assert "the column feature_4 alone has AUROC 1.000" in alarm
