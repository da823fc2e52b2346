"""The tables of a published run and of the control database, as SQLAlchemy declares them.

Instants are microseconds since 1970, UTC, so that they mean the same on every database.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
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
CATEGORIES = ("risk_tier", "rung", "quadrant", "contact")
FACETS = (*PROBABILITIES, *MONEY, *CATEGORIES)
"""Columns by which lists filter and sort."""

RUN = MetaData()

records = Table(
    "records",
    RUN,
    Column("position", Integer, primary_key=True),
    Column("customer_id", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("told", LargeBinary),
)
"""Each customer's record as ready JSON, without the reasons. `told` is what the reasons are told of
(`serving.explanations.stored`), null where none were found. `position` is the order of publication.
"""

facets = Table(
    "facets",
    RUN,
    Column("position", Integer, primary_key=True),
    *(Column(name, Float) for name in (*PROBABILITIES, *MONEY)),
    *(Column(name, String) for name in CATEGORIES),
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
"""What each customer did, packed (`serving.records.histories`); empty where the shop keeps none."""

attributes = Table(
    "attributes",
    RUN,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
    Column("number", Float),
)
"""What the shop knows of its customers besides, for lists to filter by; in no record."""

# Made after the rows are in, which is several times faster. Ties keep the order of publication,
# because an index ends with the position.
BY_CUSTOMER = Index("records_by_customer", records.c.customer_id, unique=True)
BY_ATTRIBUTE = Index("attributes_by_value", attributes.c.name, attributes.c.value)
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
    Column("per_minute", Integer),
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

saved_lists = Table(
    "saved_lists",
    CONTROL,
    Column("list_id", String, primary_key=True),
    Column("key", String, unique=True),
    Column("asked", Text, nullable=False),
    Column("run_id", String, nullable=False),
    Column("saved_by", String, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("summary", Text, nullable=False),
)
"""Lists that were drawn and handed over. `key` tells a repeated request; `ends_on` is the day on
which the horizon ends and the hold-out is let go."""

members = Table(
    "members",
    CONTROL,
    Column("list_id", ForeignKey(saved_lists.c.list_id), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("customer_id", String, nullable=False, index=True),
    Column("contact", String, nullable=False),
    Column("shown", Text, nullable=False),
)
"""Who is on a saved list, best first; `contact` is ``yes`` or ``held_out``."""

results = Table(
    "results",
    CONTROL,
    Column("list_id", ForeignKey(saved_lists.c.list_id), primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("responded", Boolean, nullable=False),
    Column("spend", Float),
    Column("cost", Float),
    Column("told_at", BigInteger, nullable=False),
)
"""What became of a list's members, held-out ones too; the newest word counts."""

erased = Table(
    "erased",
    CONTROL,
    Column("person", String, primary_key=True),
    Column("erased_at", BigInteger, nullable=False),
    Column("erased_by", String, nullable=False),
)
"""Who was erased: a keyed hash of the id, so that importing them again can be refused."""

secret_marks = Table("secret_marks", CONTROL, Column("mark", String, primary_key=True))
"""One row once somebody was erased or objects: a keyed hash by which the secret is known again."""

objecting = Table(
    "objecting", CONTROL, Column("person", BigInteger, primary_key=True, autoincrement=False)
)
"""Who objects to profiling by the shop's sources: part of a keyed hash, as no run holds them."""

taught = Table(
    "taught",
    CONTROL,
    Column("person", ForeignKey(erased.c.person), primary_key=True),
    Column("bundle_id", String, primary_key=True),
    Column("retired_at", BigInteger),
)
"""Model versions that may have learnt from somebody erased, and when each ceased to serve."""

audit = Table(
    "audit",
    CONTROL,
    Column("entry", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String),
    Column("customers", Integer, nullable=False),
)
"""Runs, lists, erasures, results and changes of what serves: who did what, when, to how many."""

handed = Table(
    "handed",
    CONTROL,
    Column("tool", String, primary_key=True),
    Column("audience", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("known_as", String, nullable=False),
    Column("fields", Text, nullable=False),
)
"""What a campaign tool was told of whom, so that it is told only what changed."""

webhooks = Table(
    "webhooks",
    CONTROL,
    Column("webhook_id", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("events", String, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""Who is told of events. The secret signs, so that it cannot be kept as a hash."""

outbox = Table(
    "outbox",
    CONTROL,
    Column("message_id", String, primary_key=True),
    Column("webhook_id", ForeignKey(webhooks.c.webhook_id), primary_key=True),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, index=True),
    Column("failure", String),
)
"""Messages not delivered yet: `due_at` is when to try again, null once given up (a dead letter)."""

changed = Table(
    "changed",
    CONTROL,
    Column("message_id", String, primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("change", Text, nullable=False),
)
"""Whom a message is about: apart from its text, so that an erasure reaches them on their way."""
