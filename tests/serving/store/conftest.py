"""Homes whose store is on either database."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test once on SQLite and once on a PostgreSQL server."""
    if request.param == "postgresql":
        monkeypatch.setenv("LADDER_DATABASE_URL", request.getfixturevalue("postgres_url"))
    return str(request.param)
