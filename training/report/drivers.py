"""What drives a model: its strongest features, and which way each of them moves the prediction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from features.catalogue import Column
from features.units import COUNTED
from training.bundle.bundle import Bundle
from training.drivers import COMPARED, meaning
from training.report import charts, markup
from training.report.charts import Axis, Series
from training.statistics.stability import SHIFTED, STABLE

# Percent of its cell that the longest bar takes: its number stands beside.
LONGEST = 70
HEADS = ("what it knows", "feature", "moves the log-odds by, on average", "drift")


def render(bundle: Bundle, name: str) -> Iterator[str]:
    """Yield an outcome's strongest features and their shapes; nothing where no model serves."""
    importance: Mapping[str, float] = bundle.metrics["importance"].get(name, {})
    if not importance:
        return
    order = sorted(importance, key=lambda feature: (-importance[feature], feature))
    columns = {column.name: column for column in bundle.columns}
    judged = bundle.metrics["outcomes"][name]
    newest, learnt = judged["newest"], judged["cutoffs"][-1]
    moved: Mapping[str, float] = bundle.report["moved"][name]
    yield markup.tag("h3", "What drives it")
    yield _bars([(columns[feature], importance[feature]) for feature in order[:COMPARED]], moved)
    yield markup.paragraph(
        f"Of the fit that serves, over customers as of {newest}. On the scale of log-odds 0.1 is "
        "about 10% higher or lower odds; 0.7 is double or half. Features with much the same "
        "information share their effect between them.",
        "note",
    )
    yield markup.paragraph(
        f"Drift: how far these customers differ from those as of {learnt}, the newest learnt from "
        f"(population stability index, net of chance: under {STABLE:g} little has moved, over "
        f"{SHIFTED:g} much).",
        "note",
    )
    effects = bundle.report["effects"][name]
    currency = bundle.config.shop.currency or "money"
    shapes = [_shape(columns[f], bins, currency) for f in order if (bins := effects.get(f))]
    yield markup.paragraph(
        "The strongest features by value: above 0 a value raises the prediction, below 0 it lowers "
        "it. Each dot is about a tenth of the customers; a grey dot is those without a value.",
        "note",
    )
    yield markup.tag("div", "".join(shapes), "pair")


def _bars(largest: Sequence[tuple[Column, float]], moved: Mapping[str, float]) -> str:
    top = largest[0][1] or 1.0
    rows = "".join(
        f'<tr><th scope="row">{markup.text(meaning(column))}</th>'
        f"<td><code>{markup.text(column.name)}</code></td>"
        f'<td class="bar"><i style="width:{LONGEST * size / top:.1f}%"></i>{size:.3f}</td>'
        f"<td>{moved[column.name]:.2f}</td></tr>"
        for column, size in largest
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    whole = markup.tag("thead", markup.tag("tr", heads)) + markup.tag("tbody", rows)
    return markup.scrolling(markup.tag("table", whole, "drivers"), ", ".join(HEADS))


def _shape(column: Column, bins: Sequence[Mapping[str, Any]], currency: str) -> str:
    effects = [part["effect"] for part in bins]
    room = 0.1 * (max([*effects, 0.0]) - min([*effects, 0.0]) or 1.0)
    x = Axis(_unit(column, currency), -0.5, len(bins) - 0.5, labels=_ticks(column, bins))
    y = Axis("effect, log-odds", min([*effects, 0.0]) - room, max([*effects, 0.0]) + room)
    known = [at for at, part in enumerate(bins) if part["value"] is not None]
    series = [
        Series("", (x.low, x.high), (0, 0), "guide"),
        Series("", known, [effects[at] for at in known], dots=True),
    ]
    if len(known) < len(bins):  # a customer without a value is not further along the line
        series.append(Series("", [len(bins) - 1], [effects[-1]], "baseline", dots=True))
    return markup.drawing(charts.lines(f"Effect of {column.name}", x, y, series), meaning(column))


def _unit(column: Column, currency: str) -> str:
    """Return what the numbers along a shape are."""
    if column.unit in COUNTED:
        return column.unit
    return {"money": currency, "share": "%", "flag": "", "state": ""}.get(column.unit, "value")


def _ticks(column: Column, bins: Sequence[Mapping[str, Any]]) -> list[tuple[float, str]]:
    values = [part["value"] for part in bins if part["value"] is not None]
    if column.unit in ("flag", "state"):
        texts = ["yes" if value else "no" for value in values]
    else:
        scale = 100 if column.unit == "share" else 1
        texts = [short(scale * value) for value in values]
        # Small values would be written alike, over each other.
        texts = ["" if text in texts[:at] else text for at, text in enumerate(texts)]
    texts += ["none"] * (len(bins) - len(values))
    return [(float(at), text) for at, text in enumerate(texts)]


def short(value: float) -> str:
    """Return a number in few characters, for a tick among ten.

    >>> [short(value) for value in (0.0, 0.00382, 0.0000382, 0.4712, 2.17, 62.51, 1234.5)]
    ['0', '0.004', '<0.001', '0.47', '2.2', '63', '1,234']
    """
    size = abs(value)
    if size >= 10 or value == round(value):
        return f"{value:,.0f}"
    if 0 < value < 0.001:
        return "<0.001"
    return f"{value:.{2 if size >= 0.1 else 1}g}"
