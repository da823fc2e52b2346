"""``ladder db``: where the score store is, and its version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine

from serving.commands.options import config_option, example, inherited_config_option
from serving.home import home_of
from serving.store.migrations import HEAD, revision, upgrade
from serving.store.place import Place, find_place
from serving.store.refusal import answering


@example("ladder db", "ladder db upgrade")
@click.group("db", invoke_without_command=True)
@config_option
@click.pass_context
def command(context: click.Context, config_path: Path) -> None:
    """Show where the score store is and whether its tables are up to date."""
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return
    with _store(config_path) as (place, engine), engine.connect() as connection:
        found = revision(connection)
    click.echo(f"Store    {place.name}")
    click.echo(f"Version  {found or 'none yet'}; this program's is {HEAD}")


@example("ladder db upgrade")
@command.command("upgrade", short_help="Upgrade the tables.")
@inherited_config_option
def upgrade_command(config_path: Path) -> None:
    """Bring the tables up to date, as every other command does on its start.

    One program at a time does it, the others wait. A store of a newer version is refused.
    """
    with _store(config_path) as (place, engine):
        before = upgrade(place, engine)
    click.echo(f"From {before or 'nothing'} to {HEAD}." if before != HEAD else f"{HEAD} already.")


@contextmanager
def _store(config_path: Path) -> Iterator[tuple[Place, Engine]]:
    """Yield the store's place and an engine; errors of the database are put in words."""
    place = find_place(home_of(config_path))
    engine = place.control_engine()
    try:
        with answering(place.name):
            yield place, engine
    finally:
        engine.dispose()
