"""``ladder features``: the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from serving.commands.options import example
from serving.show import table

if TYPE_CHECKING:
    from features.catalogue import Feature


@example("ladder features", "ladder features spend")
@click.command("features")
@click.argument("words", nargs=-1)
def command(words: tuple[str, ...]) -> None:
    """Print every feature: its name, windows, unit and meaning.

    WORDS narrow the catalogue to the features that mention all of them.
    """
    from features import standard  # noqa: F401 - importing it fills the catalogue
    from features.catalogue import CATALOGUE

    wanted = [word.lower() for word in words]
    found = [f for f in CATALOGUE if all(word in _text(f) for word in wanted)]
    if found:
        rows = [(f.name, _windows(f), f.unit, f.description) for f in found]
        table(("feature", "windows", "unit", "meaning"), rows)
    columns = sum(max(1, len(feature.over)) for feature in found)
    click.echo(f"{len(found)} features, {columns} columns.")
    click.echo(
        "Windows are days before the cutoff; h is a prediction horizon. Kinds of engagement that "
        "no feature names get counts and a recency of their own."
    )


def _text(feature: Feature) -> str:
    return f"{feature.name} {feature.description}".lower()


def _windows(feature: Feature) -> str:
    from features.expression import Horizons

    return ", ".join(
        f"{float(days):g}h" if isinstance(days, Horizons) else str(days) for days in feature.over
    )
