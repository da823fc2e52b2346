"""Files: which ones an address means."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import UsageError
from features.reading.files import format_of, path_literal, paths_of
from features.resources.workspace import Workspace

CSV = "id,paid\n{},1\n"


@pytest.mark.parametrize("name", ["orders[1].csv", "order*.csv", "order?1.csv", "it's.csv"])
def test_a_name_that_looks_like_a_pattern_means_one_file(tmp_path: Path, name: str) -> None:
    for other in ("orders1.csv", "order11.csv", "its.csv"):
        (tmp_path / other).write_text(CSV.format("wrong"), "utf-8")
    (tmp_path / name).write_text(CSV.format("right"), "utf-8")
    (path,) = paths_of(name, tmp_path)
    with Workspace() as workspace:
        rows = workspace.rows(f"SELECT id FROM read_csv({path_literal(path)})")
    assert rows == [{"id": "right"}]


def test_a_pattern_finds_a_file_once_wherever_the_configuration_is(tmp_path: Path) -> None:
    folder = tmp_path / "our [shop]" / "parts" / "a"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text(CSV, "utf-8")
    assert paths_of("**/**/*.csv", tmp_path / "our [shop]") == [folder / "a.csv"]


def test_the_home_of_nobody_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="~nobody-at-all"):
        paths_of("~nobody-at-all/orders.csv", tmp_path)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("orders.ods", "Save the sheet as CSV"),
        ("orders.csv.zip", "Unpack it"),
        ("orders.csv.xz", "Unpack it"),
        ("shop.sqlite", "sqlite:///FILE"),
        ("shop.duckdb", "COPY orders TO 'orders.parquet'"),
        ("orders.feather", "Save it as Parquet"),
        ("orders.dat", "Rename them to one of .csv"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_way_out(name: str, advice: str) -> None:
    with pytest.raises(UsageError, match=advice):
        format_of([Path(name)], name)
