"""``ladder init`` and ``ladder check`` as a person uses them: what is printed, and exit codes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from serving.cli import run

TOML = """
[shop]
currency = "EUR"
[orders]
source = "orders.csv"
"""
HEAD = "customer_id,order_id,ordered_at,amount\n"
Output = pytest.CaptureFixture[str]


def lines(days: int = 240) -> str:
    first = date(2023, 1, 1)
    return HEAD + "".join(
        f"c{n % 5},{n},{first + timedelta(days=n)},{10 + n % 3}\n" for n in range(days)
    )


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a good shop, which is also the current one."""
    (tmp_path / "ladder.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "orders.csv").write_text(lines(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_home_of_a_newer_version_is_refused(shop: Path, capsys: Output) -> None:
    """Whoever was erased there would be read again."""
    (shop / "models").mkdir()
    (shop / "models" / "home.json").write_text('{"format": 99}', encoding="utf-8")
    assert run(["check"]) == 1
    assert "Use the newer version" in capsys.readouterr().err


@pytest.mark.usefixtures("shop")
def test_check_reports_rows_problems_and_prospects(shop: Path, capsys: Output) -> None:
    text = lines() + "c1,x,,5\n" + lines().splitlines()[-1] + "\n"
    (shop / "orders.csv").write_text(text, encoding="utf-8")
    assert run(["check"]) == 0
    out = capsys.readouterr().out
    assert "5 customers, seen until 2023-08-29 (not included)." in out
    assert "no ordered_at" in out
    assert "row left out" in out
    assert "1 exact duplicate line, kept" in out
    assert "churn" in out
    assert "no advocacy actions in the history" in out


def test_check_says_once_what_holds_for_several_outcomes(shop: Path, capsys: Output) -> None:
    assert run(["check", "-c", str(shop / "ladder.toml"), "--until", "2023-03-01"]) == 0
    out = capsys.readouterr().out
    assert "\nchurn, return, spend " in out
    assert out.count("works from") == 1


def test_check_until_sees_nothing_of_that_day(shop: Path, capsys: Output) -> None:
    assert run(["check", "-c", str(shop / "ladder.toml"), "--until", "2023-01-11"]) == 0
    out = capsys.readouterr().out
    assert "2023-01-10" in out
    assert "or now with horizon_days of at most 4" in out


def truncated(folder: Path) -> None:
    pq.write_table(
        pa.table({"customer_id": [f"c{n}" for n in range(50_000)]}), folder / "a.parquet"
    )
    whole = (folder / "a.parquet").read_bytes()
    (folder / "orders.csv").rename(folder / "orders.old")
    (folder / "orders.parquet").write_bytes(whole[: len(whole) // 2])
    toml = folder / "ladder.toml"
    toml.write_text(TOML.replace("orders.csv", "orders.parquet"), encoding="utf-8")


WRONG: dict[str, tuple[str | None, str | None, int, str]] = {
    "missing column": (
        None,
        lines().replace("amount", "price", 1),
        2,
        "orders needs a column for amount",
    ),
    "text in an amount": (None, lines().replace(",10\n", ",ten\n"), 1, "amount is not a number"),
    "dates in two formats": (
        None,
        lines() + lines(60)[len(HEAD) :].replace("2023-01-", "01/").replace("2023-02-", "02/"),
        1,
        "ordered_at is not a date",
    ),
    "an empty file": (None, "", 1, "orders.csv is empty"),
    "only a head": (None, HEAD, 1, "must have rows"),
    "one customer": (
        None,
        lines()
        .replace("c1,", "c0,")
        .replace("c2,", "c0,")
        .replace("c3,", "c0,")
        .replace("c4,", "c0,"),
        1,
        "at least 2 customers",
    ),
    "future dates": (None, lines().replace("2023-", "2999-"), 1, "ordered_at is in the future"),
    "an unknown key": (TOML + "where_ = '1'\n", None, 2, "Did you mean `where`?"),
    "a missing file": (TOML.replace("orders.csv", "gone.csv"), None, 2, "There is no file"),
    "no sources": ("[shop]\n", None, 2, "needs orders or engagement"),
    "a wrong type": (TOML + "[churn]\nhorizon_days = '90'\n", None, 2, 'is the text "90"'),
    "a password": ("[orders]\nsource = 'mysql://a:hunter2@b/c'\n", None, 2, "${NAME}"),
}


@pytest.mark.parametrize(("toml", "orders", "code", "words"), WRONG.values(), ids=list(WRONG))
def test_wrong_input_is_one_message_and_an_exit_code(
    shop: Path, capsys: Output, toml: str | None, orders: str | None, code: int, words: str
) -> None:
    if toml is not None:
        (shop / "ladder.toml").write_text(toml, encoding="utf-8")
    if orders is not None:
        (shop / "orders.csv").write_text(orders, encoding="utf-8")
    assert run(["check"]) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err
    assert len(told.err.strip().splitlines()) == 3
    assert "Traceback" not in told.err
    assert "hunter2" not in told.err


def test_a_truncated_parquet_file_is_one_message(shop: Path, capsys: Output) -> None:
    truncated(shop)
    assert run(["check"]) == 1
    assert "whole and readable PARQUET" in capsys.readouterr().err


def test_a_missing_configuration_names_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["check"]) == 2
    assert "ladder init FILE" in capsys.readouterr().err


def test_init_writes_what_check_reads(shop: Path, capsys: Output) -> None:
    assert run(["init", "orders.csv", "-c", "new/ladder.toml"]) == 0
    out = capsys.readouterr().out
    assert "../orders.csv looks like orders:" in out
    assert "ladder check -c new/ladder.toml" in out
    assert run(["check", "-c", str(shop / "new" / "ladder.toml")]) == 0


def test_init_says_which_rows_it_leaves_out(shop: Path, capsys: Output) -> None:
    rows = "a,1,2024-01-01,5,paid\nb,2,2024-01-02,5,cancelled\n"
    (shop / "some.csv").write_text(f"customer,order,date,total,status\n{rows}", encoding="utf-8")
    assert run(["init", "some.csv", "-c", "some.toml"]) == 0
    assert "only where status <> 'cancelled'" in capsys.readouterr().out


def test_init_replaces_nothing_unasked(shop: Path, capsys: Output) -> None:
    before = (shop / "ladder.toml").read_text(encoding="utf-8")
    assert run(["init", "orders.csv"]) == 2
    assert "--force" in capsys.readouterr().err
    assert (shop / "ladder.toml").read_text(encoding="utf-8") == before
    assert run(["init", "orders.csv", "--force"]) == 0
    assert (shop / "ladder.toml").read_text(encoding="utf-8") != before


def test_init_writes_nothing_for_a_file_it_cannot_read(shop: Path, capsys: Output) -> None:
    (shop / "ladder.toml").unlink()
    assert run(["init", "gone.csv"]) == 2
    assert "There is no file" in capsys.readouterr().err
    assert not (shop / "ladder.toml").exists()


def test_init_says_what_is_still_to_fill_in(shop: Path, capsys: Output) -> None:
    (shop / "odd.csv").write_text("what,revenue\nx,3\n", encoding="utf-8")
    assert run(["init", "odd.csv", "--force"]) == 0
    said = capsys.readouterr().out
    assert "still to fill in: customer_id, order_id, ordered_at" in said
    assert "not read: what" in said
    assert run(["check"]) == 2


def test_check_says_what_attributes_of_customers_serve_for(shop: Path, capsys: Output) -> None:
    rows = "".join(f"c{n % 5},2023-0{1 + n // 5}-01,{n},\n" for n in range(10))
    (shop / "people.csv").write_text("customer_id,since,seats,team\n" + rows, encoding="utf-8")
    mapped = 'seats = "seats", valid_from = "since", card = "false", plan = "nullif(team, \'\')"'
    sections = (
        f'[[customers]]\nsource = "people.csv"\ncolumns = {{ {mapped} }}\n'
        '[[customers]]\nsource = "people.csv"\ncolumns = { badge = "seats" }\n'
    )
    (shop / "ladder.toml").write_text(TOML + sections, encoding="utf-8")
    assert run(["check"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "badge filters lists; without valid_from it feeds no model" in out
    assert "seats filters lists and feeds the model: a number" in out
    assert "card filters lists and feeds the model: a flag" in out
    assert "plan holds nothing before the end of the history" in out
    assert "more rows than people" not in out


def test_a_source_of_attributes_alone_repeats_nobody(shop: Path, capsys: Output) -> None:
    for name, rows in (("people", "c1,2023-01-01\nc2,2023-01-01\n"), ("teams", "c1,a\nc2,b\n")):
        (shop / f"{name}.csv").write_text(f"customer_id,said\n{rows}", encoding="utf-8")
    sections = '[[customers]]\nsource = "people.csv"\ncolumns = { signed_up_at = "said" }\n'
    for team, noted in (("team", False), ("acquired_by", True)):
        other = f'[[customers]]\nsource = "teams.csv"\ncolumns = {{ {team} = "said" }}\n'
        (shop / "ladder.toml").write_text(TOML + sections + other, encoding="utf-8")
        assert run(["check"]) == 0
        assert ("2 more rows than people" in " ".join(capsys.readouterr().out.split())) == noted


def test_init_speaks_of_attributes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "customer_id,created_at,accepts_marketing,plan\na,2024-01-01,true,gold\n"
    (tmp_path / "customers.csv").write_text(rows, encoding="utf-8")
    assert run(["init", "customers.csv"]) == 0
    text = (tmp_path / "ladder.toml").read_text(encoding="utf-8")
    assert "any other column: an attribute that filters lists" in text
    assert "# valid_from" in text
    assert "attribute" not in capsys.readouterr().err


def test_check_names_what_nobody_comes_back_from(shop: Path, capsys: Output) -> None:
    first = date(2023, 1, 1)
    bought, events = [HEAD], ["customer_id,occurred_at,kind\n"]
    for customer in range(60):
        days = range(customer % 10, 60 + 3 * customer, 10)
        bought += [f"c{customer},{customer}-{day},{first + timedelta(day)},5\n" for day in days]
        events.append(f"c{customer},{first + timedelta(days[-1])},account_closed\n")
    (shop / "orders.csv").write_text("".join(bought), encoding="utf-8")
    (shop / "events.csv").write_text("".join(events), encoding="utf-8")
    closing = TOML + '[engagement]\nsource = "events.csv"\n[churn]\nhorizon_days = 30\n'
    (shop / "ladder.toml").write_text(closing, encoding="utf-8")
    assert run(["check"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "customers with the kind account_closed, none came back within 30 days" in out
    assert "name it as event under [churn]." in out
