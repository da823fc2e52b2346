"""``ladder init``: a ``ladder.toml`` to start from, guessed from files it is shown."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.commands.options import config_argument, config_option, example

if TYPE_CHECKING:
    from features.guess import Guess


@example("ladder init orders.csv", "ladder init orders.parquet events.json -c shop/ladder.toml")
@click.command("init")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@config_option
@click.option("--force", is_flag=True, help="Overwrite an existing configuration.")
def command(files: tuple[Path, ...], config_path: Path, force: bool) -> None:
    """Write a commented ladder.toml, guessing the mapping of each FILE.

    A FILE is CSV, Parquet or JSON with orders, engagement, customers or contacts. The guess uses
    the names and types of its columns: check it before you use it. Without a FILE, the
    configuration contains examples.
    """
    from features.errors import UsageError
    from features.guess import agreeing, left_out, merging, template
    from features.guess import guesses as guessed

    if config_path.exists() and not force:
        raise UsageError(
            "An existing configuration is not overwritten without --force.",
            f"{config_path} exists.",
            "Add --force to overwrite it, or choose another with -c.",
        )
    shown = [(_address(file, config_path), guess) for file in files for guess in guessed(file)]
    guesses = agreeing(shown)
    text = template(guesses)
    config_path.parent.mkdir(parents=True, exist_ok=True)
    config_path.write_text(text, encoding="utf-8")
    for address, found in guesses:
        like = "looks like" if found.is_likely else "has few columns known by name; taken for"
        click.echo(f"{address} {like} {found.table}:")
        for name, mapped in found.columns.items():
            click.echo(f"  {name} = {mapped}")
        if found.where:
            click.echo(f"  only where {found.where}")
        for said in found.statuses:
            click.echo(f"  {said}")
        if found.missing:
            click.echo(f"  still to fill in: {', '.join(found.missing)}")
        beside = [other for where, other in guesses if where == address]
        if beside[0] is found and (unread := _unread(beside)):
            click.echo(f"  not read: {', '.join(unread)}")
    for address, why in {**left_out(shown), **merging(guesses)}.items():
        click.echo(f"{address} {why}")
    click.echo(
        f"Written to {config_path}. Read it, then: ladder check{config_argument(config_path)}"
    )


def _unread(guesses: Sequence[Guess]) -> list[str]:
    """Return a file's columns that none of its tables is read from."""
    first, *others = guesses
    return [name for name in first.unread if all(name in other.unread for other in others)]


def _address(file: Path, config_path: Path) -> str:
    """Return the path of a file from the folder of the configuration."""
    return Path(os.path.relpath(file.absolute(), config_path.absolute().parent)).as_posix()
