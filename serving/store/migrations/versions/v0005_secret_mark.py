"""The mark of the secret by which people were erased: an older store has none until the next is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table("secret_marks", sa.Column("mark", sa.String, primary_key=True))
