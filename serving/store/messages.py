"""Messages for webhooks: who is told of what, and how a message comes to be written.

A run's message is written in the transaction that makes the run serve, so that neither exists
without the other. Which customers changed is found later, by whoever delivers: a publisher need not
wait.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from serving.store.run import PublishedRun, now, to_datetime
from serving.store.tables import changed, outbox, webhooks

EVENTS = {
    "run.published": "another run serves: it was published, or chosen by `ladder runs use`",
    "customer.changed": "customers changed their risk tier or rung with the run that serves",
}
"""What a webhook can be told of."""

GONE = "answered 410"
"""Why a message failed whose webhook wants no more: until that one is tried again, none is made."""

KEPT_MICROSECONDS = 30 * 86_400 * 1_000_000
"""How long a dead letter is kept: it names customers, and its news is old."""

COMPARISON = "comparison"
"""The type of a message to ourselves: which customers changed is still to be found."""


@dataclass(frozen=True)
class Webhook:
    """Who is told of which ``EVENTS``, in messages that the secret signs."""

    webhook_id: str
    url: str
    events: frozenset[str]
    secret: bytes
    created_at: int


@dataclass(frozen=True)
class Message:
    """A message on its way to one webhook."""

    message_id: str
    webhook: Webhook
    body: Mapping[str, Any]
    attempts: int


def announce(connection: Connection, before: str | None, run: PublishedRun, at: int) -> None:
    """Write what is to be told of a run that serves from now on, in its mover's transaction.

    `before` is the id of the run that served, and `at` when the pointer moved.
    """
    published = {
        "run_id": run.run_id,
        "as_of": run.info.as_of.isoformat(),
        "shop": run.info.shop,
        "model_version": run.info.model_version,
        "customers": run.customers,
    }
    when = to_datetime(at).isoformat()
    _drop_old(connection, at)
    gone = gone_of(connection)
    hooks = [hook for hook in webhooks_of(connection) if hook.webhook_id not in gone]
    listening = [hook for hook in hooks if "run.published" in hook.events]
    add_message(
        connection, listening, {"type": "run.published", "timestamp": when, "data": published}
    )
    if before is not None:
        listening = [hook for hook in hooks if "customer.changed" in hook.events]
        compared = {"before": before, "after": run.run_id}
        add_message(
            connection, listening, {"type": COMPARISON, "timestamp": when, "data": compared}
        )


def webhooks_of(connection: Connection) -> tuple[Webhook, ...]:
    """Return all webhooks, oldest first, as a transaction sees them."""
    rows = connection.execute(select(webhooks).order_by(webhooks.c.created_at))
    return tuple(
        Webhook(**{**row._mapping, "events": frozenset(row.events.split(","))}) for row in rows
    )


def gone_of(connection: Connection) -> frozenset[str]:
    """Return the ids of webhooks that want no more: a dead letter of theirs says so."""
    dead = outbox.c.due_at.is_(None) & (outbox.c.failure == GONE)
    return frozenset(connection.scalars(select(outbox.c.webhook_id).where(dead)))


def drop_orphans(connection: Connection) -> None:
    """Forget whom messages were about that are gone themselves."""
    on_their_way = select(outbox.c.message_id)
    connection.execute(delete(changed).where(changed.c.message_id.not_in(on_their_way)))


def _drop_old(connection: Connection, at: int) -> None:
    """Forget what was given up long ago, except where it says that a webhook is off."""
    dead = outbox.c.due_at.is_(None) & (outbox.c.failure != GONE)
    connection.execute(delete(outbox).where(dead, outbox.c.created_at < at - KEPT_MICROSECONDS))
    drop_orphans(connection)


def add_message(connection: Connection, hooks: Sequence[Webhook], body: Mapping[str, Any]) -> str:
    """Write one message to several webhooks and return its id."""
    message_id, at = f"msg_{secrets.token_hex(12)}", now()
    row = {"message_id": message_id, "body": json.dumps(body), "created_at": at, "due_at": at}
    rows = [{**row, "attempts": 0, "webhook_id": hook.webhook_id} for hook in hooks]
    if rows:
        connection.execute(insert(outbox), rows)
    return message_id
