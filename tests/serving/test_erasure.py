"""A person is erased, and then every file is searched for them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from features.config import Config
from features.history import open_history
from features.sample import SampleShop
from serving.cli import run as ladder
from serving.erasure import forget, note_erased_during_training, without_erased
from serving.home import read_secret
from serving.personal_data import personal_data
from serving.store import Control, RunInfo, RunReader, edits, publish
from serving.store.audit import entries
from serving.store.erasures import Erasures, person
from serving.store.messages import Webhook
from serving.store.objections import Objections
from serving.store.outbox import Outbox
from serving.store.tables import changed, handed, members
from serving.webhooks.courier import deliver
from tests.serving.shop import crowned, written
from training.bundle import Bundle
from training.bundle.shelf import Shelf

pytestmark = pytest.mark.usefixtures("quickly")

Caller = Callable[[str], httpx.Client]


@pytest.fixture
def known(caller: Caller) -> str:
    """Return somebody who is in the run, on a saved list and among its results."""
    client = caller("lists")
    made = client.post("/v1/saved-lists", json={"kind": "at-risk", "top": 20}).json()
    people = client.get(f"/v1/saved-lists/{made['list_id']}/members").json()["items"]
    told = [{"customer_id": one["customer_id"], "responded": True} for one in people]
    client.post(f"/v1/saved-lists/{made['list_id']}/outcome", json={"results": told})
    found: str = people[0]["customer_id"]
    return found


def test_after_an_erasure_no_file_and_no_table_names_the_person(
    caller: Caller, lived_in: Path, known: str, places_naming: Callable[[Path, str], set[str]]
) -> None:
    before = {
        place.rpartition(":")[2].rpartition(".")[2] for place in places_naming(lived_in, known)
    }
    assert before >= {"records", "members", "results"}
    client = caller("erase")
    answer = client.delete(f"/v1/customers/{quote(known, safe='')}")
    assert answer.status_code == 202
    assert places_naming(lived_in, known) == set()
    record = caller("score").get(f"/v1/customers/{known}/score").json()
    assert record["known"] is False


def test_erasing_again_or_somebody_unknown_is_answered_alike(caller: Caller, known: str) -> None:
    client = caller("erase")
    first, again, nobody = (
        client.delete(f"/v1/customers/{each}") for each in (known, known, "nobody at all")
    )
    assert {first.status_code, again.status_code, nobody.status_code} == {202}
    assert first.json() == again.json() == nobody.json()


@pytest.mark.parametrize("next_one", ["c000003", "c000004", "nobody"])
@pytest.mark.usefixtures("database")
def test_the_erasure_after_one_that_was_cut_short_counts_whom_a_run_holds(
    home: Path, scored: Callable[..., pa.Table], run_info: RunInfo, next_one: str
) -> None:
    run_id = publish(home, run_info, scored(50))
    with Control(home) as control:
        forget(control, "c000001", "me")
        assert edits.erase(control, run_id, ["c000003"]) == 1  # and killed before it was counted
        forget(control, next_one, "me")
        (run,) = control.runs()
    with closing(RunReader(home, run)) as reader:
        assert run.customers == reader.size() == (47 if next_one == "c000004" else 48)


def test_an_erased_person_is_not_scored_from_what_is_sent(caller: Caller, known: str) -> None:
    caller("erase").delete(f"/v1/customers/{known}")
    order = {"order_id": "1", "ordered_at": "2025-02-01T10:00:00Z", "amount": 20.0}
    sent = {"customers": [{"customer_id": known, "orders": [order]}]}
    answer = caller("score").post("/v1/score-history", json=sent)
    assert answer.json()["scores"][0]["known"] is False


def test_the_models_that_may_have_learnt_are_named_and_retire(
    caller: Caller, lived_in: Path, known: str
) -> None:
    answer = caller("erase").delete(f"/v1/customers/{known}").json()
    (version,) = answer["model_versions"]
    assert version["retired_at"] is None
    with Control(lived_in) as control:
        erasures = Erasures(control)
        erasures.retire(["another"])
        mark = person(read_secret(lived_in), known)
        assert erasures.taught(mark)[version["model_version"]] is not None


@pytest.mark.usefixtures("database")
def test_every_version_there_is_may_have_learnt_from_somebody(home: Path) -> None:
    Shelf(home).path("unused").mkdir(parents=True)
    with Control(home) as control:
        assert forget(control, "c000001", "me").bundles == ("unused",)


def test_the_audit_counts_an_erasure_without_saying_whom(
    caller: Caller, lived_in: Path, known: str
) -> None:
    caller("erase").delete(f"/v1/customers/{known}")
    with Control(lived_in) as control:
        last = [entry for entry in entries(control.engine) if entry["action"] == "erase"][-1]
    assert (last["subject"], last["customers"]) == (None, 1)


def test_an_id_that_cannot_be_is_refused(caller: Caller) -> None:
    assert caller("erase").delete(f"/v1/customers/{'x' * 201}").status_code == 422
    assert caller("erase").delete("/v1/customers/x/score").status_code == 405
    # Latin-1: read as something else, it would erase nobody and say that it is done
    assert caller("erase").delete("/v1/customers/Andr%E9").status_code == 422
    assert caller("score").delete("/v1/customers/x").status_code == 403


def test_an_erased_person_is_not_read_in_again(
    caller: Caller, lived_in: Path, known: str, made_up: SampleShop
) -> None:
    caller("erase").delete(f"/v1/customers/{known}")
    frames = made_up.frames
    sections: dict[str, Any] = {name: {"source": "memory"} for name in frames}
    config = without_erased(Config.from_dict(sections), lived_in)
    with open_history(config, frames=frames) as history:
        ids = {key for block in history.blocks() for key in block.ids.to_pylist()}
    with open_history(Config.from_dict(sections), frames=frames) as history:
        before = {key for block in history.blocks() for key in block.ids.to_pylist()}
    assert known in before
    assert known not in ids
    assert len(before) - len(ids) <= len(_erased(lived_in))


@pytest.mark.usefixtures("database")
def test_a_model_trained_while_somebody_is_erased_is_named(
    home: Path, places_naming: Callable[[Path, str], set[str]]
) -> None:
    with Control(home) as control:
        forget(control, "before", "somebody")
        reading = without_erased(Config.from_dict({"orders": {"source": "memory"}}), home)
        forget(control, "meanwhile", "somebody")
        for _ in range(2):
            note_erased_during_training(reading, home, "newest")
        secret, erasures = read_secret(home), Erasures(control)
        taught = [erasures.taught(person(secret, who)) for who in ("before", "meanwhile")]
    assert taught == [{}, {"newest": None}]
    assert places_naming(home, "meanwhile") == set()


def _erased(home: Path) -> frozenset[str]:
    with Control(home) as control:
        return Erasures(control).persons()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a shop's folder with a training in `home`, MLflow's records of it included."""
    folder = tmp_path_factory.mktemp("shop")
    config = written(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LADDER_HOME", str(folder / "home"))
        assert ladder(["train", "-c", str(config), "--outcome", "churn"]) == 0
    return folder


@pytest.mark.usefixtures("database")
def test_after_everything_the_product_does_nothing_names_who_was_erased(
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    places_naming: Callable[[Path, str], set[str]],
) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(trained, shop)  # what is erased on one store is not on the other
    home, config = shop / "home", ["-c", str(shop / "ladder.toml")]
    monkeypatch.setenv("LADDER_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    hook = Webhook("hook", "https://10.0.0.1/", frozenset(["customer.changed"]), b"secret" * 6, 0)
    with Control(home) as control:
        Outbox(control).add(hook)
    for day in ("2024-12-01", "2025-02-01"):
        assert ladder(["score", *config, "--at", day, "--reasons", "none"]) == 0
    assert ladder(["list", "at-risk", *config, "--top", "60", "--out", "list.csv"]) == 0
    assert ladder(["list", "at-risk", *config, "--top", "60", "--for", "braze", "--out", "to"]) == 0
    with Control(home) as control:
        deliver(control)  # to an address that is refused: the messages stay
        with control.engine.connect() as connection:
            about, listed, told = (
                set(connection.scalars(select(table.c.customer_id)))
                for table in (changed, members, handed)
            )
    everywhere = sorted(about & listed & told)
    assert everywhere
    somebody = everywhere[0]
    found = {place.rpartition(":")[2].rpartition(".")[2] for place in places_naming(home, somebody)}
    assert found >= {"records", "members", "handed", "changed"}
    assert ladder(["forget", *config, somebody]) == 0
    assert places_naming(home, somebody) == set()
    # Nor do they come back: not by a new run, and not by a new training.
    for command in (["train", *config, "--outcome", "churn"], ["score", *config]):
        assert ladder(command) == 0
    assert places_naming(home, somebody) == set()


@pytest.mark.usefixtures("database")
def test_who_objects_is_in_no_older_run_and_on_no_list(
    bundle: Bundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    places_naming: Callable[[Path, str], set[str]],
) -> None:
    monkeypatch.setattr(edits, "AT_ONCE", 1)
    shop = crowned(tmp_path / "shop", bundle, customers=200, seed=5)
    home, config = shop / "models", ["-c", str(shop / "ladder.toml")]
    monkeypatch.chdir(tmp_path)
    for day in ("2025-02-01", "2025-02-15"):
        assert ladder(["score", *config, "--at", day]) == 0
    assert ladder(["list", "at-risk", *config, "--top", "10", "--out", "list.ndjson"]) == 0
    assert ladder(["list", "at-risk", *config, "--top", "10", "--for", "braze", "--out", "to"]) == 0
    somebody, other, erased, too = (
        json.loads(line)["customer_id"]
        for line in Path("list.ndjson").read_text(encoding="utf-8").splitlines()[:4]
    )
    with Control(home) as control:  # by a program that was killed before it came to the runs
        Erasures(control).record(person(read_secret(home), erased), erased, [], "somebody")
    found = places_naming(home, somebody)
    assert {place.rpartition(":")[2].rpartition(".")[2] for place in found} >= {
        "records",
        "members",
    }
    customers = shop / "customers.parquet"
    table = pq.read_table(customers)
    objecting = pc.is_in(table["customer_id"], pa.array([somebody, too]))
    said = pc.and_(table["profiling_allowed"], pc.invert(objecting))
    at = table.column_names.index("profiling_allowed")
    pq.write_table(table.set_column(at, "profiling_allowed", said), customers)
    assert ladder(["score", *config, "--at", "2025-02-15"]) == 0
    left = {place.rpartition(":")[2].rpartition(".")[2] for place in places_naming(home, somebody)}
    assert places_naming(home, erased) == set()
    with Control(home) as control:  # so that rows that are sent of them are not scored
        assert Objections(control).read()([somebody, other, too]) == [True, False, True]
        # Whoever was erased is left out like them, and did not object.
        said = [personal_data(control, key, "en").get("objecting") for key in (too, other, erased)]
        assert said == [True, False, None]
    # A tool forgets them with the next hand-over, which has to know that it was told.
    assert left <= {"handed", "sqlite", "control"}
    assert len({place for place in places_naming(home, other) if "records" in place}) == 3
    assert (
        ladder(["list", "at-risk", *config, "--top", "10", "--for", "braze", "--out", "again"]) == 0
    )
    lines = Path("again/users-track.ndjson").read_text(encoding="utf-8").splitlines()
    people = [one for line in lines for one in json.loads(line)["attributes"]]
    cleared = next(one for one in people if one["external_id"] == somebody)
    assert cleared["ladder_at_risk"] is None
    assert places_naming(home, somebody) == places_naming(home, too) == set()
    pq.write_table(table, customers)
    assert ladder(["score", *config, "--at", "2025-02-15"]) == 0
    with Control(home) as control:
        assert Objections(control).read()([somebody, other, too]) == [False] * 3
        for run in control.runs():
            with closing(RunReader(home, run)) as reader:
                assert reader.size() == run.customers
