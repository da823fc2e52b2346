"""What the report says of spend: figures beside every rule, and amounts tenth by tenth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from features.money import minor_digits
from features.units import count_of
from training.bundle.bundle import Bundle
from training.bundle.figures import SPEND_FIGURES, cell
from training.report import charts, markup, section
from training.report.charts import Axis, Series

_SIDES = {"served": "", "rules": "", "gain": "+"}
"""Of whom figures are shown, and the sign that gains carry."""


def render(bundle: Bundle) -> str:
    """Return the section of spend, nothing where it was not asked."""
    found: dict[str, Any] | None = bundle.metrics["spend"]
    if not found:
        return ""
    parts = [
        '<h2 id="spend">Spend</h2>',
        markup.verdict(found["verdict"], "spend"),
        markup.paragraph(found["beside"]),
    ]
    if found["deciles"]:
        parts += [
            _figures(found),
            markup.tag("h3", "Are the amounts right where they are big?"),
            _deciles(found["deciles"], "those who stayed", bundle.config.shop.currency),
        ]
    if expected := found.get("expected"):
        parts += _expected(expected, bundle.config.shop.currency)
    return markup.tag("section", "".join(parts))


def _figures(found: Mapping[str, Any]) -> str:
    stayed = count_of(found["rows"], "customer")
    return section.beside_rules(
        found,
        SPEND_FIGURES,
        f"Of {stayed} who stayed, with 95% intervals from resampling customers. Lower is better "
        "for the deviance, higher for the rank correlation.",
        "By how much, paired on the same customers: above 0 is better for the model. Of an error "
        "of the total its size counts.",
    )


def _expected(found: Mapping[str, Any], currency: str | None) -> Iterator[str]:
    """Yield what was found of everybody, those who leave included."""
    yield markup.tag("h3", "What is expected of everybody")
    yield markup.paragraph(markup.capitalised(found["verdict"]))
    heads = ["figure", "what serves", "best simple rules together", "what serves is better by"]
    rows = (
        [words, *(cell(name, found[side][name], sign) for side, sign in _SIDES.items())]
        for name, words in SPEND_FIGURES.items()
    )
    caption = (
        f"Of all {count_of(found['rows'], 'customer')}: spend if they stay and if they leave, each "
        "times its chance. The rules are the best one of churn and the best one of spend. With 95% "
        "intervals from resampling customers."
    )
    yield markup.table(heads, rows, caption, "even")
    yield _deciles(found["deciles"], "everybody", currency)


def _deciles(deciles: list[list[float]], who: str, currency: str | None) -> str:
    """Return what was predicted and spent by tenths of the customers, drawn and as amounts."""
    unit, digits = currency or "money", minor_digits(currency)
    rows = [
        [str(number), *(f"{amount:,.{digits}f}" for amount in pair)]
        for number, pair in enumerate(deciles, 1)
    ]
    table = markup.table(
        ["tenth", f"predicted, {unit}", f"spent, {unit}"],
        rows,
        f"What serves, the mean of each tenth of {who}, from the lowest predicted up",
    )
    return markup.tag("div", _drawn(deciles, who, unit) + table, "pair")


def _drawn(deciles: list[list[float]], who: str, currency: str) -> str:
    """Return what was predicted and what was spent, a dot per tenth of the customers."""
    predicted, spent = ([pair[side] for pair in deciles] for side in (0, 1))
    top = 1.1 * max(1.0, *predicted, *spent)
    axes = Axis(f"predicted, {currency}", 0, top), Axis(f"spent, {currency}", 0, top)
    series = [
        Series("", (0, top), (0, top), "guide"),
        Series("what serves", predicted, spent, "model", dots=True),
    ]
    return markup.drawing(
        charts.lines("What was spent against what was predicted", *axes, series),
        f"Each dot is a tenth of {who}. On the diagonal, amounts are right on average.",
    )
