from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from features.checking.finality import Subject
from features.config import Config
from features.contract import Activity, Engagement
from features.settings.sections import Churn
from features.standard import standard_columns
from tests.training.made import MakeExamples
from training.bundle.arrays import Flags
from training.snapshots.examples import Examples
from training.snapshots.goodbyes import alarms, subjects_of
from training.snapshots.outcome import Outcome

CHURN = Outcome("churn", Activity().count(), "none", "engagement", 0, 0, 60)
RETURN = Outcome("return", Activity().count(), "some", "engagement", 0, 0, 60, who="lapsed")
CANCELS = Outcome("churn", Engagement().kind("x").count(), "some", "engagement", 0, 0, 60)
LOST = dict.fromkeys(("feature_4", "feature_5"), Subject.of_kind("lost", Churn()))

Has = Callable[[Examples, np.random.Generator], Flags]


def told(
    made: Examples, has: Has, outcome: Outcome = CHURN, names: dict[str, Subject] = LOST
) -> list[str]:
    """Return what is said where some rows have what `feature_4` tells of."""
    flags = has(made, np.random.default_rng(1))
    features = made.features.copy()
    features[:, 4] = np.where(flags, 3.0, np.nan)
    features[:, 5] = flags & (np.arange(len(made)) % 2 == 0)
    made = replace(made, features=features)
    train, test = made.take(made.cutoff < 2), made.take(made.cutoff == 2)
    return list(alarms(train, test, outcome, names))


def leavers(made: Examples, draw: np.random.Generator) -> Flags:
    """Return most of those who leave."""
    return np.asarray((made.labels > 0) & (draw.random(len(made)) < 0.6))


def stays_away(made: Examples, draw: np.random.Generator) -> Flags:
    """Return most of those who do not return."""
    return np.asarray((made.labels == 0) & (draw.random(len(made)) < 0.6))


def test_what_is_written_behind_last_visits_is_named_once_with_what_to_do(
    make_examples: MakeExamples,
) -> None:
    made = make_examples()
    (alarm,) = told(made, leavers)
    assert "with the kind lost, none came back within 60 days; of others silent for as" in alarm
    assert "leave it out with `where`; if it says goodbye, name it as event under [churn]" in alarm
    many = len(np.unique(made.customer[leavers(made, np.random.default_rng(1))]))
    assert f"of {many} customers" in alarm


def test_a_few_mistakes_of_the_program_do_not_hide_it(make_examples: MakeExamples) -> None:
    def nearly(made: Examples, draw: np.random.Generator) -> Flags:
        return leavers(made, draw) | (draw.random(len(made)) < 0.01)

    (alarm,) = told(make_examples(customers=3000), nearly)
    assert "% came back within 60 days" in alarm


def test_those_who_lapsed_and_return_tell_of_it_too(make_examples: MakeExamples) -> None:
    assert len(told(make_examples(), stays_away, RETURN)) == 1
    assert not told(make_examples(), leavers, RETURN)


@pytest.mark.parametrize(
    "honest",
    [
        pytest.param(lambda made, draw: draw.random(len(made)) < 0.3, id="says nothing"),
        pytest.param(
            lambda made, draw: draw.random(len(made)) < np.where(made.labels > 0, 0.5, 0.1),
            id="comes before many leave",
        ),
        pytest.param(lambda made, _: made.stratum == 0, id="only of first-time buyers"),
        pytest.param(lambda made, draw: leavers(made, draw) & (made.stratum == 0), id="of guests"),
        pytest.param(lambda made, _: np.ones(len(made), bool), id="of everybody"),
        pytest.param(lambda made, _: np.zeros(len(made), bool), id="of nobody"),
        pytest.param(lambda made, draw: leavers(made, draw) & (made.customer < 40), id="of a few"),
    ],
)
def test_an_honest_kind_raises_none(make_examples: MakeExamples, honest: Has) -> None:
    assert not told(make_examples(), honest)


def test_what_is_only_said_of_the_longest_silent_is_not_held_against_the_others(
    make_examples: MakeExamples,
) -> None:
    made = make_examples(customers=2000)
    silent = made.facts["days_since_activity"]
    gone = silent > np.quantile(silent, 0.7)
    away = replace(made, labels=np.where(gone, 1.0, made.labels))
    assert not told(away, lambda *_: np.asarray(gone))


def test_a_shop_that_names_a_cancellation_asks_something_else(
    make_examples: MakeExamples,
) -> None:
    assert not told(make_examples(), leavers, CANCELS)


def test_a_shop_with_a_cancellation_is_told_to_read_a_second_goodbye_as_that(
    make_examples: MakeExamples,
) -> None:
    closed = {"feature_4": Subject.of_kind("closed", Churn(event="cancelled"))}
    (alarm,) = told(make_examples(), stays_away, RETURN, closed)
    assert "have the mapping of kind call it cancelled" in alarm
    assert "name it as event" not in alarm


def test_nobody_to_judge_on_is_no_goodbye(make_examples: MakeExamples) -> None:
    made = make_examples()
    assert not list(alarms(made, made.take(made.cutoff > 9), CHURN, LOST))


def test_features_tell_of_kinds_and_attributes_but_not_of_what_is_configured() -> None:
    config = Config.from_dict(
        {
            "shop": {"name": "x"},
            "engagement": {},
            "churn": {"activity": "opened", "event": "cancelled"},
        }
    )
    kinds = ("cancelled", "email_sent", "lost", "opened", "points_earned", "points_redeemed")
    found = subjects_of(standard_columns(config, ["engagement"], kinds), config)
    assert found["kind:lost_days_since"].words == "the kind lost"
    assert {subject.words for subject in found.values()} == {
        "the kind email_sent",
        "the kind lost",
        "the kind points_earned",
        "the kind points_redeemed",
    }
