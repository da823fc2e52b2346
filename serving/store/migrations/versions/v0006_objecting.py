"""Who objects to profiling: until the next scoring is published, an older store knows nobody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    person = sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False)
    op.create_table("objecting", person)
