"""A backtest as one picture: per outcome ranking, probabilities and drift over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from training.bundle.intervals import wilson
from training.judging.judgement import Figures
from training.plots import BLUE, GREY, RULE, in_percent, open_sided
from training.statistics.bootstrap import Estimate
from training.statistics.stability import SHIFTED, STABLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from training.backtest.origins import Backtest, Origin

COLUMNS = (
    "AUROC (higher is better)",
    "log-loss (lower is better)",
    "share it happened to",
    "drift (population stability index)",
)
SPEND = (
    "deviance (lower is better)",
    "rank correlation (higher is better)",
    "error of the total",
    "mean of each tenth, newest day",
)
"""Of what served, the first is in a table only."""
READING = (
    "Every dot is a day judged as if it were now, by a fit that had seen nothing after it. "
    "Shaded: 95% intervals. Drift, net of chance: under 0.1 little has moved, over 0.25 much."
)
READING_SERVED = (
    "Every dot is a day, scored by the newest champion that knew nothing of it. "
    "Shaded: 95% intervals."
)
WIDE, HIGH = 3.6, 2.5


def draw(found: Backtest, path: Path) -> None:
    """Draw a backtest, a row per outcome that could be judged."""
    from matplotlib.figure import Figure

    judged = {
        name: [origin for origin in origins if origin.judgement.model]
        for name, origins in found.origins.items()
    }
    shown = {name: origins for name, origins in judged.items() if origins}
    amounts = _amounts(found)
    rows = max(1, len(shown) + len(amounts))
    columns = COLUMNS[:-1] if found.as_served else COLUMNS  # of what was not fitted, nothing drifts
    figure = Figure(figsize=(WIDE * len(columns), HIGH * rows), layout="constrained")
    grid = figure.subplots(rows, len(columns), squeeze=False)
    for axes, (name, origins) in zip(grid, shown.items(), strict=False):
        _over_time(axes[0], origins, "auroc")
        _over_time(axes[1], origins, "log_loss")
        _rates(axes[2], origins)
        if not found.as_served:
            _drift(axes[3], origins)
        axes[0].set_ylabel(name, fontsize=11, fontweight="bold")
        for panel in axes:
            _style_dates(panel, _days(origins))
    if shown:
        for axes, title in zip(grid[0], columns, strict=True):
            axes.set_title(title, fontsize=10)
        for axes in (grid[0][0], *grid[0][2:]):  # the second has what the first has
            axes.legend(frameon=False, fontsize=7)
    money_rows = grid[len(shown) :]
    for row, (name, days) in zip(money_rows, amounts.items(), strict=False):
        _spend(row, days, found.currency or "money")
        row[0].set_ylabel(name, fontsize=11, fontweight="bold")
    if amounts:
        for axes, title in zip(money_rows[0], SPEND[-len(columns) :], strict=True):
            axes.set_title(title, fontsize=10)
    # A name with dollars is no formula, whatever Matplotlib thinks.
    figure.suptitle(_title(found.shop), fontsize=12, parse_math=False)
    figure.supxlabel(READING_SERVED if found.as_served else READING, fontsize=8)
    figure.savefig(path, dpi=110)


def _title(shop: str) -> str:
    """Return the picture's title, with the shop's name where the font has all of its characters."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    known = get_font(findfont(FontProperties())).get_charmap()
    return f"Backtest of {shop}" if all(ord(sign) in known for sign in shop) else "Backtest"


def _over_time(axes: Axes, origins: Sequence[Origin], figure: str) -> None:
    """Draw a figure of the model and of the best baseline, with their intervals."""
    days = _days(origins)
    best = [origin.judgement.baselines[origin.judgement.best] for origin in origins]
    model = [origin.judgement.model for origin in origins]
    for name, colour, sides in (("best simple rule", GREY, best), ("model", BLUE, model)):
        _band(axes, days, sides, figure, colour, name)


def _band(
    axes: Axes, days: Sequence[int], sides: Sequence[Figures], figure: str, colour: str, name: str
) -> None:
    estimates = [figures[figure] for figures in sides]
    low, high = [e.low for e in estimates], [e.high for e in estimates]
    axes.fill_between(days, low, high, color=colour, alpha=0.15, linewidth=0)
    if len(days) == 1:  # of which an area is nothing
        axes.vlines(days, low, high, color=colour, alpha=0.3, linewidth=5)
    axes.plot(days, [e.value for e in estimates], "o-", color=colour, label=name, markersize=3)


def _rates(axes: Axes, origins: Sequence[Origin]) -> None:
    """Draw what was predicted on average, what happened, and what was learnt from."""
    judged = [origin.judgement for origin in origins]
    days = _days(origins)
    learnt = [judgement.base_rate for judgement in judged]
    axes.plot(days, learnt, "x--", color=GREY, label="in the training slices", markersize=3)
    happened = [
        {"rate": Estimate(judgement.test_rate, *wilson(judgement.test_rate, judgement.test_rows))}
        for judgement in judged
    ]
    _band(axes, days, happened, "rate", GREY, "happened")
    predicted = [judgement.predicted for judgement in judged]
    axes.plot(days, predicted, "o-", color=BLUE, label="predicted", markersize=3)
    # From 0: rates that hardly differ must look as if they hardly differed.
    axes.set_ylim(bottom=0)
    in_percent(axes, "y")


def _drift(axes: Axes, origins: Sequence[Origin]) -> None:
    known = [origin.drift for origin in origins if origin.drift]
    days = _days([origin for origin in origins if origin.drift])
    most = [max(drift.features.values(), default=0.0) for drift in known]
    for level in (STABLE, SHIFTED):
        axes.axhline(level, color=RULE, linewidth=1, linestyle=":")
    for name, colour, values in (
        ("most moved feature", GREY, most),
        ("scores", BLUE, [drift.score for drift in known]),
    ):
        axes.plot(days, values, "o-", color=colour, label=name, markersize=3)
    # A feature that follows the calendar moves a hundred times as much as the scores do.
    axes.set_yscale("symlog", linthresh=SHIFTED)
    axes.set_yticks([0, STABLE, SHIFTED, 1, 10], ["0", f"{STABLE}", f"{SHIFTED}", "1", "10"])
    axes.set_ylim(bottom=0)


@dataclass(frozen=True)
class _Amounts:
    """What was found of amounts on one day: figures beside others, by their names."""

    day: int
    sides: Mapping[str, Figures]
    served: Figures
    deciles: tuple[tuple[float, float], ...]


def _amounts(found: Backtest) -> dict[str, list[_Amounts]]:
    """Return what was found of amounts, by the name of its row."""
    rows: dict[str, list[_Amounts]] = {}
    for origin in found.spend:
        day, judged = origin.newest.toordinal(), origin.judgement
        sides = {"best simple rule": judged.rule, "model": judged.model}
        of_stayers = _Amounts(day, sides, judged.served, judged.deciles)
        rows.setdefault("spend if they stay", []).append(of_stayers)
        if both := judged.expected:
            sides = {"best simple rules": both.rules, "what serves": both.served}
            of_all = _Amounts(day, sides, both.served, both.deciles)
            rows.setdefault("expected spend", []).append(of_all)
    return rows


def _spend(row: Sequence[Axes], judged: Sequence[_Amounts], currency: str) -> None:
    """Draw how good amounts were, how far the total was off, and the newest day's tenths."""
    *off, ranks, total, tenths = row
    days = [one.day for one in judged]
    for axes, figure in (*((axes, "deviance") for axes in off), (ranks, "correlation")):
        for name, colour in zip(judged[-1].sides, (GREY, BLUE), strict=True):
            known = [one for one in judged if one.sides[name]]  # the means of strata have no rule
            sides = [one.sides[name] for one in known]
            _band(axes, [one.day for one in known], sides, figure, colour, name)
    total.axhline(0, color=RULE, linewidth=1)
    _band(total, days, [one.served for one in judged], "total_error", BLUE, "what serves")
    in_percent(total, "y")
    predicted, spent = zip(*judged[-1].deciles, strict=True)
    tenths.plot([0, max(predicted)], [0, max(predicted)], color=RULE, linewidth=1)
    tenths.plot(predicted, spent, "o", color=BLUE, markersize=3)
    tenths.set_xlabel(f"predicted, {currency}", fontsize=8)
    tenths.set_ylabel(f"spent, {currency}", fontsize=8)
    row[0].legend(frameon=False, fontsize=7)
    for axes in (*off, ranks, total):
        _style_dates(axes, days)
    _style(tenths)


def _days(origins: Sequence[Origin]) -> list[int]:
    """Return when the origins are, as numbers of days."""
    return [origin.judgement.newest.toordinal() for origin in origins]


def _style_dates(axes: Axes, days: Sequence[int]) -> None:
    """Take away what says nothing, and name the first, the middle and the last day."""
    ticks = sorted({days[0], days[len(days) // 2], days[-1]})
    axes.set_xticks(ticks, _named([date.fromordinal(day) for day in ticks]))
    _style(axes)


def _named(days: Sequence[date]) -> list[str]:
    """Return days by their month, or where two are of one month in full.

    >>> _named([date(2026, 3, 1), date(2026, 6, 1)])
    ['Mar 2026', 'Jun 2026']
    >>> _named([date(2026, 3, 1), date(2026, 3, 17)])
    ['2026-03-01', '2026-03-17']
    """
    months = [f"{day:%b %Y}" for day in days]
    return months if len({*months}) == len(days) else [day.isoformat() for day in days]


def _style(axes: Axes) -> None:
    axes.tick_params(labelsize=7)
    open_sided(axes)
