"""People's rights, and audiences of them, at the command line."""

from __future__ import annotations

import csv
import errno
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from features.sample import SampleShop
from serving.cli import run as ladder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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
    assert held["erased"] is False
    assert "models" not in held, "none is noted, and not because none learnt from them"
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
