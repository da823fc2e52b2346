"""Saved lists through the API: drawn once, left alone by others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.sample import SampleShop
from serving.listing import drawing, holdout
from serving.listing.drawing import Request
from serving.listing.saving import save
from serving.runs import publishing, scoring
from serving.store import Control
from serving.store.campaigns import Campaigns
from tests.serving.listing.asking import Caller, everybody, held_out, make, saved
from training.bundle import Bundle


def test_a_list_names_whom_to_contact_and_hides_whom_not(caller: Caller, lived_in: Path) -> None:
    client = caller("lists")
    made = saved(client, top=30)
    assert (made["contacted"], made["held_out"]) == (30, 3)
    people = everybody(client, made["list_id"])
    assert len({one["customer_id"] for one in people}) == 30
    assert all(one["reasons"] and one["churn_probability"] for one in people)
    assert not {one["customer_id"] for one in people} & set(held_out(lived_in, made["list_id"]))


def test_people_held_out_are_on_no_other_list_and_say_so(caller: Caller, lived_in: Path) -> None:
    client = caller("lists")
    alone = held_out(lived_in, saved(client, top=30)["list_id"])
    assert alone
    other = saved(client)
    listed = {one["customer_id"] for one in everybody(client, other["list_id"], 1000)}
    preview = client.get("/v1/lists/at-risk", params={"limit": 1000}).json()["items"]
    named = listed | set(held_out(lived_in, other["list_id"]))
    assert not set(alone) & (named | {one["customer_id"] for one in preview})
    score, sent = caller("score"), [{"customer_id": key} for key in alone]
    records = score.post("/v1/scores", json={"ids": alone}).json()["scores"]
    asked = {"customers": sent, "merge": True}
    live = score.post("/v1/score-history", json=asked).json()["scores"]
    said = {(one["contact"], one["held_out"]) for one in [*records, *live]}
    assert said == {("held_out", True)}


def test_a_preview_counts_without_those_who_were_held_out_or_erased_meanwhile(
    caller: Caller,
) -> None:
    client = caller("all")

    def listed() -> tuple[int, int]:
        page = client.get("/v1/lists/at-risk", params={"limit": 1000}).json()
        return page["total"], len(page["items"])

    before = listed()
    alone = saved(client, top=30)["held_out"]
    assert alone
    after = listed()
    assert after == (before[0] - alone, before[1] - alone)
    somebody = client.get("/v1/lists/at-risk").json()["items"][0]["customer_id"]
    assert client.delete(f"/v1/customers/{somebody}").status_code == 202
    assert listed() == (after[0] - 1, after[1] - 1)


def test_a_hold_out_outlives_a_new_run_and_ends_with_its_horizon(
    caller: Caller,
    lived_in: Path,
    bundle: Bundle,
    made_up: SampleShop,
    history_of: Callable[..., Any],
) -> None:
    made = saved(caller("lists"), top=30)
    alone = held_out(lived_in, made["list_id"])
    with Control(lived_in) as control:
        kept = Campaigns(control)
        last = date.fromisoformat(made["ends_on"]) - timedelta(days=1)
        assert set(alone) <= kept.held_out(last)
        assert not set(alone) & kept.held_out(last + timedelta(days=1))
    day = date(2025, 3, 5)
    run = scoring.score_run(history_of(made_up), bundle, day)
    publishing.publish(lived_in, run, bundle, day)
    client = caller("score")
    client.get("/readyz")
    with Control(lived_in) as control:
        drawn, _ = save(control, Request("at-risk"), "somebody")
        people = {*Campaigns(control).people(drawn.list_id)}
    assert people
    assert not people & set(alone)


def test_a_whole_number_may_have_a_point(caller: Caller) -> None:
    assert saved(caller("lists"), top=5.0)["contacted"] == 5


def test_the_same_key_gives_the_same_list_and_never_another(caller: Caller) -> None:
    client = caller("lists")
    first, again = make(client, "send-7", top=5), make(client, "send-7", top=5)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert make(client, "send-7", top=6).status_code == 422
    assert make(client, "send-8", top=5).json()["list_id"] != first.json()["list_id"]


def test_two_callers_may_use_the_same_key(caller: Caller) -> None:
    mine, theirs = (make(caller(scope), "monday", top=5) for scope in ("lists", "all"))
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["list_id"] != theirs.json()["list_id"]


def test_filters_narrow_whom_is_chosen(caller: Caller) -> None:
    client = caller("lists")
    made = saved(client, rung=["client"], min_churn_probability=0.2)
    people = everybody(client, made["list_id"])
    assert people
    assert all(one["rung"] == "client" for one in people)
    assert all(one["churn_probability"] >= 0.2 for one in people)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"top": 0}, 422),
        ({"top": "5"}, 422),
        ({"offer": False}, 422),
        ({"top": 1, "budget": 1.0}, 422),
        ({"budget": 5.0}, 422),
        ({"to": 1}, 422),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    caller: Caller, asked: dict[str, Any], status: int
) -> None:
    assert make(caller("lists"), **asked).status_code == status


def test_a_budget_without_costs_is_answered_with_what_is_missing(caller: Caller) -> None:
    refused = make(caller("lists"), budget=5.0).json()
    assert "A budget needs a cost to spend it on." in refused["detail"]
    assert "contact_cost" in refused["detail"]


def test_every_list_of_a_run_holds_out_by_a_chance_of_its_own(
    lived_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, purposes = holdout.draw, []

    def told(*said: Any) -> Any:
        purposes.append(said[-1])
        return draw(*said)

    monkeypatch.setattr(holdout, "draw", told)
    drawing.draw(lived_in, Request("at-risk", top=25))  # a preview
    with Control(lived_in) as control:
        for _ in range(2):
            save(control, Request("at-risk", top=25), "somebody")
    preview, first, second = purposes
    assert preview == first
    # By the same chance, whom the first list contacted would hardly be held out by the second.
    assert first != second
