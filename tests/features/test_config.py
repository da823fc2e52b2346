"""``ladder.toml``: defaults, round trips, and every refusal in three parts."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from features.config import Config, load
from features.errors import UsageError

REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown key": ({"churn": {"horizon": 90}}, "`horizon` in [churn]", "`horizon_days`"),
    "unknown section": ({"shp": {}}, "`shp`", "`shop`"),
    "text for a number": ({"churn": {"horizon_days": "90"}}, 'the text "90"', "Correct it"),
    "fraction for days": ({"churn": {"horizon_days": 1.5}}, "is 1.5", "Correct it"),
    "true for days": ({"churn": {"horizon_days": True}}, "is True", "Correct it"),
    "out of range": ({"max_bad_share": 2.0}, "`max_bad_share` is 2", "Correct it"),
    "not finite": ({"advocacy": {"friend_value": float("inf")}}, "is inf", "Correct it"),
    "unknown timezone": ({"shop": {"timezone": "Europe/Londn"}}, "Londn", "Europe/London?"),
    "a timezone's city": ({"shop": {"timezone": "New York"}}, "New York", "America/New_York?"),
    "a timezone's offset": ({"shop": {"timezone": "UTC+2"}}, "UTC+2", "Name a place in it"),
    "a timezone's letters": ({"shop": {"timezone": "PST"}}, "PST", "Name a place in it"),
    "a country for a timezone": ({"shop": {"timezone": "Germany"}}, "Germany", "Name a place"),
    "a machine's timezone": ({"shop": {"timezone": "localtime"}}, "localtime", "Name a place"),
    "timezone with leap seconds": ({"shop": {"timezone": "right/UTC"}}, "right/UTC", "UTC?"),
    "escaping timezone": ({"shop": {"timezone": "../zone"}}, "../zone", "Name a place"),
    "currency in small letters": ({"shop": {"currency": "gbp"}}, '"gbp"', "Correct it"),
    "unknown column": ({"orders": {"columns": {"custmer_id": "a"}}}, "`custmer_id`", "customer_id"),
    "section is text": ({"orders": "orders.csv"}, '"orders.csv"', "Correct it"),
    "second of an array": (
        {"orders": [{"source": "a"}, {"source": 3}]},
        "[orders] number 2 source is 3",
        "Correct it",
    ),
    "unknown key in an array": ({"orders": [{"sourc": "a"}]}, "`sourc` in [orders]", "`source`"),
    "written password": (
        {"orders": {"source": "postgresql://shop:hunter2@db/shop"}},
        "not shown",
        "${NAME}",
    ),
    "written password among files": (
        {"orders": {"files": {"a": "postgresql://u:hunter2@db/x"}, "query": "select 1"}},
        "[orders] files does (not shown)",
        "${NAME}",
    ),
    "files of one name": (
        {"orders": {"files": {"a": "a.csv", "A": "b.csv"}, "query": "select 1"}},
        "[orders] files has two of one name",
        "Rename one of them",
    ),
    "an empty source, which would be the whole folder": (
        {"orders": {"source": ""}},
        '[orders] source is the text ""',
        "Correct it",
    ),
    "files without a query": (
        {"orders": {"files": {"a": "a.csv"}}},
        "without a `query`",
        "`query`",
    ),
    "tiers out of order": (
        {"standing": {"medium_odds": 3.0}},
        "high_odds is 2, medium_odds 3",
        "Raise `high_odds`",
    ),
    "unknown policy": ({"duplicates": "remove"}, '"remove"', "Correct it"),
}


@pytest.mark.parametrize(("data", "came", "do"), REFUSALS.values(), ids=list(REFUSALS))
def test_wrong_configuration_says_what_came_and_what_to_do(
    data: dict[str, Any], came: str, do: str
) -> None:
    with pytest.raises(UsageError) as caught:
        Config.from_dict(data)
    assert came in caught.value.came
    assert do in caught.value.do
    assert "hunter2" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_the_number_of_further_problems_is_said() -> None:
    with pytest.raises(UsageError, match="2 more to correct"):
        Config.from_dict({"churn": {"a": 1, "b": 2, "c": 3}})


def test_defaults_are_those_of_the_documentation() -> None:
    config = Config.from_dict({})
    assert (config.churn.active_days, config.churn.horizon_days, config.churn.gap_days) == (
        365,
        90,
        0,
    )
    assert (config.advocacy.horizon_days, config.advocacy.positive_review_from) == (180, 4)
    assert (config.training.history_days, config.training.snapshots) == (365, 6)
    assert (config.max_bad_share, config.duplicates) == (0.01, "keep")
    assert config.lists.gamma == pytest.approx(0.3)


def test_a_table_may_have_one_source_or_several() -> None:
    one = Config.from_dict({"orders": {"source": "a.csv"}})
    two = Config.from_dict({"orders": [{"source": "a.csv"}, {"source": "b.csv"}]})
    assert [source.source for source in one.orders] == ["a.csv"]
    assert [source.source for source in two.sources("orders")] == ["a.csv", "b.csv"]


def test_settings_hold_no_addresses_and_come_back() -> None:
    data = {
        "shop": {"name": "Toys", "currency": "JPY", "timezone": "Asia/Tokyo"},
        "orders": {"source": "postgresql://${DB}/shop", "query": "select 1"},
        "churn": {"horizon_days": 28},
        "home": "elsewhere",
    }
    settings = Config.from_dict(data).settings()
    assert "postgresql" not in str(settings)
    assert "elsewhere" not in str(settings)
    back = Config.from_settings(settings)
    assert (back.shop.currency, back.churn.horizon_days) == ("JPY", 28)
    assert back.settings() == settings


def test_a_file_knows_where_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "ladder.toml"
    file.write_text('\ufeffhome = "models"\n[shop]\nname = "Toys"\n', encoding="utf-8")
    config = load(str(file))
    assert config == load(file)
    assert config.path == file
    assert config.base == tmp_path
    assert config.home == tmp_path / "models"
    assert pickle.loads(pickle.dumps(config)).base == tmp_path


@pytest.mark.parametrize("content", [b"[shop\n", b"\xff\xfe\x00"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "ladder.toml"
    file.write_bytes(content)
    with pytest.raises(UsageError, match="readable TOML"):
        load(file)


def test_a_missing_file_names_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ladder init"):
        load(tmp_path / "ladder.toml")
