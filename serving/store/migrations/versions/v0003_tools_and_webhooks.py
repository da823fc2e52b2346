"""What tools were handed, who is told of events, and messages on their way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "handed",
        sa.Column("tool", sa.String, primary_key=True),
        sa.Column("audience", sa.String, primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("customer_id", sa.String, primary_key=True),
        sa.Column("known_as", sa.String, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
    )
    op.create_table(
        "webhooks",
        sa.Column("webhook_id", sa.String, primary_key=True),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("events", sa.String, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("message_id", sa.String, primary_key=True),
        sa.Column("webhook_id", sa.String, sa.ForeignKey("webhooks.webhook_id"), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger, index=True),
        sa.Column("failure", sa.String),
    )
