"""Files on a cluster: the same cells as on one machine, or words for what Spark cannot read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import LadderError
from features.reading.sources import opened
from features.resources.workspace import Workspace
from features.settings.sections import Source
from features.spark.reading import CORRUPT, read

pytestmark = pytest.mark.spark


@pytest.mark.parametrize(
    ("encoding", "codec"), [("latin-1", "cp1252"), ("utf-16", "utf-16"), ("utf-8", "utf-8")]
)
def test_a_file_is_read_as_on_one_machine(
    spark: Any, tmp_path: Path, encoding: Any, codec: str
) -> None:
    text = 'Kunde;Betrag\nJosé;"12,50 €"\n"Eins; ""zwei""";7\n'
    (tmp_path / "a.csv").write_bytes(text.encode(codec))
    source = Source(source="a.csv", encoding=encoding)
    with Workspace() as workspace, opened(workspace, source, "orders", tmp_path) as relation:
        here = workspace.rows(f"SELECT * FROM {relation.name}")
    there = [row.asDict() for row in read(spark, source, "orders", tmp_path).frame.collect()]
    assert there == [{**row, CORRUPT: None} for row in here]
    assert here[0] == {"Kunde": "José", "Betrag": "12,50 €"}


def test_nanoseconds_are_refused_with_the_way_to_leave_them_out(spark: Any, tmp_path: Path) -> None:
    times = pa.array([1_700_000_000_000_000_000], pa.timestamp("ns"))
    pq.write_table(pa.table({"at": times}), tmp_path / "a.parquet")
    with pytest.raises(LadderError, match=r"must be able to read a\.parquet") as refused:
        read(spark, Source(source="a.parquet"), "orders", tmp_path)
    assert "coerce_timestamps='us'" in refused.value.do
