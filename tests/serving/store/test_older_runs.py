"""Runs that an older program published are served as they are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import text

from serving.explanations.told import Told, joined
from serving.records import replace as exchanged
from serving.store import Control, RunInfo, RunReader, publish
from serving.store.edits import hold_out
from serving.store.pages import Query

Scored = Callable[..., pa.Table]

pytestmark = pytest.mark.usefixtures("database")

SENTENCE = "78 days since the last order, where 30 is usual: raises the risk"
AT_RISK = Query("at-risk", "value_at_risk")


@pytest.fixture
def older(home: Path, scored: Scored, run_info: RunInfo) -> RunReader:
    """Return the reader of a run whose table of records has no reasons of its own."""
    run_id = publish(home, run_info, scored(20))
    with Control(home) as control:
        engine = control.place.edit_engine(run_id)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE records DROP COLUMN told"))
        engine.dispose()
        (run,) = control.runs()
        assert run.info.phrases is None
        return RunReader(home, run)


def test_its_sentences_are_served_in_whatever_language(older: RunReader) -> None:
    with closing(older):
        english, german = (older.record("c000003", tag) for tag in ("en", "de"))
        assert english == german
        assert SENTENCE in json.loads(english or b"")["reasons"]
        assert asyncio.run(older.look_up("c000003", "de")) == english
        assert older.records(["c000003"], "de") == {"c000003": english}
        page, _ = older.page(AT_RISK, 100, tag="de")
        assert [one for chunk in older.stream(AT_RISK, 7, "de") for one in chunk] == page
        assert SENTENCE in str(page[0])


def test_people_are_held_out_of_it(home: Path, older: RunReader) -> None:
    with closing(older), Control(home) as control:
        hold_out(control, older.run.run_id, ["c000003"])
        assert json.loads(older.record("c000003") or b"")["contact"] in ("held_out", "no")


def test_what_a_new_run_keeps_is_said_in_the_readers_language(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    table = scored(3)
    plain = [json.loads(one) | {"reasons": None} for one in table["record"].to_pylist()]
    records = [json.dumps(one, separators=(",", ":")).encode() for one in plain]
    mine = [Told("silence", "churn", 1, "days", 78.0).text, Told("spend_ever", "churn").text]
    table = exchanged(table, "record", pa.array(records, pa.binary()))
    told = pa.array([joined(mine[:1]), None, joined([])], pa.binary())
    info = replace(run_info, phrases={"silence": ("{value} of silence", "")})
    publish(home, info, table.append_column("told", told))
    with Control(home) as control:
        reader = RunReader(home, control.runs()[0])
    with closing(reader):
        found = {tag: json.loads(reader.record("c000000", tag) or b"") for tag in ("en", "de")}
        assert found["en"]["reasons"] == ["78 days of silence: raises the risk"]
        assert found["de"]["reasons"] == ["78 days of silence: erhöht das Risiko"]
        assert found["en"] | {"reasons": None} == plain[0]
        others = reader.records(["c000001", "c000002"], "de")
        assert [json.loads(one)["reasons"] for one in others.values()] == [None, []]
