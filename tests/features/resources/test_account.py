"""Who runs a command."""

from __future__ import annotations

import os

import pytest

from features.resources.account import account


def test_whoever_has_no_name_is_told_by_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 2**31 - 5)
    assert account() == "2147483643"
