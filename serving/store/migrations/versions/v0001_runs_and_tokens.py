"""Published runs, the pointer, bundles, tokens and counts of reads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, but for those that a home has from before there were revisions."""
    if sa.inspect(op.get_bind()).has_table("runs"):
        op.drop_table("schema")
    else:
        _make()
    op.create_table(
        "bundles",
        sa.Column("bundle_id", sa.String, primary_key=True),
        sa.Column("zipped", sa.LargeBinary, nullable=False),
    )


def _make() -> None:
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
        "tokens",
        sa.Column("token_id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("scopes", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
    )
    op.create_table(
        "reads",
        sa.Column("token_id", sa.String, primary_key=True),
        sa.Column("minute", sa.BigInteger, primary_key=True),
        sa.Column("action", sa.String, primary_key=True),
        sa.Column("customers", sa.Integer, nullable=False),
    )
