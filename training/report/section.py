"""What the report says of one outcome: figures, calibration, gain, what drives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from features.units import count_of
from training import making
from training.bundle import tolerance
from training.bundle.bundle import Bundle
from training.bundle.figures import MAIN_FIGURES
from training.learning.baselines import RULES
from training.report import calibration, drivers, gain, markup, profit

BASES = {
    "model": "The model serves.",
    "rule": "The best simple rule serves, because its probabilities were better.",
    "prior": "The rate of similar customers serves, because there is too little to learn from.",
}

UNJUDGED = "The best simple rule serves, because nothing shows that the model is better."
"""Where only one class happened on E."""


def render(bundle: Bundle, name: str) -> str:
    """Return the section of an outcome."""
    judged = bundle.metrics["outcomes"][name]
    parts = [
        f'<h2 id="{name}">{markup.text(name.capitalize())}</h2>',
        markup.paragraph(_verdict(judged), "lead"),
        markup.paragraph(_basis(judged)),
        markup.paragraph(judged.get("beside", "")),
        markup.paragraph(making.blend(judged["chosen"])),
        markup.paragraph(judged.get("moved", "")),
        markup.items([*judged["notes"], *_astray(name, judged), *_alarms(judged)]),
    ]
    curves = bundle.report.get("curves", {}).get(name)
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


def _alarms(judged: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"Alarm: {alarm}" for alarm in judged["alarms"])


def _astray(name: str, judged: Mapping[str, Any]) -> Iterator[str]:
    """Say where calibration does not hold, by the measure that promotion takes."""
    if over := tolerance.astray(tolerance.of({name: judged})):
        said = tolerance.said(over)
        yield f"{said[:1].upper()}{said[1:]}"


def served(judged: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the figures of what serves."""
    best: Mapping[str, Any] = judged["baselines"].get(judged["best"], {})
    return best if judged["basis"] == "rule" else judged["model"]


def _verdict(judged: Mapping[str, Any]) -> str:
    """Return the verdict without the outcome's name, which the heading has said."""
    said = str(judged["verdict"]).removeprefix(f"{judged['outcome']}: ")
    return said[:1].upper() + said[1:]


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
    """Return figures as rows and models as columns, which leaves room for another figure."""
    found, gains = judged["baselines"], judged.get("gains", {})
    rules = [rule for rule in RULES if rule in found]
    chosen = {judged["best"]: " (the best beforehand)"}
    heads = ["figure", "model", *(RULES[rule] + chosen.get(rule, "") for rule in rules)]
    shown = markup.table(
        heads,
        _rows([judged["model"], *(found[rule] for rule in rules)]),
        "95% intervals from resampling customers. Higher is better for AUROC, average "
        "precision and Brier skill, lower for the others.",
        "even",
    )
    if not gains:  # a bundle of an earlier program
        return shown
    rules = [rule for rule in rules if rule in gains]
    return shown + markup.table(
        ["the model is better than", *(RULES[rule] for rule in rules)],
        _rows([gains[rule] for rule in rules], sign=True),
        "By how much, paired on the same customers: above 0 is better for the model, whichever "
        "figure; where the interval holds 0, chance alone may explain the difference.",
        "even",
    )


def _rows(sides: Sequence[Mapping[str, Any]], *, sign: bool = False) -> Iterator[list[str]]:
    for figure, name in MAIN_FIGURES.items():
        yield [name, *(markup.interval(side.get(figure), sign=sign) for side in sides)]
