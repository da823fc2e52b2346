"""Lists from a published run: through the store, with the shop's terms and reasons on demand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from features.config import Config
from features.errors import LadderError, UsageError
from features.sample import SampleShop
from features.sections import Churn
from serving import scoring
from serving.erasure import forget
from serving.home import create_home
from serving.listing import saving
from serving.listing.drawing import Kind, Listed, Request, draw
from serving.listing.saving import save
from serving.runs import publishing
from serving.runs.explaining import in_words
from serving.store import Control, RunReader
from serving.store.campaigns import Campaigns
from tests.serving.shop import LIVED_UNTIL as DAY
from tests.serving.shop import published
from training.bundle import Bundle
from training.bundle.money import Money


@pytest.fixture(scope="module")
def drawn_from(
    tmp_path_factory: pytest.TempPathFactory,
    made_up: SampleShop,
    bundle: Bundle,
    history_of: Callable[..., Any],
) -> Path:
    home = create_home(tmp_path_factory.mktemp("home") / "models")
    return published(home, bundle, history_of(made_up))


@pytest.fixture
def home(
    tmp_path: Path, bundle: Bundle, made_up: SampleShop, history_of: Callable[..., Any]
) -> Path:
    """Return a home of its own, with a run that a test may change."""
    return published(create_home(tmp_path / "models"), bundle, history_of(made_up))


def members(listed: Listed) -> list[dict[str, Any]]:
    return list(in_words(listed.drawn.members, listed.words).to_pylist())


def test_the_at_risk_list_says_what_raises_the_risk(drawn_from: Path) -> None:
    listed = draw(drawn_from, Request("at-risk", top=30))
    rows = members(listed)
    assert listed.drawn.contacted == 30
    said = [sentence for row in rows for sentence in row["reasons"]]
    assert sum(s.endswith("raises the risk") for s in said) > 0.9 * len(said)
    assert all(row["reasons"] for row in rows)


def test_somebody_erased_while_a_list_is_drawn_is_not_on_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed, chosen = publishing.packed, list[str]()

    def erasing(reader: RunReader, ids: Sequence[str], columns: int) -> Any:
        if not chosen:
            chosen.extend(ids)
            with Control(home) as control:
                forget(control, ids[0], "somebody")
        return packed(reader, ids, columns)

    monkeypatch.setattr(publishing, "packed", erasing)
    with Control(home) as control:
        saved, _ = save(control, Request("at-risk", top=10), "somebody")
        people = [one.customer_id for _, one in Campaigns(control).members(saved.list_id, None)]
    assert people[:9] == chosen[1:]
    assert len(people) == 10


def test_a_saving_that_is_cut_short_is_finished_by_asking_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with Control(home) as control:
        with monkeypatch.context() as patch:
            patch.setattr(saving, "hold_out", killed)
            with pytest.raises(KeyboardInterrupt):
                save(control, Request("at-risk", top=30), "somebody", key="mine")
        saved, listed = save(control, Request("at-risk", top=30), "somebody", key="mine")
        held = [one.customer_id for _, one in Campaigns(control).members(saved.list_id, "held_out")]
        with closing(RunReader(home, control.runs()[0])) as reader:
            said = {json.loads(record)["contact"] for record in reader.records(held).values()}
    assert listed is None
    assert len(held) == 3
    assert said == {"held_out"}


def test_a_list_of_an_older_run_holds_people_out_of_a_newer_one_too(
    home: Path, bundle: Bundle, made_up: SampleShop, history_of: Callable[..., Any]
) -> None:
    later = DAY + timedelta(days=14)
    run = scoring.score_run(history_of(made_up), bundle, later, "none")
    publishing.publish(home, run, bundle, later)
    with Control(home) as control:
        newer, older = control.runs()
        control.use(older.run_id)
        saved, _ = save(control, Request("at-risk", top=30), "somebody")
        held = [one.customer_id for _, one in Campaigns(control).members(saved.list_id, "held_out")]
        with closing(RunReader(home, newer)) as reader:
            said = {json.loads(record)["contact"] for record in reader.records(held).values()}
    assert saved.run_id == older.run_id
    assert said == {"held_out"}


def test_without_a_margin_the_list_says_what_it_took(drawn_from: Path) -> None:
    assert "margin" in draw(drawn_from, Request("at-risk", top=5)).drawn.notes[-1]
    config = Config.from_dict({"shop": {"margin": 0.4}})
    notes = draw(drawn_from, Request("at-risk", top=5), config).drawn.notes
    assert not any("margin" in note for note in notes)


def test_a_list_too_short_for_a_hold_out_says_what_that_costs(drawn_from: Path) -> None:
    def said(top: int, **lists: Any) -> bool:
        config = Config.from_dict({"lists": lists})
        notes = draw(drawn_from, Request("at-risk", top=top), config).drawn.notes
        return any("people have no hold-out" in note for note in notes)

    assert said(5)
    assert said(30, hold_out_from=50)
    assert not said(30)
    assert not said(5, hold_out_share=0.0)


def test_whom_a_list_named_rests_from_others_where_the_shop_wants_it(home: Path) -> None:
    """People asked for friends a day after they were offered something feel hunted."""
    with Control(home) as control:
        saved, first = save(control, Request("at-risk", top=20), "somebody")
        named = {one.customer_id for _, one in Campaigns(control).members(saved.list_id)}
        plain = draw(home, Request("at-risk", top=20))
        resting = Config.from_dict({"lists": {"rest_days": 90}})
        _, second = save(control, Request("at-risk", top=20), "somebody", config=resting)
    assert first
    assert second
    twice = len(named.intersection(plain.drawn.members["customer_id"].to_pylist()))
    told = [note for note in plain.drawn.notes if note.startswith("Of those to contact here, ")]
    assert twice > 10
    assert len(told) == 1
    assert "rest_days = " in told[0]
    assert not [note for note in first.drawn.notes if "other lists" in note]
    assert not named & set(second.drawn.members["customer_id"].to_pylist())
    left_out = "Left out: 20 people who were to be contacted by other lists within 90 days"
    assert [note for note in second.drawn.notes if note.startswith(left_out)]


def test_a_list_by_what_nothing_told_apart_says_so(
    tmp_path: Path, bundle: Bundle, made_up: SampleShop, history_of: Callable[..., Any]
) -> None:
    blind = {"auroc": {"value": 0.51, "low": 0.48, "high": 0.54}}
    told = {"auroc": {"value": 0.6, "low": 0.55, "high": 0.65}}
    for rule, expected in ((blind, True), (told, False)):
        served = {"basis": "model", "model": {**blind, "ece": {"value": 0.041}}}
        judged = {"churn": {**served, "baselines": {"rfm": rule}}}
        metrics = {**bundle.metrics, "outcomes": judged}
        home = create_home(tmp_path / f"models-{expected}")
        published(home, replace(bundle, metrics=metrics), history_of(made_up))
        notes = draw(home, Request("at-risk", top=5)).drawn.notes
        assert any("ranked customers better" in note for note in notes) == expected
        assert any("churn is off by 0.041" in note for note in notes)


def test_a_list_by_a_rate_for_all_says_that_who_comes_first_is_chance(
    tmp_path: Path, bundle: Bundle, made_up: SampleShop, history_of: Callable[..., Any]
) -> None:
    prior = replace(bundle.outcomes["return"], basis="prior")
    unlearnt = replace(bundle, outcomes={**bundle.outcomes, "return": prior})
    home = published(create_home(tmp_path / "models"), unlearnt, history_of(made_up))
    by_rate = draw(home, Request("win-back", top=5)).drawn.notes
    assert any("too little data to learn return" in note for note in by_rate)
    assert not any("too little" in note for note in draw(home, Request("at-risk")).drawn.notes)


def test_a_list_by_mean_spend_says_that_its_money_tells_nobody_apart(
    tmp_path: Path, bundle: Bundle, made_up: SampleShop, history_of: Callable[..., Any]
) -> None:
    assert bundle.spend is not None
    for basis in ("prior", "model"):
        served = replace(bundle, spend=replace(bundle.spend, basis=basis))
        home = published(create_home(tmp_path / basis), served, history_of(made_up))
        notes = draw(home, Request("at-risk", top=5)).drawn.notes
        assert any("data to learn spend" in note for note in notes) == (basis == "prior")


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


def test_a_budget_without_costs_is_refused(drawn_from: Path) -> None:
    with pytest.raises(UsageError, match="--contact-cost"):
        draw(drawn_from, Request("at-risk", budget=20.0))


def test_the_same_run_gives_the_same_list(drawn_from: Path) -> None:
    first, again = (draw(drawn_from, Request("at-risk", top=40)) for _ in range(2))
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
    assert all("since the last activity" in row["reasons"][0] for row in rows)


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
    assert "no money" in listed.drawn.notes[0]


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
