"""The API as campaign tools meet it: a real server on loopback and a real HTTP client."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pyarrow as pa
import pytest
import uvicorn
from fastapi import FastAPI

from serving.app import create_app
from serving.commands.serve import bind
from serving.home import create_home
from serving.schemas.record import Record
from serving.service import Service
from serving.settings import Settings
from serving.store import Control, RunInfo, publish
from serving.store.pages import SORTS
from serving.tokens import SCOPES, mint

Scored = Callable[..., pa.Table]
CUSTOMERS = 400
PROBLEM = "application/problem+json"


@dataclass
class Running:
    """A server in a thread, its home, and tokens by scope."""

    url: str
    home: Path
    app: FastAPI
    tokens: dict[str, str]

    def client(self, *, scope: str = "score", **headers: str) -> httpx.Client:
        shown = {"Authorization": f"Bearer {self.tokens[scope]}", **headers}
        return httpx.Client(base_url=self.url, headers=shown)


@contextmanager
def started(home: Path) -> Iterator[Running]:
    tokens = {}
    with Control(home) as control:
        for scope in SCOPES:
            token, tokens[scope] = mint(scope, [scope], None)
            control.add_token(token)
    app = create_app(Service(Settings(home, b"0" * 64, frozenset({"scores.example.com"}))))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with bind("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}", home, app, tokens)
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def running(
    store: str, tmp_path_factory: pytest.TempPathFactory, scored: Scored, run_info: RunInfo
) -> Iterator[Running]:
    home = create_home(tmp_path_factory.mktemp(f"served-{store}") / "models")
    table = scored(CUSTOMERS)
    for position, customer_id in ((1, "a/b c?#ü"), (2, "=cmd()")):
        table = rename(table, position, customer_id)
    publish(home, run_info, table)
    with started(home) as server:
        yield server


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Return whether something comes to hold in time."""
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.1)
    return held


def rename(table: pa.Table, position: int, customer_id: str) -> pa.Table:
    ids, records = table["customer_id"].to_pylist(), table["record"].to_pylist()
    ids[position] = customer_id
    record = {**json.loads(records[position]), "customer_id": customer_id}
    records[position] = json.dumps(record).encode()
    table = table.set_column(0, "customer_id", pa.array(ids))
    last = table.num_columns - 1
    return table.set_column(last, "record", pa.array(records, pa.binary()))


def test_a_customer_gets_the_published_record(running: Running) -> None:
    with running.client() as client:
        answer = client.get("/v1/customers/c000042/score")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, max-age=60"
    assert answer.headers["content-type"] == "application/json"
    record = Record.model_validate(answer.json())
    assert (record.customer_id, record.known, record.risk_tier) == ("c000042", True, "low")


def test_an_id_with_reserved_characters_is_found_when_encoded(running: Running) -> None:
    with running.client() as client:
        answer = client.get(f"/v1/customers/{quote('a/b c?#ü', safe='')}/score")
    assert answer.json()["known"] is True
    assert answer.json()["customer_id"] == "a/b c?#ü"


@pytest.mark.parametrize(
    "customer_id", ["nobody", "../score", "%00", "%0A", "a%0Ab", "%FF", "x" * 500, ""]
)
def test_an_unknown_customer_gets_a_neutral_record(running: Running, customer_id: str) -> None:
    with running.client() as client:
        answer = client.get(f"{running.url}/v1/customers/{customer_id}/score")
        if customer_id == "../score":  # the client resolves the dots before it asks
            assert answer.status_code == 404
            return
    assert answer.status_code == 200
    body = answer.json()
    assert body["known"] is False
    assert body["contact"] == "no"
    assert {body[name] for name in body.keys() - {"customer_id", "known", "contact"}} == {None}


def test_known_unknown_and_described_records_have_the_same_fields(running: Running) -> None:
    described = Record.model_fields
    with running.client() as client:
        known = client.get("/v1/customers/c000000/score").json()
        neutral = client.get("/v1/customers/nobody/score").json()
    assert list(known) == list(neutral) == list(described)


def test_the_same_record_is_not_sent_twice(running: Running) -> None:
    with running.client() as client:
        tag = client.get("/v1/customers/c000042/score").headers["etag"]
        again = client.get("/v1/customers/c000042/score", headers={"If-None-Match": tag})
        other = client.get("/v1/customers/c000043/score", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert other.status_code == 200


def test_many_customers_come_in_order_with_errors_beside(running: Running) -> None:
    ids = ["c000003", "nobody", "", "c000001\n", "c000003", "x" * 201, "\ud800"]
    with running.client() as client:
        headers = {"Content-Type": "application/json"}
        content = json.dumps({"ids": ids})  # escapes the lone surrogate, which UTF-8 cannot carry
        answer = client.post("/v1/scores", content=content, headers=headers).json()
    assert [(s["customer_id"], s["known"]) for s in answer["scores"]] == [
        ("c000003", True),
        ("nobody", False),
        ("c000003", True),
    ]
    assert [error["index"] for error in answer["errors"]] == [2, 3, 5, 6]


def test_a_thousand_customers_are_the_most(running: Running) -> None:
    with running.client() as client:
        full = client.post("/v1/scores", json={"ids": ["c000003"] * 1000})
        over = client.post("/v1/scores", json={"ids": ["c000003"] * 1001})
    assert len(full.json()["scores"]) == 1000
    assert over.status_code == 422
    assert over.json()["errors"][0]["where"] == "body.ids"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"ids": [3]}', 422),
        (b'{"ids": [], "extra": 1}', 422),
        (b"[]", 422),
        (b"", 422),
        (b'{"ids": ["' + b"x" * 2**20 + b'"]}', 413),
    ],
)
def test_a_bad_body_is_a_problem_that_repeats_nothing(
    running: Running, content: bytes, status: int
) -> None:
    with running.client() as client:
        headers = {"Content-Type": "application/json"}
        answer = client.post("/v1/scores", content=content, headers=headers)
    assert_problem(answer, status)
    assert "xxx" not in answer.text


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/customers/c1", 405),
        ("PUT", "/v1/customers/c1/score", 405),
        ("GET", "/v1/scores", 405),
        ("GET", "/v1/lists/best", 404),
        ("GET", "/v1/lists/at-risk?limit=0", 422),
        ("GET", "/v1/lists/at-risk?limit=1001", 422),
        ("GET", "/v1/lists/at-risk?sort=review_probability", 422),
        ("GET", "/v1/lists/win-back?sort=value_at_risk", 422),
        ("GET", "/v1/lists/at-risk?risk_tier=awful", 422),
        ("GET", "/v1/lists/at-risk?min_value_at_risk=nan", 422),
        ("GET", "/v1/lists/at-risk?unknown=1", 422),
        ("GET", "/v1/lists/at-risk?cursor=made-up", 404),
        ("GET", "/v1/lists/at-risk?cursor=%C3%BC", 404),
    ],
)
def test_every_error_is_a_problem(running: Running, method: str, path: str, status: int) -> None:
    with running.client(scope="lists") as client:
        answer = client.request(method, path)
    assert_problem(answer, status)
    assert ("allow" in answer.headers) == (status == 405)


def test_the_description_has_examples_and_only_our_errors(running: Running) -> None:
    document = httpx.get(f"{running.url}/openapi.json").json()
    assert "HTTPValidationError" not in json.dumps(document)
    assert Record.model_validate(document["components"]["schemas"]["Record"]["example"])
    for path, methods in document["paths"].items():
        for operation in methods.values():
            opened = path in ("/livez", "/readyz")
            assert ("security" in operation) != opened
            assert opened or "401" in operation["responses"]
            for status, response in operation["responses"].items():
                assert status < "400" or set(response["content"]) == {PROBLEM}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8000", 200),
        ("scores.example.com", 200),
        ("evil.example", 400),
        ("evil.example:8000", 400),
        ("", 400),
        ("localhost.evil.example", 400),
    ],
)
def test_only_our_own_names_are_answered(running: Running, host: str, status: int) -> None:
    answer = httpx.get(f"{running.url}/livez", headers={"Host": host})
    assert answer.status_code == status


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


def test_a_whole_list_as_ndjson_is_the_records_as_stored(running: Running) -> None:
    with running.client(scope="lists") as client:
        answer = client.get("/v1/lists/at-risk", headers={"Accept": "application/x-ndjson"})
        page = client.get("/v1/lists/at-risk?limit=1000").json()
    assert [json.loads(line) for line in answer.text.splitlines()] == page["items"]


def test_the_audit_counts_but_never_names(
    running: Running, places_naming: Callable[[Path, str], set[str]]
) -> None:
    with running.client() as client:
        client.post("/v1/scores", json={"ids": ["c000001", "c000002"]})
    with running.client(scope="lists") as client:
        client.get("/v1/lists/win-back?limit=3")

    def counted() -> dict[str, int]:
        with Control(running.home) as control:
            return {row["action"]: row["customers"] for row in control.reads()}

    assert within(5, lambda: counted().get("scores", 0) >= 2)
    assert counted()["list:win-back"] >= 3
    assert not [place for place in places_naming(running.home, "c000001") if "records" not in place]


def test_what_serves_and_how_good_it_is(running: Running) -> None:
    with running.client() as client:
        run = client.get("/v1/runs").json()["runs"][0]
        model = client.get("/v1/models").json()["models"][0]
        numbers = client.get("/metrics").text
    assert (run["serving"], run["as_of"], run["customers"]) == (True, "2026-06-01", CUSTOMERS)
    assert (model["serving"], model["model_version"]) == (True, "3f9a2c")
    assert f"ladder_run_customers {CUSTOMERS}" in numbers
    assert 'route="/v1/customers/{customer_id:any}/score"' in numbers


def test_request_ids_are_kept_or_made(running: Running) -> None:
    mine = httpx.get(f"{running.url}/livez", headers={"X-Request-Id": "send-2026-06-01"})
    odd = httpx.get(f"{running.url}/livez", headers={"X-Request-Id": "a b<script>"})
    assert mine.headers["x-request-id"] == "send-2026-06-01"
    assert odd.headers["x-request-id"] != "a b<script>"


def test_a_failure_inside_is_a_problem_without_its_message(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: str) -> bytes:
        raise RuntimeError("about secret-person")

    monkeypatch.setattr(running.app.state.service.current, "look_up", fail)
    with running.client() as client:
        answer = client.get("/v1/customers/secret-person/score")
    assert_problem(answer, 500)
    assert "secret-person" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.usefixtures("database")
def test_a_new_run_a_new_token_and_a_revocation_are_followed(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    first = publish(home, run_info, scored(30))
    with (
        started(home) as running,
        running.client(scope="lists") as lists,
        running.client() as scores,
    ):
        old = lists.get("/v1/lists/at-risk?limit=5").json()
        token, text = mint("late", ["score"], None)
        with Control(home) as control:
            control.add_token(token)
            publish(home, replace(run_info, model_version="newer"), scored(30, "newer"))
            control.revoke("score")
            address = "/v1/customers/c000001/score"
            assert within(5, lambda: scores.get(address).status_code == 401)
            shown = {"Authorization": f"Bearer {text}"}
            answer = httpx.get(f"{running.url}/v1/customers/c000001/score", headers=shown)
            assert answer.json()["model_version"] == "newer"
            rest = lists.get(old["next"]).json()
            assert rest["run_id"] == first
            assert {record["model_version"] for record in rest["items"]} == {"3f9a2c"}
            for _ in range(2):
                publish(home, run_info, scored(3), keep=2)
            assert within(5, lambda: lists.get(old["next"]).status_code == 410)
            assert_problem(lists.get(old["next"]), 410)
