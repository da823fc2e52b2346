"""What campaign tools are handed: their own words, within their limits, and only what changed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import UsageError
from serving.commands import list as list_command
from serving.erasure import forget
from serving.explanations.sentences import Words
from serving.explanations.stored import StoredReason
from serving.handover.changes import Change, changes, one_per_key
from serving.handover.delivery import HandedOver, Recipient, hand_over
from serving.handover.tools import TOOLS
from serving.runs.explaining import in_words
from serving.store import Control, RunInfo, edits, publish
from serving.store.campaigns import Campaigns, Member, SavedList, new_list_id
from serving.store.handed import Handed

GOLDEN = Path(__file__).with_name("golden")
AUDIENCE = "a1b2c3d4e5"
SILENCE = StoredReason("silence", "churn", 1, "days", 78.0)
WORDS = Words({"silence": ("{value} since the last order", "")}, "GBP")
EMAILS = {"C-1": " Ann@Example.com", "C-2": "ben@example.com", "C-3": "=cmd@example.com"}


def member(customer: str, contact: str = "yes", **said: Any) -> dict[str, Any]:
    row = {"customer_id": customer, "contact": contact, "churn_probability": 0.6249}
    row |= {"risk_tier": "high", "value_at_risk": 91.88, "extended_value_at_risk": 97.5}
    row |= {"rung": "client", "reasons": [SILENCE.json]}
    return {**row, **said}


FIRST = [
    member("C-1"),
    member("=C-2", churn_probability=0.4, risk_tier="medium", reasons=['Paid in "cash", é']),
    member("C-9", "held_out"),
]
SECOND = [
    member("C-1", churn_probability=0.6251, value_at_risk=88.1, reasons=[]),
    member("C-3"),
]


def listed(rows: list[dict[str, Any]]) -> Any:
    table = pa.Table.from_pylist(rows)
    run = SimpleNamespace(run_id="20260601T063012Z-3f9a")

    def for_people(tag: str, *, observed: bool) -> pa.Table:
        return in_words(table, WORDS, tag, observed=observed)

    return SimpleNamespace(for_people=for_people, run=run)


@pytest.fixture
def emails(tmp_path: Path) -> Path:
    path = tmp_path / "emails.csv"
    rows = [*EMAILS.items(), ("=C-2", "ben@example.com")]
    path.write_text("customer_id,email\n" + "".join(f"{c},{e}\n" for c, e in rows))
    return path


def handed(home: Path, tool: str, rows: Any, folder: Path, emails: Path, **more: Any) -> HandedOver:
    recipient = Recipient(tool, AUDIENCE if tool == "mailchimp" else "", emails)
    return hand_over(home, "at-risk", listed(rows), recipient, folder, **more)


def text_of(folder: Path) -> str:
    """Return a hand-over as one text, a heading for each file."""
    files = sorted(folder.iterdir())
    return "".join(f"== {f.name}\n{f.read_bytes().decode()}" for f in files).replace("\r", "")


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_what_a_tool_takes_is_as_its_golden_file(
    tool: str, home: Path, tmp_path: Path, emails: Path
) -> None:
    handed(home, tool, FIRST, tmp_path / "first", emails)
    handed(home, tool, SECOND, tmp_path / "second", emails)
    said = text_of(tmp_path / "first") + text_of(tmp_path / "second")
    golden = GOLDEN / f"{tool}.txt"
    if os.environ.get("LADDER_WRITE_GOLDEN"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


def test_a_hand_over_would_survive_a_power_cut_once_it_is_remembered(
    home: Path, tmp_path: Path, emails: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe, fsync, remember = set[int](), os.fsync, Handed.write
    folder = tmp_path / "out"

    def noted(handle: int) -> None:
        safe.add(os.fstat(handle).st_ino)
        fsync(handle)

    def checked(*told: Any) -> None:
        assert {path.stat().st_ino for path in (tmp_path, folder, *folder.iterdir())} <= safe
        remember(*told)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(Handed, "write", checked)
    assert handed(home, "braze", FIRST, folder, emails).changed == 2


def test_nothing_new_is_nothing_to_send_and_full_repeats_it(
    home: Path, tmp_path: Path, emails: Path
) -> None:
    done = [handed(home, "braze", FIRST, tmp_path / str(n), emails) for n in range(2)]
    assert done == [HandedOver(2, 2, 0, 0), HandedOver(2, 0, 0, 0)]
    assert [file.name for file in (tmp_path / "1").iterdir()] == ["requests.json"]
    assert handed(home, "braze", FIRST, tmp_path / "full", emails, full=True).changed == 2


def test_a_tool_is_told_reasons_in_the_language_of_its_hand_over(
    home: Path, tmp_path: Path
) -> None:
    rows = [
        member("C-1", reasons=[StoredReason("days_since_order", "churn", 1, "days", 78.0).json])
    ]
    german = Recipient("braze", tag="de")
    hand_over(home, "at-risk", listed(rows), german, tmp_path / "out")
    told = (tmp_path / "out" / "users-track.ndjson").read_text(encoding="utf-8")
    assert '"ladder_at_risk_reason":"Letzte Bestellung vor 78 Tagen"' in told


def test_tools_and_audiences_do_not_know_of_each_other(
    home: Path, tmp_path: Path, emails: Path
) -> None:
    handed(home, "braze", FIRST, tmp_path / "braze", emails)
    assert handed(home, "hubspot", FIRST, tmp_path / "hubspot", emails).changed == 2


def test_who_has_no_address_is_counted_and_addresses_are_not_kept(
    home: Path, tmp_path: Path, emails: Path
) -> None:
    rows = [*FIRST, member("C-77")]
    assert handed(home, "customer-match", rows, tmp_path / "out", emails).keyless == 1
    hashed = hashlib.sha256(b"ann@example.com").hexdigest()
    assert hashed in (tmp_path / "out" / "add.csv").read_text()
    assert b"ann@example.com" not in (home / "control.sqlite").read_bytes().lower()


def test_a_new_address_takes_the_old_one_off(home: Path, tmp_path: Path, emails: Path) -> None:
    handed(home, "customer-match", FIRST[:1], tmp_path / "first", emails)
    emails.write_text("customer_id,email\nC-1,new@example.com\n")
    handed(home, "customer-match", FIRST[:1], tmp_path / "second", emails)
    old, new = (hashlib.sha256(e).hexdigest() for e in (b"ann@example.com", b"new@example.com"))
    assert (tmp_path / "second" / "remove.csv").read_text().split() == ["Email", old]
    assert (tmp_path / "second" / "add.csv").read_text().split() == ["Email", new]


def test_an_address_that_two_customers_share_leaves_only_with_both(
    home: Path, tmp_path: Path, emails: Path
) -> None:
    emails.write_text("customer_id,email\nC-1,ann@example.com\nC-2,Ann@example.com\n")
    hashed = hashlib.sha256(b"ann@example.com").hexdigest()
    both = handed(home, "customer-match", [member("C-1"), member("C-2")], tmp_path / "1", emails)
    assert both == HandedOver(1, 1, 0, 0)
    assert (tmp_path / "1" / "add.csv").read_text().split() == ["Email", hashed]
    one = handed(home, "customer-match", [member("C-2")], tmp_path / "2", emails)
    assert one == HandedOver(1, 0, 0, 0)
    assert handed(home, "customer-match", FIRST[2:], tmp_path / "3", emails).left == 1
    assert (tmp_path / "3" / "remove.csv").read_text().split() == ["Email", hashed]


@pytest.mark.parametrize("tool", ["customer-match", "mailchimp"])
def test_an_address_of_somebody_to_be_left_alone_is_not_handed_over(
    tool: str,
    home: Path,
    tmp_path: Path,
    scored: Callable[[int], pa.Table],
    run_info: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(edits, "AT_ONCE", 1)
    people = scored(60)
    refused = people.filter(people["suppressed"])["customer_id"][0].as_py()
    left = people.filter(pc.invert(pc.or_(people["suppressed"], people["held_out"])))
    free, neighbour = left["customer_id"][:2].to_pylist()
    publish(home, run_info, people)
    with Control(home) as control:
        forget(control, "C-forgotten", "me")
        day = run_info.as_of
        other = SavedList(
            new_list_id(), {"kind": "at-risk"}, "a run", day, day + timedelta(90), {}, 0
        )
        Campaigns(control).save(other, [Member("C-0", "held_out", {})], "me", None, 0)
    emails = tmp_path / "emails.csv"
    sharing = {"C-1": refused, "C-2": "C-held", "C-3": "C-forgotten"}
    sharing |= {"C-4": "C-objects", "C-6": "C-0"}
    rows = [f"{who},{n}@example.com" for n, pair in enumerate(sharing.items()) for who in pair]
    # Whoever must be left alone has a second address, which is nobody else's.
    again = [f"{other},second-{other}@example.com" for other in sharing.values()]
    rows += [f"{free},free@example.com", f"{neighbour},free@example.com", *again]
    emails.write_text("\n".join(["customer_id,email", *rows]))
    recipient = Recipient(
        tool, AUDIENCE if tool == "mailchimp" else "", emails, refusing=frozenset({"C-objects"})
    )
    named = [*map(member, [*sharing, free, "C-77"]), member("C-held", "held_out")]
    done = hand_over(home, "at-risk", listed(named), recipient, tmp_path / "out")
    assert (done.listed, done.sharing, done.keyless) == (1, 5, 1)
    said = json.loads((tmp_path / "out" / "requests.json").read_text())
    assert said["left_out"] == {"without_address": 1, "shared_address": 5}
    text, known_by = (
        text_of(tmp_path / "out"),
        hashlib.md5 if tool == "mailchimp" else hashlib.sha256,
    )
    assert known_by(b"free@example.com").hexdigest() in text
    assert not any(known_by(b"%d@example.com" % n).hexdigest() in text for n in range(5))


def test_an_address_leaves_a_tool_when_somebody_who_has_it_refuses(
    home: Path, tmp_path: Path, emails: Path
) -> None:
    emails.write_text("customer_id,email\nC-1,ann@example.com\nC-2,Ann@example.com\n")
    handed(home, "customer-match", [member("C-1")], tmp_path / "1", emails)
    refused = Recipient("customer-match", emails=emails, refusing=frozenset({"C-2"}))
    done = hand_over(home, "at-risk", listed([member("C-1")]), refused, tmp_path / "2")
    assert (done.listed, done.left, done.sharing) == (0, 1, 1)
    hashed = hashlib.sha256(b"ann@example.com").hexdigest()
    assert (tmp_path / "2" / "remove.csv").read_text().split() == ["Email", hashed]


@pytest.mark.parametrize(
    ("tool", "says"), [("mailchimp", "--audience"), ("klaviyo", "Choose another with --out")]
)
def test_what_is_missing_or_in_the_way_is_said(
    tool: str, says: str, home: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=says):
        hand_over(home, "at-risk", listed(FIRST), Recipient(tool), tmp_path)


def test_addresses_that_are_needed_are_asked_for(home: Path, tmp_path: Path) -> None:
    recipient = Recipient("customer-match")
    with pytest.raises(UsageError, match="--emails FILE"):
        hand_over(home, "at-risk", listed(FIRST), recipient, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_requests_keep_to_the_tools_limits() -> None:
    many = [Change(f"C-{n}", {"listed": True, "reason": "x" * 255}, True) for n in range(25_000)]
    bodies = {
        name: next(iter(tool.requests("at-risk", many, AUDIENCE))).bodies
        for name, tool in TOOLS.items()
    }
    jobs = [json.loads(b)["data"]["attributes"]["profiles"]["data"] for b in bodies["klaviyo"]]
    assert max(map(len, jobs)) <= 10_000
    assert max(map(len, bodies["klaviyo"])) <= 5_000_000
    assert sum(map(len, jobs)) == 25_000
    for name, part, most in (
        ("braze", "attributes", 75),
        ("mailchimp", "operations", 500),
        ("hubspot", "inputs", 100),
    ):
        counts = [len(json.loads(body)[part]) for body in bodies[name]]
        assert max(counts) == most
        assert sum(counts) == 25_000


def test_the_command_offers_the_tools_there_are() -> None:
    assert set(list_command.TOOLS) == set(TOOLS)


FIELDS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 3))
KNOWN = st.dictionaries(st.sampled_from("wxyz"), st.tuples(st.sampled_from("KL"), FIELDS))


@given(before=KNOWN, now=KNOWN, full=st.booleans())
def test_a_tool_that_applies_the_changes_knows_what_is_so_now(
    before: Mapping[str, tuple[str, dict[str, int]]],
    now: Mapping[str, tuple[str, dict[str, int]]],
    full: bool,
) -> None:
    tool = dict(one_per_key(before).values())
    for change in changes(one_per_key(before), one_per_key(now), full):
        told = {**tool.get(change.key, {}), **change.fields}
        tool[change.key] = {name: value for name, value in told.items() if value is not None}
    wanted = {key: fields for key, fields in one_per_key(now).values() if fields}
    assert {key: fields for key, fields in tool.items() if fields} == wanted
