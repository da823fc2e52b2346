"""Reasons: what is kept of contributions. What a person reads of them: `test_sentences`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.attributes import levels
from features.catalogue import Column
from serving.explanations import reasons
from serving.explanations.reasons import Reason
from serving.explanations.selection import phrases, select, sentences
from serving.explanations.sentences import Words
from tests.serving.told import BY_NAME, COLUMNS, column
from training.bundle.arrays import Floats
from training.bundle.rows import Rows
from training.bundle.similar import Similar

CLIENT = 2
ROW = pa.table(
    {
        "spend_30d": pa.array([12.5], pa.float32()),
        "spend_90d": pa.array([1240.0], pa.float32()),
        "days_since_order": pa.array([78.4], pa.float32()),
        "opens": pa.array([float("nan")], pa.float32()),
        "tickets": pa.array([1.0], pa.float32()),
        "visits": pa.array([0.0], pa.float32()),
        "activity_days": [9.0],
        "activity_periods": [5.0],
    }
)


def like(
    medians: Sequence[float | None],
    effects: Sequence[float] | None = None,
    ahead: float = 0.0,
    within: float = 0.0,
) -> Similar:
    """Return what is usual among clients; half of them are not farther than `within` from it."""
    middle = np.array([np.nan if median is None else median for median in medians], "f4")
    nobody = np.full((CLIENT, len(middle)), np.nan, "f4")
    return Similar(
        medians={c.name: (None, None, m) for c, m in zip(COLUMNS, medians, strict=False)},
        low=np.vstack([nobody, middle - within]),
        middle=np.vstack([nobody, middle]),
        high=np.vstack([nobody, middle + within]),
        lacking=np.vstack([nobody, middle]) > np.inf,
        effects=np.vstack([np.zeros((CLIENT, len(middle))), effects or np.zeros(len(middle))]),
        ahead=np.array([0.0, 0.0, ahead]),
    )


def contributed(
    row: pa.Table, columns: Sequence[Column], parts: Floats, similar: Similar | None = None
) -> list[list[Reason]]:
    """Return the reasons beside similar customers; by default nothing is known of them."""
    return reasons.contributed("churn", row, columns, parts, similar or like([None] * len(columns)))


def explain(*contributions: float) -> list[Reason]:
    return contributed(ROW, COLUMNS, np.array([[*contributions, -0.3]]))[0]


def said(kept: list[Reason], *, raising: bool = False) -> list[str]:
    chosen = select(kept, BY_NAME, raising=raising)
    return Words(phrases(COLUMNS), "EUR").sentences(chosen)


def test_windows_of_one_measure_are_one_reason_quoting_the_strongest() -> None:
    kept = explain(-0.2, -0.5, 0.6, 0.0, 0.0, 0.0)
    assert [(r.code, r.column) for r in kept] == [
        ("spending", "spend_90d"),
        ("silence", "days_since_order"),
    ]
    assert kept[0].effect == pytest.approx(-0.7)
    assert said(kept) == [
        "1,240.00 EUR spent in the last 90 days: lowers the risk",
        "Last ordered 78 days ago: raises the risk",
    ]


def test_the_quoted_column_pushes_the_way_its_reason_does() -> None:
    # The 90-day column is stronger, but the two together raise.
    assert explain(0.9, -0.5, 0.0, 0.0, 0.0, 0.0)[0].column == "spend_30d"


def test_a_plain_number_is_quoted_before_a_ratio() -> None:
    columns = (
        column("silence_over_gap", "silence_over_gap", "ratio", "silent for {value} usual gaps"),
        COLUMNS[2],
    )
    row = ROW.append_column("silence_over_gap", pa.array([4.0], pa.float32()))
    kept = contributed(row, columns, np.array([[0.5, 0.1, 0.0]]))[0]
    assert [(r.column, round(r.effect, 6)) for r in kept] == [("days_since_order", 0.6)]
    kept = contributed(row, columns, np.array([[0.5, -0.1, 0.0]]))[0]
    assert [r.column for r in kept] == ["days_since_order"], "they are what the ratio is made of"


def test_three_are_said_and_what_raises_is_kept_for_lists() -> None:
    kept = explain(-0.9, 0.0, -0.8, -0.7, 0.3, 0.2)
    assert [r.code for r in kept] == ["spending", "silence", "opens", "service", "visits"]
    assert len(said(kept)) == 3
    assert said(kept, raising=True) == [
        "1 ticket opened: raises the risk",
        "No visits: raises the risk",
    ]


def test_where_nothing_raises_a_list_says_what_there_is() -> None:
    kept = explain(-0.9, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert said(kept, raising=True) == said(kept) != []


def test_what_nobody_can_act_on_is_said_only_when_it_matters_much_more() -> None:
    tenure = column("tenure", "tenure", "days", "known for {value}")
    row = ROW.append_column("tenure", pa.array([400.0], pa.float32()))

    def first(of_tenure: float) -> str:
        matrix = np.array([[0.5, of_tenure, 0.0]])
        return contributed(row, (COLUMNS[2], tenure), matrix)[0][0].code

    assert first(0.9) == "silence"
    assert first(1.1) == "tenure"


def test_a_spokesman_stands_in_for_what_needs_thought() -> None:
    faded = column("visits_faded", "visits_faded", "ratio", "visits of late come to {value}")
    row = ROW.append_column("visits_faded", pa.array([0.31], pa.float32()))

    def quoted(of_visits: float) -> str:
        matrix = np.array([[of_visits, 0.5, 0.0]])
        return contributed(row, (COLUMNS[5], faded), matrix)[0][0].column

    assert quoted(0.01) == "visits"
    assert quoted(0.0) == "visits"  # no tree asks for it, and it says the same
    assert quoted(-0.01) == "visits_faded"  # it would contradict


def test_what_hardly_matters_is_not_said() -> None:
    assert explain(0.004, 0.004, 0.002, 0.0, 0.0, 0.0) == []


def test_effects_of_all_codes_add_up_to_the_log_odds() -> None:
    contributions = np.array([[0.1, 0.2, -0.4, 0.0, 0.3, 0.0, -1.0]])
    kept = contributed(ROW, COLUMNS, contributions)[0]
    assert sum(r.effect for r in kept) == pytest.approx(contributions[0, :-1].sum())


USUAL = (20.0, 300.0, 30.2, None, 1.0, 2.0)


def test_what_is_usual_for_similar_customers_stands_beside_their_own_number() -> None:
    matrix = np.array([[0.0, -0.5, 0.4, 0.0, 0.3, 0.0, -1.0]])
    (kept,) = contributed(ROW, COLUMNS, matrix, like(USUAL))
    assert said(kept) == [
        "1,240.00 EUR spent in the last 90 days (similar customers: 300.00 EUR): lowers the risk",
        "Last ordered 78 days ago (similar customers: 30 days): raises the risk",
    ], "the one ticket that similar customers have, too, tells nobody apart"
    matrix = np.array([[0.0, 0.0, 0.0, 0.0, 0.3, 0.0, -1.0]])
    (kept,) = contributed(ROW, COLUMNS, matrix, like(USUAL))
    assert said(kept) == ["1 ticket opened (like similar customers): raises the risk"]


def test_a_direction_is_told_against_similar_customers() -> None:
    """Fewer visits than theirs must not be said to lower a risk."""
    matrix = np.array([[0.0, 0.0, 0.3, 0.0, 0.4, -0.5, -1.0]])
    similar = like(USUAL, effects=(0.0, 0.0, 0.1, 0.0, 0.4, -0.9))
    (kept,) = contributed(ROW, COLUMNS, matrix, similar)
    assert said(kept) == [
        "No visits (similar customers: 2): raises the risk",
        "Last ordered 78 days ago (similar customers: 30 days): raises the risk",
    ]
    assert [round(r.effect, 9) for r in kept] == [0.4, 0.2]


def test_what_similar_customers_have_in_common_is_a_reason_of_its_own() -> None:
    similar = like(USUAL, effects=(0.0, 0.0, 0.1, 0.0, 0.2, 0.3), ahead=1.7)
    matrix = np.array([[0.0, 0.0, 0.3, 0.0, 0.2, 0.3, -1.0]])
    (kept,) = contributed(ROW, COLUMNS, matrix, similar)
    assert said(kept) == [
        "Regular customer, 5 months with activity in the last year: raises the risk",
        "Last ordered 78 days ago (similar customers: 30 days): raises the risk",
    ]
    assert sum(r.effect for r in kept) == pytest.approx(1.7 + 0.2)


@pytest.mark.parametrize(
    ("periods", "ahead", "sentence"),
    [
        (2.0, 0.7, "Occasional customer, 2 months with activity in the last year: raises the risk"),
        (
            0.0,
            0.7,
            "No months with activity in the last year: raises the risk",
        ),
        (0.0, -0.7, "Returning customer, 9 active days so far: lowers the risk"),
        (5.0, -0.7, "Regular customer, 5 months with activity in the last year: lowers the risk"),
    ],
)
def test_what_is_in_common_is_told_by_what_tells_the_stratum_from_worse_or_better_ones(
    periods: float, ahead: float, sentence: str
) -> None:
    """No months with activity must not be said to lower a risk, though having come back does."""
    row = ROW.set_column(7, "activity_periods", pa.array([periods]))
    similar = replace(like(USUAL), effects=np.zeros((3, 6)), ahead=np.full(3, ahead))
    (kept,) = contributed(row, COLUMNS, np.zeros((1, 7)), similar)
    assert said(kept) == [sentence]


def test_of_one_active_day_silence_says_how_often_lately() -> None:
    columns = (COLUMNS[2], column("orders_90d", "orders", "orders", "{value} in {window}", 90))
    once = ROW.set_column(6, "activity_days", pa.array([1.0]))
    once = once.append_column("orders_90d", pa.array([1.0], pa.float32()))
    pushes = np.array([[0.2, -0.5, -1.0]])
    assert [r.code for r in contributed(once, columns, pushes)[0]] == ["silence"]
    often = once.set_column(6, "activity_days", pa.array([2.0]))
    assert len(contributed(often, columns, pushes)[0]) == 2


def test_an_unusual_number_is_told_before_usual_ones() -> None:
    matrix = np.array([[0.0, 0.0, 0.3, 0.0, 0.2, 0.0, -1.0]])
    (kept,) = contributed(ROW, COLUMNS, matrix, like(USUAL))
    assert [r.code for r in kept] == ["silence", "service"]
    (kept,) = contributed(ROW, COLUMNS, matrix, like(USUAL, within=60.0))
    assert [r.code for r in kept] == ["silence", "service"], "both are usual"
    (kept,) = contributed(ROW, COLUMNS, matrix, like((20.0, 300.0, 78.0, None, 9.0, 2.0), within=5))
    assert [r.code for r in kept] == ["service", "silence"]
    (kept,) = contributed(ROW, COLUMNS, matrix / 4, like(USUAL, within=60.0))
    assert kept == [], "what is usual and hardly matters"


def test_of_a_topic_the_unusual_number_is_quoted() -> None:
    matrix = np.array([[-0.3, -0.2, 0.0, 0.0, 0.0, 0.0, -1.0]])
    similar = like((5.0, 300.0, 30.2, None, 1.0, 2.0), within=50)
    (reason,) = contributed(ROW, COLUMNS, matrix, similar)[0]
    assert reason.column == "spend_90d"
    assert reason.effect == pytest.approx(-0.5)
    slight = np.array([[-0.45, -0.05, 0.0, 0.0, 0.0, 0.0, -1.0]])
    (reason,) = contributed(ROW, COLUMNS, slight, similar)[0]
    assert reason.column == "spend_30d", "the other explains too little"


def test_a_rate_of_somebody_new_is_not_quoted() -> None:
    columns = (
        column("activity_rate", "activity_rate", "active days", "{value} a month"),
        column("orders_30d", "orders", "orders", "{value} in the last {window}", 30),
    )
    row = ROW.append_column("activity_rate", pa.array([4.1], pa.float32()))
    row = row.append_column("orders_30d", pa.array([1.0], pa.float32()))
    (reason,) = contributed(row, columns, np.array([[-0.5, -0.1, 0.0]]))[0]
    assert reason.column == "orders_30d"


def test_a_rule_quotes_its_inputs_beside_what_is_usual() -> None:
    similar = replace(like(USUAL), medians={"days_since_activity": (60.0, 41.0, 30.0)})
    facts = {
        "days_since_activity": np.array([78.2]),
        "spend_ever": np.array([np.nan]),
        "activity_days": np.array([2.0]),
    }
    (kept,) = reasons.inputs("churn", Rows.of(ROW), facts, similar)
    assert [(r.column, r.value, r.usual, r.effect) for r in kept] == [
        ("days_since_activity", 78.2, 30.0, 0.0),
        ("activity_days", 2.0, None, 0.0),
    ]


def test_a_service_without_orders_does_not_hear_that_nothing_was_spent() -> None:
    similar = replace(like(USUAL), medians={"spend_ever": (0.0, 0.0, 0.0)})
    said = [
        reasons.inputs("churn", Rows.of(ROW), {"spend_ever": np.array([spent])}, similar)
        for spent in (0.0, 12.5)
    ]
    assert [len(kept) for (kept,) in said] == [0, 1]


def test_an_attribute_is_told_by_what_it_is_before_what_it_is_not() -> None:
    found = levels.columns({"plan": levels.Values(90, 0, 0, {"gold": 50, "silver": 40})})
    table = ROW.append_column("attribute:plan=gold", pa.array([1.0], pa.float32()))
    table = table.append_column("attribute:plan=silver", pa.array([0.0], pa.float32()))
    pushes = np.array([[0.1, 0.4, -1.0]])
    ((reason,),) = contributed(table, found, pushes)
    assert (reason.column, reason.effect) == ("attribute:plan=gold", 0.5)
    named = {column.name: column for column in found}
    assert sentences([reason], named, None) == ["Plan is gold: raises the risk"]
