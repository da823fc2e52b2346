"""E-mail addresses as the shop's customers know them: hashed already, and read only when asked."""

from __future__ import annotations

from datetime import UTC, datetime

from features.cleaning.mapping import Reading
from features.cleaning.staging import stage_table, union
from features.config import Config
from features.workspace import Workspace


def email_hashes(config: Config) -> dict[str, str]:
    """Return the SHA-256 of customers' e-mail addresses, by customer id.

    From the column `email_sha256` of the customers table, in lower case.

    Raises
    ------
    LadderError
        If the table cannot be read, or too many rows hold something else.
    """
    if not config.customers:
        return {}
    with Workspace() as workspace:
        workspace.run("CREATE SCHEMA staged")
        reading = Reading(config.shop.timezone, datetime.now(UTC))
        staged = stage_table(workspace, config, "customers", config.customers, {}, reading)
        known = union(staged, "customers", "customer_id, email_sha256")
        rows = workspace.rows(
            "SELECT customer_id, min(email_sha256) AS email_sha256 "  # as `canonical` does
            f"FROM ({known}) WHERE email_sha256 IS NOT NULL GROUP BY customer_id"
        )
    return {row["customer_id"]: row["email_sha256"] for row in rows}
