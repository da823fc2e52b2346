from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pytest
from pyarrow import compute as pc
from pyarrow import csv, parquet

from features.clock import midnight
from features.config import load
from features.errors import LadderError
from features.history import open_history
from features.sample import SampleShop, make_shop
from features.tables import TABLES


def of_customer(shop: SampleShop, name: str, customers: pa.Array) -> pa.Table:
    table = getattr(shop, name)
    return table.filter(pc.is_in(table["customer_id"], customers))


def test_the_same_seed_makes_the_same_shop(small_shop: SampleShop) -> None:
    again = make_shop(customers=400, days=500, seed=5)
    other = make_shop(customers=400, days=500, seed=6)
    for name in TABLES:
        assert getattr(again, name).equals(getattr(small_shop, name))
        assert not getattr(other, name).equals(getattr(small_shop, name))
    assert again.truth(date(2024, 9, 1)).equals(small_shop.truth(date(2024, 9, 1)))


def test_a_customer_lives_the_same_life_in_a_larger_shop(small_shop: SampleShop) -> None:
    larger = make_shop(customers=1_000, days=500, seed=5)
    known = small_shop.customers["customer_id"]
    for name in ("orders", "engagement", "contacts"):
        assert of_customer(larger, name, known).equals(getattr(small_shop, name))
    # Who brought whom depends on who else signs up; nothing else does.
    own = ["signed_up_at", "profiling_allowed", "marketing_allowed", "email_sha256"]
    assert (
        of_customer(larger, "customers", known).select(own).equals(small_shop.customers.select(own))
    )
    truth = larger.truth(date(2025, 1, 1))
    assert truth.filter(pc.is_in(truth["customer_id"], known)).equals(
        small_shop.truth(date(2025, 1, 1))
    )


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_written_files_hold_the_tables_and_a_mapping(
    small_shop: SampleShop, tmp_path: Path, format: Literal["parquet", "csv"]
) -> None:
    path = small_shop.write(tmp_path / "shop", format)
    settings = tomllib.loads(path.read_text(encoding="utf-8"))
    assert settings.pop("shop") == {
        "name": "Made-up shop",
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "margin": 0.4,
    }
    assert list(settings) == list(TABLES)
    for name, section in settings.items():
        file = path.parent / section["source"]
        table = getattr(small_shop, name)
        if format == "parquet":
            assert parquet.read_table(file).equals(table)
        else:
            types = csv.ConvertOptions(column_types=table.schema, strings_can_be_null=True)
            assert csv.read_csv(file, convert_options=types).equals(table)


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_the_product_reads_every_row_of_those_who_allow_it(
    small_shop: SampleShop, tmp_path: Path, format: Literal["parquet", "csv"]
) -> None:
    people = small_shop.customers
    allowed = people.filter(people["profiling_allowed"])["customer_id"]
    with open_history(load(small_shop.write(tmp_path, format))) as history:
        assert history.until == midnight(small_shop.until, "Europe/Berlin")
        for name in TABLES:
            columns = TABLES[name].schema.names
            read, made = history.table(name), of_customer(small_shop, name, allowed)
            order = [(column, "ascending") for column in columns]
            assert read.select(columns).sort_by(order).equals(made.sort_by(order))


@pytest.mark.parametrize(("customers", "days"), [(0, 10), (10, 0)])
def test_an_empty_shop_is_refused(customers: int, days: int) -> None:
    with pytest.raises(LadderError, match="at least one customer and one day"):
        make_shop(customers, days)


def test_the_smallest_shop_works() -> None:
    shop = make_shop(customers=1, days=1)
    assert shop.customers.num_rows == 1
    assert shop.orders.num_rows == shop.contacts.num_rows == 0
    assert shop.engagement.num_rows > 0
    assert shop.truth(date(2024, 1, 2)).num_rows == 6


def test_the_page_about_the_shop_tells_the_truth(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run the page's example as it stands."""
    page = (root / "docs" / "made-up-shop.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    example = page.split("```python\n")[1].split("```")[0]
    results: dict[str, object] = {}
    exec(example, results)
    assert (tmp_path / "made-up" / "ladder.toml").exists()
    truth = results["truth"]
    assert isinstance(truth, pa.Table)
    assert truth.num_rows > 6 * 1_000
