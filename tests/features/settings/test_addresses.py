"""Addresses: secrets come from the environment and never show."""

from __future__ import annotations

import pytest

from features.errors import UsageError
from features.settings.addresses import cleaned, has_written_password, masked, resolve


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://shop:hunter2@db/shop",
        "postgresql://shop:hunter2${X}@db/shop",
        "postgresql://db/shop?password=hunter2",
        "mysql://shop:h%40nter2@db/shop",
        "postgresql://shop:hunt[er2@db/shop",
        "postgresql://shop:hunt/er2@db/shop",
        "postgresql://shop:hunt?er2@db/shop",
        "mssql+pyodbc:///?odbc_connect=Driver%3D%7BX%7D%3BPWD%3Dhunter2",
        "host=db password=hunter2",
    ],
)
def test_a_written_password_is_noticed(address: str) -> None:
    assert has_written_password(address)


@pytest.mark.parametrize(
    "address",
    [
        "${DATABASE_URL}",
        "postgresql://shop:${PASSWORD}@db/shop",
        "postgresql://shop@db/shop?password=${PASSWORD}",
        "data/pass:word@orders.csv",
        "sqlite:///shop.db",
        "postgresql://[::1]:5432/shop",
        "postgresql://db:${PORT}/shop?user=a@b",
        "postgresql://shop@db:5432/shop",
    ],
)
def test_a_variable_or_a_path_is_no_password(address: str) -> None:
    assert not has_written_password(address)


def test_variables_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2")
    assert resolve("postgresql://shop:${SHOP_PASSWORD}@db/x") == "postgresql://shop:hunter2@db/x"


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(UsageError, match="NOT_SET_ANYWHERE is not set"):
        resolve("postgresql://${NOT_SET_ANYWHERE}/x")


def test_a_path_is_shown_as_it_is_written() -> None:
    assert masked("data/orders-?.csv") == "data/orders-?.csv"
    assert masked("sqlite:///shop.db?key=hunter2") == "sqlite:///shop.db"


def test_a_driver_message_shows_no_part_of_the_address() -> None:
    address = "postgresql://alice:hunter2@db.internal:5432/shop"
    message = f'cannot reach {address}: user "alice" at db.internal refused (hunter2)\nDETAIL'
    assert cleaned(message, address) == 'cannot reach ***: user "***" at *** refused (***) DETAIL'
    assert masked(address) == "postgresql://***/shop"


@pytest.mark.parametrize("password", ["hunt[er2", "hunt/er2", "hunt?er2", "hunt@er2", "hunt:er2"])
def test_a_password_may_hold_what_urls_are_divided_by(password: str) -> None:
    address = f"postgresql://alice:{password}@db.internal:5432/shop"
    assert masked(address) == "postgresql://***/shop"
    assert cleaned(f"no {password} for alice at db.internal", address) == "no *** for *** at ***"


def test_a_piece_of_a_password_that_a_driver_takes_for_a_port_is_hidden() -> None:
    address = "postgresql://alice:a@b:hunter2@db.internal/shop"
    assert cleaned('invalid port "hunter2@db.internal"', address) == 'invalid port "***@***"'
    assert cleaned("a role is missing", address) == "a role is missing", "a letter tells nothing"
