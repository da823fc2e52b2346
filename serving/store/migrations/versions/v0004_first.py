"""The tables of the first release, where revisions begin; a new database has the newest at once."""

from __future__ import annotations

revision = "0004"
down_revision = None


def upgrade() -> None:
    """Do nothing: no database is older."""
