"""``ladder webhook``: who is told of runs and of customers who moved."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from features.errors import LadderError, UsageError
from features.units import count_of
from serving.commands.options import config_option, example, open_control
from serving.store.messages import EVENTS, GONE, Webhook
from serving.store.outbox import Outbox
from serving.store.run import now, to_datetime

OFF = "  off: it answered 410; `ladder webhook send --retry` turns it on"


@example("ladder webhook add https://hooks.example.com/ladder --event run.published")
@click.group("webhook")
def command() -> None:
    """Notify other systems of new runs and of customers who changed, by signed requests."""


@example(
    "ladder webhook add https://hooks.example.com/ladder --event run.published",
    "ladder webhook add https://crm.example.com/in --event customer.changed",
)
@command.command("add", short_help="Notify an address of events from now on.")
@config_option
@click.argument("url")
@click.option(
    "--event",
    "events",
    multiple=True,
    required=True,
    type=click.Choice(list(EVENTS)),
    help="Events to send; may be repeated.",
)
def add(config_path: Path, url: str, events: tuple[str, ...]) -> None:
    """Notify URL of events from now on, and print the secret that verifies the messages.

    Messages are signed according to Standard Webhooks. A host on a private network, or without
    TLS, must be allowed by name: LADDER_WEBHOOK_HOSTS=HOST,...
    """
    from serving.webhooks.addresses import look_up
    from serving.webhooks.signing import new_secret, shown

    try:
        look_up(url)
    except OSError as error:
        raise UsageError(
            "The host of a webhook must have an address.",
            f"The host of this URL cannot be resolved ({error.strerror}).",
            "Check the spelling.",
        ) from error
    hook = Webhook(secrets.token_hex(4), url, frozenset(events), new_secret(), now())
    with open_control(config_path) as control:
        Outbox(control).add(hook)
    click.echo(shown(hook.secret))
    click.echo(f"Keep it: it is shown only now. {_line(hook)}", err=True)


@example("ladder webhook list")
@command.command("list", short_help="List webhooks and undelivered messages.")
@config_option
def list_webhooks(config_path: Path) -> None:
    """List the webhooks, and the messages that are not delivered yet."""
    with open_control(config_path) as control:
        box = Outbox(control)
        hooks, waiting = box.webhooks(), box.waiting()
    if not hooks:
        click.echo("No webhooks yet. `ladder webhook add URL --event run.published` makes one.")
    gone = {
        row["webhook_id"] for row in waiting if row["due_at"] is None and row["failure"] == GONE
    }
    for hook in hooks:
        click.echo(_line(hook) + (OFF if hook.webhook_id in gone else ""))
    for row in waiting:
        due = row["due_at"]
        state = "given up" if due is None else f"due {to_datetime(due):%Y-%m-%d %H:%M:%S} UTC"
        failure = f", {row['failure']}" if row["failure"] else ""
        tried = f"{count_of(row['attempts'], 'attempt')}{failure}"
        click.echo(f"  {row['message_id']} to {row['webhook_id']}: {state}, {tried}")


@example("ladder webhook remove 3f9a2c11")
@command.command("remove", short_help="Remove a webhook.")
@config_option
@click.argument("webhook")
def remove(config_path: Path, webhook: str) -> None:
    """Remove WEBHOOK, given by its id, and drop its undelivered messages."""
    with open_control(config_path) as control:
        box = Outbox(control)
        if webhook not in {hook.webhook_id for hook in box.webhooks()}:
            raise LadderError(
                "WEBHOOK must be the id of a webhook.",
                f"Got {webhook!r}.",
                "Run `ladder webhook list` to see them.",
            )
        box.remove(webhook)
    click.echo(f"Removed {webhook}.")


@example("ladder webhook send", "ladder webhook send --retry")
@command.command("send")
@config_option
@click.option("--retry", is_flag=True, help="Also retry messages that were given up.")
def send(config_path: Path, retry: bool) -> None:
    """Deliver what is due now. `ladder serve` does this continuously."""
    from serving.webhooks.courier import deliver

    with open_control(config_path) as control:
        if retry:
            Outbox(control).retry()
        done, failed = deliver(control)
        left = len(Outbox(control).waiting())
    click.echo(f"Delivered {done}, failed {failed}, waiting {left}.")


def _line(hook: Webhook) -> str:
    return f"{hook.webhook_id}  {hook.url}  {','.join(sorted(hook.events))}"
