"""Saved lists and their results at the command line."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from features.sample import SampleShop
from serving.cli import run as ladder
from serving.listing.drawing import Request
from serving.listing.saving import save
from serving.store import Control
from serving.store.audit import COMMAND_LINE
from serving.store.campaigns import Campaigns, Result

SETTINGS = (
    "[shop]\ncurrency = 'EUR'\ntimezone = 'Europe/Berlin'",
    "[churn]\nactive_days = 120\nhorizon_days = 60",
)
"""Those of the bundle that the lists are drawn with."""


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_written_list_is_saved_and_written_again_alike(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one.csv", "two.csv"):
        assert ladder(["list", "at-risk", "--top", "25", "--out", name]) == 0
    assert rows(shop / "one.csv") == rows(shop / "two.csv")
    drawn = capsys.readouterr().out
    assert ladder(["outcome"]) == 0
    said = capsys.readouterr().out
    assert said.count("25 to contact, 2 held out until 2025-04-30") == 1
    name = said.split()[0]
    assert (
        drawn.count(f"Saved as {name}; those held out are on no other list until 2025-04-30.") == 2
    )
    assert f"ladder outcome {name} results.csv" in drawn
    assert ladder(["list", "at-risk", "--top", "25"]) == 0
    looked_at = capsys.readouterr().out
    assert "Saved as" not in looked_at, "what is only looked at is not kept"
    assert "Not saved: the next draw may hold out others. --out FILE keeps a list." in looked_at


def test_results_tell_what_the_campaign_changed(
    shop: Path, lived_in: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ladder(["list", "at-risk", "--top", "40", "--out", "list.csv"]) == 0
    with Control(lived_in) as control:
        made, _ = save(control, Request("at-risk", top=1), COMMAND_LINE)
    capsys.readouterr()
    ladder(["outcome"])
    list_id = next(
        line.split()[0] for line in capsys.readouterr().out.splitlines() if "40 to" in line
    )
    told = ["customer_id,responded,spend"]
    people = rows(shop / "list.csv")
    told += [f"{one['customer_id']},{one['contact'] == 'yes'},12.5" for one in people]
    (shop / "results.csv").write_text("\n".join([*told, "stranger,no,"]), encoding="utf-8")
    assert ladder(["outcome", list_id, "results.csv"]) == 0
    said = capsys.readouterr().out
    assert "Took 44 results; not on the list: 1." in said
    assert "again" not in said
    assert "Difference +100.0 points" in said
    assert "Chance alone hardly explains it." in said
    assert "Spent: 12.50 EUR by each contacted, 12.50 EUR by each held out" in said
    assert "Difference 0.00 EUR each (95% interval 0.00 EUR to 0.00 EUR)." in said
    assert "Not read" not in said
    assert ladder(["outcome", made.list_id]) == 0
    assert "Nobody on this list is held out" in capsys.readouterr().out
    assert ladder(["outcome"]) == 0
    known = [line for line in capsys.readouterr().out.splitlines() if "points more" in line]
    assert [line.split()[0] for line in known] == [list_id]
    assert "; responded +100.0 points more (95% interval +" in known[0]
    # People are counted as the API counts them, and of several lines the last counts.
    again = [f"{one['customer_id']},{one['contact'] != 'yes'}," for one in people[:3]]
    lines = [*told, "stranger,no,", "stranger,yes,", *again]
    (shop / "results.csv").write_text("\n".join(lines), encoding="utf-8")
    assert ladder(["outcome", list_id, "results.csv"]) == 0
    said = capsys.readouterr().out
    assert "Took 44 results; not on the list: 1." in said
    assert "4 lines name a customer again: the last line of each counts." in said
    assert "Difference +100.0 points" not in said
    told = [line.replace("12.5", f"{n},0.5,x") for n, line in enumerate(told)]
    told[0] = "customer_id,responded,spend,cost,amount"
    (shop / "results.csv").write_text("\n".join(told), encoding="utf-8")
    assert ladder(["outcome", list_id, "results.csv"]) == 0
    said = capsys.readouterr().out
    assert "Not read: amount. The columns of results are customer_id, responded, spend" in said
    assert "Contacting cost 0.50 EUR each." in said
    who = next(one["customer_id"] for one in people if one["contact"] == "yes")
    (shop / "results.csv").write_text(f"customer_id,responded\n{who},yes\n", encoding="utf-8")
    assert ladder(["outcome", list_id, "results.csv"]) == 0
    said = capsys.readouterr().out
    assert "Spend is not compared: 1 person who responded has none in the results." in said
    assert "Spent: " not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,responded\nC1,yes\n", "customer_id is missing"),
        ("customer_id\nC1\n", "it names who did: nobody on the list"),
        ("customer_id,bought\nC1,yes\nC2,no\n", "but 'bought' says no of some or all"),
        ("customer_id,bought\nC1,no\nC2,\n", "Call that one responded, or leave it out"),
        ("customer_id,responded\nC1,perhaps\n", "Line 2 says 'perhaps'"),
        ("customer_id,responded,spend\nC1,yes,much\n", "Line 2 has a spend"),
        ("customer_id,responded,cost\nC1,yes,nan\n", "Line 2 has a spend or cost"),
        ("customer_id,responded,cost\nC1,yes,1e13\n", "Line 2 has a spend or cost"),
        ("customer_id;responded;spend\nC1;yes;1,234.50\n", "Line 2 has a spend or cost"),
        ('customer_id,responded,why\n\nC1,yes,"two\nlines"\nC2,perhaps,\n', "Line 5 says"),
    ],
)
def test_wrong_results_are_refused_whole(
    shop: Path, lived_in: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Control(lived_in) as control:
        made, _ = save(control, Request("at-risk", top=2), COMMAND_LINE)
    (shop / "results.csv").write_text(text, encoding="utf-8")
    assert ladder(["outcome", made.list_id, "results.csv"]) == 1
    assert said in capsys.readouterr().err
    assert ladder(["outcome", "nothing"]) == 1


def test_without_a_column_responded_a_file_names_who_did(
    shop: Path, lived_in: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Control(lived_in) as control:
        made, _ = save(control, Request("at-risk", top=20), COMMAND_LINE)
        people = [*Campaigns(control).members(made.list_id, None)]
    contacted = [one.customer_id for _, one in people if one.contact == "yes"]
    lines = ["customer_id,spend,cost", *(f"{who},8,1" for who in contacted[:5]), "stranger,3,"]
    # As orders of a person stand below each other.
    lines += [f"{contacted[0]},10,5", f"{contacted[1]},,"]
    (shop / "results.csv").write_text("\n".join(lines), encoding="utf-8")
    assert ladder(["outcome", made.list_id, "results.csv"]) == 0
    said = capsys.readouterr().out
    assert f"Took {len(people)} results; not on the list: 1." in said
    assert f"{len(people) - 5} of them are of people whom the file does not name." in said
    assert "Responded: 25.0% of 20 contacted, 0.0% of 2 held out." in said
    assert "again" not in said
    assert "Spent: 2.50 EUR by each contacted, 0.00 EUR by each held out" in said
    assert "Contacting cost 0.50 EUR each." in said
    lines = ["customer_id", *(one.customer_id for _, one in people)]
    (shop / "results.csv").write_text("\n".join(lines), encoding="utf-8")
    assert ladder(["outcome", made.list_id, "results.csv"]) == 1
    assert "it names who did: everybody on the list" in capsys.readouterr().err


def test_results_come_from_the_shops_own_rows_once_the_horizon_has_passed(
    shop: Path, lived_in: Path, made_up: SampleShop, capsys: pytest.CaptureFixture[str]
) -> None:
    written = [*SETTINGS, "[orders]", "source = 'orders.parquet'"]
    (shop / "ladder.toml").write_text("\n".join(written), encoding="utf-8")
    with Control(lived_in) as control:
        saved, _ = save(control, Request("at-risk", top=30), COMMAND_LINE)
        assert saved is not None
        people = {
            one.customer_id: one for _, one in Campaigns(control).members(saved.list_id, None)
        }
        costs = [Result(who, False, cost=0.5) for who in people]
        Campaigns(control).add_results(saved.list_id, costs, "somebody")
    take = ["outcome", saved.list_id, "--from-history"]
    orders = made_up.orders.to_pandas()
    start = pd.Timestamp(saved.as_of, tz="Europe/Berlin")
    end = start + pd.Timedelta(60, "D")
    orders[orders["ordered_at"] < start].to_parquet(shop / "orders.parquet")
    assert ladder(take) == 1
    assert "known once the horizon has passed" in capsys.readouterr().err
    orders.to_parquet(shop / "orders.parquet")
    assert ladder(take) == 0
    said = capsys.readouterr().out
    assert f"Took {len(people)} results from the history: responded means stayed by" in said
    assert "Responded: " in said
    assert "Contacting cost 0.50 EUR each." in said
    within = orders[(orders["ordered_at"] >= start) & (orders["ordered_at"] < end)]
    stayed = set(within.loc[~within["is_return"] & (within["amount"] > 0), "customer_id"])
    with Control(lived_in) as control:
        kept = {one.customer_id: one for _, one in Campaigns(control).results(saved.list_id)}
    assert {who for who, one in kept.items() if one.responded} == stayed & people.keys()
    spent = within.groupby("customer_id")["amount"].sum().clip(lower=0)
    for who, one in kept.items():
        assert one.spend == pytest.approx(float(spent.get(who, 0.0)))
    orders[orders["customer_id"] != next(iter(people))].to_parquet(shop / "orders.parquet")
    assert ladder(take) == 0
    assert "The history does not have 1 customer of the list." in capsys.readouterr().out
    assert ladder(["outcome", "--from-history"]) == 2
