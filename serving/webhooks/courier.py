"""The courier: takes messages that are due, tries again later and later, gives up in the end.

Any number of couriers may work at once; a message is taken by one. One that dies leaves its message
to the others, so that a receiver may see a message twice, with the same id.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from http.client import HTTPException
from itertools import islice
from math import ceil
from threading import Event
from typing import Any

from features.errors import LadderError
from serving.store import Control
from serving.store.messages import COMPARISON, GONE, Message
from serving.store.outbox import Outbox
from serving.store.run import now
from serving.web.background import running
from serving.web.logs import Entry, failure
from serving.webhooks.addresses import look_up
from serving.webhooks.comparing import changed_customers, contacts
from serving.webhooks.sending import post
from serving.webhooks.signing import headers

DELAYS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds to wait after each failure: three days in all, as Standard Webhooks proposes."""

CUSTOMERS = 100
"""Customers in one message, which keeps it below 20 kB."""

POLL_SECONDS = 2.0

log = logging.getLogger("ladder")


def deliver(control: Control, stop: Event | None = None) -> tuple[int, int]:
    """Deliver what is due; return how many messages were delivered, and how many failed.

    A webhook that failed is left alone until the next time, so that it holds up no other. Once
    `stop` is set, what is left is due to others.
    """
    box, failing, done, failed = Outbox(control), set[str](), 0, 0
    stop = stop or Event()
    while not stop.is_set() and (message := box.take(failing)) is not None:
        if message.body["type"] == COMPARISON:
            _compare(control, box, message)
            continue
        why, wait = _send(_up_to_date(control, message))
        if why is None:
            box.delivered(message)
            done += 1
        else:
            failing.add(message.webhook.webhook_id)
            _put_off(box, message, why, wait)
            failed += 1
    return done, failed


def delivering(control: Control) -> AbstractAsyncContextManager[None]:
    """Return what delivers in the background while a server runs."""
    return running(_deliver_on(control))


async def _deliver_on(control: Control) -> None:
    stop = Event()
    try:
        while True:
            try:
                await asyncio.to_thread(deliver, control, stop)
            except Exception as error:  # the store is away, or worse: tried again later
                log.error(Entry(message="cannot deliver", **failure(error)))
            await asyncio.sleep(POLL_SECONDS)
    finally:
        stop.set()  # a server that ends waits for its threads


def _up_to_date(control: Control, message: Message) -> Message:
    """Return a message that says of its customers whether they may be contacted now.

    It may have waited for days: a list holds some of them out by now, or the run that serves says
    that they must not be contacted, or holds them no more.
    """
    serving = control.serving()
    if message.body["type"] != "customer.changed" or serving is None:
        return message
    data = message.body["data"]
    ids = [one["customer_id"] for one in data["customers"]]
    found = contacts(control.place, serving, ids)
    told = [{**one, "contact": found.get(one["customer_id"], "no")} for one in data["customers"]]
    return replace(message, body={**message.body, "data": {**data, "customers": told}})


def _send(message: Message) -> tuple[str | None, float]:
    """Send a message; return why it failed, or None, and for how long the receiver wants none (s).

    Nothing else that the receiver said is kept. What the system says of a connection is: that a
    certificate has expired, or names others.
    """
    body = json.dumps(message.body, ensure_ascii=False, separators=(",", ":")).encode()
    signed = headers(message.webhook.secret, message.message_id, int(time.time()), body)
    try:
        status, wait = post(look_up(message.webhook.url), signed, body)
    except LadderError as error:
        return f"refused: {error.came}", 0
    except (OSError, HTTPException) as error:
        return f"no answer: {getattr(error, 'strerror', None) or type(error).__name__}", 0
    return (None if 200 <= status < 300 else f"answered {status}"), min(wait, DELAYS[-1])


def _put_off(box: Outbox, message: Message, why: str, wait: float) -> None:
    """Decide what becomes of a message that failed, and of the others of its webhook."""
    hook = message.webhook.webhook_id
    if why == GONE or message.attempts >= len(DELAYS):
        log.error(Entry(message="given up", webhook=hook, why=why))
        box.failed(message, why, None)
    else:
        delay = max(DELAYS[message.attempts], ceil(wait))
        box.failed(message, why, now() + delay * 1_000_000)
    if why == GONE:
        box.give_up(hook, why)
    elif wait > 0:
        box.rest(hook, now() + ceil(wait) * 1_000_000)


def _compare(control: Control, box: Outbox, message: Message) -> None:
    """Find who changed between two runs, and put messages about them into the outbox."""
    runs = message.body["data"]
    there = {run.run_id for run in control.runs()}
    if not {runs["before"], runs["after"]} <= there:
        box.failed(message, "a run was retired before it was compared", None)
        return
    found = changed_customers(control.place, runs["before"], runs["after"])
    box.compared(message, list(_parts(found)))


def _parts(found: Iterator[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    while part := list(islice(found, CUSTOMERS)):
        yield part
