"""``ladder report``: a version's evaluation as a page for a manager."""

from __future__ import annotations

from pathlib import Path

import click

from serving.commands.options import config_option, example


@example("ladder report", "ladder report 3f2a --out churn-model.html")
@click.command("report")
@config_option
@click.argument("version", required=False)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    metavar="FILE",
    help="The file to write.",
)
def command(config_path: Path, version: str | None, out: Path) -> None:
    """Write the evaluation of a model version as one HTML page.

    VERSION is its id in `ladder models`, or the beginning of it; by default, the version that
    serves. The page opens from disk, runs no scripts and loads nothing.
    """
    from serving.files import replacing
    from serving.home import home_of
    from training.bundle import Bundle
    from training.bundle.shelf import Shelf
    from training.report import render

    shelf = Shelf(home_of(config_path))
    path = shelf.path(shelf.find(version)) if version else shelf.champion_path()
    with replacing(out) as file:
        file.write(render(Bundle.read(path)).encode())
    click.echo(f"The report on {path.name} is in {out}.")
