"""``ladder runs``: the published runs, and which one serves."""

from __future__ import annotations

from pathlib import Path

import click

from features.units import count_of
from serving.commands.options import (
    config_option,
    example,
    inherited_config_option,
    open_control,
)
from serving.store import PublishedRun
from serving.terminal.show import say


@example("ladder runs", "ladder runs use 20260601T063012Z-3f9a")
@click.group("runs", invoke_without_command=True)
@config_option
@click.pass_context
def command(context: click.Context, config_path: Path) -> None:
    """List published runs, or choose which one serves."""
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return
    with open_control(config_path) as control:
        runs = control.runs()
    if not runs:
        click.echo("No run is published yet. `ladder score` publishes one.")
    for run in runs:
        say(_line(run))


@example("ladder runs use 20260601T063012Z-3f9a")
@command.command("use", short_help="Make a run serve.")
@click.argument("run")
@inherited_config_option
def use(config_path: Path, run: str) -> None:
    """Make RUN serve, named by its id or the beginning of it; servers follow within seconds."""
    with open_control(config_path) as control:
        chosen = control.use(run)
    say(f"Serving now: {_line(chosen).lstrip('* ')}")


def _line(run: PublishedRun) -> str:
    """Return a run as a line of the list; a star marks the one that serves."""
    mark = "*" if run.serving else " "
    return (
        f"{mark} {run.run_id}  as of {run.info.as_of}  {count_of(run.customers, 'customer')}  "
        f"model {run.info.model_version}  published {run.published_at:%Y-%m-%d %H:%M} UTC"
    )
