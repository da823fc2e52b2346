"""The audit: who did what, when, to how many people; never to whom.

Reads of scores are counted apart (`Control.count_reads`), because a write per read would cost a
hundred times the read.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from features.resources.account import account
from serving.store.run import now
from serving.store.tables import audit

COMMAND_LINE = "command line"
"""Who acts where no token does."""


def note(
    connection: Connection, who: str, action: str, subject: str | None = None, customers: int = 0
) -> None:
    """Write what is being done to how many customers, in the transaction that does it.

    `who` is a token's id or `COMMAND_LINE`, which is told with the account that runs it; `subject`
    is a list, run, token or webhook, never a customer.
    """
    who = by_command(account()) if who == COMMAND_LINE else who
    row = {"at": now(), "who": who, "action": action, "subject": subject, "customers": customers}
    connection.execute(insert(audit).values(row))


def by_command(account: str) -> str:
    """Return who acted at the command line, with their account; empty where it was not kept."""
    return f"{COMMAND_LINE} ({account})" if account else COMMAND_LINE


def entries(control: Engine) -> tuple[dict[str, Any], ...]:
    """Return the audit of a control database, oldest first."""
    with control.connect() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.entry))
        return tuple(dict(row) for row in rows.mappings())
