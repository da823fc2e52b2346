"""Saved lists after they were drawn: read, taken as a file, answered by results."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.sample import SampleShop
from serving.runs import publishing, scoring
from serving.store import Control
from serving.store.audit import entries
from serving.store.campaigns import Campaigns
from tests.serving.listing.asking import Caller, everybody, held_out, saved
from training.bundle import Bundle


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
    assert client.get(f"/v1/saved-lists/{list_id}/outcome").status_code == 404


def test_the_audit_says_who_saved_how_many_and_never_whom(caller: Caller, lived_in: Path) -> None:
    made = saved(caller("lists"), top=5)
    with Control(lived_in) as control:
        *_, last = (one for one in entries(control.engine) if one["subject"] == made["list_id"])
        token = next(token for token in control.tokens() if token.name == "lists")
    assert (last["who"], last["action"], last["customers"]) == (token.token_id, "list:at-risk", 5)


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
    assert client.get(f"/v1/saved-lists?limit={len(found)}").json()["next"] is None
    assert client.get("/v1/saved-lists?before=0").json() == {"lists": [], "next": None}


def people_read(home: Path) -> int:
    """Return how many people of saved lists were read, by the audit."""
    with Control(home) as control:
        return sum(one["customers"] for one in control.reads() if one["action"] == "saved-list")


def test_whom_to_contact_can_be_taken_as_a_file(caller: Caller, lived_in: Path) -> None:
    client = caller("lists")
    made = saved(client, top=30)
    people = everybody(client, made["list_id"])
    address = f"/v1/saved-lists/{made['list_id']}/members"
    read = people_read(lived_in)
    answer = client.get(address, headers={"accept": "text/csv"})
    assert people_read(lived_in) == read + 30, "the audit counts them"
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
    refusing, gone = set(people[::3]), set(people[1::3])

    def others(table: pa.Table, people: set[str]) -> pa.ChunkedArray:
        return pc.invert(pc.is_in(table["customer_id"], pa.array(people)))

    left_in = [made_up.orders, made_up.engagement, made_up.customers]
    orders, engagement, customers = (table.filter(others(table, gone)) for table in left_in)
    at = customers.column_names.index("marketing_allowed")
    customers = customers.set_column(at, "marketing_allowed", others(customers, refusing))
    tables = SimpleNamespace(orders=orders, engagement=engagement, customers=customers)
    day = date(2025, 3, 6)
    run_id = publishing.publish(
        lived_in, scoring.score_run(history_of(tables), bundle, day), bundle, day
    )
    while client.get("/readyz").json()["run_id"] != run_id:
        time.sleep(0.05)
    left = [one["customer_id"] for one in everybody(client, made["list_id"])]
    assert left == [one for one in people if one not in refusing | gone]
