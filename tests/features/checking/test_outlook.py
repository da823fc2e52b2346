"""What a history can predict, told from how far it reaches and from its kinds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from features.checking.outlook import outlooks
from features.clock import midnight
from features.config import Config
from features.reach.spans import KindSpan, Span

START = date(2024, 1, 1)
ROWS = 400
CHURN = {"churn": {"activity": "app_opened"}}


def looks(
    days: int, table: str = "orders", kinds: tuple[str, ...] = (), **settings: Any
) -> dict[str, tuple[bool, str]]:
    """Return of each outcome whether a table of so many days can predict it, and why.

    Of the kinds, each is commoner than those before it.
    """
    first, end = (midnight(START + timedelta(days=n), "UTC") for n in (0, days))
    seen = {kind: KindSpan(first, end - 1, ROWS + rank) for rank, kind in enumerate(kinds)}
    found = outlooks(Config.from_dict(settings), {table: Span(first, end)}, seen)
    return {look.outcome: (look.possible, look.why) for look in found}


def test_without_advocacy_actions_one_line_says_so() -> None:
    found = looks(400)
    assert found["churn"] == (True, "no order within 90 days.")
    possible, why = found["refer, share, review, advocate"]
    assert not possible
    assert "no advocacy actions" in why


def test_one_day_is_said_in_the_singular() -> None:
    assert looks(400, churn={"horizon_days": 1})["churn"] == (True, "no order within 1 day.")


def test_a_short_history_names_the_dates_that_would_work() -> None:
    possible, why = looks(100)["churn"]
    assert not possible
    assert why.startswith("orders reach from 2024-01-01 to 2024-04-09; learning")
    assert "works from 2024-06-30 on" in why
    assert "horizon_days of at most 49" in why
    assert looks(100, churn={"horizon_days": 49})["churn"][0]
    assert not looks(100, churn={"horizon_days": 50})["churn"][0]
    gap = {"gap_days": 9, "activity": "app_opened"}
    possible, why = looks(100, "engagement", ("app_opened",), churn=gap)["churn"]
    assert why.startswith("engagement reaches from 2024-01-01 to 2024-04-09; learning")
    assert "horizon_days of at most 40" in why


def test_a_history_that_hardly_holds_two_horizons_says_how_little_is_learnt_from() -> None:
    """Cutoffs that teach end two horizons before the last day: what comes before them is seen."""
    possible, why = looks(364, churn={"horizon_days": 180})["churn"]
    assert possible
    assert "learnt from the first 4 days alone" in why
    assert "horizon_days of at most 167 leaves a month" in why
    for horizon, gap, scant in ((167, 0, False), (168, 0, True), (157, 10, False), (158, 10, True)):
        churn = {"horizon_days": horizon, "gap_days": gap}
        why = looks(364, churn=churn)["churn"][1]
        assert (f"at most {167 - gap} leaves a month" in why) == scant
    assert "leaves" not in looks(40, churn={"horizon_days": 20})["churn"][1]


def test_where_nobody_can_have_lapsed_return_names_the_day_from_which_somebody_could() -> None:
    possible, why = looks(400)["return"]
    assert not possible
    assert "inactive for 365 days" in why
    assert "from 2025-04-01 on" in why
    assert looks(456)["return"][0]
    assert "from 2025-04-08 on" in looks(400, churn={"gap_days": 7})["return"][1]


def test_without_orders_churn_needs_an_activity() -> None:
    opened = ("app_opened",)
    why = looks(400, "engagement", ("call", "mail", "visit", *opened))["churn"][1]
    assert "[churn] activity" in why
    assert "the most common kinds are app_opened, visit, mail." in why
    found = looks(400, "engagement", opened, churn={"activity": "app_opened"})
    assert found["churn"] == (
        True,
        "no engagement of kind app_opened within 90 days.",
    )
    assert found["spend"] == (False, "the history has no orders.")
    missing = looks(400, "engagement", opened, churn={"activity": "login"})
    assert "no engagement of kind login" in missing["churn"][1]


def test_spend_is_of_those_who_stay_and_needs_churn() -> None:
    found = looks(400, churn={"event": "cancelled"})
    assert found["churn"] == (False, "the history has no engagement of kind cancelled.")
    assert found["spend"] == found["churn"]
    assert found["return"][1] != found["churn"][1]


def test_an_act_that_never_came_cannot_be_predicted() -> None:
    found = looks(400, "engagement", ("app_opened", "shared"), churn={"activity": "app_opened"})
    assert found["share"] == (True, "the brand shared within 180 days.")
    assert found["refer"] == (False, "the history has no engagement of kind referred.")


def test_spend_needs_orders_of_the_days_that_churn_is_known_of() -> None:
    def spend(days: int, **churn: str) -> tuple[bool, str]:
        first, end, sold = (midnight(START + timedelta(days=n), "UTC") for n in (0, 400, days))
        span = {"orders": Span(first, sold), "engagement": Span(first, end)}
        seen = {kind: KindSpan(first, end - 1, ROWS) for kind in churn.values()}
        found = outlooks(Config.from_dict({"churn": churn}), span, seen)
        return next((look.possible, look.why) for look in found if look.outcome == "spend")

    possible, why = spend(340, activity="app_opened")
    assert not possible
    assert why == (
        "orders end on 2024-12-05, while engagement goes on until 2025-02-03; map newer ones."
    )
    assert not spend(340, event="cancelled")[0]
    assert spend(393, activity="app_opened")[0], "a small shop has quiet weeks"
    assert not spend(392, activity="app_opened")[0]
    assert spend(340)[0]


def test_an_act_is_judged_from_its_first_on_and_the_date_that_would_work_is_named() -> None:
    """As a training does: what was not recorded cannot have been left undone."""
    first, end = (midnight(START + timedelta(days=n), "UTC") for n in (0, 700))
    late = midnight(START + timedelta(days=500), "UTC")
    kinds = {
        "app_opened": KindSpan(first, end - 1, ROWS),
        "referred": KindSpan(late, end - 1, ROWS),
        "shared": KindSpan(first, end - 1, ROWS),
    }
    spans = {"engagement": Span(first, end)}
    found = {each.outcome: each for each in outlooks(Config.from_dict(CHURN), spans, kinds)}
    assert not found["refer"].possible
    assert "this is recorded from 2025-05-15 on" in found["refer"].why
    assert (
        "works from 2026-05-10 on, or now with horizon_days of at most 100." in found["refer"].why
    )
    assert found["share"].possible
    assert found["advocate"].why == "any of share within 180 days."
    bought = {**spans, "orders": Span(late, end)}
    looked = {each.outcome: each for each in outlooks(Config.from_dict(CHURN), bought, kinds)}
    assert looked["share"].possible, "who acts has been seen since before anything was sold"
    both_late = {**kinds, "shared": kinds["referred"]}
    looked = {each.outcome: each for each in outlooks(Config.from_dict(CHURN), spans, both_late)}
    assert not looked["advocate"].possible
    assert looked["advocate"].why == found["refer"].why
    config = Config.from_dict({**CHURN, "advocacy": {"horizon_days": 90}})
    looked = {each.outcome: each for each in outlooks(config, spans, kinds)}
    assert looked["refer"].why == "a friend referred within 90 days.", "activity reaches far back"
    kinds["app_opened"] = kinds["referred"]
    looked = {each.outcome: each for each in outlooks(config, spans, kinds)}
    assert "learnt from the first 20 days alone" in looked["refer"].why


def test_an_activity_or_a_cancellation_counts_from_its_first_on() -> None:
    first, end = (midnight(START + timedelta(days=n), "UTC") for n in (0, 700))
    late = midnight(START + timedelta(days=600), "UTC")
    kinds = {
        "app_opened": KindSpan(late, end - 1, ROWS),
        "cancelled": KindSpan(late, end - 1, ROWS),
    }
    for settings in ({"activity": "app_opened"}, {"event": "cancelled"}):
        spans = {"engagement": Span(first, end), "orders": Span(first, end)}
        config = Config.from_dict({"churn": settings})
        found = {look.outcome: look for look in outlooks(config, spans, kinds)}
        assert not found["churn"].possible
        assert "recorded from 2025-08-23 on" in found["churn"].why
        config = Config.from_dict({"churn": {**settings, "horizon_days": 40}})
        found = {look.outcome: look for look in outlooks(config, spans, kinds)}
        assert ("learnt from the first 20 days alone" in found["churn"].why) == (
            "activity" in settings
        ), "orders reach far back"
        spans["orders"] = Span(late, end)
        found = {look.outcome: look for look in outlooks(config, spans, kinds)}
        assert "learnt from the first 20 days alone" in found["churn"].why
