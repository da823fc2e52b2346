"""Saved lists, their members and results, who was erased, and the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.add_column("tokens", sa.Column("per_minute", sa.Integer))
    op.create_table(
        "saved_lists",
        sa.Column("list_id", sa.String, primary_key=True),
        sa.Column("key", sa.String, unique=True),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("saved_by", sa.String, nullable=False),
        sa.Column("saved_at", sa.BigInteger, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("list_id", sa.String, sa.ForeignKey("saved_lists.list_id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.String, nullable=False, index=True),
        sa.Column("contact", sa.String, nullable=False),
        sa.Column("shown", sa.Text, nullable=False),
    )
    op.create_table(
        "results",
        sa.Column("list_id", sa.String, sa.ForeignKey("saved_lists.list_id"), primary_key=True),
        sa.Column("customer_id", sa.String, primary_key=True),
        sa.Column("responded", sa.Boolean, nullable=False),
        sa.Column("spend", sa.Float),
        sa.Column("cost", sa.Float),
        sa.Column("told_at", sa.BigInteger, nullable=False),
    )
    _people()


def _people() -> None:
    op.create_table(
        "erased",
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("erased_at", sa.BigInteger, nullable=False),
        sa.Column("erased_by", sa.String, nullable=False),
    )
    op.create_table(
        "taught",
        sa.Column("person", sa.String, sa.ForeignKey("erased.person"), primary_key=True),
        sa.Column("bundle_id", sa.String, primary_key=True),
        sa.Column("retired_at", sa.BigInteger),
    )
    op.create_table(
        "audit",
        sa.Column("entry", sa.Integer, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("subject", sa.String),
        sa.Column("customers", sa.Integer, nullable=False),
    )
