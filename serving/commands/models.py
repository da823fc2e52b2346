"""``ladder models``: the versions on the shelf, how good they are, and which one serves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from serving.commands.options import config_argument, config_option, example


@example("ladder models", "ladder models -c shop/ladder.toml")
@click.command("models")
@config_option
def command(config_path: Path) -> None:
    """List model versions as they were trained, and show which one serves.

    Figures are those of the first outcome (churn, if predicted) on a day that its evaluation fit
    had not seen, with 95% intervals, beside the best simple rule.
    The last line says why the newest was promoted, or was not.
    """
    from serving.home import home_of
    from serving.terminal.show import say, table
    from training.bundle.shelf import Shelf

    shelf = Shelf(home_of(config_path))
    champion = shelf.champion()
    trainings = [one for one in shelf.decisions() if one["action"] == "train"]
    trained = {str(one["bundle"]): str(one["at"])[:16].replace("T", " ") for one in trainings}
    rows = sorted(
        (trained.get(bundle, ""), *_row(shelf.path(bundle), serves=bundle == champion))
        for bundle in shelf.ids()
    )
    if not rows:
        click.echo("There is no model yet. Next: ladder train")
        return
    heads = ("data until", "version", "outcome", "basis", "AUROC", "best rule's", "predicts", "")
    table(("trained, UTC", *heads), rows)
    if trainings and (newest := trainings[-1])["bundle"] in shelf.ids():
        verdict = "was promoted" if newest["promoted"] else "was not promoted"
        say(f"{newest['bundle']} {verdict}: {newest['why']}.")
    if champion is None or champion not in shelf.ids():
        gone = f"{champion} is champion, but its files are gone" if champion else "None serves yet"
        click.echo(f"{gone}. Choose one: ladder promote{config_argument(config_path)} VERSION")


def _row(path: Path, *, serves: bool) -> tuple[str, ...]:
    from features.errors import LadderError
    from training.bundle import Bundle

    mark = "serves" if serves else ""
    try:
        metrics = Bundle.read(path).metrics
    except LadderError as error:
        return ("", path.name, "damaged", "", "", "", error.came, mark)
    primary = metrics["outcomes"][metrics["primary"]]
    best = primary["baselines"].get(primary["best"], {})
    return (
        metrics["until"],
        path.name,
        metrics["primary"],
        primary["basis"],
        _auroc(primary["model"]),
        _auroc(best),
        ", ".join(metrics["outcomes"]),
        mark,
    )


def _auroc(figures: Mapping[str, Any]) -> str:
    from training.bundle.figures import with_interval

    return with_interval(figures["auroc"], ".3f", unknown="-") if figures else "-"
