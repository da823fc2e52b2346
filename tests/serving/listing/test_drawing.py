"""Lists from a published run: through the store, with the shop's terms and reasons on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from features.config import Config
from features.errors import LadderError, UsageError
from features.sample import SampleShop
from features.settings.sections import Churn
from serving.home import create_home
from serving.listing.drawing import Kind, Listed, Request, draw
from serving.listing.saving import save
from serving.runs import publishing
from serving.runs.explaining import in_words
from serving.store import Control, edits
from tests.serving.shop import LIVED_UNTIL as DAY
from tests.serving.shop import published
from training.bundle import Bundle
from training.bundle.money import Money


def members(listed: Listed) -> list[dict[str, Any]]:
    return list(in_words(listed.drawn.members, listed.words).to_pylist())


def test_the_at_risk_list_says_what_raises_the_risk(drawn_from: Path) -> None:
    listed = draw(drawn_from, Request("at-risk", top=30))
    rows = members(listed)
    assert listed.drawn.contacted == 30
    said = [sentence for row in rows for sentence in row["reasons"]]
    assert sum(s.endswith("raises the risk") for s in said) > 0.9 * len(said)
    assert all(row["reasons"] for row in rows)


def test_a_list_needs_no_configuration_beside_a_trained_bundle(
    tmp_path: Path, bundle: Bundle, made_up: SampleShop, history_of: Callable[..., Any]
) -> None:
    trained = replace(bundle, settings={**bundle.settings, "data": {"until": "2024-01-01"}})
    home = published(create_home(tmp_path / "models"), trained, history_of(made_up))
    listed = draw(home, Request("at-risk", top=5))
    assert listed.drawn.contacted == 5


def test_the_shops_costs_apply_unless_the_request_names_its_own(drawn_from: Path) -> None:
    config = Config.from_dict({"lists": {"contact_cost": 3.0, "hold_out_from": 1000}})
    by_shop = draw(drawn_from, Request("at-risk", top=10), config).drawn
    assert by_shop.cost == pytest.approx(30.0)
    own = draw(drawn_from, Request("at-risk", top=10, contact_cost=0.5), config).drawn
    assert own.cost == pytest.approx(5.0)


def test_a_budget_buys_no_more_than_it_can(drawn_from: Path) -> None:
    listed = draw(drawn_from, Request("at-risk", budget=20.0, contact_cost=1.0))
    assert listed.drawn.contacted == 20
    assert len(members(listed)) == 22


@pytest.mark.parametrize("kind", ["at-risk", "win-back", "advocates"])
def test_a_list_of_nobody_says_why(drawn_from: Path, kind: Kind) -> None:
    def said(**asked: Any) -> str:
        drawn = draw(drawn_from, Request(kind, **asked)).drawn
        assert not drawn.members.num_rows
        return next(note for note in drawn.notes if note.startswith("Nobody is listed"))

    assert "budget does not cover" in said(budget=0.001, contact_cost=0.01)
    assert "fits what was asked" in said(one_of={"rung": ["awareness"]})


def test_a_budget_without_costs_is_refused(drawn_from: Path) -> None:
    with pytest.raises(UsageError, match="--contact-cost"):
        draw(drawn_from, Request("at-risk", budget=20.0))


def test_the_same_run_gives_the_same_list_however_much_of_it_is_read_at_once(
    drawn_from: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = draw(drawn_from, Request("at-risk", top=40))
    monkeypatch.setattr(edits, "AT_ONCE", 7)
    monkeypatch.setattr(publishing, "BATCH", 11)
    again = draw(drawn_from, Request("at-risk", top=40))
    assert first.drawn.members.equals(again.drawn.members)


def test_a_hold_out_ends_with_the_horizon_of_what_its_list_asks_gap_included(
    tmp_path: Path, bundle: Bundle, made_up: SampleShop, history_of: Callable[..., Any]
) -> None:
    churn = {**bundle.settings["churn"], "gap_days": 7}
    delayed = replace(bundle, settings={**bundle.settings, "churn": churn})
    history = history_of(made_up)
    history.config = history.config.model_copy(update={"churn": Churn(**churn)})
    home = published(create_home(tmp_path / "models"), delayed, history)
    with Control(home) as control:
        leaving, _ = save(control, Request("at-risk", top=30), "somebody")
        speaking, _ = save(control, Request("advocates", top=5), "somebody")
    advocacy_days = bundle.settings["advocacy"]["horizon_days"]
    assert advocacy_days != churn["horizon_days"]
    assert leaving.ends_on == DAY + timedelta(days=7 + churn["horizon_days"])
    assert speaking.ends_on == DAY + timedelta(days=7 + advocacy_days)


def test_win_back_names_the_lapsed_and_what_they_would_spend(drawn_from: Path) -> None:
    listed = draw(drawn_from, Request("win-back", top=5))
    rows = members(listed)
    assert [row["return_probability"] for row in rows] == sorted(
        (row["return_probability"] for row in rows), reverse=True
    )
    assert any("50.00 EUR" in note for note in listed.drawn.notes)
    assert all(row["reasons"][0].startswith("Last ordered ") for row in rows)


def test_advocates_come_with_reasons_to_speak(drawn_from: Path) -> None:
    listed = draw(drawn_from, Request("advocates", top=3))
    assert listed.drawn.contacted == 3
    assert listed.drawn.profit is None
    assert all("advocacy" in s for row in members(listed) for s in row["reasons"])


def test_a_budget_for_advocates_counts_people(drawn_from: Path) -> None:
    listed = draw(drawn_from, Request("advocates", budget=7.0, contact_cost=1.0, offer=1.0))
    assert listed.drawn.contacted == 3
    assert listed.drawn.cost == 6.0
    listed = draw(drawn_from, Request("advocates", budget=0.3, contact_cost=0.1))
    assert listed.drawn.contacted == 3, "0.3 // 0.1 is 2"
    assert listed.drawn.cost == 0.3, "3 * 0.1 is not"


def test_a_cost_of_next_to_nothing_reaches_everybody(drawn_from: Path) -> None:
    everybody = draw(drawn_from, Request("advocates")).drawn.contacted
    listed = draw(drawn_from, Request("advocates", budget=1e12, contact_cost=5e-324))
    assert listed.drawn.contacted == everybody


def test_amounts_are_rounded_for_people(drawn_from: Path) -> None:
    rows = draw(drawn_from, Request("at-risk", top=5)).for_people().to_pylist()
    for row in rows:
        assert row["value_at_risk"] == round(row["value_at_risk"], 2)
        assert row["churn_probability"] == round(row["churn_probability"], 4)


@pytest.mark.parametrize("kind", ["at-risk", "win-back"])
def test_a_shop_without_money_lists_the_likeliest(
    kind: Kind,
    tmp_path: Path,
    made_up: SampleShop,
    bundle: Bundle,
    history_of: Callable[..., Any],
) -> None:
    poor = replace(bundle, spend=None, money=Money())
    home = published(create_home(tmp_path / "models"), poor, history_of(made_up))
    listed = draw(home, Request(kind, top=2))
    assert listed.drawn.contacted == 2
    assert "no profit is weighed" in listed.drawn.notes[0]


def test_nothing_published_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LadderError, match="ladder score"):
        draw(create_home(tmp_path / "models"), Request("at-risk"))


def test_a_skipped_outcome_has_no_list(
    tmp_path: Path, made_up: SampleShop, bundle: Bundle, history_of: Callable[..., Any]
) -> None:
    few = replace(bundle, outcomes={"churn": bundle.outcomes["churn"]})
    home = published(create_home(tmp_path / "models"), few, history_of(made_up))
    with pytest.raises(LadderError, match="'advocate'"):
        draw(home, Request("advocates"))
