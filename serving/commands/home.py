"""``ladder home``: where models, runs and secrets are kept, and what is in there."""

from __future__ import annotations

import os
from pathlib import Path

import click

from features.units import count_of
from serving.commands.options import config_option, example, inherited_config_option
from serving.home import find_home, open_home
from serving.store import Control
from training.bundle.shelf import Shelf


@example("ladder home", "ladder home relocate")
@click.group("home", invoke_without_command=True)
@config_option
@click.pass_context
def command(context: click.Context, config_path: Path) -> None:
    """Show where models, runs and the secret are kept.

    LADDER_HOME in the environment comes first, then `home` in ladder.toml, then the folder models
    beside it. Back up the whole folder: without its secret, erased people could come back.
    """
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return
    home = open_home(find_home(config_path))
    shelf = Shelf(home)
    with Control(home) as control:
        runs = control.runs()
    serving = next((run.run_id for run in runs if run.serving), "none yet")
    secret = "LADDER_SECRET" if os.environ.get("LADDER_SECRET") else "the file `secret`"
    click.echo(f"Home     {home}")
    click.echo(f"Models   {len(shelf.ids())}, champion: {shelf.champion() or 'none yet'}")
    click.echo(f"Runs     {len(runs)}, serving: {serving}")
    click.echo(f"Size     {_megabytes(home):,.1f} MB")
    click.echo(f"Secret   in {secret}; part of the back-up")


@example("ladder home relocate")
@command.command("relocate", short_help="Tell MLflow's store of a move.")
@inherited_config_option
def relocate_command(config_path: Path) -> None:
    """Tell MLflow's store where the home is, after the folder has moved.

    Scoring and serving need nothing of the kind. A team's MLflow server keeps its own addresses.
    """
    from training.relocation import relocate

    home = open_home(find_home(config_path))
    changed = relocate(home)
    one, many = "address in MLflow's store now names", "addresses in MLflow's store now name"
    said = count_of(changed, one, many) if changed else "All addresses name"
    click.echo(f"{said} {home}.")


def _megabytes(folder: Path) -> float:
    """Return the size of all files in a folder, in millions of bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
