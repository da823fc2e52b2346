"""Every answer that holds reasons is in the reader's language, and says so."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable

import httpx
import pytest

from features.sample import SampleShop
from training.bundle.histories import to_json

Caller = Callable[[str], httpx.Client]

GERMAN = {"accept-language": "de-AT, de;q=0.9, en;q=0.5"}
RISK = ("the risk", "das Risiko")


def read(answer: httpx.Response, tag: str) -> httpx.Response:
    assert answer.status_code in (200, 304), answer.text
    assert answer.headers["content-language"] == tag
    assert "Accept-Language" in answer.headers["vary"]
    return answer


@pytest.fixture
def client(caller: Caller) -> httpx.Client:
    return caller("all")


@pytest.fixture
def somebody(client: httpx.Client) -> str:
    """Return somebody whose reasons the run holds."""
    items = client.get("/v1/lists/at-risk").json()["items"]
    return next(str(one["customer_id"]) for one in items if one["reasons"])


def in_both(client: httpx.Client, address: str, **more: str) -> tuple[httpx.Response, ...]:
    """Return an answer in English, by default, and in German."""
    german = client.get(address, headers={**GERMAN, **more})
    return read(client.get(address, headers=more), "en"), read(german, "de")


def test_a_record_is_the_same_in_both_but_for_its_words(
    client: httpx.Client, somebody: str
) -> None:
    english, german = (a.json() for a in in_both(client, f"/v1/customers/{somebody}/score"))
    assert english | {"reasons": None} == german | {"reasons": None}
    assert len(english["reasons"]) == len(german["reasons"])
    for record, risk in zip((english, german), RISK, strict=True):
        assert all(risk in sentence for sentence in record["reasons"])


def test_what_one_reader_holds_is_nothing_new_to_them_alone(
    client: httpx.Client, somebody: str
) -> None:
    address = f"/v1/customers/{somebody}/score"
    english, german = in_both(client, address)
    assert english.headers["etag"] != german.headers["etag"]
    for held, status in ((german, 304), (english, 200)):
        seen = {**GERMAN, "if-none-match": held.headers["etag"]}
        assert read(client.get(address, headers=seen), "de").status_code == status


def test_many_at_once_and_reasons_on_demand_are_as_each(
    client: httpx.Client, made_up: SampleShop
) -> None:
    ids = made_up.orders["customer_id"].unique().to_pylist()[:40]
    asked = {"ids": ids, "reasons": True}
    answer = read(client.post("/v1/scores", json=asked, headers=GERMAN), "de").json()
    said = [record["reasons"] for record in answer["scores"] if record["churn_probability"]]
    assert said
    assert not [one for one in said if not one or "the " in str(one)]
    assert any("das Risiko" in str(reasons) for reasons in said)
    for record in answer["scores"][:5]:
        one = client.get(
            f"/v1/customers/{record['customer_id']}/score",
            params={"reasons": "true"},
            headers=GERMAN,
        )
        assert one.json() == record


def test_histories_are_scored_in_the_readers_language(
    client: httpx.Client, made_up: SampleShop
) -> None:
    sent = {"customers": to_json(made_up.frames)[:5]}
    answers = [
        read(client.post("/v1/score-history", json=sent, headers=more), tag).json()["scores"]
        for tag, more in (("en", {}), ("de", GERMAN))
    ]
    for english, german in zip(*answers, strict=True):
        assert (english["reasons"] is None) == (german["reasons"] is None)
        assert "the risk" not in str(german["reasons"])


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson", "text/csv"])
def test_a_list_is_in_the_readers_language(client: httpx.Client, accept: str) -> None:
    english, german = in_both(client, "/v1/lists/at-risk", accept=accept)
    assert RISK[0] in english.text
    assert RISK[1] not in english.text
    assert RISK[1] in german.text
    assert RISK[0] not in german.text
    if accept == "text/csv":
        rows = list(csv.reader(german.text.splitlines()))
        assert rows[0] == next(csv.reader(english.text.splitlines()))


@pytest.mark.parametrize(
    ("kind", "about"), [("at-risk", RISK[0]), ("advocates", "the chance of advocacy")]
)
def test_reasons_on_a_list_are_about_the_list(client: httpx.Client, kind: str, about: str) -> None:
    """Whom two lists could name, a run has reasons to leave for: they are none to speak for us."""
    page = client.get(f"/v1/lists/{kind}?limit=1000").json()["items"]
    streamed = client.get(f"/v1/lists/{kind}", headers={"Accept": "application/x-ndjson"}).text
    assert [json.loads(line) for line in streamed.splitlines()] == page
    found = client.get(f"/v1/lists/{kind}?limit=1000&reasons=true").json()["items"]
    assert [one | {"reasons": None} for one in found] == [one | {"reasons": None} for one in page]
    held = [one["reasons"] for one in page if one["reasons"]]
    assert 0 < len(held) < len(found)
    assert all(about in reason for one in found for reason in one["reasons"] or [""])


def test_a_saved_list_is_read_in_any_language(client: httpx.Client) -> None:
    asked = {"kind": "at-risk", "top": 5}
    saved = client.post("/v1/saved-lists", json=asked, headers=GERMAN).json()
    assert "phrases" not in saved
    assert "so kostet das" in str(saved["notes"]).lower()
    kept = [answer.json()["lists"][0]["notes"] for answer in in_both(client, "/v1/saved-lists")]
    assert "make contacting free" in str(kept[0])
    assert kept[1] == saved["notes"]
    english, german = in_both(client, f"/v1/saved-lists/{saved['list_id']}/members")
    for answer, risk in zip((english, german), RISK, strict=True):
        assert all(risk in str(one["reasons"]) for one in answer.json()["items"])


def test_the_document_says_that_a_language_may_be_asked_for(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    asked = {
        address
        for address, methods in paths.items()
        for one in methods.values()
        if any(given["name"] == "Accept-Language" for given in one.get("parameters", ()))
    }
    assert asked == {
        "/v1/customers/{customer_id}/score",
        "/v1/scores",
        "/v1/score-history",
        *(f"/v1/lists/{kind}" for kind in ("at-risk", "win-back", "advocates")),
        "/v1/saved-lists",
        "/v1/saved-lists/{list_id}/members",
    }
