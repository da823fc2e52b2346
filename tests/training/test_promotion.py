from __future__ import annotations

from dataclasses import replace

import pytest

from training.promotion import Candidate, decide
from training.statistics.bootstrap import Estimate

CHAMPION = Candidate(
    bundle="old",
    until="2024-06-01",
    question="q",
    recipe="r",
    outcomes=("churn", "refer"),
    newest="2024-03-03",
    log_loss=0.50,
    calibration={"churn": 0.01, "refer": 0.0, "churn (client)": 0.02},
)
REFRESH = replace(CHAMPION, bundle="new", until="2024-09-01", newest="2024-06-03")


def never() -> float:
    raise AssertionError("this figure must not be asked for")


def no_gain() -> Estimate:
    raise AssertionError("this comparison must not be asked for")


def test_the_first_bundle_serves_unless_an_alarm_rings() -> None:
    first = decide(REFRESH, None, never, no_gain)
    assert (first.promoted, first.why) == (True, "it is the first bundle of this home")
    alarmed = replace(REFRESH, alarms=("AUROC 0.99 is too good to be true",))
    decision = decide(alarmed, None, never, no_gain)
    assert not decision.promoted
    assert "too good to be true" in decision.why


def test_an_alarm_blocks_whatever_else_speaks_for_a_bundle() -> None:
    alarmed = replace(REFRESH, alarms=("AUROC 0.99 is too good to be true",))
    for one in (alarmed, replace(alarmed, recipe="other")):
        decision = decide(one, CHAMPION, never, no_gain)
        assert not decision.promoted
        assert "an alarm blocks promotion: AUROC 0.99" in decision.why


def test_where_the_champions_files_are_gone_the_next_bundle_serves_and_says_so() -> None:
    decision = decide(REFRESH, None, never, no_gain, gone="lost")
    assert decision.promoted
    assert decision.before == "lost"
    assert decision.why == "the champion lost is gone"


def test_the_same_bundle_stays_champion() -> None:
    assert decide(CHAMPION, CHAMPION, never, no_gain).promoted


def test_another_question_and_older_data_are_never_promoted_by_themselves() -> None:
    older = replace(REFRESH, until="2024-05-01")
    for one, why in (
        (replace(REFRESH, question="other"), "another question"),
        (older, "its data ends 2024-05-01"),
        (replace(older, recipe="better"), "its data ends 2024-05-01"),
    ):
        decision = decide(one, CHAMPION, never, no_gain)
        assert why in decision.why
        assert (decision.promoted, decision.before) == (False, "old")


def test_a_bundle_that_predicts_less_does_not_take_over() -> None:
    less = decide(replace(REFRESH, outcomes=("churn",)), CHAMPION, never, no_gain)
    assert not less.promoted
    assert less.why == "the champion also predicts refer"
    more = replace(REFRESH, outcomes=("churn", "refer", "share"))
    assert decide(more, CHAMPION, lambda: 0.5, no_gain).promoted


def test_a_refresh_is_held_against_the_champions_own_scores() -> None:
    # The champion's data ended before E, so that its scores there are an honest comparison.
    assert decide(REFRESH, CHAMPION, lambda: 0.4951, no_gain).promoted, "within one per cent"
    assert not decide(REFRESH, CHAMPION, lambda: 0.4949, no_gain).promoted, "over one per cent"
    until_e = replace(REFRESH, newest=CHAMPION.until)  # what ends at E saw no label of it, either
    assert not decide(until_e, CHAMPION, lambda: 0.49, no_gain).promoted


def test_a_refresh_soon_after_is_not_held_against_scores_that_saw_the_labels() -> None:
    soon = replace(REFRESH, newest="2024-05-30")
    assert decide(soon, CHAMPION, never, no_gain).promoted


@pytest.mark.parametrize(("log_loss", "own"), [(float("nan"), 0.5), (0.5, float("nan"))])
def test_what_could_not_be_judged_takes_over_where_nothing_else_could(
    log_loss: float, own: float
) -> None:
    unjudged, champion = (
        replace(one, log_loss=loss) for one, loss in ((REFRESH, float("nan")), (CHAMPION, log_loss))
    )
    decision = decide(unjudged, champion, lambda: own, no_gain)
    assert decision.promoted
    assert "too little on E to judge it by" in decision.why
    assert decision.figures == {}


def test_what_could_not_be_judged_does_not_take_over_from_what_was() -> None:
    unjudged = replace(REFRESH, log_loss=float("nan"))
    decision = decide(unjudged, CHAMPION, lambda: 0.5, no_gain)
    assert not decision.promoted
    assert decision.why == "there is too little on E to judge it by, as the champion was"


def test_a_recipe_that_scores_the_same_is_refreshed_like_the_same_recipe() -> None:
    """More or fewer `snapshots` change nothing on the same slices, and would never be better."""
    other, alike = replace(REFRESH, recipe="other"), Estimate(-0.0, -0.0, -0.0)
    decision = decide(other, CHAMPION, lambda: 0.5, lambda: alike)
    assert decision.promoted
    assert decision.figures == {"log_loss": 0.5, "champion_log_loss": 0.5}
    assert not decide(other, CHAMPION, lambda: 0.49, lambda: alike).promoted
    assert not decide(off("churn", 0.08, other), CHAMPION, never, lambda: alike).promoted
    again = decide(replace(other, until=CHAMPION.until), CHAMPION, never, lambda: alike)
    assert not again.promoted
    assert (
        again.why
        == "its recipe scores the same, and its data ends 2024-06-01, as the champion's does"
    )


def test_what_rows_no_longer_fill_makes_another_recipe_and_what_they_newly_fill_does_not() -> None:
    chats = replace(CHAMPION, columns=frozenset({"kind:chat_opened_count_30d"}))
    filled = replace(REFRESH, columns=chats.columns)
    assert decide(filled, CHAMPION, lambda: 0.5, no_gain).promoted
    assert not decide(REFRESH, chats, never, lambda: Estimate(0.01, -0.01, 0.02)).promoted


def off(who: str, by: float, one: Candidate = REFRESH) -> Candidate:
    return replace(one, calibration={**one.calibration, who: by})


@pytest.mark.parametrize("who", ["churn", "refer", "churn (client)", "refer (last bought by web)"])
def test_a_refresh_must_be_calibrated_overall_and_in_every_group(who: str) -> None:
    decision = decide(off(who, 0.08, off("share", 0.05)), CHAMPION, never, no_gain)
    assert not decision.promoted
    assert f"calibration does not hold: {who} is off by 0.080, share by 0.050" in decision.why
    assert "promote it by hand" in decision.why
    assert decision.figures == {"calibration_error": 0.08}


def test_what_is_off_by_no_more_than_with_the_champion_is_no_reason_to_keep_it() -> None:
    astray = off("churn (client)", 0.08)
    as_far = off("churn (client)", 0.08, CHAMPION)
    assert decide(astray, as_far, lambda: 0.5, no_gain).promoted
    elsewhere = off("churn", 0.09, CHAMPION)
    assert "churn (client) is off by 0.080" in decide(astray, elsewhere, never, no_gain).why


def test_a_bundle_that_serves_though_it_is_off_says_so() -> None:
    first = decide(off("refer", 0.05), None, never, no_gain)
    assert first.promoted
    assert "though calibration does not hold: refer is off by 0.050" in first.why
    changed = replace(off("churn", 0.05), recipe="other")
    better = decide(changed, CHAMPION, never, lambda: Estimate(0.01, 0.002, 0.02))
    assert better.promoted
    assert "though calibration does not hold: churn is off by 0.050" in better.why
    assert "calibration" not in decide(REFRESH, None, never, no_gain).why


def test_a_changed_recipe_must_win_with_its_interval_above_nothing() -> None:
    changed = replace(REFRESH, recipe="other")
    same_data = replace(changed, until=CHAMPION.until)
    for one in (changed, same_data):
        assert decide(one, CHAMPION, never, lambda: Estimate(0.01, 0.002, 0.02)).promoted
    lost = decide(changed, CHAMPION, never, lambda: Estimate(0.01, -0.002, 0.02))
    assert not lost.promoted
    assert lost.figures == {"value": 0.01, "low": -0.002, "high": 0.02}


def test_a_changed_recipe_that_cannot_be_compared_waits_and_says_why() -> None:
    unknown = Estimate(float("nan"), float("nan"), float("nan"))
    decision = decide(replace(REFRESH, recipe="other"), CHAMPION, never, lambda: unknown)
    assert not decision.promoted
    assert decision.why.endswith("there is too little on E to judge it by")
    assert decision.figures == {}


@pytest.mark.parametrize(("value", "side"), [(0.01, "0.0100 lower"), (-0.003, "0.0030 higher")])
def test_which_log_loss_is_better_is_said_in_words(value: float, side: str) -> None:
    gain = Estimate(value, value - 0.02, value + 0.02)
    why = decide(replace(REFRESH, recipe="other"), CHAMPION, never, lambda: gain).why
    assert f"its log-loss is {side} than that of the champion's recipe (better by " in why


def test_a_recipe_that_changes_next_to_nothing_is_said_to_predict_alike() -> None:
    same = Estimate(-1e-6, -4e-5, 3e-5)
    why = decide(replace(REFRESH, recipe="other"), CHAMPION, never, lambda: same).why
    assert why.endswith("its log-loss is that of the champion's recipe to four decimals")
    unsure = Estimate(1e-6, -0.02, 0.02)
    why = decide(replace(REFRESH, recipe="other"), CHAMPION, never, lambda: unsure).why
    assert "0.0000 lower" in why, "alike is only what surely is"
