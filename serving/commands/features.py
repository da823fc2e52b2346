"""``ladder features``: the catalogue, and a shop's own features beside it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.units import count_of
from serving.commands.options import USUAL, example
from serving.terminal.show import say, table

if TYPE_CHECKING:
    from features.catalogue import Feature
    from features.config import Config
    from features.own import Own


@example("ladder features", "ladder features spend", "ladder features --check -c shop/ladder.toml")
@click.command("features")
@click.argument("words", nargs=-1)
@click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="The shop's configuration, for its own features; default: ladder.toml if it exists.",
)
@click.option("--check", is_flag=True, help="Test the shop's own features.")
@click.option("--made-up", is_flag=True, help="Test on made-up customers instead of the shop's.")
def command(words: tuple[str, ...], config_path: Path | None, check: bool, made_up: bool) -> None:
    """List every feature with its name, windows, unit and meaning.

    WORDS select the features that mention all of them. A shop's own features, from the file that
    [features] extra names, come last.
    """
    from features.catalogue import CATALOGUE
    from features.config import load
    from features.standard import own_features

    path = config_path or (USUAL if check or USUAL.is_file() else None)
    config = load(path) if path else None
    own = own_features(config) if config else None
    if check and config:
        _check(config, own, made_up)
        return
    wanted = [word.lower() for word in words]
    _show("", wanted, CATALOGUE)
    if config:
        _show_attributes(config)
    if own:
        _show(f"\nOf this shop ({own.file})", wanted, own)
    say(
        "Windows are days before the cutoff; h is a prediction horizon. Kinds of engagement that "
        "no feature names get counts and a recency of their own."
    )


def _show(head: str, wanted: list[str], features: Iterable[Feature]) -> None:
    found = [feature for feature in features if all(word in _text(feature) for word in wanted)]
    if head:
        click.echo(head)
    if found:
        rows = [
            (feature.name, _windows(feature), feature.unit, feature.description)
            for feature in found
        ]
        table(("feature", "windows", "unit", "meaning"), rows)
    columns = sum(max(1, len(feature.over)) for feature in found)
    click.echo(f"{count_of(len(found), 'feature')}, {count_of(columns, 'column')}.")


def _show_attributes(config: Config) -> None:
    """Say which attributes of customers become features, when the history is read."""
    dated = [name for name, has_history in config.attributes.items() if has_history]
    if dated:
        say(
            f"\nAttributes of customers: {', '.join(dated)}. A number is a feature as it is, true "
            "and false are 1 and 0, a text is a flag for each of its most frequent values; `ladder "
            "check` says which."
        )


def _check(config: Config, own: Own | None, made_up: bool) -> None:
    """Try the shop's own features and fail where a promise is not kept."""
    from features.errors import LadderError, UsageError
    from features.promises.proof import PROMISES
    from serving import tryout
    from serving.terminal.progress import bar

    if own is None:
        raise UsageError(
            "`--check` tests the shop's own features.",
            "`[features] extra` in the configuration names no file.",
            'Add `extra = "my_features.py"` under `[features]`.',
        )
    with bar() as progress:
        progress("reading some customers", None)
        trial = tryout.on_made_up(config) if made_up else tryout.on_the_shop(config)
        columns = own.catalogue.columns(config.churn.horizon_days, *tryout.present(trial))
        progress("computing every way", None)
        broken = tryout.broken(trial, columns) if columns else []
    held = [*tryout.summaries(trial, columns)] if columns else []
    if held:
        rows = [(h.column.name, f"{h.known:.0%}", str(h.different), h.said) for h in held]
        table(("column", "known", "different", "of a customer in the middle"), rows)
    if broken:
        raise LadderError(
            "Every feature keeps what the catalogue promises: " + "; ".join(PROMISES) + ".",
            "; ".join(f"`{breach.column}` does not: {breach.promise}" for breach in broken) + ".",
            f"Correct {own.file}, or report it with the file: such a tree should not exist.",
        )
    for name in _unfilled(config, own, {h.column.name for h in held}):
        say(f"{name}: left out, as these customers have nothing that it reads.")
    for summary in held:
        if summary.different < 2:
            say(f"{summary.column.name}: the same for everybody here, so nothing is learnt.")
    whose = "made-up customers" if made_up else "customers of the shop"
    columns_keep = count_of(len(held), f"column of {own.file} keeps", f"columns of {own.file} keep")
    say(f"{columns_keep} every promise, on {whose}.")


def _unfilled(config: Config, own: Own, held: set[str]) -> list[str]:
    every = own.catalogue.columns(config.churn.horizon_days)
    return [column.name for column in every if column.name not in held]


def _text(feature: Feature) -> str:
    return f"{feature.name} {feature.description}".lower()


def _windows(feature: Feature) -> str:
    from features.expressions.expression import Horizons

    return ", ".join(
        f"{float(days):g}h" if isinstance(days, Horizons) else str(days) for days in feature.over
    )
