"""What a backtest found, as the terminal shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from serving.terminal.show import figures, say
from training.bundle.figures import scaled, with_interval

if TYPE_CHECKING:
    from training.backtest import Backtest
    from training.backtest.origins import Origin, SpendOrigin
    from training.judging.judgement import Figures
    from training.money.expected import ExpectedJudgement
    from training.money.judgement import SpendJudgement
    from training.statistics.bootstrap import Estimate

SPEND_HEADS = (
    "as of",
    "customers",
    "spent{unit}",
    "predicted{unit}",
    "error of the total, %",
    "deviance",
    "{rules} deviance",
    "better by",
    "rank correlation",
    "{rules} rank correlation",
    "serves",
)
"""Of those who stayed; of everybody without the last."""

HEADS = (
    "as of",
    "customers",
    "happened",
    "predicted",
    "AUROC",
    "best rule's AUROC",
    "difference in AUROC",
    "log-loss",
    "best rule's log-loss",
    "calibration error",
)
FITTED = ("drift of scores", "moved most")
"""What else is known of a fit made for a day."""

TOO_LITTLE = "too little to learn from"
"""In the place of the figures of a day on which nothing was learnt."""

INTERVALS = (
    "In brackets: 95% intervals from resampling customers. A difference above 0 is in the model's "
    "favour; what the best rule was on each day is in origins.csv, for spend in spend.csv."
)
DRIFT = (
    "Drift of scores: their population stability index against the newest day learnt from, net of "
    "chance: under 0.1 little has moved, over 0.25 much. Moved most: the feature whose own index "
    "is the largest."
)

CAMPAIGNS = (
    "Each day was scored by the newest champion that knew nothing of it, on the history as it is "
    "known today. A campaign that keeps customers makes fewer leave than predicted: `ladder "
    "outcome` measures by how many, from those held out."
)


def show(found: Backtest) -> None:
    """Print a backtest: a table and sentences per outcome, then those of money."""
    heads = (HEADS[0], "version", *HEADS[1:]) if found.as_served else (*HEADS, *FITTED)
    for name, origins in found.origins.items():
        click.secho(f"\n{name}", bold=True)
        if origins:
            figures(heads, [_row(origin, len(heads)) for origin in origins])
        for verdict in found.verdicts(name):
            say(verdict)
    if found.spend:
        _show_spend(found)
    click.echo()
    say(INTERVALS)
    say(CAMPAIGNS if found.as_served else DRIFT)
    for skipped in found.skipped:
        say(f"Skipped {', '.join(skipped.names)}: {skipped.why}.")


def _show_spend(found: Backtest) -> None:
    click.secho("\nspend, of those who stayed", bold=True)
    stayed = [(origin, origin.judgement) for origin in found.spend]
    rows = [(*_amounts_row(o, one, one.model, one.rule), one.basis) for o, one in stayed]
    _show_amounts("best rule's", rows, found.currency)
    say(found.stayers_verdict)
    everybody = [(origin, judged.expected) for origin, judged in stayed if judged.expected]
    if not everybody:
        return
    click.secho("\nexpected spend, of everybody, those who left included", bold=True)
    rows = [_amounts_row(o, one, one.served, one.rules) for o, one in everybody]
    _show_amounts("best rules'", rows, found.currency)
    say(found.expected_verdict)


def _show_amounts(rules: str, rows: Sequence[Sequence[str]], currency: str | None) -> None:
    unit = f", {currency}" if currency else ""
    heads = [head.format(unit=unit, rules=rules) for head in SPEND_HEADS]
    figures(heads[: len(rows[0])], rows)


def _amounts_row(
    origin: SpendOrigin, judged: SpendJudgement | ExpectedJudgement, own: Figures, rule: Figures
) -> tuple[str, ...]:
    return (
        str(origin.newest),
        f"{judged.rows:,}",
        *(f"{total:,.0f}" for total in reversed(judged.totals)),
        _percent(judged.served["total_error"]),
        _cell(own["deviance"]),
        _cell(rule.get("deviance")),
        _cell(judged.gain.get("deviance"), "+"),
        _cell(own["correlation"]),
        _cell(rule.get("correlation")),
    )


def _row(origin: Origin, width: int) -> list[str]:
    judged = origin.judgement
    day = (str(judged.newest), origin.version) if origin.version else (str(judged.newest),)
    row = [*day, f"{judged.test_rows:,}", f"{100 * judged.test_rate:.1f}%"]
    predicted = "" if judged.scores is None else f"{100 * judged.predicted:.1f}%"
    if not judged.model:
        blank = [*row, predicted, TOO_LITTLE]
        return [*blank, *[""] * (width - len(blank))]
    best = judged.baselines[judged.best]
    return [
        *row,
        predicted,
        _cell(judged.model["auroc"]),
        _cell(best["auroc"]),
        _cell(judged.gain["auroc"], "+"),
        _cell(judged.model["log_loss"]),
        _cell(best["log_loss"]),
        _cell(judged.model["ece"]),
        *_beyond(origin),
    ]


def _beyond(origin: Origin) -> tuple[str, ...]:
    """Return the cells of `FITTED`, none of a version that served."""
    if origin.drift is None:
        return ()
    moved = origin.drift.moved
    return f"{origin.drift.score:.3f}", moved[0] if moved else "nothing much"


def _percent(estimate: Estimate) -> str:
    return with_interval(scaled(estimate.to_json(), 100), "+.1f", unknown="-")


def _cell(estimate: Estimate | None, sign: str = "") -> str:
    return with_interval(estimate.to_json() if estimate else None, f"{sign}.3f", unknown="-")
