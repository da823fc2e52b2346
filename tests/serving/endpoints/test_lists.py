"""Lists as previews: a page at a time, or whole."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import httpx
import pytest

from serving.store.pages import SORTS
from tests.serving.servers import Running, assert_problem


def test_a_list_is_sorted_contactable_and_paged_to_its_end(running: Running) -> None:
    found: list[dict[str, Any]] = []
    with running.client(scope="lists") as client:
        address = "/v1/lists/at-risk?risk_tier=high&risk_tier=medium&limit=37"
        while address:
            page = client.get(address).json()
            found += page["items"]
            address = page["next"]
    ids = [record["customer_id"] for record in found]
    values = [record["value_at_risk"] for record in found]
    assert len(ids) == len(set(ids)) == page["total"]
    assert values == sorted(values, reverse=True)
    assert {record["contact"] for record in found} == {"yes"}
    assert {record["risk_tier"] for record in found} == {"high", "medium"}
    assert page["currency"] == "GBP"


def test_filters_narrow_a_list(running: Running) -> None:
    with running.client(scope="lists") as client:
        page = client.get(
            "/v1/lists/at-risk", params={"min_value_at_risk": 60, "rung": "client"}
        ).json()
        lapsed = client.get("/v1/lists/win-back").json()
        loud = client.get("/v1/lists/advocates?sort=refer_probability").json()
    assert page["items"]
    assert all(r["value_at_risk"] >= 60 and r["rung"] == "client" for r in page["items"])
    assert {r["risk_tier"] for r in lapsed["items"]} == {"lost"}
    assert loud["sort"] == "refer_probability"


@pytest.mark.parametrize("kind", SORTS)
def test_every_sort_column_is_described_and_works(running: Running, kind: str) -> None:
    document = httpx.get(f"{running.url}/openapi.json").json()
    parameters = document["paths"][f"/v1/lists/{kind}"]["get"]["parameters"]
    schema = next(one["schema"] for one in parameters if one["name"] == "sort")
    choices = {choice for one in schema["anyOf"] for choice in one.get("enum", [one.get("const")])}
    assert choices - {None} == set(SORTS[kind])
    with running.client(scope="lists") as client:
        for sort in SORTS[kind]:
            items = client.get(f"/v1/lists/{kind}?sort={sort}").json()["items"]
            values = [record[sort] for record in items]
            assert values == sorted(values, reverse=True)
            assert bool(values) == (sort != "share_probability")


def test_a_cursor_continues_only_its_own_question(running: Running) -> None:
    with running.client(scope="lists") as client:
        address = client.get("/v1/lists/at-risk?limit=5").json()["next"]
        other = client.get(
            address.replace("at-risk", "advocates").replace("value_at_risk", "advocate_probability")
        )
        forged = client.get(address[:-6] + "AAAAAA")
    assert_problem(other, 404)
    assert_problem(forged, 404)


def test_a_whole_list_as_csv_is_safe_in_a_spreadsheet(running: Running) -> None:
    with running.client(scope="lists") as client:
        answer = client.get("/v1/lists/at-risk", headers={"Accept": "text/csv"})
        page = client.get("/v1/lists/at-risk?limit=1000").json()
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == page["total"]
    ids = [row["customer_id"] for row in rows]
    assert "'=cmd()" in ids
    assert [i for i in ids if i != "'=cmd()"] == [
        r["customer_id"] for r in page["items"] if r["customer_id"] != "=cmd()"
    ]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("text/csv;q=0", "application/json"),
        ("text/csv; q=0.000, */*", "application/json"),
        ("text/csv;q=0, application/x-ndjson;q=0.1", "application/x-ndjson"),
        ("application/json, text/csv;q=0.5", "application/json"),
        ("application/json;q=0.5, Text/CSV; charset=utf-8; Q=0.8", "text/csv"),
        ("application/json, text/csv", "text/csv"),
        ("text/csvx, text/html, */*;q=0.8", "application/json"),
        ("text/csv;q=much", "text/csv"),
    ],
)
def test_the_format_is_the_one_that_the_caller_likes_best(
    running: Running, accept: str, answered: str
) -> None:
    with running.client(scope="lists") as client:
        answer = client.get("/v1/lists/at-risk", headers={"Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == answered


def test_a_whole_list_for_a_german_spreadsheet_holds_the_same(running: Running) -> None:
    whole = {"Accept": "text/csv"}
    with running.client(scope="lists") as client:
        plain = client.get("/v1/lists/at-risk", headers=whole)
        german = client.get(
            "/v1/lists/at-risk?spreadsheet=true", headers=whole | {"Accept-Language": "de-AT"}
        )
    assert german.content.startswith("\ufeffcustomer_id;".encode())
    text = german.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
    for row, known in zip(rows, csv.DictReader(io.StringIO(plain.text, newline="")), strict=True):
        assert row["customer_id"] == known["customer_id"]
        assert row["churn_probability"] == known["churn_probability"].replace(".", ",")


def test_a_whole_list_as_ndjson_is_the_records_as_stored(running: Running) -> None:
    with running.client(scope="lists") as client:
        answer = client.get("/v1/lists/at-risk", headers={"Accept": "application/x-ndjson"})
        page = client.get("/v1/lists/at-risk?limit=1000").json()
    assert [json.loads(line) for line in answer.text.splitlines()] == page["items"]
