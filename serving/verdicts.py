"""A bundle's evaluation as a command prints it: figures beside every baseline, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from serving.show import table

FIGURES = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "brier": "Brier",
    "log_loss": "log-loss",
}


def show(metrics: Mapping[str, Any]) -> None:
    """Print the evaluation of every outcome.

    Parameters
    ----------
    metrics : mapping
        ``metrics.json`` of a bundle.
    """
    for name, judged in metrics["outcomes"].items():
        _show_outcome(name, judged, metrics["names"])
    if spend := metrics.get("spend"):
        click.secho("\nspend", bold=True, nl=False)
        click.echo(f": judged on {spend['rows']:,} customers who stayed")
        click.echo(spend["verdict"])
    for skipped in metrics["skipped"]:
        click.echo(f"Skipped {', '.join(skipped['outcomes'])}: {skipped['why']}.")


def _show_outcome(name: str, judged: Mapping[str, Any], names: Mapping[str, str]) -> None:
    click.secho(f"\n{name}, {judged['horizon_days']} days", bold=True, nl=False)
    if not judged["model"]:
        click.echo(f"\n{judged['verdict']}")
        return
    click.echo(
        f": judged on {judged['test_rows']:,} customers as of {judged['newest']}, "
        f"{judged['test_rate']:.1%} positive"
    )
    models = {"model": judged["model"]}
    models |= {names.get(rule, rule): found for rule, found in judged["baselines"].items()}
    rows = [[model, *(_cell(found[key]) for key in FIGURES)] for model, found in models.items()]
    table(["", *FIGURES.values()], rows)
    click.echo(judged["verdict"])
    for line in (*judged["notes"], *(f"Alarm: {alarm}" for alarm in judged["alarms"])):
        click.echo(line)


def _cell(figure: Mapping[str, float | None]) -> str:
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        return "-"
    if low is None or high is None:
        return f"{value:.3f}"
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"
