"""Mapping: columns written in SQL, rows left out, and that none is lost."""

from __future__ import annotations

import math
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import UsageError
from features.tables import TABLES
from tests.features.staged import Rows, order, staged

CSV = """CustomerID,InvoiceNo,When,Quantity,Price
17850,536365,2011-05-01 08:26:00,6,2.55
17850,C536366,2011-05-02,-1,2.55
13047,536367,2011-05-03,2,cheap
"""


@pytest.fixture
def giftware(tmp_path: Path) -> str:
    file = tmp_path / "giftware.csv"
    file.write_text(CSV, encoding="utf-8")
    return str(file)


MAPPING = {
    "customer_id": "CustomerID",
    "order_id": "InvoiceNo",
    "ordered_at": "When",
    "amount": "Quantity * Price",
    "is_return": "starts_with(InvoiceNo, 'C')",
}


def test_expressions_find_numbers_in_text_and_count_what_is_not_one(giftware: str) -> None:
    rows = staged("orders", None, source=giftware, mapping=MAPPING)
    assert [row["amount"] for row in rows] == pytest.approx([15.3, -2.55, None])
    assert [row["is_return"] for row in rows] == [False, True, False]
    assert rows[2]["problem"] == "amount is not a number"
    assert rows[2]["sample"] == "Quantity=2, Price=cheap"


def test_where_leaves_rows_out_before_they_are_judged(giftware: str) -> None:
    rows = staged("orders", None, source=giftware, mapping=MAPPING, where="Quantity > 2")
    assert [row["order_id"] for row in rows] == ["536365"]


def test_where_that_cannot_read_a_row_counts_it(giftware: str) -> None:
    rows = staged(
        "orders", None, source=giftware, mapping=MAPPING, where="Price > 2.6 or Price < 2"
    )
    assert [(row["problem"], row["sample"]) for row in rows] == [
        ("`where` cannot be read", "Price=cheap")
    ]


def test_where_on_an_empty_cell_leaves_the_row_out_as_sql_does() -> None:
    rows = [order(channel="web"), order(channel=None), order(channel="shop")]
    kept = staged("orders", rows, where="channel <> 'shop'")
    assert [row["channel"] for row in kept] == ["web"]


def test_a_source_may_have_columns_named_like_ours() -> None:
    rows = [order(line="first", problem="none", value_amount="9")]
    (row,) = staged("orders", rows, mapping={"amount": "length(line) + 1", "category": "problem"})
    assert (row["amount"], row["category"], row["problem"]) == (6.0, "none", None)


def test_an_expression_that_fails_on_a_row_makes_it_bad_not_the_file(giftware: str) -> None:
    mapping = {**MAPPING, "ordered_at": "strptime(\"When\", '%Y-%m-%d %H:%M:%S')"}
    rows = staged("orders", None, source=giftware, mapping=mapping)
    assert [row["problem"] for row in rows] == [None, *["ordered_at is not a date"] * 2]


@pytest.mark.parametrize(
    ("column", "sql", "came", "do"),
    [
        ("ordered_at", "Whn", "giftware.csv has CustomerID, InvoiceNo, When", "Did you mean When?"),
        ("amount", "Quantity *", "syntax error", "Correct it in [orders]"),
        ("amount", "Quantity * Prize", "Prize", "has CustomerID"),
        ("amount", "cost(Quantity)", "cost", "Correct it in [orders]"),
        ("amount", "Quantity; drop table x", "syntax error", "Correct it in [orders]"),
        ("ordered_at", "Quantity * 2", "gives BIGINT", "to_timestamp(column)"),
    ],
)
def test_a_wrong_mapping_is_wrong_use(
    giftware: str, column: str, sql: str, came: str, do: str
) -> None:
    with pytest.raises(UsageError) as caught:
        staged("orders", None, source=giftware, mapping={**MAPPING, column: sql})
    assert came in caught.value.came
    assert do in caught.value.do


@pytest.mark.parametrize("sql", ["epoch_ms(paid * 1000)", "make_timestamp(paid)"])
def test_what_is_counted_since_1970_is_not_taken_for_local(sql: str) -> None:
    rows = [{**order(), "paid": 1714557600}]
    with pytest.raises(UsageError, match=r"to_timestamp\(column\)"):
        staged("orders", rows, mapping={"ordered_at": sql})
    assert staged("orders", rows, mapping={"ordered_at": sql}, timestamps="UTC")[0]["ordered_at"]
    assert staged("orders", rows, mapping={"ordered_at": f"timezone('UTC', {sql})"})
    assert staged("orders", rows, mapping={"ordered_at": "make_timestamp(2024, 5, 1, 10, 0, 0)"})


def test_a_missing_required_column_names_what_is_there(giftware: str) -> None:
    mapping = {name: sql for name, sql in MAPPING.items() if name != "customer_id"}
    with pytest.raises(UsageError) as caught:
        staged("orders", None, source=giftware, mapping=mapping)
    assert caught.value.must == "orders needs a column for customer_id."
    assert "InvoiceNo" in caught.value.came
    assert 'customer_id = "CustomerID"' in caught.value.do


def test_a_missing_column_is_not_looked_for_in_one_that_is_mapped() -> None:
    for row, name in (({"household_id": "1"}, "order_id"), ({"order_id": "1"}, "customer_id")):
        mapping = {"customer_id": "household_id"} if name == "order_id" else {}
        with pytest.raises(UsageError) as caught:
            staged("orders", [row], mapping=mapping)
        assert caught.value.do == f'Add to [orders] columns: {name} = "...".'


def test_columns_with_odd_names_and_any_case_are_found() -> None:
    rows = [{"Customer ID": "c", "NO": "1", 'the "day"': "2024-05-01", "amount": 2}]
    mapping = {"customer_id": "Customer ID", "order_id": "no", "ordered_at": 'the "day"'}
    (row,) = staged("orders", rows, mapping=mapping)
    assert (row["customer_id"], row["amount"], row["problem"]) == ("c", 2.0, None)


@pytest.mark.parametrize(
    "ids",
    [
        ["12345678901234567801", "12345678901234567802"],
        ["1234567890123456781", "1234567890123456782"],
        ["12e4", "120000"],
        ["+49171", "49171"],
        ["007", "7"],
    ],
)
@pytest.mark.parametrize("sql", ["concat('c', who)", "coalesce(who, '')", "who || ''"])
def test_ids_that_read_as_the_same_number_stay_apart(
    ids: list[str], sql: str, tmp_path: Path
) -> None:
    lines = [f"{who},1,2024-05-01,5" for who in ids]
    (tmp_path / "a.csv").write_text("\n".join(["who,order_id,ordered_at,amount", *lines]), "utf-8")
    rows = staged("orders", None, source=str(tmp_path / "a.csv"), mapping={"customer_id": sql})
    assert [row["customer_id"].removeprefix("c") for row in rows] == ids


@pytest.mark.parametrize("nothing", ["NULL", "\\N", "-", ""])
def test_numbers_beside_nothing_are_numbers_in_expressions(nothing: str, tmp_path: Path) -> None:
    lines = [
        "customer_id,order_id,ordered_at,paid",
        "c,1,2024-05-01,5",
        f"c,2,2024-05-01,{nothing}",
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines), "utf-8")
    rows = staged(
        "orders", None, source=str(tmp_path / "a.csv"), mapping={"amount": "coalesce(paid, 0) * 2"}
    )
    assert [(row["amount"], row["problem"]) for row in rows] == [(10.0, None), (0.0, None)]


def test_an_expression_that_gives_nobody_makes_a_bad_row(giftware: str) -> None:
    mapping = {**MAPPING, "customer_id": "nullif(CustomerID, 13047)"}
    rows = staged("orders", None, source=giftware, mapping=mapping)
    assert [(row["problem"], row["sample"]) for row in rows] == [
        (None, None),
        (None, None),
        ("customer_id cannot be read", "CustomerID=13047"),
    ]


@pytest.mark.parametrize(
    "written",
    [
        "case kind when 'reviewed' then score end",
        "CASE WHEN kind = 'reviewed' THEN cast(score AS double) END",
        "if(kind = 'reviewed', score, null)",
    ],
)
def test_an_optional_number_may_be_nothing_where_its_expression_says_so(
    written: str, tmp_path: Path
) -> None:
    (tmp_path / "log.csv").write_text(
        "customer_id,occurred_at,kind,score\n"
        "c,2024-05-01,reviewed,5\nc,2024-05-02,looked,7\nc,2024-05-03,looked,4\n"
        "c,2024-05-04,reviewed,poor\n",
        "utf-8",
    )
    rows = staged("engagement", None, source=str(tmp_path / "log.csv"), mapping={"value": written})
    assert [row["value"] for row in rows] == [5, None, None, None]
    assert [row["problem"] for row in rows[:3]] == [None, None, None]
    assert rows[3]["problem"] is not None  # no number is not nothing


def test_a_conversion_that_fails_is_bad_even_within_a_choice(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(
        "customer_id,occurred_at,kind,score\nc,2024-05-01,rated,7\nc,2024-05-02,rated,seven\n",
        "utf-8",
    )
    choice = "case when kind = 'rated' then try_cast(score as double) end"
    rows = staged("engagement", None, source=str(tmp_path / "log.csv"), mapping={"value": choice})
    assert [row["problem"] for row in rows] == [None, "value is not a number"]


def test_consent_that_an_expression_leaves_open_is_none(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("customer_id,optin\na,yes\nb,no\n", "utf-8")
    choice = "case when optin = 'yes' then true end"
    rows = staged(
        "customers",
        None,
        source=str(tmp_path / "people.csv"),
        mapping={"marketing_allowed": choice},
    )
    assert [row["marketing_allowed"] for row in rows] == [True, False]
    assert rows[1]["problem"] == "marketing_allowed is neither true nor false"


cells = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(
        ["2024-05-01", "01/05/2024", "INF", "nan", "1e400", "17850.0", "-3", "true", "", "nps"]
    ),
)


def table_rows(names: list[str]) -> st.SearchStrategy[Rows]:
    return st.lists(st.fixed_dictionaries(dict.fromkeys(names, cells)), min_size=1, max_size=20)


@settings(max_examples=30)
@pytest.mark.parametrize("table", TABLES)
@given(data=st.data())
def test_no_row_is_lost_and_no_good_row_breaks_the_rules(table: str, data: st.DataObject) -> None:
    schema = TABLES[table]
    names = [column.name for column in schema.columns]
    rows = data.draw(table_rows(names))
    found = staged(table, pa.Table.from_pylist(rows, pa.schema([(n, pa.string()) for n in names])))
    assert len(found) == len(rows)
    for row in (row for row in found if not row["fatal"]):
        assert 1 <= len(row["customer_id"]) <= 200
        for column in schema.columns:
            required = column.required and column.name != "order_id"
            assert not required or row[column.name] is not None
            assert (
                column.type != "money"
                or row[column.name] is None
                or math.isfinite(row[column.name])
            )
    assert all(row["problem"] for row in found if row["fatal"])
