"""CSV files on a cluster: the same cells as on one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from features.sections import Source
from features.sources import opened
from features.spark.reading import CORRUPT, read
from features.workspace import Workspace

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
