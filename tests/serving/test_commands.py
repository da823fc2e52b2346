"""`ladder score`, `ladder list` and `ladder features` as they are typed."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from serving import cli, files
from serving.home import create_home
from serving.records.record import SCHEMA
from tests.serving.shop import crowned, estranged
from training.bundle import Bundle


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, bundle: Bundle) -> Path:
    """Return a shop's folder with a home whose champion is a small model."""
    return crowned(tmp_path_factory.mktemp("shop"), bundle, customers=250, seed=5)


@pytest.fixture(autouse=True)
def _in_the_shop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LADDER_HOME", raising=False)
    monkeypatch.chdir(folder)


def ladder(line: str) -> int:
    return cli.run(line.split())


def test_score_publishes_writes_and_says_what_is_at_stake(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ladder("score --at 2025-03-01 --out scores.parquet") == 0
    said = capsys.readouterr().out
    scores = pq.read_table(folder / "scores.parquet")
    assert scores.schema.equals(SCHEMA)
    assert f"Scored {len(scores)} customers as of 2025-03-01" in said
    assert "EUR at risk in the next 60 days" in said
    assert "it serves now" in said
    assert "Next: ladder list at-risk" in said


def test_every_format_carries_the_same_records(folder: Path) -> None:
    for suffix in ("parquet", "csv", "ndjson"):
        assert ladder(f"score --at 2025-03-01 --out same.{suffix}") == 0
    rows = pq.read_table(folder / "same.parquet").to_pylist()
    lines = (folder / "same.ndjson").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        assert json.loads(line) == {**row, **_dated(row)}
    assert (folder / "same.csv").read_bytes().count(b"\r\n") == len(rows) + 1


def _dated(row: dict[str, object]) -> dict[str, str | None]:
    due = row["expected_next_order"]
    return {"as_of": str(row["as_of"]), "expected_next_order": str(due) if due else None}


def test_a_day_that_the_history_does_not_reach_is_remarked_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ladder("score --at 2025-03-01 --reasons none") == 0
    assert "newest row" not in capsys.readouterr().out
    assert ladder("score --at 2026-03-01 --reasons none") == 0
    assert (
        "days before 2026-03-01: anyone active since then looks inactive" in capsys.readouterr().out
    )


def test_rows_that_end_long_before_today_are_remarked_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where the export has stopped, everybody's score stays what it was, and nothing else tells."""
    assert ladder("score --reasons none") == 0
    said = capsys.readouterr().out
    assert "the newest row is of 2025-06-23" in said
    assert "days ago: the scores are as of then." in said


def test_a_day_after_tomorrow_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert ladder("score --at 2999-03-01") == 2
    assert "2999-03-01 was asked for" in capsys.readouterr().err


def test_a_model_that_knows_only_old_rows_is_remarked_on(
    tmp_path: Path, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    old = replace(bundle, settings={**bundle.settings, "data": {"until": "2024-01-01"}})
    shop = crowned(tmp_path, old, customers=60, seed=5)
    assert ladder(f"score -c {shop / 'ladder.toml'} --at 2025-03-01 --reasons none") == 0
    assert "the model knows rows until 2024-01-01, 425 days before" in capsys.readouterr().out


def test_a_model_that_scores_otherwise_than_where_it_was_trained_publishes_nothing(
    tmp_path: Path, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = estranged(bundle)
    shop = crowned(tmp_path, changed, customers=60, seed=5)
    assert ladder(f"score -c {shop / 'ladder.toml'} --reasons none") == 1
    assert f"churn of {changed.id} differs by 1e-06" in capsys.readouterr().err
    assert not [*(shop / "models" / "runs").glob("*.sqlite")]


def test_where_the_file_has_no_room_nothing_is_published(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    ladder("runs")
    before = capsys.readouterr().out
    monkeypatch.setattr(files, "write", full)
    assert ladder("score --reasons none --out full.csv") == 1
    assert "No space left" in capsys.readouterr().err
    assert not (folder / "full.csv").exists()
    ladder("runs")
    assert capsys.readouterr().out == before


@pytest.mark.parametrize("line", ["db {} upgrade", "db upgrade {}", "home relocate {}"])
def test_the_configuration_may_be_named_before_and_after_a_groups_command(
    line: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ladder(line.format(f"-c {folder / 'ladder.toml'}")) == 0


def test_a_list_is_shown_and_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ladder("score --at 2025-03-01") == 0
    assert ladder("list at-risk --top 25 --offer 2 --contact-cost 0.5 --out at-risk.csv") == 0
    said = capsys.readouterr().out
    assert "25 to contact, 2 held out" in said
    assert "Expected profit" in said
    assert "value at risk, EUR" in said
    assert "until a randomised campaign" in said
    text = (folder / "at-risk.csv").read_text(encoding="utf-8")
    assert text.count("held_out") == 2
    assert "raises the risk" in text


def test_a_day_before_a_list_knows_its_hold_out_only_where_the_scores_are_served(
    folder: Path,
) -> None:
    """Whoever serves an earlier day must still leave them alone; what is studied tells that day."""
    assert ladder("score --at 2025-03-01 --reasons none") == 0
    assert ladder("list at-risk --top 25 --out at-risk.csv") == 0
    alone = (folder / "at-risk.csv").read_text(encoding="utf-8").count("held_out")
    assert alone

    def held_out(day: str, publish: str) -> int:
        assert ladder(f"score --at {day} --reasons none --out day.parquet {publish}") == 0
        return sum(pq.read_table(folder / "day.parquet")["held_out"].to_pylist())

    assert held_out("2025-02-28", "--no-publish") == 0
    assert held_out("2025-03-01", "--no-publish") >= alone
    assert held_out("2025-02-28", "--publish") >= alone


def test_files_and_lists_are_in_the_language_that_is_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, language in (("english", ""), ("german", "--language de")):
        assert ladder(f"score --at 2025-03-01 --reasons all --out {name}.parquet {language}") == 0
    english, german = (pq.read_table(folder / f"{name}.parquet") for name in ("english", "german"))
    assert english.drop_columns("reasons").equals(german.drop_columns("reasons"))
    assert "the risk" in str(english["reasons"])
    assert "das Risiko" in str(german["reasons"].to_pylist())
    assert "the risk" not in str(german["reasons"].to_pylist())
    capsys.readouterr()
    listed = "list at-risk --top 25 --offer 2 --contact-cost 0.5"
    assert ladder(f"{listed} --language de_AT --spreadsheet --out kunden.csv") == 0
    shown = capsys.readouterr().out
    assert "Bestellung" in shown
    assert "erhöht das Risiko" not in shown, "a list says what raises its outcome"
    text = (folder / "kunden.csv").read_text(encoding="utf-8")
    assert text.startswith("\ufeffcustomer_id;")
    assert "erhöht das Risiko" in text
    assert ladder(f"{listed} --out customers.csv") == 0, "the same list, read again in English"
    again = (folder / "customers.csv").read_text(encoding="utf-8")
    assert [line.split(",")[0] for line in again.splitlines()] == [
        line.split(";")[0].removeprefix("\ufeff") for line in text.splitlines()
    ]
    assert "raises the risk" in again
    assert "das Risiko" not in again


def test_a_language_without_a_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert ladder("score --language tlh") == 2
    assert "en, de" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("score --out scores.xlsx", 2, ".parquet, .csv, .ndjson"),
        ("score --out nowhere/scores.csv", 2, "folder"),
        ("score --out scores.parquet --spreadsheet", 2, "--out scores.csv"),
        ("list at-risk --spreadsheet", 2, "--out list.csv"),
        ("score --at 2025-13-01", 2, "YYYY-MM-DD"),
        ("score --at 1999-01-01", 1, "1999-01-01"),
        ("score -c missing.toml", 2, "missing.toml"),
        ("list at-risk --top 0", 2, "x>=1"),
        ("list at-risk --top 5 --budget 5", 2, "--budget"),
        ("list at-risk --budget 5", 2, "--contact-cost"),
        ("list everybody", 2, "at-risk"),
    ],
)
def test_wrong_use_is_said_and_leaves_nothing(
    line: str, code: int, words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ladder("score --at 2025-03-01")
    before = sorted(folder.iterdir())
    capsys.readouterr()
    assert ladder(line) == code
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.err.startswith("Error: ")
    assert printed.out == ""
    assert sorted(folder.iterdir()) == before


def test_settings_changed_since_the_training_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (folder / "ladder.toml").read_text(encoding="utf-8")
    changed = text.replace("horizon_days = 60", "horizon_days = 30")
    (folder / "changed.toml").write_text(changed, encoding="utf-8")
    assert ladder("score -c changed.toml") == 1
    assert "[churn] horizon_days is 30 and was 60" in capsys.readouterr().err


def test_a_home_without_a_champion_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LADDER_HOME", str(create_home(tmp_path / "empty")))
    assert ladder("score") == 1
    assert "ladder train" in capsys.readouterr().err


def test_the_catalogue_can_be_searched(capsys: pytest.CaptureFixture[str]) -> None:
    assert ladder("features ticket hours") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["feature", "windows", "unit", "meaning"]
    assert lines[1].split()[0] == "ticket_hours"
    assert "1 feature, 1 column." in lines


def test_the_catalogue_has_a_hundred_and_fifty_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ladder("features") == 0
    columns = int(capsys.readouterr().out.splitlines()[-2].split()[2])
    assert columns >= 150
