"""What a run keeps of reasons is read as sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from serving.explanations.stored import StoredReason, json_list
from serving.records.record import with_column
from serving.store import Control, RunInfo, RunReader, publish

Scored = Callable[..., pa.Table]

pytestmark = pytest.mark.usefixtures("database")


def test_reasons_are_said_in_the_readers_language(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    table = scored(3)
    plain = [json.loads(one) | {"reasons": None} for one in table["record"].to_pylist()]
    records = [json.dumps(one, separators=(",", ":")).encode() for one in plain]
    mine = [
        StoredReason("silence", "churn", 1, "days", 78.0).json,
        StoredReason("spend_ever", "churn").json,
    ]
    table = with_column(table, "record", pa.array(records, pa.binary()))
    told = pa.array([json_list(mine[:1]), None, json_list([])], pa.binary())
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
