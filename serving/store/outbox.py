"""The outbox: webhooks, and the messages that are kept until they are delivered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from serving.store.audit import COMMAND_LINE, note
from serving.store.control import Control
from serving.store.erasures import erased_of
from serving.store.messages import Message, Webhook, add_message, drop_orphans, webhooks_of
from serving.store.run import now
from serving.store.tables import changed, outbox, webhooks

HELD_MICROSECONDS = 120_000_000
"""How long a message that somebody took to deliver is left alone."""


class Outbox:
    """The webhooks and their messages."""

    def __init__(self, control: Control) -> None:
        self._control, self._engine = control, control.engine

    def webhooks(self) -> tuple[Webhook, ...]:
        """Return all webhooks, oldest first."""
        with self._engine.connect() as connection:
            return webhooks_of(connection)

    def add(self, webhook: Webhook) -> None:
        """Keep a new webhook."""
        row = {**vars(webhook), "events": ",".join(sorted(webhook.events))}
        with self._engine.begin() as connection:
            connection.execute(insert(webhooks).values(row))
            note(connection, COMMAND_LINE, "webhook add", webhook.webhook_id)

    def remove(self, webhook_id: str) -> None:
        """Forget a webhook and what was on its way to it."""
        with self._engine.begin() as connection:
            connection.execute(delete(outbox).where(outbox.c.webhook_id == webhook_id))
            connection.execute(delete(webhooks).where(webhooks.c.webhook_id == webhook_id))
            drop_orphans(connection)
            note(connection, COMMAND_LINE, "webhook remove", webhook_id)

    def take(self, without: Iterable[str] = ()) -> Message | None:
        """Take the message that is due longest, so that nobody else delivers it meanwhile.

        Parameters
        ----------
        without : iterable of str
            Ids of webhooks to leave alone.
        """
        due = and_(outbox.c.due_at <= now(), outbox.c.webhook_id.not_in(list(without)))
        with self._engine.begin() as connection:
            oldest = select(outbox).where(due).order_by(outbox.c.due_at).limit(1)
            row = connection.execute(oldest).first()
            if row is None:
                return None
            same = and_(_is(row.message_id, row.webhook_id), outbox.c.due_at == row.due_at)
            held = update(outbox).where(same).values(due_at=now() + HELD_MICROSECONDS)
            if not connection.execute(held).rowcount:
                return None  # another process was quicker
            hook = next(h for h in webhooks_of(connection) if h.webhook_id == row.webhook_id)
            body = json.loads(row.body)
            if body["type"] == "customer.changed":
                about = select(changed.c.change).where(changed.c.message_id == row.message_id)
                found = connection.scalars(about.order_by(changed.c.customer_id))
                body["data"]["customers"] = [json.loads(change) for change in found]
        return Message(row.message_id, hook, body, row.attempts)

    def delivered(self, message: Message) -> None:
        """Forget a message."""
        with self._engine.begin() as connection:
            connection.execute(delete(outbox).where(_of(message)))
            drop_orphans(connection)

    def failed(self, message: Message, why: str, due_at: int | None) -> None:
        """Note why a message was not delivered; it is a dead letter if it is never due again."""
        tried = {"attempts": message.attempts + 1, "failure": why, "due_at": due_at}
        with self._engine.begin() as connection:
            connection.execute(update(outbox).where(_of(message)).values(tried))

    def rest(self, webhook_id: str, until: int) -> None:
        """Let a webhook alone for a while: nothing of its is due before."""
        sooner = and_(outbox.c.webhook_id == webhook_id, outbox.c.due_at < until)
        with self._engine.begin() as connection:
            connection.execute(update(outbox).where(sooner).values(due_at=until))

    def give_up(self, webhook_id: str, why: str) -> None:
        """Make whatever waits for a webhook a dead letter."""
        waiting = and_(outbox.c.webhook_id == webhook_id, outbox.c.due_at.is_not(None))
        with self._engine.begin() as connection:
            connection.execute(update(outbox).where(waiting).values(due_at=None, failure=why))

    def compared(self, message: Message, parts: Sequence[Sequence[Mapping[str, Any]]]) -> None:
        """Replace a comparison by messages about the customers it found.

        Nothing is written of who was erased meanwhile, nor where another courier compared first.
        """
        head = {"type": "customer.changed", "timestamp": message.body["timestamp"]}
        body = {**head, "data": {"run_id": message.body["data"]["after"]}}
        with self._control.alone() as connection:
            if not connection.execute(delete(outbox).where(_of(message))).rowcount:
                return
            ids = [change["customer_id"] for part in parts for change in part]
            erased = erased_of(connection, self._control.home, ids)
            for part in parts:
                left = [change for change in part if change["customer_id"] not in erased]
                if left:
                    _add_changes(connection, add_message(connection, [message.webhook], body), left)

    def waiting(self) -> tuple[Mapping[str, Any], ...]:
        """Return the messages not delivered, oldest first, without whom they are about."""
        shown = select(outbox).order_by(outbox.c.created_at, outbox.c.message_id)
        with self._engine.connect() as connection:
            return tuple(dict(row) for row in connection.execute(shown).mappings())

    def retry(self) -> int:
        """Make every dead letter due now, as if it were new; return how many."""
        with self._engine.begin() as connection:
            dead = update(outbox).where(outbox.c.due_at.is_(None))
            return connection.execute(dead.values(due_at=now(), attempts=0)).rowcount


def _add_changes(
    connection: Connection, message_id: str, changes: Sequence[Mapping[str, Any]]
) -> None:
    """Write whom a message is about."""
    rows = [
        {
            "message_id": message_id,
            "customer_id": change["customer_id"],
            "change": json.dumps(change),
        }
        for change in changes
    ]
    connection.execute(insert(changed), rows)


def _is(message_id: str, webhook_id: str) -> ColumnElement[bool]:
    return and_(outbox.c.message_id == message_id, outbox.c.webhook_id == webhook_id)


def _of(message: Message) -> ColumnElement[bool]:
    return _is(message.message_id, message.webhook.webhook_id)
