"""``ladder access``: all that is held about a person."""

from __future__ import annotations

import json
from pathlib import Path

import click

from serving.commands.options import (
    CustomerId,
    config_option,
    example,
    language_option,
    open_control,
    out_option,
)


@example("ladder access C-1042 --out C-1042.json")
@click.command("access")
@config_option
@click.argument("customer_id", type=CustomerId())
@language_option
@out_option("Write it to this file instead of printing it.")
def command(config_path: Path, customer_id: str, tag: str, out: Path | None) -> None:
    """Export everything held about CUSTOMER_ID as JSON: scores, features, rows, lists, results."""
    from serving.files import replacing
    from serving.personal_data import personal_data
    from serving.store.audit import COMMAND_LINE, note

    with open_control(config_path) as control:
        with control.engine.begin() as connection:
            note(connection, COMMAND_LINE, "access", customers=1)
        found = personal_data(control, customer_id, tag)
    text = json.dumps(found, indent=2, ensure_ascii=False, default=str)
    if out is None:
        click.echo(text)
        return
    with replacing(out) as file:
        file.write(f"{text}\n".encode())
    click.echo(f"Written to {out}.")
