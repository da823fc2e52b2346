"""The tables of a published run and of the control database, as SQLAlchemy declares them.

Instants are microseconds since 1970, UTC, so that they mean the same on every database.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

PROBABILITIES = (
    "churn_probability",
    "return_probability",
    "refer_probability",
    "share_probability",
    "review_probability",
    "advocate_probability",
)
MONEY = ("expected_spend", "value_at_risk", "extended_value_at_risk")
WORDS = ("risk_tier", "rung", "quadrant", "contact")
FACETS = (*PROBABILITIES, *MONEY, *WORDS)
"""Columns by which lists filter and sort."""

RUN = MetaData()

records = Table(
    "records",
    RUN,
    Column("position", Integer, primary_key=True),
    Column("customer_id", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
)
"""Each customer's record as ready JSON. `position` is the order of publication."""

facets = Table(
    "facets",
    RUN,
    Column("position", Integer, primary_key=True),
    *(Column(name, Float) for name in (*PROBABILITIES, *MONEY)),
    *(Column(name, String) for name in WORDS),
)
"""What lists filter and sort by, apart from the records so that a scan of it stays small."""

vectors = Table(
    "vectors",
    RUN,
    Column("position", Integer, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
"""Each customer's features as packed little-endian float32, for reasons on demand."""

histories = Table(
    "histories",
    RUN,
    Column("position", Integer, primary_key=True),
    Column("history", LargeBinary, nullable=False),
)
"""What each customer did, packed (`serving.histories`); empty where the shop keeps none."""

# Made after the rows are in, which is several times faster. Ties keep the order of publication,
# because an index ends with the position.
BY_CUSTOMER = Index("records_by_customer", records.c.customer_id, unique=True)
BY_FACET = tuple(
    Index(f"facets_by_{name}", facets.c[name].desc(), facets.c.position)
    for name in (
        "value_at_risk",
        "churn_probability",
        "return_probability",
        "advocate_probability",
    )
)

CONTROL = MetaData()

runs = Table(
    "runs",
    CONTROL,
    Column("run_id", String, primary_key=True),
    Column("published_at", BigInteger, nullable=False),
    Column("customers", Integer, nullable=False),
    Column("info", Text, nullable=False),
)

pointer = Table(
    "pointer",
    CONTROL,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey(runs.c.run_id), nullable=False),
    Column("moved_at", BigInteger, nullable=False),
)
"""One row, `id` 1: the run that serves."""

bundles = Table(
    "bundles",
    CONTROL,
    Column("bundle_id", String, primary_key=True),
    Column("zipped", LargeBinary, nullable=False),
)
"""Bundles that runs name, zipped: filled on PostgreSQL only, for machines without the home."""

tokens = Table(
    "tokens",
    CONTROL,
    Column("token_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("scopes", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
)

reads = Table(
    "reads",
    CONTROL,
    Column("token_id", String, primary_key=True),
    Column("minute", BigInteger, primary_key=True),
    Column("action", String, primary_key=True),
    Column("customers", Integer, nullable=False),
)
"""The audit: how many customers a token asked about in a minute, never which."""
