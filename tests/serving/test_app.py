"""The API as campaign tools meet it: a real server on loopback and a real HTTP client."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from math import nan
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
from pydantic import BaseModel, ValidationError

from serving.erasure import forget
from serving.schemas.lists import AtRiskQuery
from serving.schemas.record import Record
from serving.schemas.saved import ListAsked, OutcomeRow
from serving.schemas.scores import Asked
from serving.schemas.sent import Sent, SentEngagement, SentHistory, SentOrder
from serving.store import Control, RunInfo, publish
from serving.tokens import mint
from serving.web import problems
from tests.serving.crowd import within
from tests.serving.ruled import CUSTOMERS
from tests.serving.servers import PROBLEM, Running, assert_problem, started

Scored = Callable[..., pa.Table]


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
        ("GET", "/desk/index.html", 404),
    ],
)
def test_every_error_is_a_problem(running: Running, method: str, path: str, status: int) -> None:
    with running.client(scope="lists") as client:
        answer = client.request(method, path)
    assert_problem(answer, status)
    assert ("allow" in answer.headers) == (status == 405)


def test_every_method_of_an_address_is_named_where_another_is_tried(running: Running) -> None:
    with running.client(scope="lists") as client:
        assert client.put("/v1/saved-lists").headers["allow"] == "GET, POST"
        assert client.put("/v1/scores").headers["allow"] == "POST"
        assert client.put("/v1/customers/c1/score").headers["allow"] == "GET"
        assert "GET" in client.put("/openapi.json").headers["allow"]


def test_what_is_wrong_is_said_in_our_words(running: Running) -> None:
    with running.client(scope="lists") as client:
        read = {"content-type": "application/json"}
        deep = client.post("/v1/saved-lists", content=b'{"kind":' + b"[" * 100_000, headers=read)
        odd = client.get("/v1/lists/at-risk", params={"where": "plan gold"})
        form = client.post("/v1/saved-lists", data={"kind": "at-risk"})  # as curl -d sends it
        many = client.post("/v1/saved-lists", json={"kind": "risky", "budget": 1e13, "topp": 3})
        far = client.get("/v1/lists/at-risk", params={"limit": "all", "min_value_at_risk": -1})
    assert_problem(deep, 400)
    assert deep.json()["detail"] == "The body must be JSON."
    (wrong,) = odd.json()["errors"]
    assert wrong["must"].startswith("A condition names an attribute of customers")
    (wrong,) = assert_problem(form, 422)["errors"]
    must = "must be a JSON object, with the content type application/json"
    assert wrong == {"where": "body", "must": must}
    assert {wrong["where"]: wrong["must"] for wrong in assert_problem(many, 422)["errors"]} == {
        "body.kind": "must be 'at-risk', 'win-back' or 'advocates'",
        "body.budget": "must be at most 1,000,000,000,000",
        "body.topp": "must be left out: there is no such field",
    }
    assert {wrong["must"] for wrong in assert_problem(far, 422)["errors"]} == {
        "must be a whole number",
        "must be at least 0",
    }


SENT = (AtRiskQuery, ListAsked, OutcomeRow, Asked, Sent, SentHistory, SentOrder, SentEngagement)
WRONG: tuple[Any, ...] = (None, True, -1, 2.5, 1e300, nan, "", "x" * 2000, [None], {})


@pytest.mark.parametrize("shape", SENT)
def test_whatever_is_wrong_with_a_field_has_words_of_ours(shape: type[BaseModel]) -> None:
    for name, value in product(shape.model_fields, WRONG):
        for error in _wrong(shape, {name: value}):
            if error["type"] != "value_error":
                assert problems.MUST[error["type"]].format_map(error.get("ctx", {}))


def _wrong(shape: type[BaseModel], sent: Any) -> list[Any]:
    try:
        shape.model_validate(sent)
    except ValidationError as error:
        return error.errors()
    return []


@pytest.mark.parametrize(
    ("prefix", "servers"),
    [("/tools/ladder/", [{"url": "/tools/ladder"}]), ("//evil.example.com", None), ("/", None)],
)
def test_the_description_names_the_path_that_a_proxy_took_off(
    running: Running, prefix: str, servers: list[dict[str, str]] | None
) -> None:
    answer = httpx.get(f"{running.url}/openapi.json", headers={"x-forwarded-prefix": prefix})
    assert answer.json().get("servers") == servers


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
    assert run["uncalibrated"] == {"return": 0.041}
    assert (model["serving"], model["model_version"]) == (True, "3f9a2c")
    assert f"ladder_run_customers {CUSTOMERS}" in numbers
    assert 'route="/v1/customers/{customer_id:any}/score"' in numbers


def test_callers_who_make_up_methods_make_up_no_numbers(running: Running) -> None:
    for number in range(20):
        answer = httpx.request(f"MADEUP{number}", f"{running.url}/v1/runs")
        assert_problem(answer, 401)
    with running.client() as client:
        numbers = client.get("/metrics").text
    assert 'method="other",route="(none)",status="401"} 20' in numbers
    assert "MADEUP" not in numbers


def test_a_list_without_its_model_is_refused_and_no_file_of_ours_is_named(
    running: Running,
) -> None:
    with running.client(scope="lists") as client:
        answer = client.post("/v1/saved-lists", json={"kind": "at-risk", "top": 5})
    assert "missing or damaged" in assert_problem(answer, 503)["detail"]
    assert str(running.home) not in answer.text


def test_request_ids_are_kept_or_made(running: Running) -> None:
    mine = httpx.get(f"{running.url}/livez", headers={"X-Request-Id": "send-2026-06-01"})
    odd = httpx.get(f"{running.url}/livez", headers={"X-Request-Id": "a b<script>"})
    assert mine.headers["x-request-id"] == "send-2026-06-01"
    assert odd.headers["x-request-id"] != "a b<script>"


def test_a_failure_inside_is_a_problem_without_its_message(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: str) -> bytes:
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


def test_a_server_whose_secret_is_not_the_one_that_erased_scores_nobody(
    home: Path, scored: Scored, run_info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot know who was erased: another machine's came first, after this one's start."""
    publish(home, run_info, scored(10))
    with started(home) as server, server.client() as client:
        asked = {"customers": [{"customer_id": "c000001"}]}
        monkeypatch.setenv("LADDER_SECRET", "of another machine, by mistake")
        with Control(home) as control:
            forget(control, "c000001", "somebody")

        def refused() -> bool:
            answer = client.post("/v1/score-history", json=asked)
            return "who was erased" in assert_problem(answer, 503)["detail"]

        assert within(5, refused)
        with server.client(scope="erase") as eraser:
            assert "LADDER_SECRET" in eraser.delete("/v1/customers/c000002").json()["detail"]
        assert client.get("/v1/customers/c000002/score").json()["known"]
        assert not client.get("/v1/customers/c000001/score").json()["known"]
