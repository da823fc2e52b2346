"""What holds for every address of the API, read from its document or shown in ours."""

from __future__ import annotations

import json
import logging
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from jsonschema_rs import validator_for

from serving.tokens import SCOPES

Caller = Callable[[str], httpx.Client]

PAGE = Path(__file__).parents[2] / "docs" / "serving.md"

OPEN = {"/livez", "/readyz"}
"""What answers without a token."""

VALUES = {"customer_id": "{person}", "list_id": "list-000000000000"}
PERSON = "recognisable-person"


@dataclass(frozen=True)
class Address:
    """A method and a path of the document, with values filled in, and what it asks for."""

    method: str
    path: str
    described: dict[str, Any]
    body: Any = None

    @property
    def scopes(self) -> set[str]:
        """Return the scopes that open it; every one where any live token does."""
        (needed,) = self.described.get("security", [{"token": []}])
        return set(needed["token"]) or set(SCOPES)

    def ask(self, client: httpx.Client, **given: Any) -> httpx.Response:
        return client.request(self.method, self.path, **{"json": self.body, **given})


def addresses(document: dict[str, Any], person: str = "c000001") -> Iterator[Address]:
    """Yield every operation of the document, with the example of its body."""
    values = {name: value.format(person=person) for name, value in VALUES.items()}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            body = None
            if "requestBody" in described:
                (content,) = described["requestBody"]["content"].values()
                name = content["schema"]["$ref"].rpartition("/")[2]
                example = document["components"]["schemas"][name]["example"]
                body = json.loads(json.dumps(example).replace("C-1042", person))
            yield Address(method.upper(), path.format_map(values), described, body)


@pytest.fixture
def document(caller: Caller) -> dict[str, Any]:
    """Return the OpenAPI document."""
    found: dict[str, Any] = caller("score").get("/openapi.json").json()
    return found


def assert_problem(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["detail"])


def test_only_what_has_no_data_is_open(document: dict[str, Any]) -> None:
    found = [*addresses(document)]
    assert len(found) >= 15
    assert {one.path for one in found if "security" not in one.described} == OPEN


def test_every_answer_and_body_has_an_example_that_fits(document: dict[str, Any]) -> None:
    """Somebody who writes a caller copies it."""
    schemas = document["components"]["schemas"]
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document["paths"])))
    assert len(named) > 12
    for name in named:
        parts = [name, *re.findall(r"#/components/schemas/(\w+)", json.dumps(schemas[name]))]
        shown = [schemas[part] for part in parts if "example" in schemas[part]]
        assert shown, f"{name} has no example"
        for schema in shown:
            whole = {**schema, "components": document["components"]}
            validator_for(whole).validate(schema["example"])


@pytest.mark.parametrize("shown", [*SCOPES, "none", "wrong", "expired", "revoked"])
def test_every_address_asks_for_its_scope(
    caller: Caller, document: dict[str, Any], shown: str
) -> None:
    client = caller(shown if shown in (*SCOPES, "expired", "revoked") else "score")
    headers = dict(client.headers)
    if shown == "none":
        del headers["authorization"]
    elif shown == "wrong":
        headers["authorization"] = headers["authorization"][:-4] + "AAAA"
    with httpx.Client(base_url=client.base_url, headers=headers, timeout=30) as asking:
        for address in addresses(document):
            answer = address.ask(asking)
            assert answer.headers["cache-control"] in ("no-store", "private, max-age=60")
            if address.path in OPEN or shown in address.scopes:
                assert answer.status_code not in (401, 403), address
            elif shown in SCOPES:
                assert "scope" in assert_problem(answer, 403)
            else:
                assert_problem(answer, 401)
                assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe\xfa", b"[" * 100_000])
def test_a_scope_is_asked_for_before_a_body_is_read(
    caller: Caller, document: dict[str, Any], body: bytes
) -> None:
    asked = [one for one in addresses(document) if one.body is not None]
    assert len(asked) >= 4
    headers = {"content-type": "application/json"}
    for one in asked:
        lacking = next(scope for scope in SCOPES if scope not in one.scopes)
        answer = one.ask(caller(lacking), json=None, content=body, headers=headers)
        assert "scope" in assert_problem(answer, 403)
        answer = one.ask(caller(next(iter(one.scopes))), json=None, content=body, headers=headers)
        assert answer.status_code in (400, 404, 422), one


def test_a_token_in_an_address_opens_nothing(caller: Caller) -> None:
    client = caller("all")
    text = client.headers["authorization"].removeprefix("Bearer ")
    with httpx.Client(base_url=client.base_url) as asking:
        for name in ("token", "access_token", "api_key", "authorization"):
            assert_problem(asking.get("/v1/runs", params={name: text}), 401)
        assert_problem(asking.get("/v1/runs", auth=("token", text)), 401)


def test_no_address_lets_a_person_into_logs_or_numbers(
    caller: Caller, document: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    client = caller("all")
    numbers = client.get("/metrics").text
    with caplog.at_level(logging.DEBUG):
        for address in addresses(document, PERSON):
            for given in ({}, {"params": {"cursor": PERSON}}, {"json": {PERSON: [PERSON]}}):
                address.ask(client, **given, headers={"x-request-id": f"about {PERSON}"})
            client.request("PATCH", address.path)
        client.get(f"/v1/{PERSON}")
        client.get("/livez", headers={"host": f"{PERSON}.example.com"})
        client.get("/v1/runs", headers={"authorization": f"Bearer {PERSON}"})
        numbers += client.get("/metrics").text
    # The client is not ours: it logs what it asks.
    ours = [record for record in caplog.records if not record.name.startswith("http")]
    written = "\n".join(f"{record.name} {record.getMessage()} {record.exc_text}" for record in ours)
    assert '"status": 404' in written
    assert '"status": 422' in written
    assert PERSON not in written
    assert PERSON not in numbers


@pytest.mark.parametrize("line", re.findall("^curl .*", PAGE.read_text(encoding="utf-8"), re.M))
def test_documented_requests_are_answered(caller: Caller, line: str) -> None:
    words = shlex.split(line)
    sent = words[words.index("--json") + 1] if "--json" in words else None
    named = [word.split(": ") for word in words if word.startswith("Idempotency-Key: ")]
    answer = caller("all").request(
        "GET" if sent is None else "POST",
        urlsplit(words[-1]).path,
        json=json.loads(sent) if sent else None,
        headers=dict(named),
    )
    assert answer.is_success, answer.text
