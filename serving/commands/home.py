"""``ladder home``: where models, runs and secrets are kept, and what is in there."""

from __future__ import annotations

import os
from pathlib import Path

import click

from features.units import count_of
from serving.commands.options import config_option, example, inherited_config_option
from serving.home import home_of
from serving.store import Control
from training.bundle.shelf import Shelf


@example("ladder home", "ladder home relocate", "ladder home prune --keep 10")
@click.group("home", invoke_without_command=True)
@config_option
@click.pass_context
def command(context: click.Context, config_path: Path) -> None:
    """Show where models, runs and the secret are kept.

    The home is LADDER_HOME in the environment, else `home` in ladder.toml, else the folder models
    beside it. Back up the whole folder: without its secret, erased people could come back.
    """
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return
    home = home_of(config_path)
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
@command.command("relocate", short_help="Update MLflow's store after the home has moved.")
@inherited_config_option
def relocate_command(config_path: Path) -> None:
    """Update MLflow's store after the home folder has moved.

    Scoring and serving do not need this. The addresses on a team's MLflow server stay as they are.
    """
    from training.registry.relocation import relocate

    home = home_of(config_path)
    changed = relocate(home)
    one, many = "address in MLflow's store now names", "addresses in MLflow's store now name"
    what = count_of(changed, one, many) if changed else "All addresses name"
    click.echo(f"{what} {home}.")


@example("ladder home prune", "ladder home prune --keep 10 --dry-run")
@command.command("prune", short_help="Remove model versions that nothing needs.")
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    metavar="N",
    help="How many of the newest versions to keep.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be removed, without removing it.")
@inherited_config_option
def prune_command(config_path: Path, keep: int, dry_run: bool) -> None:
    """Remove model versions that nothing needs, for example after months of nightly trainings.

    Keeps the champion, the version before it, every version that a published run uses, and the
    newest ones. MLflow keeps the figures, charts and reports of all trainings. Versions on a team's
    MLflow server are not touched.
    """
    from training.registry.pruning import dispensable, prune

    home = home_of(config_path)
    shelf = Shelf(home)
    with Control(home) as control:
        named = {run.info.model_version for run in control.runs()}
    gone = dispensable(shelf, keep, named)
    before = _megabytes(home)
    if not dry_run:
        gone = prune(shelf, gone)
    for bundle in gone:
        click.echo(f"{'Would remove' if dry_run else 'Removed'} {bundle}")
    stay = count_of(len(shelf.ids()) - (len(gone) if dry_run else 0), "version")
    freed = f", {before - _megabytes(home):,.1f} MB freed" if gone and not dry_run else ""
    click.echo(f"{'Nothing to remove: ' if not gone else ''}{stay} of the model stay{freed}.")


def _megabytes(folder: Path) -> float:
    """Return the size of all files in a folder, in millions of bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
