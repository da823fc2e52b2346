"""A group of customers begins to behave otherwise: whole trainings notice, and promotion stops."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.catalogue import CATALOGUE, Catalogue, Column
from features.clock import DAY, midnight
from features.config import Config
from features.contract import Orders
from features.definitions import kinds
from features.own import Own
from features.sample import make_shop
from tests.training.trainings import QUICK
from training.bundle.bundle import Bundle
from training.bundle.shelf import Shelf
from training.bundle.tolerance import LIMIT
from training.comparison import Contest, candidate, learner_of, question, recipe
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.options import Options
from training.promotion import Candidate, Decision
from training.train import Trained, train

CONFIG = Config.from_dict(
    {
        "shop": {"timezone": "Europe/Berlin", "currency": "EUR"},
        "orders": {"timestamps": "UTC"},
        "churn": {"horizon_days": 60},
        "training": {"snapshots": 2},
    }
)
FIRST, UNTIL, E = date(2025, 2, 1), date(2025, 6, 1), date(2025, 4, 2)
ROOMY = replace(QUICK, most_rows=10_000)
USUAL = Settings()

Run = Callable[[Path, pd.DataFrame, date], Trained]


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """Return a shop's orders; every other customer buys on a market, the others on the web."""
    lines: pd.DataFrame = make_shop(customers=4_500, days=540, seed=24).orders.to_pandas()
    on_market = lines["customer_id"].map(lambda name: int(name[-1], 36) % 2 == 0)
    return lines.assign(channel=np.where(on_market, "market", "web"))


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Yield a function that trains; no record is kept, whose store would take longer to make."""

    def go(home: Path, lines: pd.DataFrame, until: date) -> Trained:
        options = Options(recipe=ROOMY, tracking_uri="http://127.0.0.1:9")
        frames: dict[str, Any] = {"orders": lines}
        return train(CONFIG, home, until=until, wanted=["churn"], frames=frames, options=options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        yield go


@pytest.fixture(scope="module")
def trained(orders: pd.DataFrame, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    run(home, orders.assign(category=None), FIRST)
    return home


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    """Return a home with a champion of the orders before `FIRST`, when none had a category yet."""
    return shutil.copytree(trained, tmp_path / "home")


def test_horizons_and_what_counts_as_a_positive_review_are_part_of_the_question() -> None:
    def asked(**advocacy: float) -> str:
        return question(Config.from_dict({"advocacy": advocacy}))

    assert question(Config.from_dict({"churn": {"horizon_days": 30}})) != asked()
    assert asked(positive_review_from=5) != asked(positive_review_from=4) == asked()
    assert asked(friends_per_referrer=2.0, friend_value=30.0) == asked()


def test_features_learner_snapshots_and_mapping_make_another_recipe_and_a_shops_name_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def of(
        config: dict[str, Any] | None = None, own: Own | None = None, settings: Settings = USUAL
    ) -> str:
        return recipe(Config.from_dict(CONFIG.settings() | (config or {})), own, settings)

    def mapped(**columns: str) -> dict[str, Any]:
        return {"customers": {"columns": {"customer_id": "id", **columns}}}

    others = [
        of(settings=Settings(recipe=QUICK)),
        of({"training": {"snapshots": 3}}),
        of({"churn": {"horizon_days": 30}}),
        of(own=Own("own.py", "", CATALOGUE)),
        of({"orders": {}}),
        of({"orders": {"columns": {"channel": "shop"}}}),
        of({"engagement": {}}),
        of(mapped()),
        of(mapped(valid_from="since", plan="plan")),
    ]
    assert len({of(), *others}) == 1 + len(others)
    assert (
        of({"shop": {"name": "Another"}}) == of({"contacts": {"columns": {"cost": "eur"}}}) == of()
    )
    assert of(mapped(plan="plan")) == of(mapped()), "it only filters lists"
    monkeypatch.setattr("features.standard.CATALOGUE", Catalogue())
    assert of() not in others, "another version of the product"


def test_rows_of_a_kind_or_in_a_field_never_seen_before_make_no_other_recipe(
    small_bundle: Bundle,
) -> None:
    """Until there were some, there was no column; and a recipe of more had to be better."""
    flags = (Column(f"attribute:plan={x}", Orders().count(), group="attribute:plan") for x in "ab")
    brought = (*kinds.columns(["chat_opened"]), *flags, Column("categories", Orders().count()))
    more = replace(small_bundle, columns=(*small_bundle.columns, *brought))
    old, new = candidate(small_bundle), candidate(more)
    assert new.is_made_like(old)
    assert not old.is_made_like(new)
    without_b = replace(more, columns=tuple(c for c in more.columns if c.name[-2:] != "=b"))
    assert candidate(without_b).is_made_like(new), "values of an attribute come and go"


def test_a_champion_of_an_older_version_answers_the_same_question(small_bundle: Bundle) -> None:
    """After an update no newer model took over: what a digest is made of had changed."""
    older = replace(small_bundle, metrics={**small_bundle.metrics, "question": "as told then"})
    settings = {**small_bundle.settings, "churn": {**small_bundle.settings["churn"]}}
    del settings["churn"]["gap_days"]  # which versions before did not know
    assert candidate(older).question == candidate(small_bundle).question
    assert candidate(replace(older, settings=settings)).question == candidate(older).question


def test_a_champion_of_an_older_version_is_fitted_without_what_came_later(
    small_bundle: Bundle, quick: Recipe
) -> None:
    learner = json.loads(json.dumps(small_bundle.metrics["learner"]))  # as a bundle is read
    read = replace(small_bundle, metrics={**small_bundle.metrics, "learner": learner})
    assert learner_of(read) == quick
    later = ("companion_share", "ranked", "earlier", "censored")
    known = {name: value for name, value in learner.items() if name not in later}
    older = replace(small_bundle, metrics={**small_bundle.metrics, "learner": known})
    off = replace(quick, companion_share=None, ranked=False, earlier=False, censored=False)
    assert learner_of(older) == off


def test_a_champion_that_another_training_crowned_meanwhile_is_the_one_to_beat(
    small_bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, against = Shelf(tmp_path), list[str | None]()
    for name in ("old", "meanwhile"):
        shelf.add(name, small_bundle.write)
    shelf.crown("old")

    def slow(_: Candidate, champion: Candidate | None, *__: Any, **___: Any) -> Decision:
        assert champion is not None
        against.append(shelf.champion())
        shelf.crown("meanwhile")
        return Decision(False, "new", champion.bundle, "no better")

    monkeypatch.setattr("training.comparison.decide", slow)
    data: Any = None  # nothing is fitted here
    judged: Any = SimpleNamespace(outcome="churn")
    Contest(small_bundle, data, [judged], Settings()).decide(shelf)
    assert against == ["old", "meanwhile"]


def test_a_champion_of_a_newer_program_waits_for_a_person(
    small_bundle: Bundle, tmp_path: Path
) -> None:
    learner = {**small_bundle.metrics["learner"], "foresight": True}
    newer = replace(small_bundle, metrics={**small_bundle.metrics, "learner": learner})
    shelf = Shelf(tmp_path)
    shelf.add(newer.id, newer.write)
    shelf.crown(newer.id)
    data: Any = None  # nothing is fitted here
    judged: Any = SimpleNamespace(outcome="churn")
    decision = Contest(small_bundle, data, [judged], Settings()).decide(shelf)
    assert not decision.promoted
    assert decision.before == newer.id
    assert decision.why.endswith("this one does not know foresight")


def test_a_champion_that_is_damaged_is_not_replaced_unseen(
    small_bundle: Bundle, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path)
    shelf.add("damaged", small_bundle.write)
    shelf.crown("damaged")
    (shelf.path("damaged") / "card.md").write_text("changed", encoding="utf-8")
    data: Any = None  # nothing is fitted here
    judged: Any = SimpleNamespace(outcome="churn")
    decision = Contest(small_bundle, data, [judged], Settings()).decide(shelf)
    assert not decision.promoted
    assert decision.before == "damaged"
    assert decision.why.startswith("the champion cannot be read to compare with: ")
    assert not decision.why.endswith(".")


def swapped(lines: pd.DataFrame) -> pd.DataFrame:
    """Return a history in which, from E on, the market's customers leave and the web's stay.

    Of two customers who were quiet for as long before E, the one on the web takes over what the
    one on the market would have bought after it, if only that one would have stayed: as many
    leave as before, and as many of every tenth, so that nothing shows but in the groups.
    """
    start = midnight(E, "Europe/Berlin")
    at = lines["ordered_at"].astype("int64").to_numpy()
    if lines["ordered_at"].dt.unit != "us":
        at = at // 1_000
    bought = ~lines["is_return"] & (lines["amount"] > 0)
    last = lines[bought & (at < start)].groupby("customer_id")["ordered_at"].max().sort_values()
    stays = set(lines.loc[bought & (at >= start) & (at < start + 60 * DAY), "customer_id"])
    market, web = (
        [name for name in last.index if (int(name[-1], 36) % 2 == 0) == even]
        for even in (True, False)
    )
    heirs = {
        one: other
        for one, other in zip(market, web, strict=False)
        if one in stays and other not in stays
    }
    after = (at >= start) & lines["customer_id"].isin([*heirs])
    moved = lines["customer_id"].map(heirs)
    return lines.assign(customer_id=lines["customer_id"].where(~after, moved))


def test_a_refresh_that_is_off_for_one_channel_waits_for_a_person(
    orders: pd.DataFrame, run: Run, home: Path
) -> None:
    champion = Shelf(home).champion()
    refresh = run(home, swapped(orders), UNTIL)
    (judged,) = refresh.judgements
    market = judged.strata["last bought through market"]
    served = judged.model if judged.basis == "model" else judged.baselines[judged.best]
    assert served["ece"].value < LIMIT, "of everybody it holds"
    assert market.ece is not None
    assert market.ece > LIMIT
    assert not refresh.decision.promoted
    assert Shelf(home).champion() == champion
    for words in (
        f"calibration does not hold: churn (last bought through market) is off by {market.ece:.3f}",
        "at most 0.030",
        "promote it by hand",
    ):
        assert words in refresh.decision.why
    assert "| last bought through market |" in refresh.bundle.card


def test_a_refresh_is_not_stopped_by_channels_where_nothing_changed_nor_by_a_field_first_filled(
    orders: pd.DataFrame, run: Run, home: Path
) -> None:
    before = Bundle.read(Shelf(home).path(str(Shelf(home).champion())))
    refresh = run(home, orders, UNTIL)
    new = {column.name for column in refresh.bundle.columns} - {c.name for c in before.columns}
    assert any("categor" in name for name in new)
    assert refresh.decision.promoted
    assert refresh.decision.why == "a refresh on newer data that is no worse than the champion"
    assert set(refresh.decision.figures) == {"log_loss", "champion_log_loss"}
    strata = refresh.bundle.metrics["outcomes"]["churn"]["strata"]
    off = {name for name, group in strata.items() if (group["ece"] or 0.0) > LIMIT}
    assert {"last bought through market", "last bought through web"} <= set(strata)
    assert not off
    assert "calibration" not in refresh.decision.why
