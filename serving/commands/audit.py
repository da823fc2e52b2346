"""``ladder audit``: who did what, when, to how many people."""

from __future__ import annotations

from pathlib import Path

import click

from features.units import count_of
from serving.commands.options import config_option, example, open_control


@example("ladder audit", "ladder audit --last 20")
@click.command("audit")
@config_option
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the newest N entries.")
def command(config_path: Path, last: int | None) -> None:
    """Show who saved lists, erased people or changed what serves, but never which customers.

    Reads of scores and lists follow, counted per token and minute.
    """
    from serving.store.audit import entries
    from serving.store.run import to_datetime

    with open_control(config_path) as control:
        found, reads = entries(control), control.reads()
    if not found and not reads:
        click.echo("Nothing yet.")
    for entry in found[-last:] if last else found:
        click.echo(
            f"{to_datetime(entry['at']):%Y-%m-%d %H:%M:%S}  {entry['who']}  {entry['action']}  "
            f"{entry['subject'] or '-'}  {_people(entry['customers'])}"
        )
    for read in reads[-last:] if last else reads:
        at = to_datetime(read["minute"] * 60_000_000)
        click.echo(f"{at:%Y-%m-%d %H:%M}  {read['token_id']}  read {read['action']}  ", nl=False)
        click.echo(_people(read["customers"]))


def _people(count: int) -> str:
    return count_of(count, "person", "people")
