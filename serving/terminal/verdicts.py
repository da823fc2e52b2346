"""A bundle's evaluation as a command prints it: figures beside every baseline, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import click

from features.units import count_of
from serving.terminal.show import figures, say
from training.bundle.advocacy import ACTS
from training.bundle.figures import MAIN_FIGURES, SPEND_FIGURES, Figure, cell, scaled, with_interval

GAINS = {"auroc": "AUROC", "log_loss": "log-loss"}

NAMED = ("outcome", "verdict", "finding")
"""Parts of a judgement that hold the outcome's name."""

CUSTOMERS = 1_000
"""Profits are per so many customers asked about."""

READING = (
    "In brackets: 95% intervals from resampling customers. Lower is better for Brier, log-loss, "
    "calibration error and deviance, nearer to 0 for an error of the total, higher for all others. "
    "Differences are above 0 where the model is better, whichever the figure."
)
PROFIT = (
    "Profit: expected from contacting down to the best cut, per that many eligible customers; "
    "`ladder report` says what it assumes."
)


class Profit(NamedTuple):
    """How the profit at the best cut is shown."""

    head: str
    scale: float
    form: str

    @classmethod
    def of(cls, stake: float | None, currency: str | None) -> Profit:
        """Return it in money, or where no customer's worth is known, as a share of that."""
        if stake is None:
            return cls("profit, % of a customer's worth", 100.0, ".1f")
        unit = f", {currency}" if currency else ""
        return cls(f"profit{unit} per {CUSTOMERS:,}", CUSTOMERS * stake, ",.0f")


def show(metrics: Mapping[str, Any], currency: str | None = None) -> None:
    """Print the evaluation of every outcome.

    Parameters
    ----------
    metrics : mapping
        ``metrics.json`` of a bundle.
    currency : str, optional
        Of the shop.
    """
    alone = _only_act(metrics["outcomes"])
    for name, judged in metrics["outcomes"].items():
        if name == "advocate" and alone:
            _heading(name, judged)
            click.echo(f": as {alone}, the only act that is learnt")
            continue
        profit = Profit.of(metrics["stake"], currency) if name == "churn" else None
        _show_outcome(name, judged, metrics["names"], profit)
        if judged["alarms"] and (drivers := metrics["importance"].get(name)):
            say(_leaning(drivers))
    if spend := metrics.get("spend"):
        _show_spend(spend, metrics["names"])
    for skipped in metrics["skipped"]:
        say(f"Skipped {', '.join(skipped['outcomes'])}: {skipped['why']}.")
    _explain(metrics)


def _only_act(outcomes: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the act that `advocate` is judged exactly like, where advocacy is one act alone."""
    acts = [name for name in ACTS if name in outcomes]
    if "advocate" not in outcomes or len(acts) != 1:
        return None
    any_act, act = outcomes["advocate"], outcomes[acts[0]]
    alike = all(any_act[part] == act[part] for part in act if part not in NAMED)
    return acts[0] if act["model"] and alike else None


def _explain(metrics: Mapping[str, Any]) -> None:
    """Say what the figures are, where there are any."""
    judged = {
        name: judgement for name, judgement in metrics["outcomes"].items() if judgement["model"]
    }
    if judged or (metrics.get("spend") or {}).get("model"):
        click.echo()
        say(READING)
    if "churn" in judged:
        say(PROFIT)


def _show_outcome(
    name: str, judged: Mapping[str, Any], names: Mapping[str, str], profit: Profit | None
) -> None:
    _heading(name, judged)
    if judged["model"]:
        _show_judged(judged, names, profit)
    else:
        click.echo()
        say(judged["verdict"])
    for line in (*judged["notes"], *(f"Alarm: {alarm}" for alarm in judged["alarms"])):
        say(line)


def _show_judged(
    judged: Mapping[str, Any], names: Mapping[str, str], profit: Profit | None
) -> None:
    click.echo(
        f": judged on {count_of(judged['test_rows'], 'customer')} as of {judged['newest']}, "
        f"{judged['test_rate']:.1%} positive"
    )
    models = {"model": judged["model"]}
    models |= {names.get(rule, rule): found for rule, found in judged["baselines"].items()}
    _figures("", models, MAIN_FIGURES, profit)
    better = {names.get(rule, rule): found for rule, found in judged["gains"].items()}
    _figures("the model is better by", better, GAINS, profit, sign="+")
    say(judged["verdict"])
    if judged["moved"]:
        say(judged["moved"])
    if known := {
        n: stratum["ece"] for n, stratum in judged["strata"].items() if stratum["ece"] is not None
    }:
        say(_by_group(known, others=len(judged["strata"]) - len(known)))
    if judged["asking"]:
        say(_by_asking(judged["asking"]))


def _heading(name: str, judged: Mapping[str, Any]) -> None:
    horizon = count_of(judged["horizon_days"], "day")
    click.secho(f"\n{name}, {horizon}", bold=True, nl=False)


def _leaning(drivers: Mapping[str, float]) -> str:
    """Return what a model leans on most: there, a column that knows the future is to be found."""
    most = sorted(drivers, key=lambda name: (-drivers[name], name))[:3]
    return f"It leans most on {', '.join(most)}: `ladder features` tells what they are."


def _show_spend(judged: Mapping[str, Any], names: Mapping[str, str]) -> None:
    click.secho("\nspend", bold=True, nl=False)
    if not judged["model"]:
        click.echo()
        say(judged["verdict"])
        return
    click.echo(f": judged on {count_of(judged['rows'], 'customer')} who stayed")
    rules = {names.get(rule, rule): rule for rule in judged["baselines"]}
    sides = {"model": judged["model"]}
    sides |= {words: judged["baselines"][rule] for words, rule in rules.items()}
    _amounts("", sides)
    _amounts("the model is better by", {s: judged["gains"][r] for s, r in rules.items()}, "+")
    say(judged["verdict"])
    if expected := judged.get("expected"):
        say(expected["verdict"])


def _amounts(head: str, sides: Mapping[str, Mapping[str, Figure]], sign: str = "") -> None:
    """Print figures of spend, a row per model or rule."""
    rows = [
        [who, *(cell(name, found[name], sign, "-") for name in SPEND_FIGURES)]
        for who, found in sides.items()
    ]
    figures([head, *SPEND_FIGURES.values()], rows)


def _figures(
    head: str,
    models: Mapping[str, Mapping[str, Figure]],
    wanted: Mapping[str, str],
    profit: Profit | None,
    sign: str = "",
) -> None:
    """Print figures, a row per model or rule."""
    rows = [
        [model, *(_cell(found[key], f"{sign}.3f") for key in wanted)]
        for model, found in models.items()
    ]
    heads = [head, *wanted.values()]
    if profit is not None:
        heads.append(profit.head)
        for row, found in zip(rows, models.values(), strict=True):
            row.append(_cell(found["profit"], sign + profit.form, profit.scale))
    figures(heads, rows)


def _by_group(errors: Mapping[str, float], others: int) -> str:
    """Return how calibrated what serves is in the groups large enough to judge, in a line."""
    listed = ", ".join(f"{name} {error:.3f}" for name, error in errors.items())
    few = count_of(others, "other group has", "other groups have")
    return f"Calibration error by group: {listed}{f' ({few} too few customers)' if others else ''}."


def _by_asking(sides: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what happened to those who were asked for it and to the others, in a line."""
    parts = (
        f"of {count_of(side['rows'], 'customer')} {name}, {100 * side['rate']:.1f}% did it "
        f"({100 * side['mean_probability']:.1f}% predicted)"
        for name, side in sides.items()
    )
    return f"Under the asking practised so far: {'; '.join(parts)}."


def _cell(figure: Figure, form: str, scale: float = 1.0) -> str:
    return with_interval(scaled(figure, scale), form, unknown="-")
