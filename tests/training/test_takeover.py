"""One training after the other: which bundle serves in the end, and why."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from features.config import Config
from tests.training.trainings import QUICK, SETTINGS, UNTIL, Run
from training.backtest import as_served
from training.bundle.shelf import Shelf
from training.learning.recipe import Recipe
from training.snapshots import enough


def test_a_refresh_is_held_against_what_the_champion_itself_said_of_the_newest_day(
    unrecorded: Run, tmp_path: Path, small_frames: dict[str, Any]
) -> None:
    old = unrecorded(tmp_path, until=date(2025, 2, 1), wanted=("churn",))
    new = unrecorded(tmp_path, until=UNTIL, wanted=("churn",))
    assert new.decision.before == old.bundle.id
    assert new.decision.promoted == (Shelf(tmp_path).champion() == new.bundle.id)
    # The old champion's data ended before E: its own scores there were looked at.
    assert set(new.decision.figures) == {"log_loss", "champion_log_loss"}
    config = Config.from_dict(SETTINGS)
    found = as_served(config, tmp_path, until=UNTIL, frames=small_frames, wanted="churn", origins=1)
    (then,) = found.origins["churn"]
    assert then.version == old.bundle.id
    said = then.judgement.model["log_loss"].value
    assert new.decision.figures["champion_log_loss"] == pytest.approx(said, abs=1e-12)


def test_a_champion_of_fewer_outcomes_is_compared_by_what_both_predict(
    unrecorded: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enough, "LOOKS_BACK", ())
    champion = unrecorded(tmp_path, wanted=["review"], until=date(2025, 2, 1))
    more = unrecorded(tmp_path)
    newest = {judged.outcome: judged.newest.isoformat() for judged in more.judgements}
    assert champion.bundle.metrics["until"] <= newest["review"], "it saw no label of that day"
    assert more.decision.promoted
    assert more.decision.why == (
        "a refresh on newer data, there is too little on E to judge it by"
    ), "too few reviews; of churn, which the champion does not predict, there would be enough"


def test_a_changed_recipe_is_held_against_the_champions(unrecorded: Run, tmp_path: Path) -> None:
    unrecorded(tmp_path, wanted=("churn",))
    weak = Recipe(**{**vars(QUICK), "max_rounds": 1, "penalties": (100.0,)})
    challenger = unrecorded(tmp_path, wanted=("churn",), recipe=weak)
    assert not challenger.decision.promoted
    assert challenger.decision.figures["high"] < 0
