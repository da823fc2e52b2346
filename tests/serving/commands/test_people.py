"""Saved lists and people's rights at the command line."""

from __future__ import annotations

import csv
import errno
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features.sample import SampleShop
from serving.cli import run as ladder
from serving.files import write
from serving.listing.drawing import Request
from serving.listing.responses import read
from serving.listing.saving import save
from serving.store import Control, RunInfo, publish
from serving.store.audit import COMMAND_LINE
from serving.store.campaigns import Campaigns, Result
from training.bundle.shelf import Shelf


@pytest.fixture
def shop(lived_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder to work in, where the home is known."""
    monkeypatch.setenv("LADDER_HOME", str(lived_in))
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
    assert "No effect can be told" in capsys.readouterr().out
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
        ("customer_id,responded\nC1,perhaps\n", "Line 2 says 'perhaps'"),
        ("customer_id,responded,spend\nC1,yes,much\n", "Line 2 has a spend"),
        ("customer_id,responded,cost\nC1,yes,nan\n", "Line 2 has a spend or cost"),
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


def told(folder: Path) -> list[Result]:
    held = (folder / "results.csv").read_bytes()
    return read(held, "results.csv", []).results


def test_without_a_column_responded_a_file_names_who_did(
    shop: Path, lived_in: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Control(lived_in) as control:
        made, _ = save(control, Request("at-risk", top=20), COMMAND_LINE)
        people = [*Campaigns(control).members(made.list_id, None)]
    contacted = [one.customer_id for _, one in people if one.contact == "yes"]
    lines = ["customer_id,spend", *(f"{who},8" for who in contacted[:5]), "stranger,3"]
    lines += [
        f"{contacted[0]},10",
        f"{contacted[1]},",
    ]  # as orders of a person stand below each other
    (shop / "results.csv").write_text("\n".join(lines), encoding="utf-8")
    assert ladder(["outcome", made.list_id, "results.csv"]) == 0
    said = capsys.readouterr().out
    assert f"Took {len(people)} results; not on the list: 1." in said
    assert f"{len(people) - 5} of them are of people whom the file does not name." in said
    assert "Responded: 25.0% of 20 contacted, 0.0% of 2 held out." in said
    assert "again" not in said
    assert "Spent: 2.50 EUR by each contacted, 0.00 EUR by each held out" in said


def test_results_of_ids_that_a_spreadsheet_would_run_are_taken(tmp_path: Path) -> None:
    """`ladder list` wrote them with an apostrophe, which comes back."""
    ids = ["+4479460000", "-5", "=cmd()", "C-1042", "'tis"]
    table = pa.table({"customer_id": ids, "responded": ["yes"] * len(ids)})
    write(table, tmp_path / "results.csv")
    assert "'+4479460000,yes" in (tmp_path / "results.csv").read_text(encoding="utf-8")
    assert [one.customer_id for one in told(tmp_path)] == ids


def test_ids_in_results_are_read_as_the_shops_files_are(tmp_path: Path) -> None:
    text = "customer_id,responded\n17850.0,yes\n C2 ,no\nv1.0,no\n"
    (tmp_path / "results.csv").write_text(text, encoding="utf-8")
    assert [one.customer_id for one in told(tmp_path)] == ["17850", "C2", "v1.0"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_results_that_a_german_spreadsheet_saved_are_taken(tmp_path: Path, encoding: str) -> None:
    text = "customer_id;responded;spend;reasons\nC1;ja;1.012,50;Käufe\nC2;Nein;\nÖ3;WAHR;7\n"
    (tmp_path / "results.csv").write_text(text, encoding=encoding)
    found = [(one.customer_id, one.responded, one.spend) for one in told(tmp_path)]
    assert found == [("C1", True, 1012.5), ("C2", False, None), ("Ö3", True, 7.0)]


def test_what_is_held_is_written_whole_or_not_at_all(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (shop / "held.json").write_text("what was there", encoding="utf-8")
    monkeypatch.setattr("serving.files.os.fsync", full)
    assert ladder(["access", "C-1", "--out", "held.json"]) == 1
    assert "No space left" in capsys.readouterr().err
    assert [(path.name, path.read_text(encoding="utf-8")) for path in shop.iterdir()] == [
        ("held.json", "what was there")
    ]


def test_access_tells_all_and_after_an_erasure_nothing(
    shop: Path, made_up: SampleShop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ladder(["list", "at-risk", "--top", "25", "--out", "list.csv"]) == 0
    known = rows(shop / "list.csv")[0]["customer_id"]
    assert ladder(["access", known, "--out", "held.json"]) == 0
    held: dict[str, Any] = json.loads((shop / "held.json").read_text(encoding="utf-8"))
    (run,) = held["runs"]
    bought = [key for key in made_up.orders["customer_id"].to_pylist() if key == known]
    assert run["record"]["customer_id"] == known
    assert len(run["history"]["orders"]) <= len(bought)
    assert {"name", "value", "meaning"} == run["features"][0].keys()
    shown = [one["shown"]["reasons"] for one in held["members"]]
    assert shown
    assert all("raises the risk" in sentence for reasons in shown for sentence in reasons)
    capsys.readouterr()
    assert ladder(["access", known, "--language", "de"]) == 0
    german = json.loads(capsys.readouterr().out)
    told = [german["runs"][0]["record"], *(one["shown"] for one in german["members"])]
    assert all("das Risiko" in sentence for one in told for sentence in one["reasons"])
    assert ladder(["forget", known]) == 0
    said = capsys.readouterr().out
    assert run["run_id"] in said
    assert "somebody else was meant" not in said
    assert "may have learnt from them; it serves" in said
    assert ladder(["access", known]) == 0
    left = json.loads(capsys.readouterr().out)
    assert left["erased"] is True
    assert [one["retired_at"] for one in left.pop("models")] == [None]
    assert not any(value for name, value in left.items() if name not in ("customer_id", "erased"))


@pytest.mark.usefixtures("shop")
def test_who_is_erased_and_was_in_no_run_may_be_mistyped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ladder(["forget", "C-mistyped"]) == 0
    said = capsys.readouterr().out
    assert "Published runs that held them: none." in said
    assert "Is 'C-mistyped' the id as the shop's files have it?" in said


def test_an_audience_is_matched_by_the_hashes_that_the_shop_knows(
    shop: Path, made_up: SampleShop, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = sorted(set(made_up.orders["customer_id"].to_pylist()))
    hashes = {key: sha256(f"{key}@example.com".encode()).hexdigest() for key in ids}
    known = "".join(f"{key},{text}\n" for key, text in hashes.items())
    (shop / "people.csv").write_text(f"customer_id,email_sha256\n{known}", encoding="utf-8")
    (shop / "ladder.toml").write_text(
        '[orders]\nsource = "elsewhere.csv"\n[customers]\nsource = "people.csv"\n'
    )
    listing = ["list", "at-risk", "--top", "10", "--for"]
    assert ladder([*listing, "customer-match", "--out", "audience"]) == 0
    assert "For customer-match: 10 on the list" in capsys.readouterr().out
    head, *added = (shop / "audience" / "add.csv").read_text().splitlines()
    assert (head, len(added)) == ("Email", 10)
    assert set(added) <= set(hashes.values())
    # Mailchimp's name of a person is another hash, which this one does not tell.
    assert ladder([*listing, "mailchimp", "--audience", "a1", "--out", "mail"]) == 2
    assert "--emails FILE" in capsys.readouterr().err


def test_an_address_that_somebody_who_objects_has_too_is_not_handed_over(
    shop: Path, made_up: SampleShop, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = sorted(set(made_up.orders["customer_id"].to_pylist()))
    addresses = "".join(f"{key},{key}@example.com\n" for key in [*ids])
    twice = "".join(f"other-{key},{key}@example.com\n" for key in ids)
    (shop / "emails.csv").write_text(f"customer_id,email\n{addresses}{twice}", encoding="utf-8")
    objects = "".join(f"other-{key},false\n" for key in ids)
    (shop / "people.csv").write_text(f"customer_id,profiling_allowed\n{objects}", encoding="utf-8")
    (shop / "ladder.toml").write_text(
        '[orders]\nsource = "elsewhere.csv"\n[customers]\nsource = "people.csv"\n'
    )
    listing = ["list", "at-risk", "--top", "9", "--emails", "emails.csv", "--for"]
    assert ladder([*listing, "mailchimp", "--audience", "a1", "--out", "nobody"]) == 0
    said = capsys.readouterr().out
    assert "For mailchimp: 0 on the list" in said
    assert "Left out: 9 customers whose e-mail address also belongs to somebody who" in said


def test_the_audit_can_be_read_and_names_nobody(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shop.is_dir()
    assert ladder(["forget", "somebody-unknown"]) == 0
    assert ladder(["token", "create", "--scope", "score", "--name", "slow", "--limit", "60"]) == 0
    shown = capsys.readouterr()
    assert "60 a minute" in shown.err
    token = shown.err.split("shown only now. ")[1].split()[0]
    assert ladder(["access", "somebody-unknown", "--out", "somebody.json"]) == 0
    capsys.readouterr()
    assert ladder(["audit", "--last", "3"]) == 0
    said = capsys.readouterr().out
    erased, created, exported = (line.split()[2:] for line in said.splitlines()[1:])
    assert erased == ["command", "line", "erase", "1"]
    assert created == ["command", "line", "token", "create", token, "(slow)"], (
        "as its owner named it"
    )
    assert exported == ["command", "line", "access", "1"]
    assert "somebody-unknown" not in said
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    assert ladder(["audit"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


@pytest.mark.usefixtures("database")
def test_the_audit_has_what_was_trained_scored_and_promoted_in_order(
    home: Path,
    run_info: RunInfo,
    scored: Callable[[int], pa.Table],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(home))
    for year, action, bundle, promoted in (
        (2020, "train", "aa", True),
        (2021, "train", "ab", False),
        (2999, "promote", "ab", True),
    ):
        at = f"{year}-01-01T00:00:00+00:00"
        decision = {"at": at, "action": action, "bundle": bundle, "promoted": promoted}
        Shelf(home).note(decision)
    run = publish(home, run_info, scored(3))
    assert ladder(["audit"]) == 0
    acts = [line.split()[4:] for line in capsys.readouterr().out.splitlines()[1:]]
    first, last = ["train", "(promoted)", "aa"], ["promote", "ab"]
    assert acts == [first, ["train", "ab"], ["score", run, "3"], last]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("command", ["forget", "access"])
@pytest.mark.parametrize(
    ("impossible", "why"),
    [
        ("", "1 to 200 characters"),
        ("x" * 201, "1 to 200 characters"),
        ("C1\t", "no control characters"),
        ("C\udcff", "without lone surrogates"),
    ],
)
def test_an_id_that_nobody_can_have_is_wrong_use(
    command: str, impossible: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ladder([command, impossible]) == 2
    said = capsys.readouterr()
    assert why in said.err
    assert not said.out, "nobody is told that somebody was erased"
