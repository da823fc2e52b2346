"""``ladder doctor``: whether all is in place that training, scoring and serving stand on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.commands.options import config_option, example

if TYPE_CHECKING:
    from serving.doctor import Installation


@example("ladder doctor", "ladder doctor -c shop/ladder.toml")
@click.command("doctor")
@config_option
def command(config_path: Path) -> None:
    """Check the program, the home, every model, the store and MLflow.

    Reads every model completely, and scores the made-up customers of the one that serves again.
    Exits with 1 if anything fails. `ladder check` is for the shop's data.
    """
    from features.errors import LadderError
    from serving.doctor import BROKEN, TOPICS, Installation, examine
    from serving.terminal.show import table

    findings = [*examine(Installation(config_path), (*TOPICS, mlflow))]
    rows = [
        (finding.state, finding.topic, " ".join(filter(None, (finding.said, finding.do))))
        for finding in findings
    ]
    table(("", "topic", "found"), rows)
    broken = [finding.topic for finding in findings if finding.state == BROKEN]
    if broken:
        raise LadderError(
            "Everything that serving depends on must work.",
            f"This does not: {', '.join(broken)}.",
            "Follow the advice beside it above.",
        )


def mlflow(installation: Installation) -> Iterator[tuple[str, str]]:
    """Compare MLflow's alias with the line that decides what serves, and its addresses."""
    from importlib.util import find_spec

    from training.bundle import Bundle
    from training.bundle.shelf import Shelf

    if find_spec("mlflow") is None:
        yield "Not installed, as on a machine that only serves.", ""
        return
    from training.registry.relocation import homes_before
    from training.registry.tracking import Tracker

    path = Shelf(installation.home).champion_path()
    shop = Bundle.read(path).config.shop.name
    try:
        named = Tracker(installation.home, shop, os.environ.get("MLFLOW_TRACKING_URI")).champion()
    except Exception as error:
        yield f"It does not answer ({type(error).__name__}).", "Serving goes on without it."
        return
    followed = named == path.name
    said = f"Its alias names {named or 'no version'}."
    yield said, "" if followed else f"Run `ladder promote {path.name}` to move it."
    for before in homes_before(installation.home):
        yield f"Its addresses name {before}.", "Run `ladder home relocate`."
