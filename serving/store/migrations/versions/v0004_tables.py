"""The tables of the first release; revisions before it were of programs never released."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _runs()
    _tokens()
    _lists()
    _erasures()
    _tools()


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String, primary_key=True),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.Column("customers", sa.Integer, nullable=False),
        sa.Column("info", sa.Text, nullable=False),
    )
    op.create_table(
        "pointer",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.String, sa.ForeignKey("runs.run_id"), nullable=False),
        sa.Column("moved_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "bundles",
        sa.Column("bundle_id", sa.String, primary_key=True),
        sa.Column("zipped", sa.LargeBinary, nullable=False),
    )


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("token_id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("scopes", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("per_minute", sa.Integer),
    )
    op.create_table(
        "reads",
        sa.Column("token_id", sa.String, primary_key=True),
        sa.Column("minute", sa.BigInteger, primary_key=True),
        sa.Column("action", sa.String, primary_key=True),
        sa.Column("customers", sa.Integer, nullable=False),
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


def _lists() -> None:
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


def _erasures() -> None:
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


def _tools() -> None:
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
    op.create_table(
        "changed",
        sa.Column("message_id", sa.String, primary_key=True),
        sa.Column("customer_id", sa.String, primary_key=True),
        sa.Column("change", sa.Text, nullable=False),
    )
