"""A shop's own features: declared in a file, read once, refused in words where they cannot be."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from features.catalogue import Column
from features.config import Config
from features.errors import UsageError
from features.own import Measure, Orders, feature, read
from features.settings.sections import Churn
from features.standard import own_features, standard_columns
from features.tables import KINDS

BOOKS = '''
from features.own import Horizons, Measure, Orders, feature

@feature(over=(90,), unit="money", reason="{value} spent on books in the last {window}")
def spend_on_books(orders: Orders) -> Measure:
    """Money spent on books."""
    return orders.where(orders.category.equals("books")).amount.sum()
'''

Write = Callable[[str], Config]


@pytest.fixture
def shop(tmp_path: Path) -> Write:
    """Return a function that writes the file of a shop and returns the shop's settings."""

    def write(source: str) -> Config:
        (tmp_path / "mine.py").write_text(source, encoding="utf-8")
        return Config.from_dict({"features": {"extra": "mine.py"}}, tmp_path)

    return write


def columns(config: Config, fields: set[str] | None = None) -> list[Column]:
    tables = ("orders", "engagement")
    return [*standard_columns(config, tables, KINDS, fields, own_features(config))]


def test_own_features_follow_the_catalogues_and_precede_the_facts(shop: Write) -> None:
    config = shop(BOOKS)
    found = columns(config)
    (place,) = [at for at, column in enumerate(found) if column.name == "spend_on_books_90d"]
    assert [c for c in found if c.name != "spend_on_books_90d"] == columns(Config())
    assert found[place - 1].is_feature
    assert not found[place + 1].is_feature
    assert found[place].description == "Money spent on books."
    assert "spend_on_books_90d" not in {c.name for c in columns(config, {"orders.channel"})}


def test_the_file_is_known_by_its_hash_and_not_by_where_it_lies(shop: Write) -> None:
    own = own_features(shop(BOOKS))
    assert own is not None
    assert (own.file, own.sha256) == ("mine.py", hashlib.sha256(BOOKS.encode()).hexdigest())
    assert own_features(Config()) is None


def test_what_a_file_declares_stays_out_of_the_catalogue(shop: Write) -> None:
    own_features(shop(BOOKS))
    own_features(shop(BOOKS))  # a second reading clashes with nothing
    assert "spend_on_books_90d" not in {column.name for column in columns(Config())}


def test_the_file_may_be_imported_by_a_test_of_the_shops() -> None:
    @feature(unit="money", reason="{value}")
    def spend(orders: Orders) -> Measure:
        """Money spent."""
        return orders.amount.sum()

    assert spend(Orders()) == Orders().amount.sum()


def test_what_is_no_table_keeps_its_default(shop: Write) -> None:
    source = changed("(orders: Orders)", "(orders: Orders, least: float | None = 10.0)").replace(
        '.equals("books")', '.equals("books") & (orders.amount >= least)'
    )
    own = own_features(shop(source))
    assert own is not None
    (one,) = own
    (column,) = one.columns(90)
    assert "value=10.0" in str(column.expression)


def test_the_page_about_own_features_shows_what_works(root: Path, shop: Write) -> None:
    page = (root / "docs" / "own-features.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    own = own_features(shop(example))
    assert own is not None
    assert [(one.name, one.over) for one in own] == [("spend_on_books", (90, 365))]
    (function,) = re.findall(r"(@feature.*)", example, re.DOTALL)
    assert len(function.strip().splitlines()) == 4


def changed(old: str, new: str) -> str:
    assert old in BOOKS
    return BOOKS.replace(old, new)


TWICE = BOOKS + BOOKS
LIKE_A_FACT = (
    changed("over=(90,), ", "").replace("{window}", "year").replace("spend_on_books", "spend_365")
)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("", r"mine.py declares none"),
        ("import nothing_of_that_name", r"mine.py, line 1, gave ModuleNotFoundError"),
        ("\n\ndef f(:\n", r"mine.py, line 3, gave SyntaxError"),
        ("x = 1\0", r"mine.py gave \w+Error: source code .*null bytes"),
        (TWICE, r"In mine.py: `spend_on_books` is declared twice"),
        (changed("money", "bananas"), r"In mine.py: `spend_on_books` has `bananas`"),
        (changed('"""Money spent on books."""', ""), r"In mine.py: `spend_on_books` has none"),
        (changed("spend_on_books", "spend"), r"`spend` is taken"),
        (changed("spend_on_books", "line_largest"), r"`line_largest` is taken"),
        (LIKE_A_FACT, r"`spend_365` is taken"),
        (changed("spend_on_books", "label_churn"), r"`label_churn` is taken"),
        (changed("orders.category", "orders.catgory"), r"has no attribute 'catgory'"),
        (changed(".amount.sum()", ""), r"must return a measure"),
        (changed("return ", ""), r"must return a measure.*, and returned None"),
        (changed("return orders", "return 3 if orders else orders"), r"and returned 3\."),
        (changed("orders: Orders", "orders"), r"missing 1 required positional argument"),
        (changed("(90,)", "(0,)"), r"`over` must hold whole days above 0; got 0"),
        (changed("(90,)", "(1.5,)"), r"`over` must hold whole days above 0; got 1.5"),
        (changed("(90,)", "(10**9,)"), r"`over` must hold whole days above 0; got 1000000000"),
        (changed("(90,)", "(Horizons(1000),)"), r"`over` must hold days of a history"),
        (changed(".sum()", ".sum().over(-30)"), r"looks 30 days past it"),
        (changed(".sum()", ".sum().over(Horizons(-1))"), r"looks 90 days past it"),
        (changed(".sum()", ".sum().over(1.5)"), r"begin and end on whole days; got \(-1.5, 0\)"),
        (changed(".sum()", ".sum().between(-10, -30)"), r"must end after it begins; got"),
        (changed(".sum()", ".latest(-1)"), r"`latest` must count back from 0; got -1"),
        (changed(".sum()", ".faded(-5000)"), r"by half in whole days above 0; got -5000"),
        (changed(".sum()", ".sum().fill(float('inf'))"), r"must be Python's own, and finite"),
        (changed(".sum()", ".sum() * Horizons(float('nan'))"), r"cannot convert float NaN"),
        (changed('equals("books")', r"equals('\ud800')"), r"its texts Unicode"),
        (changed('equals("books")', "equals(5)"), r"texts must not be compared by == with 5"),
        (changed('category.equals("books")', 'amount.equals("5")'),
         r"numbers must not be compared by == with '5'"),
        (changed('orders.category.equals("books")', 'orders.hour > 6 and orders.hour < 9'),
         r"conditions are combined with &, \| and ~"),
        (changed('orders.category.equals("books")', '6 < orders.hour < 9'),
         r"conditions are combined with &, \| and ~"),
        (changed('orders.category.equals("books")', 'orders.category == "books"'),
         r"`orders.category.equals\('books'\)`"),
        (changed(".sum()", ".sum() or orders.count()"), r"a measure is no number yet"),
        (changed('reason="{value} spent on books in the last {window}"', "reason=None"),
         r"has None"),
        (changed("{value}", "{value:.2f}"), r"has '{value:.2f} spent"),
        (changed("{value}", "{value!r}"), r"has '{value!r} spent"),
        (changed("{value} ", "{value}\\n"), r"has '{value}\\nspent"),
        (BOOKS + "raise SystemExit(3)", r"mine.py, line 8, gave SystemExit: 3"),
        (changed(".sum()", ".sum().between(0, 30)"), r"looks 30 days past it"),
        (changed("{value}", "{valeu}"), r"has '{valeu}"),
        (changed("{value}", "{"), r"has '{ spent"),
        (changed("unit=", "missing='no {value} so far', unit="), r"has 'no {value} so far'"),
        (changed("in the last {window}", ""), r"has '{value} spent on books '"),
        (changed("amount.sum()", "hour.sum()").replace("orders.category.equals", "text"),
         r"name 'text' is not defined"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_three_parts(
    shop: Write, source: str, complaint: str
) -> None:
    config = shop(source)
    with pytest.raises(UsageError, match=complaint) as refused:
        own_features(config)
    assert len(str(refused.value).splitlines()) == 3


def test_two_own_features_do_not_share_the_name_of_a_column(shop: Write) -> None:
    other = changed("spend_on_books", "spend_on_books_90d").replace("over=(90,), ", "")
    with pytest.raises(UsageError, match="`spend_on_books_90d` is taken"):
        own_features(shop(BOOKS + other.replace("in the last {window}", "")))


def test_spans_are_held_to_the_horizon_of_the_shop(shop: Write) -> None:
    config = shop(changed(".sum()", ".sum().between(Horizons(-1), -60)"))
    own_features(config)  # the thirty days before the last sixty
    monthly = config.model_copy(update={"churn": Churn(horizon_days=28)})
    with pytest.raises(UsageError, match=r"must end after it begins; got \(-28, -60\)"):
        own_features(monthly)


def test_a_column_of_another_table_is_refused(shop: Write) -> None:
    source = BOOKS.replace("Orders, feature", "Engagement, Orders, feature").replace(
        "orders.where(orders.category", "orders.where(Engagement().detail"
    )
    with pytest.raises(UsageError, match="`spend_on_books` gave KeyError: 'detail'"):
        own_features(shop(source))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.py cannot be read: No such file"):
        read(tmp_path / "gone.py")
