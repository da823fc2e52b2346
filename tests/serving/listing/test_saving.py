"""Saving a list while people are erased, saving is cut short, or other lists were saved."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from features.config import Config
from features.sample import SampleShop
from features.stages import silent
from serving.erasure import forget
from serving.home import create_home
from serving.listing import saving
from serving.listing.drawing import NotDrawnError, Request, draw
from serving.listing.saving import save, save_once
from serving.runs import publishing, scoring
from serving.store import Control, RunReader
from serving.store.campaigns import Campaigns
from tests.serving.shop import LIVED_UNTIL as DAY
from tests.serving.shop import published
from training.bundle import Bundle


@pytest.fixture
def home(
    tmp_path: Path, bundle: Bundle, made_up: SampleShop, history_of: Callable[..., Any]
) -> Path:
    """Return a home of its own, with a run that a test may change."""
    return published(create_home(tmp_path / "models"), bundle, history_of(made_up))


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
        people = Campaigns(control).people(saved.list_id)
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


def test_a_list_of_an_older_run_holds_people_out_of_newer_ones_until_its_horizon_ends(
    home: Path, bundle: Bundle, made_up: SampleShop, history_of: Callable[..., Any]
) -> None:
    days = bundle.settings["churn"]["horizon_days"]
    for later in (DAY + timedelta(days=14), DAY + timedelta(days=days)):
        run = scoring.score_run(history_of(made_up), bundle, later, "none")
        publishing.publish(home, run, bundle, later)
    with Control(home) as control:
        *newer, older = control.runs()
        control.use(older.run_id)
        saved, _ = save(control, Request("at-risk", top=30), "somebody")
        held = [one.customer_id for _, one in Campaigns(control).members(saved.list_id, "held_out")]
        said = {}
        for each in newer:
            with closing(RunReader(home, each)) as reader:
                contacts = {json.loads(one)["contact"] for one in reader.records(held).values()}
            said[each.info.as_of] = contacts
    assert saved.run_id == older.run_id
    assert said == {DAY + timedelta(days=14): {"held_out"}, saved.ends_on: {"yes"}}


def test_whom_a_list_named_rests_from_others_where_the_shop_wants_it(
    home: Path, bundle: Bundle
) -> None:
    """People asked for friends a day after they were offered something feel hunted."""
    with Control(home) as control:
        saved, first = save(control, Request("at-risk", top=20), "somebody")
        named = {one.customer_id for _, one in Campaigns(control).members(saved.list_id)}
        plain, speaking = draw(home, Request("at-risk", top=20)), draw(home, Request("advocates"))
        resting = Config.from_dict({"lists": {"rest_days": 90}})
        _, second = save(control, Request("at-risk", top=20), "somebody", config=resting)
    assert first
    assert second
    asked = [
        one["customer_id"] for one in plain.for_people().to_pylist() if one["contact"] == "yes"
    ]
    twice = len(named.intersection(asked))
    again = f"Of those to contact here, {twice} were to be contacted by other lists"
    told = [note for note in plain.drawn.notes if note.startswith(again)]
    assert twice > 10
    assert len(told) == 1
    for listed, section in ((plain, "churn"), (speaking, "advocacy")):
        days = bundle.settings[section]["horizon_days"]
        within = f" within {days} days, too: rest_days = {days} under [lists]"
        assert [note for note in listed.drawn.notes if within in note]
    assert not [note for note in first.drawn.notes if "other lists" in note]
    assert not named & set(second.drawn.members["customer_id"].to_pylist())
    left_out = "Left out: 20 people who were to be contacted by other lists within 90 days"
    assert [note for note in second.drawn.notes if note.startswith(left_out)]


def test_the_same_question_at_the_command_line_gets_the_list_that_was_saved(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = Request("at-risk", at_least={"value_at_risk": 1e9})
    with Control(home) as control:
        for asked in (Request("at-risk", top=20), Request("advocates", top=3), nobody):
            saved, first = save_once(control, asked, None, silent)
            again, same = save_once(control, asked, None, silent)
            assert again.list_id == saved.list_id
            assert same.for_people().to_pylist() == first.for_people().to_pylist()
            assert (same.drawn.contacted, same.drawn.profit) == (
                first.drawn.contacted,
                first.drawn.profit,
            )
            assert same.drawn.notes == first.drawn.notes
            money = [*(first.drawn.profit or ()), first.drawn.cost]
            assert money == [round(each, 2) for each in money], "the API tells them as they are"
        monkeypatch.setattr(Campaigns, "save", lambda *_: None)
        with pytest.raises(NotDrawnError, match="Others saved lists"):
            save(control, Request("win-back"), "somebody")
