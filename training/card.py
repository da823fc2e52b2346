"""The model card: what a bundle predicts, for whom not, and how good it is, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from features.config import Config
from features.units import count_of
from training import wording
from training.bundle.figures import MAIN_FIGURES, scaled, with_interval
from training.judging import asking, groups
from training.judging.groups import Group
from training.judging.judgement import Figures, Judgement
from training.learning.baselines import RULES
from training.markdown import table
from training.money import card as spend_card
from training.money.judgement import SpendJudgement
from training.snapshots.outcomes import Skipped
from training.statistics.tally import SHARES, Campaign

LIMITS = (
    "A probability says what happens if the shop goes on as before, not what an offer does.",
    "Advocacy is predicted under the asking practised so far.",
    "Base rates move with seasons; the drift above is what the newest slice showed.",
    "Intervals show how figures vary between customers, not between seasons; `ladder backtest` "
    "evaluates on other days.",
)
"""What every reader must know, whatever the shop."""

CUSTOMERS = 1_000
"""Profits are per so many eligible customers."""

ASSUMED = (
    f"Assumed: an offer keeps {100 * Campaign().success:.0f}% of those who would have left; "
    f"everyone who stays takes it up, for {100 * Campaign().offer:.0f}% of what a customer who "
    f"leaves costs; each contact costs {100 * Campaign().contact:.0f}% of it. Contacting then pays "
    f"from a probability of {100 * Campaign().threshold:.0f}%. Only a hold-out shows what an offer "
    "really achieves."
)

NEVER_ACTIVE = "Customers who were never active have a rung but no probability."

UNFIT = (
    "Do not use them for decisions with legal or similarly serious effects, or for prices, credit "
    "or employment."
)


def objecting(people: int) -> str:
    """Return how many object to profiling, as a sentence.

    >>> objecting(2)
    '2 people who object to profiling are left out everywhere.'
    """
    if not people:
        return "Nobody is known to object to profiling."
    are = ("person who objects to profiling is", "people who object to profiling are")
    return f"{count_of(people, *are)} left out everywhere."


@dataclass(frozen=True)
class Contents:
    """What a card tells of.

    Parameters
    ----------
    config : Config
    first, until : date
        The data's window; `until` is exclusive.
    customers : int
    objecting : int
        People left out because they object to profiling.
    judgements : sequence of Judgement
    skipped : sequence of Skipped
    importance : mapping of str to mapping
        Per outcome, feature to mean absolute contribution.
    spend : SpendJudgement, optional
    stake : float, optional
        Mean profit in a horizon that is lost with a customer who leaves.
    meanings : mapping of str to str
        Feature to what it knows, in words.
    method : sequence of str
        Sentences on how every model is made.
    notes : sequence of str
        More that a reader must know.
    """

    config: Config
    first: date
    until: date
    customers: int
    objecting: int
    judgements: Sequence[Judgement]
    skipped: Sequence[Skipped]
    importance: Mapping[str, Mapping[str, float]]
    spend: SpendJudgement | None = None
    stake: float | None = None
    meanings: Mapping[str, str] = field(default_factory=dict)
    method: Sequence[str] = ()
    notes: Sequence[str] = ()


def render(contents: Contents) -> str:
    """Return the card as Markdown."""
    parts = [
        [f"# Model card: {contents.config.shop.name}", ""],
        _purpose(contents),
        _data(contents),
        ["## How it is made", "", *contents.method, ""],
        *(_outcome(judged, contents) for judged in contents.judgements),
        spend_card.section(contents.spend, contents.config.shop.currency),
        _limits(contents),
    ]
    return "\n".join(line for part in parts for line in part) + "\n"


def _purpose(contents: Contents) -> Iterator[str]:
    yield "Probabilities per customer, as of a day, to decide whom to keep and whom to ask."
    yield ""
    churn = contents.config.churn
    known = [judged.outcome for judged in contents.judgements]
    for judgement in contents.judgements:
        question = wording.question(judgement.outcome, judgement.horizon_days, churn, known)
        yield f"- **{judgement.outcome}**: {question}"
    if contents.spend is not None:
        yield f"- **spend**: {wording.question('spend', churn.horizon_days, churn)}"
    for skipped in contents.skipped:
        yield f"- {', '.join(skipped.names)}: skipped, {skipped.why}"
    yield ""
    people = f"{wording.asked(churn)} (`return`: for lapsed ones)"
    yield f"Predicted for {people}. {NEVER_ACTIVE} {UNFIT}"
    yield ""


def _data(contents: Contents) -> Iterator[str]:
    yield "## Data"
    yield ""
    yield (
        f"{contents.customers:,} customers, rows from {contents.first} until {contents.until} "
        "(not included)."
    )
    yield (
        f"{objecting(contents.objecting)} Consent "
        "is known only as of today: people who object now are missing from the past too, so the "
        "figures describe the others."
    )
    yield ""


def _outcome(judged: Judgement, contents: Contents) -> Iterator[str]:
    yield f"## {judged.outcome}"
    yield ""
    yield judged.verdict
    yield ""
    was = "evaluated once" if judged.model else "not evaluated"
    yield (
        f"Basis: **{judged.basis}**. Fitted on {count_of(judged.rows, 'row')} "
        f"({_share(judged.base_rate)} positive) at {', '.join(map(str, judged.cutoffs))}; {was} "
        f"on {count_of(judged.test_rows, 'customer')} at {judged.newest} "
        f"({_share(judged.test_rate)} positive)."
    )
    made = wording.blend(judged.chosen)
    lines = (judged.drift, judged.beside, made, *judged.notes, *judged.alarms)
    yield from ("", *(f"- {line}" for line in lines if line))
    if judged.model:
        yield from _figures(judged)
        yield from _gains(judged)
        yield from _reach(judged)
        yield from _profit(judged, contents)
    if judged.strata:
        yield from _groups(judged)
    if judged.reliability:
        yield from _tenths(judged)
    if judged.asking:
        yield from _asking(judged)
    yield from _drivers(contents.importance.get(judged.outcome, {}), contents.meanings)
    yield ""


def _figures(judged: Judgement) -> Iterator[str]:
    sides = [judged.model, *judged.baselines.values()]
    yield from table(
        ["figure", "model", *(RULES[name] for name in judged.baselines)],
        ([words, *(_cell(side, name) for side in sides)] for name, words in MAIN_FIGURES.items()),
    )
    yield ""
    yield "95% intervals from resampling customers (or, above 1,000, random groups of them). They"
    yield "belong to the evaluation fit; what serves is fitted the same way on newer slices."


def _gains(judged: Judgement) -> Iterator[str]:
    yield from table(
        ["model better than", *MAIN_FIGURES.values()],
        (
            [RULES[rule], *(_cell(gains, figure, "+") for figure in MAIN_FIGURES)]
            for rule, gains in judged.gains.items()
        ),
    )
    yield ""
    yield "Paired differences, turned so that above 0 is better for the model."


def _reach(judged: Judgement) -> Iterator[str]:
    """Say how many of those it happens to the most probable customers hold."""
    model, rule, more = judged.model, judged.baselines[judged.best], judged.gain
    yield from table(
        ["contacted", "times as many as at random", "reached by model", "by best rule", "more"],
        (
            [
                f"{share}%",
                _cell(model, f"lift_{share}", digits=1),
                *(_cell(side, f"gain_{share}") for side in (model, rule)),
                _cell(more, f"gain_{share}", "+"),
            ]
            for share in SHARES
        ),
    )
    yield ""
    yield "Reached: the share of all customers it happens to; at random, the share contacted."


def _profit(judged: Judgement, contents: Contents) -> Iterator[str]:
    """Say what contacting whoever is worth it earns, as the model and the best rule choose."""
    if judged.outcome != "churn" or contents.stake is None:
        return
    if not np.isfinite(judged.model["profit"].value):
        return
    scale, currency = CUSTOMERS * contents.stake, contents.config.shop.currency or "currency units"
    model, rule, gain = (
        with_interval(scaled(found["profit"].to_json(), scale), form)
        for found, form in (
            (judged.model, ",.0f"),
            (judged.baselines[judged.best], ",.0f"),
            (judged.gain, "+,.0f"),
        )
    )
    yield ""
    yield f"{at_best_cut(currency, model, rule, gain)} {ASSUMED}"


def at_best_cut(currency: str, model: str, rule: str, gain: str) -> str:
    """Return in a sentence what the best cut is expected to earn, beside the best rule."""
    return (
        f"Expected profit at the best cut, {currency} per {CUSTOMERS:,} customers: {model} by the "
        f"model, {rule} by the best rule, a difference of {gain}."
    )


def _groups(judged: Judgement) -> Iterator[str]:
    found = {name: judged.strata[name] for name in groups.ordered(judged.strata)}
    yield from table(
        ["group", "rows", "happened, %", "predicted, %", "calibration error"],
        ([*_happened(name, group), group.calibration] for name, group in found.items()),
    )


def _asking(judged: Judgement) -> Iterator[str]:
    yield from table(
        ["asked for it", "rows", "happened, %", "predicted, %"],
        (_happened(name, group) for name, group in judged.asking.items()),
    )
    yield ""
    yield asking.MEANS


def _tenths(judged: Judgement) -> Iterator[str]:
    heads = ["tenth, predicted / happened", *groups.ordered(judged.reliability)]
    yield from table(heads, groups.tenths(judged.reliability))


def _drivers(shares: Mapping[str, float], meanings: Mapping[str, str]) -> Iterator[str]:
    if shares:
        largest = sorted(shares, key=lambda name: -shares[name])[:8]
        yield ""
        yield "Strongest features, by their average effect in log-odds:"
        yield ""
        for name in largest:
            meaning = meanings.get(name)
            yield f"- {shares[name]:.3f} `{name}`" + (f": {meaning}" if meaning else "")


def _limits(contents: Contents) -> Iterator[str]:
    limits = (f"- {limit}" for limit in (*LIMITS, *contents.notes))
    yield from ("## Known limits", "", *limits)


def _happened(name: str, group: Group) -> list[str]:
    return [name, f"{group.rows:,}", group.happened, f"{100 * group.mean_probability:.1f}"]


def _cell(figures: Figures, name: str, sign: str = "", digits: int = 3) -> str:
    return f"{figures[name]:{sign}.{digits}f}"


def _share(rate: float) -> str:
    return f"{100 * rate:.1f}%" if np.isfinite(rate) else "unknown"
