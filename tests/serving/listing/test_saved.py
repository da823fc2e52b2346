"""Saved lists through the API: drawn once, left alone by others, answered by results."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.sample import SampleShop
from serving import scoring
from serving.listing import drawing, holdout
from serving.listing.drawing import Request
from serving.listing.saving import save
from serving.runs import publishing
from serving.schemas.saved import Saved
from serving.store import Control
from serving.store.audit import entries
from serving.store.campaigns import Campaigns
from training.bundle import Bundle

Caller = Callable[[str], httpx.Client]


def make(client: httpx.Client, key: str | None = None, **asked: Any) -> httpx.Response:
    headers = {"idempotency-key": key} if key else {}
    return client.post("/v1/saved-lists", json={"kind": "at-risk", **asked}, headers=headers)


def saved(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = make(client, **asked)
    assert answer.status_code == 201, answer.text
    Saved.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


def everybody(client: httpx.Client, list_id: str, limit: int = 7) -> list[dict[str, Any]]:
    """Return the members to contact, page by page."""
    address, found = f"/v1/saved-lists/{list_id}/members?limit={limit}", []
    while address:
        page = client.get(address).json()
        found += page["items"]
        address = page["next"]
    return found


def held_out(home: Path, list_id: str) -> list[str]:
    with Control(home) as control:
        people = [one for _, one in Campaigns(control).members(list_id, None)]
    return [one.customer_id for one in people if one.contact == "held_out"]


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
        people = {one.customer_id for _, one in Campaigns(control).members(drawn.list_id, None)}
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


def test_results_of_both_arms_tell_the_effect(caller: Caller, lived_in: Path) -> None:
    client = caller("lists")
    made = saved(client, top=20)
    contacted = [one["customer_id"] for one in everybody(client, made["list_id"])]
    alone = held_out(lived_in, made["list_id"])
    told: list[dict[str, Any]] = [
        {"customer_id": key, "responded": number < 10} for number, key in enumerate(contacted)
    ]
    told += [{"customer_id": key, "responded": False} for key in alone]
    address = f"/v1/saved-lists/{made['list_id']}/outcome"
    assert client.post(address, json={"results": told}).json()["spend"] is None
    for one in told:
        if one["responded"]:  # the others spent nothing
            one |= {"spend": 30.0, "cost": 1.0}
    for _ in range(2):  # told twice, counted once
        body = client.post(address, json={"results": [*told, {**told[0], "customer_id": "x"}]})
        answer = body.json()
        assert (answer["taken"], answer["not_on_the_list"]) == (len(told), 1)
        effect = answer["effect"]
        assert (effect["contacted"], effect["held_out"]) == (20, len(alone))
        assert effect["difference"] == pytest.approx(0.5)
        assert effect["low"] < 0.5 < effect["high"]
        spend = answer["spend"]
        assert (spend["contacted"], spend["held_out"], spend["cost"]) == (15.0, 0.0, 0.5)
        assert spend["low"] < spend["difference"] == 15.0 < spend["high"]


@pytest.mark.parametrize("list_id", ["nothing", "list-000000000000", "%00", "%FF", "list-"])
def test_an_unknown_list_is_not_found(caller: Caller, list_id: str) -> None:
    client = caller("lists")
    assert client.get(f"/v1/saved-lists/{list_id}/members").status_code == 404
    told: dict[str, Any] = {"results": []}
    assert client.post(f"/v1/saved-lists/{list_id}/outcome", json=told).status_code == 404


def test_the_audit_says_who_saved_how_many_and_never_whom(caller: Caller, lived_in: Path) -> None:
    made = saved(caller("lists"), top=5)
    with Control(lived_in) as control:
        last = [entry for entry in entries(control.engine) if entry["subject"] == made["list_id"]][
            -1
        ]
        token = next(token for token in control.tokens() if token.name == "lists")
    assert (last["who"], last["action"], last["customers"]) == (token.token_id, "list:at-risk", 5)


def test_who_must_not_be_contacted_any_more_is_not_among_those_to_contact(
    caller: Caller,
    lived_in: Path,
    bundle: Bundle,
    made_up: SampleShop,
    history_of: Callable[..., Any],
) -> None:
    client = caller("lists")
    made = saved(client, top=15)
    people = [one["customer_id"] for one in everybody(client, made["list_id"])]
    refusing = set(people[::3])
    customers = made_up.customers
    said = pc.invert(pc.is_in(customers["customer_id"], pa.array(refusing)))
    at = customers.column_names.index("marketing_allowed")
    tables = SimpleNamespace(
        orders=made_up.orders,
        engagement=made_up.engagement,
        customers=customers.set_column(at, "marketing_allowed", said),
    )
    day = date(2025, 3, 6)
    run_id = publishing.publish(
        lived_in, scoring.score_run(history_of(tables), bundle, day), bundle, day
    )
    while client.get("/readyz").json()["run_id"] != run_id:
        time.sleep(0.05)
    left = [one["customer_id"] for one in everybody(client, made["list_id"])]
    assert left == [one for one in people if one not in refusing]


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


def test_what_was_saved_is_found_again_with_what_was_asked_and_what_it_changed(
    caller: Caller, lived_in: Path
) -> None:
    client = caller("lists")
    older = saved(client, top=4)
    made = saved(client, budget=12.5, contact_cost=0.5, rung=["client"], min_churn_probability=0.1)
    page = client.get("/v1/saved-lists?limit=1").json()
    (found,) = page["lists"]
    assert made.items() <= found.items()
    assert found["asked"] == {
        "kind": "at-risk",
        "budget": 12.5,
        "contact_cost": 0.5,
        "rung": ["client"],
        "min_churn_probability": 0.1,
    }
    assert found["effect"]["contacted"] == 0
    assert found["effect"]["difference"] is None
    assert client.get(page["next"]).json()["lists"][0]["list_id"] == older["list_id"]

    people = [one["customer_id"] for one in everybody(client, made["list_id"])]
    alone = held_out(lived_in, made["list_id"]) or people[-1:]
    told = [{"customer_id": key, "responded": key in people[:3]} for key in {*people, *alone}]
    address = f"/v1/saved-lists/{made['list_id']}/outcome"
    answer = client.post(address, json={"results": told}).json()
    so_far = client.get(address).json()
    assert so_far.items() <= answer.items()
    again = client.get("/v1/saved-lists?limit=1")
    assert again.json()["lists"][0]["effect"] == so_far["effect"]
    assert not any(key in again.text for key in people)


def test_every_saved_list_is_on_one_page_only(caller: Caller, lived_in: Path) -> None:
    client, address, found = caller("lists"), "/v1/saved-lists?limit=2", []
    for top in (3, 2, 1):
        saved(client, top=top)
    while address:
        page = client.get(address).json()
        found += [one["list_id"] for one in page["lists"]]
        address = page["next"]
    with Control(lived_in) as control:
        assert found == [one.list_id for one in Campaigns(control).all()]
    assert client.get("/v1/saved-lists?before=0").json() == {"lists": [], "next": None}


def test_whom_to_contact_can_be_taken_as_a_file(caller: Caller, lived_in: Path) -> None:
    client = caller("lists")
    made = saved(client, top=30)
    people = everybody(client, made["list_id"])
    address = f"/v1/saved-lists/{made['list_id']}/members"
    answer = client.get(address, headers={"accept": "text/csv"})
    assert f'filename="{made["list_id"]}.csv"' in answer.headers["content-disposition"]
    rows = [*csv.DictReader(answer.text.splitlines())]
    assert [row["customer_id"] for row in rows] == [one["customer_id"] for one in people]
    assert rows[0]["reasons"] == "; ".join(people[0]["reasons"])
    assert float(rows[0]["churn_probability"]) == people[0]["churn_probability"]
    german = {"accept": "text/csv", "accept-language": "de"}
    sheet = client.get(f"{address}?spreadsheet=true", headers=german).text
    assert sheet.startswith("\ufeffcustomer_id;")
    assert str(people[0]["churn_probability"]).replace(".", ",") in sheet
    assert not any(key in sheet for key in held_out(lived_in, made["list_id"]))
