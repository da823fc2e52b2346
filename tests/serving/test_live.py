"""Live scoring through the API: the same numbers as a run, for histories sent with the request."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pyarrow.compute as pc
import pytest

from features.errors import LadderError
from features.sample import SampleShop
from serving import live
from serving.schemas.scores import LiveScores
from serving.store import Control
from tests.serving.shop import estranged
from training.bundle import Bundle, histories

Caller = Callable[[str], httpx.Client]
MIDNIGHT = "2025-03-01T00:00:00+01:00"
"""The cutoff of the published run, in the shop's own time."""


@pytest.fixture(scope="module")
def customers(made_up: SampleShop) -> dict[str, dict[str, Any]]:
    """Return every customer's whole history as a caller sends it."""
    return {one["customer_id"]: one for one in histories.to_json(made_up.frames)}


def ask(client: httpx.Client, *customers: Any, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/score-history", json={"customers": customers, **more})
    assert answer.status_code == 200, answer.text
    LiveScores.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two records agree in everything but the reasons, numbers to 1e-12."""
    names = one.keys() - {"reasons"}
    return names == other.keys() - {"reasons"} and all(
        one[name] == other[name]
        or (isinstance(one[name], float) and one[name] == pytest.approx(other[name], rel=1e-12))
        for name in names
    )


def test_whoever_is_held_out_is_told_in_one_look_however_many_are_sent(
    caller: Caller, customers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, ids = caller("score"), [*customers][:100]
    published = client.post("/v1/scores", json={"ids": ids}).json()["scores"]

    async def one_by_one(*_: object) -> None:
        pytest.fail("A hundred customers are a hundred round trips to a server.")

    monkeypatch.setattr("serving.store.reader.RunReader.look_up", one_by_one)
    live = ask(client, *(customers[key] for key in ids), as_of=MIDNIGHT)["scores"]
    contacts = [record["contact"] for record in live]
    assert contacts == [record["contact"] for record in published]
    assert len(set(contacts)) > 1


def test_a_history_sent_whole_gets_the_record_of_the_run(
    caller: Caller, customers: dict[str, Any]
) -> None:
    """Percentiles too: a run of a few hundred keeps every rank."""
    client, ids = caller("score"), [*customers][:60]
    live = ask(client, *(customers[key] for key in ids), as_of=MIDNIGHT)["scores"]
    published = client.post("/v1/scores", json={"ids": ids}).json()["scores"]
    known = [(a, b) for a, b in zip(live, published, strict=True) if b["known"]]
    assert len(known) > 40
    for now, then in known:
        assert same(now, then)
        assert now["reasons"] or not now["churn_probability"]


def test_an_order_of_a_minute_ago_lowers_the_risk(
    caller: Caller, customers: dict[str, Any]
) -> None:
    client = caller("score")
    ids = [key for key, one in customers.items() if len(one["orders"]) > 3][:20]
    order = {"order_id": "new", "ordered_at": "2025-02-28T23:59:00+01:00", "amount": 50.0}
    bought = [{"customer_id": key, "orders": [order]} for key in ids]
    after = ask(client, *bought, as_of=MIDNIGHT, merge=True)["scores"]
    before = ask(client, *({"customer_id": key} for key in ids), as_of=MIDNIGHT, merge=True)
    pairs = [
        (new["churn_probability"], old["churn_probability"])
        for new, old in zip(after, before["scores"], strict=True)
        if old["churn_probability"] is not None
    ]
    assert pairs
    assert all(new < old for new, old in pairs)


def test_merging_nothing_gives_the_record_of_the_run(
    caller: Caller, customers: dict[str, Any]
) -> None:
    client, ids = caller("score"), [*customers][:60]
    merged = ask(client, *({"customer_id": key} for key in ids), as_of=MIDNIGHT, merge=True)
    published = client.post("/v1/scores", json={"ids": ids}).json()["scores"]
    for now, then in zip(merged["scores"], published, strict=True):
        assert same(now, then)


def test_sending_again_what_is_stored_changes_nothing(
    caller: Caller, customers: dict[str, Any]
) -> None:
    client, ids = caller("score"), [*customers][:30]
    alone = ask(client, *({"customer_id": key} for key in ids), as_of=MIDNIGHT, merge=True)
    again = ask(client, *(customers[key] for key in ids), as_of=MIDNIGHT, merge=True)
    for once, twice in zip(alone["scores"], again["scores"], strict=True):
        assert same(twice, once)


def test_rows_at_or_after_the_cutoff_are_not_seen(
    caller: Caller, customers: dict[str, Any]
) -> None:
    client, one = caller("score"), next(iter(customers.values()))
    late = {"order_id": "late", "ordered_at": MIDNIGHT, "amount": 1000.0}
    seen = ask(client, one, as_of=MIDNIGHT)["scores"]
    more = ask(client, {**one, "orders": [*one["orders"], late]}, as_of=MIDNIGHT)["scores"]
    assert seen == more


def test_a_cutoff_is_an_instant_and_its_day_the_shops(
    caller: Caller, customers: dict[str, Any]
) -> None:
    client, one = caller("score"), next(iter(customers.values()))
    (here,) = ask(client, one, as_of=MIDNIGHT)["scores"]
    (there,) = ask(client, one, as_of="2025-02-28T15:00:00-08:00")["scores"]
    assert here == there
    assert here["as_of"] == "2025-03-01"


def test_objecting_and_empty_people_get_the_neutral_record(
    caller: Caller, customers: dict[str, Any]
) -> None:
    client, one = caller("score"), next(iter(customers.values()))
    objecting = {**one, "profile": {**one["profile"], "profiling_allowed": False}}
    first, second = ask(client, objecting, {"customer_id": "nobody"})["scores"]
    for record in (first, second):
        assert record["known"] is False
        assert record["churn_probability"] is None


def test_who_refuses_marketing_is_scored_and_marked(
    caller: Caller, customers: dict[str, Any]
) -> None:
    one = next(one for one in customers.values() if one["orders"])
    quiet = {**one, "profile": {**one["profile"], "marketing_allowed": False}}
    (record,) = ask(caller("score"), quiet)["scores"]
    assert (record["known"], record["suppressed"], record["contact"]) == (True, True, "no")


def test_whom_the_run_says_not_to_contact_stays_so_where_a_caller_says_nothing_of_it(
    caller: Caller, customers: dict[str, Any]
) -> None:
    client = caller("score")
    published = client.post("/v1/scores", json={"ids": [*customers]}).json()["scores"]
    refusing = [one["customer_id"] for one in published if one["known"] and one["suppressed"]]
    assert refusing
    sent = [{"customer_id": key, "orders": customers[key]["orders"]} for key in refusing[:50]]
    live = ask(client, *sent, as_of=MIDNIGHT)["scores"]
    scored = [one for one in live if one["known"]]  # the others bought nothing before
    assert {(one["suppressed"], one["contact"]) for one in scored} == {(True, "no")}


def test_reasons_are_found_for_whoever_has_none(caller: Caller, made_up: SampleShop) -> None:
    client = caller("score")
    ids = pc.unique(made_up.orders["customer_id"]).to_pylist()
    bare = [
        record["customer_id"]
        for record in client.post("/v1/scores", json={"ids": ids}).json()["scores"]
        if record["known"] and record["reasons"] is None and record["churn_probability"]
    ]
    assert bare
    plainly, asked = (
        client.get(f"/v1/customers/{bare[0]}/score", params=given)
        for given in ({}, {"reasons": "true"})
    )
    assert plainly.json()["reasons"] is None
    assert any("risk" in reason for reason in asked.json()["reasons"])
    assert plainly.headers["etag"] != asked.headers["etag"]
    nobody = client.get("/v1/customers/nobody/score", params={"reasons": "true"})
    assert nobody.json()["known"] is False


def test_reasons_are_found_for_many_at_once_as_for_each(
    caller: Caller, made_up: SampleShop
) -> None:
    client = caller("score")
    ids = ["nobody", *pc.unique(made_up.orders["customer_id"]).to_pylist()[:60]]
    plain, asked = (
        client.post("/v1/scores", json={"ids": ids, **more}).json()
        for more in ({}, {"reasons": True})
    )
    assert asked["run_id"] == plain["run_id"]
    for record, before in zip(asked["scores"], plain["scores"], strict=True):
        one = client.get(
            f"/v1/customers/{record['customer_id']}/score", params={"reasons": "true"}
        ).json()
        assert record == one
        assert {**record, "reasons": before["reasons"]} == before
        assert before["reasons"] is None or record["reasons"] == before["reasons"]
    found = [new for new, old in zip(asked["scores"], plain["scores"], strict=True) if new != old]
    assert len(found) > 10
    assert all(record["reasons"] for record in found if record["churn_probability"])


def test_rows_of_whoever_objects_are_answered_as_those_of_somebody_unknown(
    caller: Caller, customers: dict[str, Any], made_up: SampleShop
) -> None:
    """Also if the caller does not know: the shop's tables said so when the run was published."""
    people = made_up.customers
    objecting = people.filter(pc.invert(people["profiling_allowed"]))["customer_id"].to_pylist()
    unsaid = [{**customers[key], "profile": {}} for key in objecting if key in customers]
    strangers = [{**one, "customer_id": f"{one['customer_id']}-too"} for one in unsaid]
    found = ask(caller("score"), *unsaid, *strangers, as_of=MIDNIGHT)["scores"]
    assert unsaid
    assert [record["known"] for record in found] == [False] * len(unsaid) + [True] * len(unsaid)


def test_a_referrer_who_objects_is_nobody_as_in_a_run(
    caller: Caller,
    customers: dict[str, Any],
    made_up: SampleShop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = made_up.customers
    objecting = people.filter(pc.invert(people["profiling_allowed"]))["customer_id"][0].as_py()
    scored = people.filter(people["profiling_allowed"])["customer_id"][0].as_py()
    seen: list[dict[str, Any]] = []
    score = live.LiveScorer.score

    def told(scorer: live.LiveScorer, histories: Any, *more: Any) -> Any:
        seen.extend(histories)
        return score(scorer, histories, *more)

    monkeypatch.setattr(live.LiveScorer, "score", told)
    one = customers[scored]
    sent = [
        {
            **one,
            "customer_id": f"by-{by}",
            "profile": {"acquired_by": "referral", "referred_by": by},
        }
        for by in (objecting, scored)
    ]
    ask(caller("score"), *sent, as_of=MIDNIGHT)
    assert [history["profile"] for history in seen] == [
        {"acquired_by": "referral"},
        {"acquired_by": "referral", "referred_by": scored},
    ]


def test_a_model_that_scores_otherwise_than_where_it_was_trained_does_not_score_live(
    lived_in: Path, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    estranged(bundle).write(tmp_path / "bundle")
    monkeypatch.setattr(live, "fetch_bundle", lambda *_: tmp_path / "bundle")
    with Control(lived_in) as control, pytest.raises(LadderError, match="differs by 1e-06"):
        live.load(lived_in, control.runs()[0])


def test_loading_the_model_leaves_out_what_scoring_never_uses(lived_in: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from serving.web.imports import UNUSED, lean\n"
        "from serving.store import Control\n"
        "home = Path(sys.argv[1]); run = Control(home).runs()[0]\n"
        "with lean():\n from serving.live import load\n load(home, run)\n"
        "print([n for n in (*UNUSED, 'mlflow') if n in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(lived_in)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
