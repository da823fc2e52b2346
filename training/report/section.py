"""What the report says of one outcome: figures, calibration, gain, what drives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from features.catalogue import Column
from training import groups
from training.baselines import RULES
from training.bundle.bundle import Bundle
from training.bundle.strata import STRATA
from training.curves import SHARES
from training.judgement import MAIN_FIGURES
from training.report import charts, markup, profit
from training.report.charts import Axis, Series

DRIVERS = 12
# Percent of its cell that the longest bar takes: its number stands beside.
LONGEST = 70
BASES = {
    "model": "The model serves.",
    "rule": "The best simple rule serves, because its probabilities were better.",
    "prior": "The rate of similar customers serves, because there is too little to learn from.",
}


def render(bundle: Bundle, name: str) -> str:
    """Return the section of an outcome."""
    judged = bundle.metrics["outcomes"][name]
    parts = [
        f'<h2 id="{name}">{markup.text(name.capitalize())}</h2>',
        markup.paragraph(judged["verdict"], "lead"),
        markup.paragraph(_basis(judged)),
        markup.paragraph(judged.get("moved", "")),
        markup.items([*judged["notes"], *(f"Alarm: {alarm}" for alarm in judged["alarms"])]),
    ]
    curves = bundle.report.get("curves", {}).get(name)
    if judged["model"]:
        parts.append(_figures(judged))
    if curves:
        parts += [
            *_calibration(judged, curves),
            markup.tag("h3", "Whom it finds, and what that is worth"),
            _gain(judged, curves),
            profit.table(bundle, name, judged, curves),
        ]
    parts += _drivers(bundle, name)
    return markup.tag("section", "".join(parts))


def _basis(judged: Mapping[str, Any]) -> str:
    return (
        f"{BASES[judged['basis']]} Learnt from {judged['rows']:,} rows at {len(judged['cutoffs'])} "
        f"cutoffs up to {judged['cutoffs'][-1]} ({markup.share(judged['base_rate'])} positive); "
        f"judged once on {judged['test_rows']:,} customers as of {judged['newest']} "
        f"({markup.share(judged['test_rate'])} positive)."
    )


def _figures(judged: Mapping[str, Any]) -> str:
    best = judged["best"]
    rows = [["model", *_cells(judged["model"])]]
    for rule in (rule for rule in RULES if rule in judged["baselines"]):
        chosen = " (the best beforehand)" if rule == best else ""
        rows.append([RULES[rule] + chosen, *_cells(judged["baselines"][rule])])
    gains = judged.get("gains", {})
    better = [[RULES[rule], *_cells(gains[rule], sign=True)] for rule in RULES if rule in gains]
    shown = markup.table(
        ["", *MAIN_FIGURES.values()],
        rows,
        "95 % intervals from resampling customers. Higher is better for AUROC and average "
        "precision, lower for the others.",
    )
    if not better:  # a bundle of an earlier program
        return shown
    return shown + markup.table(
        ["the model is better than", *MAIN_FIGURES.values()],
        better,
        "By how much, paired on the same customers: above 0 is better for the model, whichever "
        "figure; where the interval holds 0, chance alone may explain the difference.",
    )


def _cells(figures: Mapping[str, Any], *, sign: bool = False) -> Iterator[str]:
    return (markup.interval(figures.get(name), sign=sign) for name in MAIN_FIGURES)


def _calibration(judged: Mapping[str, Any], curves: Mapping[str, Any]) -> Iterator[str]:
    yield markup.tag("h3", "Do the probabilities mean what they say?")
    yield markup.tag("div", _reliability(curves) + _spread(curves), "pair")
    bins = curves["reliability"]["served"]
    yield markup.table(
        ["tenth of customers", "customers", "predicted", "happened"],
        [
            [
                str(number),
                f"{b['customers']:,}",
                *map(markup.share, (b["predicted"], b["happened"])),
            ]
            for number, b in enumerate(bins, 1)
        ],
        "What serves, from the least to the most probable tenth",
    )
    if judged["strata"]:
        yield markup.table(
            ["group", "customers", "predicted", "happened", "calibration error"],
            [
                [
                    _group(name),
                    f"{found['rows']:,}",
                    markup.share(found["mean_probability"]),
                    markup.share(found["rate"]),
                    groups.told(found["ece"]),
                ]
                for name in groups.ordered(judged["strata"])
                if (found := judged["strata"][name])
            ],
            f"Told apart from chance from {groups.GROUP_ROWS:,} customers on",
        )
    tenths = judged.get("reliability", {})  # a bundle of an earlier program has none
    if len(tenths) > 1:
        yield markup.table(
            ["tenth", *map(_group, groups.ordered(tenths))],
            groups.tenths(tenths),
            "What serves, predicted / happened, in groups large enough to tell",
        )


def _group(name: str) -> str:
    return name.replace("_", "-") if name in STRATA else name


def _reliability(curves: Mapping[str, Any]) -> str:
    found = curves["reliability"]
    both = [*found["model"], *found["baseline"]]
    top = min(1.0, 1.1 * max(max(b["predicted"], b["happened"]) for b in both))
    series = [Series("", (0, top), (0, top), "guide")]
    for name, kind in (("best simple rule", "baseline"), ("model", "model")):
        bins = found[kind]
        x, y = ([b[side] for b in bins] for side in ("predicted", "happened"))
        series.append(Series(name, x, y, kind, dots=True))
    axes = Axis("predicted", 0, top, percent=True), Axis("happened", 0, top, percent=True)
    return markup.drawing(
        charts.lines("What happened against what was predicted", *axes, series),
        "Each dot is a tenth of the customers. On the diagonal, probabilities mean what they say.",
    )


def _spread(curves: Mapping[str, Any]) -> str:
    spread = curves["spread"]
    parts = [
        ("it happened", "model", spread["happened"]),
        ("it did not", "baseline", spread["did_not"]),
    ]
    axis = Axis("probability that serves", 0, spread["edges"][-1], percent=True)
    return markup.drawing(
        charts.stacked("How the probabilities spread", axis, spread["edges"], parts),
        "Far apart, customers can be told from each other; close together, they cannot.",
    )


def _gain(judged: Mapping[str, Any], curves: Mapping[str, Any]) -> str:
    x = [share / 100 for share in SHARES]
    series = [
        Series("", (0, 1), (0, 1), "guide"),
        Series("best simple rule", x, curves["gain"]["baseline"], "baseline"),
        Series("model", x, curves["gain"]["model"], "model"),
    ]
    axes = (
        Axis("customers contacted, most probable first", 0, 1, percent=True),
        Axis("reached of all whom it happens to", 0, 1, percent=True),
    )
    return markup.drawing(
        charts.lines("Share reached by share contacted", *axes, series),
        f"Of the {judged['test_positives']:,} customers it happened to, the share that a list of "
        "any length holds. The straight line is a list drawn at random.",
    )


def _drivers(bundle: Bundle, name: str) -> Iterator[str]:
    importance: Mapping[str, float] = bundle.metrics["importance"].get(name, {})
    if not importance:
        return
    order = sorted(importance, key=lambda feature: (-importance[feature], feature))
    described = {column.name: column for column in bundle.columns}
    largest = [(feature, importance[feature]) for feature in order[:DRIVERS]]
    yield markup.tag("h3", "What drives it")
    top = largest[0][1] or 1.0
    rows = "".join(
        f'<tr><th scope="row">{markup.text(feature)}</th>'
        f"<td>{markup.text(_meaning(described[feature]))}</td>"
        f'<td class="bar"><i style="width:{LONGEST * size / top:.1f}%"></i>{size:.3f}</td></tr>'
        for feature, size in largest
    )
    heads = '<tr><th scope="col">feature</th><th scope="col">meaning</th>'
    heads += '<th scope="col">moves the log-odds by, on average</th></tr>'
    yield markup.tag("div", markup.tag("table", heads + rows, "drivers"), "scroll")
    effects = bundle.report.get("effects", {}).get(name, {})
    shapes = [_shape(f, _meaning(described[f]), bins) for f in order if (bins := effects.get(f))]
    yield markup.paragraph(
        "Along the values of the strongest: above 0 a value raises the prediction, below 0 it "
        "lowers it. Each dot is about a tenth of the customers.",
        "note",
    )
    yield markup.tag("div", "".join(shapes), "pair")


def _meaning(column: Column) -> str:
    days = column.window.days
    return column.description.rstrip(".") + ("" if days is None else f", last {days} days")


def _shape(feature: str, meaning: str, bins: Sequence[Mapping[str, Any]]) -> str:
    effects = [one["effect"] for one in bins]
    room = 0.1 * (max([*effects, 0.0]) - min([*effects, 0.0]) or 1.0)
    labels = [
        (float(at), "none" if one["value"] is None else _short(one["value"]))
        for at, one in enumerate(bins)
    ]
    x = Axis(feature, -0.5, len(bins) - 0.5, labels=labels)
    y = Axis("log-odds", min([*effects, 0.0]) - room, max([*effects, 0.0]) + room)
    known = [at for at, one in enumerate(bins) if one["value"] is not None]
    series = [
        Series("", (x.low, x.high), (0, 0), "guide"),
        Series("", known, [effects[at] for at in known], dots=True),
    ]
    if len(known) < len(bins):  # a customer without a value is not further along the line
        series.append(Series("", [len(bins) - 1], [effects[-1]], "baseline", dots=True))
    return markup.drawing(charts.lines(f"Effect of {feature}", x, y, series), meaning)


def _short(value: float) -> str:
    """Return a number in few characters, for a tick among ten.

    >>> _short(0.00382), _short(0.4712), _short(62.51), _short(1234.5)
    ('0', '0.47', '63', '1,234')
    """
    if abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")
