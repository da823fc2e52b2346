"""What a hand-over reads of the customers table: hashes of addresses, and who refuses."""

from __future__ import annotations

from typing import Any

from features.cleaning.staged import union
from features.cleaning.staging import stage_table
from features.config import Config
from features.resources.workspace import Workspace


def email_hashes(config: Config) -> dict[str, str]:
    """Return the SHA-256 of customers' e-mail addresses, by customer id.

    From the column `email_sha256` of the customers table, in lower case.

    Raises
    ------
    LadderError
        If the table cannot be read, or too many rows hold something else.
    """
    rows = _customers(
        config,
        "customer_id, email_sha256",
        "SELECT customer_id, min(email_sha256) AS email_sha256 "  # as `canonical` does
        "FROM ({known}) WHERE email_sha256 IS NOT NULL GROUP BY customer_id",
    )
    return {row["customer_id"]: row["email_sha256"] for row in rows}


def refusing(config: Config) -> frozenset[str]:
    """Return who refuses marketing or objects to profiling: one refusal among several rows counts.

    Raises
    ------
    LadderError
        If the table cannot be read, or too many rows are bad.
    """
    rows = _customers(
        config,
        "customer_id, profiling_allowed, marketing_allowed",
        "SELECT DISTINCT customer_id FROM ({known}) "
        "WHERE NOT profiling_allowed OR NOT marketing_allowed",
    )
    return frozenset(row["customer_id"] for row in rows)


def _customers(config: Config, columns: str, query: str) -> list[dict[str, Any]]:
    """Return what a query finds in the customers table; `{known}` in it are its good rows."""
    if not config.customers:
        return []
    with Workspace() as workspace:
        workspace.run("CREATE SCHEMA staged")
        staged = stage_table(workspace, config, "customers", config.customers, {})
        return workspace.rows(query.format(known=union(staged, "customers", columns)))
