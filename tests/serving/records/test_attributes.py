"""Attributes of customers in a published run: lists filter by them, and nothing else shows them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, expect

from features.clock import midnight
from features.config import Config
from features.errors import UsageError
from features.history import open_history
from features.sample import SampleShop
from serving.cli import run as ladder
from serving.home import create_home
from serving.listing.drawing import Request, draw
from serving.records.conditions import parse
from serving.runs import scoring
from serving.store import Control, RunReader
from serving.store.pages import Query
from tests.serving.shop import LIVED_UNTIL as DAY
from tests.serving.shop import published
from training.bundle import Bundle

Caller = Callable[[str], httpx.Client]
ZONE = "Europe/Berlin"


def plans(shop: SampleShop) -> pa.Table:
    """Return histories of plans, of which the last one begins at the very cutoff."""
    spans = ((date(2024, 2, 1), 0), (date(2024, 9, 1), 1), (DAY, 2))
    rows = [
        {
            "customer_id": who,
            "since": midnight(day, ZONE),
            "plan": ("basic", "gold" if n % 3 else "basic", "too late")[turn],
            "seats": n % 7 + turn,
        }
        for n, who in enumerate(shop.ids.to_pylist())
        for day, turn in spans
    ]
    table = pa.Table.from_pylist(rows)
    return table.set_column(1, "since", table["since"].cast(pa.timestamp("us", "UTC")))


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, made_up: SampleShop, bundle: Bundle) -> Config:
    folder = tmp_path_factory.mktemp("shop")
    pq.write_table(plans(made_up), folder / "plans.parquet")
    pq.write_table(made_up.customers, folder / "customers.parquet")
    settings = bundle.config.settings()
    dated = {"valid_from": "since", "plan": "plan", "seats": "seats"}
    return Config.from_dict(
        {
            **settings,
            "orders": {},
            "engagement": {},
            "customers": [
                {"source": "customers.parquet", "columns": {"team": "'team ' || customer_id"}},
                {"source": "plans.parquet", "columns": dated},
            ],
        },
        folder,
    )


@pytest.fixture(scope="module")
def lived_in(
    store: str,
    tmp_path_factory: pytest.TempPathFactory,
    made_up: SampleShop,
    bundle: Bundle,
    config: Config,
) -> Path:
    """Return a home with a run of a shop that maps attributes."""
    home = create_home(tmp_path_factory.mktemp(f"attributes-{store}") / "models")
    frames = {"orders": made_up.orders, "engagement": made_up.engagement}
    with open_history(config, DAY, frames) as history:
        return published(home, bundle, history)


@pytest.fixture
def reader(lived_in: Path) -> RunReader:
    with Control(lived_in) as control:
        return RunReader(lived_in, control.runs()[0])


def listed(reader: RunReader, *where: str) -> list[str]:
    query = Query("at-risk", "value_at_risk", where=tuple(map(parse, where)))
    return [json.loads(one)["customer_id"] for chunk in reader.stream(query) for one in chunk]


def test_a_run_keeps_what_was_known_before_its_cutoff(
    reader: RunReader, made_up: SampleShop
) -> None:
    assert reader.run.info.attributes == ["plan", "seats", "team"]
    ids = made_up.ids.to_pylist()
    for n, who in enumerate(ids):
        if reader.record(who):
            plan = "gold" if n % 3 else "basic"
            told = {"plan": plan, "seats": str(n % 7 + 1), "team": f"team {who}"}
            assert reader.attributes(who) == told
    reader.close()


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        ("plan = gold", lambda n: n % 3 > 0),
        ("plan != gold", lambda n: n % 3 == 0),
        ("seats >= 5", lambda n: n % 7 + 1 >= 5),
        ("seats < 2.5", lambda n: n % 7 + 1 < 2.5),
        ("seats = 3.0", lambda n: n % 7 + 1 == 3),
        ("seats != 3.0", lambda n: n % 7 + 1 != 3),
        ("plan = 'too late'", lambda _: False),
        ("plan = Gold", lambda _: False),
        ("plan >= 3", lambda _: False),
        ("colour = red", lambda _: False),
        ("colour != red", lambda _: False),
    ],
)
def test_a_condition_leaves_those_who_fit(
    reader: RunReader, made_up: SampleShop, where: str, fits: Callable[[int], bool]
) -> None:
    number = {who: n for n, who in enumerate(made_up.ids.to_pylist())}
    everybody = listed(reader)
    assert listed(reader, where) == [who for who in everybody if fits(number[who])]
    both = listed(reader, where, "plan = gold")
    assert both == [who for who in listed(reader, where) if number[who] % 3]
    reader.close()


@pytest.mark.parametrize("text", ["plan", "plan gold", "= gold", "Plan = x", "a == b", "a >= many"])
def test_what_is_no_condition_is_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError, match="plan = gold"):
        parse(text)


def test_the_api_filters_page_by_page(caller: Caller, reader: RunReader) -> None:
    client = caller("lists")
    where = ("plan = gold", "seats >= 3")
    page = client.get("/v1/lists/at-risk", params={"where": where, "limit": 7}).json()
    found = [one["customer_id"] for one in page["items"]]
    while page["next"]:
        page = client.get(page["next"]).json()
        found += [one["customer_id"] for one in page["items"]]
    assert found == listed(reader, *where)
    assert 7 < len(found) == page["total"]
    assert "attributes" not in page["items"][0]
    wrong = client.get("/v1/lists/at-risk", params={"where": "seats >= many"})
    assert wrong.status_code == 422
    assert page["notes"] == []
    for nobodys, said in (
        ("colour = red", "knows no attribute colour of customers; it knows plan, seats, team."),
        ("plan = glod", "has plan = glod; plan is one of basic, gold."),
        ("seats = 3.5", "seats is one of 1, 2, 3, 4, 5, 6, 7."),
    ):
        nobody = client.get("/v1/lists/at-risk", params={"where": nobodys}).json()
        assert nobody["total"] == 0
        assert nobody["notes"][0].endswith(said)
    for unnamed in ("team = x", "seats > 9"):
        assert not client.get("/v1/lists/at-risk", params={"where": unnamed}).json()["notes"]
    reader.close()


def test_a_list_may_be_saved_of_some(caller: Caller, reader: RunReader) -> None:
    asked = {"kind": "at-risk", "top": 5, "where": ["plan = gold"]}
    made = caller("lists").post("/v1/saved-lists", json=asked)
    assert made.status_code == 201, made.text
    address = f"/v1/saved-lists/{made.json()['list_id']}/members"
    people = [one["customer_id"] for one in caller("lists").get(address).json()["items"]]
    assert len(people) == 5
    assert all(reader.attributes(who)["plan"] == "gold" for who in people)
    (kept,) = caller("lists").get("/v1/saved-lists?limit=1").json()["lists"]
    assert kept["asked"] == asked
    reader.close()


def test_the_command_line_filters_and_shows_no_attribute(
    lived_in: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reader: RunReader,
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(lived_in))
    monkeypatch.chdir(tmp_path)
    assert ladder(["list", "advocates", "--where", "plan = gold", "--out", "some.csv"]) == 0
    with (tmp_path / "some.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    assert rows
    assert {reader.attributes(row["customer_id"])["plan"] for row in rows} == {"gold"}
    assert "plan" not in rows[0]
    assert ladder(["list", "at-risk", "--where", "plan = glod"]) == 0
    said = capsys.readouterr().out
    assert "Nobody is listed: no customer" in said
    assert "plan is one of basic, gold." in said
    assert ladder(["list", "at-risk", "--where", "colour = red"]) == 0
    assert "knows no attribute colour of customers; it knows plan" in capsys.readouterr().out
    assert ladder(["list", "at-risk", "--where", "seats"]) == 2
    assert "'seats' is not one" in capsys.readouterr().err
    reader.close()


def test_a_person_is_told_their_attributes_and_loses_them_with_everything_else(
    caller: Caller,
    lived_in: Path,
    reader: RunReader,
    places_naming: Callable[[Path, str], set[str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(lived_in))
    who = listed(reader)[3]
    reader.close()
    assert ladder(["access", who]) == 0
    told = json.loads(capsys.readouterr().out)["runs"][0]
    assert told["attributes"]["team"] == f"team {who}"
    acts = [row["detail"] for row in told["history"]["engagement"] if ":plan" in row["kind"]]
    assert acts[0] == "basic"
    assert places_naming(lived_in, f"team {who}")
    assert caller("erase").delete(f"/v1/customers/{who}").status_code == 202
    assert places_naming(lived_in, f"team {who}") == set()


def test_a_shop_without_attributes_publishes_none(
    tmp_path: Path,
    bundle: Bundle,
    made_up: SampleShop,
    history_of: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Another shop, with a secret of its own: not in the database of the module's.
    monkeypatch.delenv("LADDER_DATABASE_URL", raising=False)
    assert scoring.score_run(history_of(made_up), bundle, DAY, "none").attributes is None
    home = published(create_home(tmp_path / "models"), bundle, history_of(made_up))
    drawn = draw(home, Request("at-risk", top=5, where=(parse("plan = gold"),))).drawn
    assert len(drawn.members) == 0
    assert any("it knows none" in note for note in drawn.notes)


def test_the_desk_filters_by_an_attribute(
    browser: Browser, caller: Caller, reader: RunReader
) -> None:
    client = caller("lists")
    context = browser.new_context()
    page = context.new_page()
    page.goto(str(client.base_url))
    page.get_by_label("Token", exact=True).fill(client.headers["authorization"].split()[1])
    page.get_by_role("button", name="Open").click()
    field = page.get_by_label("Attribute", exact=True)
    expect(field).to_be_visible()
    expect(page.locator("#where-help")).to_have_text("Such as plan = …, of plan, seats, team")
    field.fill("plan = gold")
    field.press("Enter")
    some = len(listed(reader, "plan = gold"))
    expect(page.get_by_text(f"{some} found")).to_be_visible()
    field.fill("seats = ")
    field.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Such as plan = …")
    context.close()
    reader.close()
