"""What the report says of spend: the order of customers, the total, and amounts tenth by tenth."""

from __future__ import annotations

from typing import Any

from features.units import count_of
from training.bundle.bundle import Bundle
from training.report import charts, markup
from training.report.charts import Axis, Series


def render(bundle: Bundle) -> str:
    """Return the section of spend, nothing where it was not judged."""
    found: dict[str, Any] | None = bundle.metrics.get("spend")
    if not found:
        return ""
    currency = bundle.config.shop.currency or "money"
    rows = [
        ["rank correlation, model", markup.interval(found["correlation"])],
        ["rank correlation, own past spending", markup.interval(found["baseline"])],
        ["model better by", markup.interval(found["gain"], sign=True)],
        ["error of the total, %", _total(found)],
    ]
    parts = [
        '<h2 id="spend">Spend</h2>',
        markup.paragraph(_verdict(found), "lead"),
        markup.table(
            ["", "of those who stay"], rows, f"{count_of(found['rows'], 'customer')} who stayed"
        ),
        markup.tag("h3", "Are the amounts right where they are big?"),
        _deciles(found["deciles"], currency),
    ]
    return markup.tag("section", "".join(parts))


def _verdict(found: dict[str, Any]) -> str:
    """Return the verdict without the name that the heading has said."""
    said = str(found["verdict"]).removeprefix("spend: ")
    return said[:1].upper() + said[1:]


def _total(found: dict[str, Any]) -> str:
    # A bundle of an earlier program has no interval.
    alone = {"value": found["total_error"], "low": None, "high": None}
    return markup.percent(found.get("total", alone), sign=True)


def _deciles(deciles: list[list[float]], currency: str) -> str:
    """Return what was said and what was spent, a dot per tenth of the customers."""
    said, spent = ([pair[side] for pair in deciles] for side in (0, 1))
    top = 1.1 * max(1.0, *said, *spent)
    axes = Axis(f"said, {currency}", 0, top), Axis(f"spent, {currency}", 0, top)
    series = [
        Series("", (0, top), (0, top), "guide"),
        Series("model", said, spent, "model", dots=True),
    ]
    return markup.drawing(
        charts.lines("What was spent against what was said", *axes, series),
        "Each dot is a tenth of those who stayed. On the diagonal, amounts are right on average.",
    )
