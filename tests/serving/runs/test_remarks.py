"""What a person should look at in a run that was just scored."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from serving.runs import remarks
from serving.store import PublishedRun, RunInfo
from training.bundle import Bundle

OFF = {
    "churn": {
        "basis": "model",
        "model": {"ece": {"value": 0.01}},
        "strata": {"client": {"ece": 0.05}},
    },
    "refer": {"basis": "model", "model": {"ece": {"value": 0.041}}},
    "share": {"basis": "rule", "best": "before", "baselines": {"before": {"ece": {"value": 0.02}}}},
}
"""What was found of outcomes, of which two were off."""

TODAY = date(2026, 6, 1)
BEFORE = PublishedRun(
    "run-1", datetime(2026, 6, 1, tzinfo=UTC), 300, RunInfo(TODAY, "m", 90, 180), serving=True
)


@pytest.mark.parametrize(
    ("newest", "at", "said"),
    [
        (date(2026, 5, 25), None, ""),
        (date(2026, 5, 24), None, "of 2026-05-24, 8 days ago: the scores are as of then"),
        (date(2026, 5, 24), date(2026, 5, 25), ""),
        (date(2026, 5, 1), date(2026, 6, 1), "31 days before 2026-06-01: anyone active since then"),
    ],
)
def test_rows_that_end_early_are_remarked_on(newest: date, at: date | None, said: str) -> None:
    found = " ".join(remarks.old_rows(newest, at, TODAY))
    assert said in found
    assert bool(said) == bool(found)


@pytest.mark.parametrize(
    ("at", "as_of", "customers", "active", "remarked"),
    [
        (None, date(2026, 6, 2), 301, 200, False),
        (None, date(2026, 6, 2), 250, 180, False),
        (None, date(2026, 6, 2), 200, 180, True),
        (None, date(2026, 6, 2), 301, 0, True),
        (None, date(2026, 5, 1), 299, 200, True),
        (date(2026, 5, 1), date(2026, 5, 1), 200, 100, False),
    ],
)
def test_a_run_that_falls_behind_the_one_before_may_be_of_a_cut_export(
    at: date | None, as_of: date, customers: int, active: int, remarked: bool
) -> None:
    found = [*remarks.fewer_customers(BEFORE, at, as_of, (customers, active), (300, 200))]
    assert bool(found) == remarked
    assert all(f"and this run of {customers:,} customers, {active} of them" in one for one in found)
    assert all(
        "`ladder runs use run-1` restores the previous run" in sentence for sentence in found
    )


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (None, "churn (client) is off by 0.050, refer by 0.041 (at most 0.030)"),
        ("churn", "churn (client) is off by 0.050 (at most"),
        ("refer", "refer is off by 0.041 (at most"),
        ("share", None),
        ("return", None),
    ],
)
def test_a_model_whose_calibration_did_not_hold_is_remarked_on(
    bundle: Bundle, outcome: str | None, said: str | None
) -> None:
    off = replace(bundle, metrics={**bundle.metrics, "outcomes": OFF})
    found = [*remarks.uncalibrated(off, outcome)]
    assert len(found) == (said is not None)
    assert all(str(said) in sentence for sentence in found)
    assert not [*remarks.uncalibrated(bundle)]


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        (date(2025, 12, 1), "which is after 2025-12-01: what happened in between is no test"),
        (date(2026, 3, 1), None),
        (date(2026, 12, 1), "275 days before 2026-12-01"),
    ],
)
def test_a_model_of_another_time_is_remarked_on(
    bundle: Bundle, as_of: date, said: str | None
) -> None:
    """A day that it learnt from would look foretold better than it was."""
    settings = {**bundle.settings, "data": {"until": "2026-03-01"}}
    found = [*remarks.model_of_another_time(replace(bundle, settings=settings), as_of)]
    assert len(found) == (said is not None)
    assert all(str(said) in sentence for sentence in found)
