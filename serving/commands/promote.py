"""``ladder promote``: make a version the champion by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.commands.options import config_argument, config_option, example

if TYPE_CHECKING:
    from training.promotion import Decision


@example("ladder promote 3f2a9c0b1d5e", "ladder promote 3f2a")
@click.command("promote")
@config_option
@click.argument("version")
def command(config_path: Path, version: str) -> None:
    """Make a model version the champion, whatever the comparison said.

    VERSION is its id in `ladder models`, or the beginning of it. Published runs do not
    change; the next `ladder score` uses the new champion.
    """
    from serving.home import home_of
    from training.succession import promote

    home = home_of(config_path)
    announce(promote(home, version), home, config_path)


def announce(decision: Decision, home: Path, config_path: Path) -> None:
    """Print a change of champion and mirror it in MLflow, where a failure is only said."""
    from training.bundle import Bundle
    from training.bundle.shelf import Shelf
    from training.registry.tracking import Tracker

    before = f" It was {decision.before}." if decision.before else ""
    click.echo(f"{decision.bundle} is the champion now.{before}")
    bundle = Bundle.read(Shelf(home).path(decision.bundle))
    tracker = Tracker(home, bundle.config.shop.name, os.environ.get("MLFLOW_TRACKING_URI"))
    try:
        if not tracker.mirror(decision.bundle):
            click.echo("Note: MLflow does not know this version, so its alias stays.")
    except Exception as error:
        click.echo(f"Note: MLflow's alias could not follow ({type(error).__name__}).")
    click.echo(f"Next: ladder score{config_argument(config_path)}")
