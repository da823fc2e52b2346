"""What the report says of one outcome: figures, calibration, gain, what drives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from features.units import count_of
from training import wording
from training.bundle import tolerance
from training.bundle.bundle import Bundle
from training.bundle.figures import MAIN_FIGURES, Figure, cell
from training.learning.baselines import RULES
from training.report import calibration, drivers, gain, markup, profit

BASES = {
    "model": "The model serves.",
    "rule": "The best simple rule serves, because its probabilities were better.",
    "prior": "The rate of similar customers serves, because there is too little to learn from.",
}

UNJUDGED = "The best simple rule serves, because the model is not shown to be better."
"""Where only one class happened on E."""


def render(bundle: Bundle, name: str) -> str:
    """Return the section of an outcome."""
    judged = bundle.metrics["outcomes"][name]
    alarms = (f"Alarm: {alarm}" for alarm in judged["alarms"])
    parts = [
        f'<h2 id="{name}">{markup.text(name.capitalize())}</h2>',
        markup.verdict(judged["verdict"], name),
        markup.paragraph(_basis(judged)),
        markup.paragraph(judged["beside"]),
        markup.paragraph(wording.blend(judged["chosen"])),
        markup.paragraph(judged["moved"]),
        markup.items([*judged["notes"], *_astray(name, judged), *alarms]),
    ]
    curves = bundle.report["curves"].get(name)
    if judged["model"]:
        parts.append(_figures(judged))
    if curves:
        money = profit.of(bundle, name, judged, curves)
        parts += [
            *calibration.render(judged, curves),
            *gain.render(judged, curves, profit.drawn(money) if money else ""),
            *(profit.render(bundle, money) if money else ()),
        ]
    parts += drivers.render(bundle, name)
    return markup.tag("section", "".join(parts))


def _astray(name: str, judged: Mapping[str, Any]) -> Iterator[str]:
    """Say where calibration does not hold, by the measure that promotion takes."""
    if over := tolerance.exceeding(tolerance.errors({name: judged})):
        yield markup.capitalised(tolerance.sentence(over))


def _basis(judged: Mapping[str, Any]) -> str:
    was = "judged once" if judged["model"] else "not judged"
    return (
        f"{_serves(judged)} Learnt from {count_of(judged['rows'], 'row')} at "
        f"{count_of(len(judged['cutoffs']), 'cutoff')} up to {judged['cutoffs'][-1]} "
        f"(it happened to {markup.share(judged['base_rate'])}); {was} on "
        f"{count_of(judged['test_rows'], 'customer')} as of {judged['newest']} "
        f"(it happened to {markup.share(judged['test_rate'])})."
    )


def _serves(judged: Mapping[str, Any]) -> str:
    unknown = judged["model"] and judged["model"]["log_loss"]["value"] is None
    return UNJUDGED if unknown else BASES[judged["basis"]]


def _figures(judged: Mapping[str, Any]) -> str:
    return beside_rules(
        judged,
        MAIN_FIGURES,
        "95% intervals from resampling customers. Higher is better for AUROC, average "
        "precision and Brier skill, lower for the others.",
        "The difference, paired on the same customers: above 0 the model is better, whichever "
        "figure. Where the interval includes 0, chance alone may explain the difference.",
    )


def beside_rules(
    judged: Mapping[str, Any], figures: Mapping[str, str], of_each: str, of_gains: str
) -> str:
    """Return a model's figures beside every rule's, and by how much it is better, as two tables.

    Figures are rows and models are columns, which leaves room for another figure.

    Parameters
    ----------
    judged : mapping
        With ``model``, ``baselines``, ``best`` and ``gains``.
    figures : mapping of str to str
        Which figures are shown, with their names.
    of_each, of_gains : str
        The tables' captions.
    """

    def table(
        first: str, sides: Mapping[str, Mapping[str, Figure]], caption: str, sign: str
    ) -> str:
        rows = (
            [name, *(cell(figure, side.get(figure), sign) for side in sides.values())]
            for figure, name in figures.items()
        )
        return markup.table([first, *sides], rows, caption, "even")

    baselines, gains = judged["baselines"], judged["gains"]
    chosen = {judged["best"]: " (the best beforehand)"}
    rules = {RULES[r] + chosen.get(r, ""): baselines[r] for r in RULES if r in baselines}
    better = {RULES[r]: gains[r] for r in RULES if r in gains}
    shown = table("figure", {"model": judged["model"], **rules}, of_each, "")
    return shown + table("the model is better than", better, of_gains, "+")
