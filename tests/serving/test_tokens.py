"""A token opens what it was made for, until it ends, and its text is kept nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import LadderError, UsageError
from serving.store import Control
from serving.store.audit import entries
from serving.store.run import now
from serving.tokens import SECOND, TokenBook, lifetime, mint


def secret_of(text: str) -> str:
    """Return the secret of a token, in which there may be underscores, too."""
    return text.split("_", 2)[2]


def test_a_token_opens_until_it_expires() -> None:
    token, text = mint("mailing", ["score"], 60 * SECOND)
    book = TokenBook([token])
    assert book.find(text, token.created_at) == token
    assert book.find(text, token.created_at + 60 * SECOND) is None


def test_only_the_whole_text_opens() -> None:
    token, text = mint("mailing", ["score"], None)
    book = TokenBook([token])
    other = secret_of(mint("other", ["score"], None)[1])
    wrong = ["", text[:-1], text + "x", text.removeprefix("ladder_"), f"ladder_{token.token_id}_"]
    assert [book.find(shown, now()) for shown in [*wrong, f"{text[:16]}{other}"]] == [None] * 6


@given(st.text())
def test_no_other_text_opens_or_fails(text: str) -> None:
    token, _ = mint("mailing", ["score"], None)
    assert TokenBook([token]).find(text, now()) is None
    assert TokenBook([token]).find(f"ladder_{token.token_id}_{text}", now()) is None


@pytest.mark.parametrize("scopes", [[], ["scores"], ["score", "root"]])
def test_unknown_scopes_are_wrong_use(scopes: list[str]) -> None:
    with pytest.raises(UsageError, match="among score, lists, erase, admin"):
        mint("mailing", scopes, None)


@pytest.mark.parametrize("text", ["", "90", "d", "0d", "-1d", "1y", "1.5d"])
def test_a_lifetime_is_a_number_and_a_unit(text: str) -> None:
    with pytest.raises(UsageError, match="90d"):
        lifetime(text)


def test_the_store_keeps_a_hash_and_never_the_text(home: Path) -> None:
    token, text = mint("mailing", ["score", "lists"], None)
    with Control(home) as control:
        control.add_token(token)
        assert control.tokens() == (token,)
        assert not control.add_first_token(mint("first", ["score"], None)[0])
    secret = secret_of(text).encode()
    assert not any(secret in file.read_bytes() for file in home.rglob("*") if file.is_file())


def test_a_revoked_token_is_named_once_and_opens_nothing(home: Path) -> None:
    token, text = mint("mailing", ["score"], None)
    with Control(home) as control:
        assert control.add_first_token(token)
        assert control.revoke("mailing").token_id == token.token_id
        assert TokenBook(control.tokens()).find(text, now()) is None
        with pytest.raises(LadderError, match="ladder token list"):
            control.revoke("mailing")
        assert not control.add_first_token(token)
        assert [entry["action"] for entry in entries(control.engine)] == [
            "token create",
            "token revoke",
        ]
