"""What the model card says of spend: figures beside every rule, and amounts tenth by tenth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from features.money import minor_digits
from training.bundle.figures import SPEND_FIGURES, cell
from training.judging.judgement import Figures
from training.learning.baselines import RULES
from training.markdown import table
from training.money.expected import ExpectedJudgement
from training.money.judgement import SpendJudgement


def section(judged: SpendJudgement | None, currency: str | None) -> Iterator[str]:
    """Yield the lines of the section, none where spend is not learnt.

    Parameters
    ----------
    judged : SpendJudgement or None
    currency : str or None
        Of the shop.
    """
    if judged is None:
        return
    yield from ("## spend", "", judged.verdict, "", f"Basis: **{judged.basis}**.")
    if judged.beside:
        yield from ("", judged.beside)
    if judged.model:
        yield from _figures("figure", {"model": judged.model, **judged.baselines})
        yield from _figures("model better than", judged.gains, "+")
        yield from _tenths(judged.deciles, f"{judged.rows:,} who stayed", currency)
    if judged.expected:
        yield from _expected(judged.expected, currency)
    yield ""


def _expected(judged: ExpectedJudgement, currency: str | None) -> Iterator[str]:
    """Yield what was found of everybody, those who leave included."""
    yield from ("", "### Expected spend of everybody", "", judged.verdict)
    sides = {"what serves": judged.served, "best simple rules together": judged.rules}
    yield from _figures("figure", sides)
    yield from _figures("what serves is better than", {"both rules": judged.gain}, "+")
    yield from _tenths(judged.deciles, f"all {judged.rows:,}", currency)


def _figures(head: str, sides: Mapping[str, Figures], sign: str = "") -> Iterator[str]:
    """Yield a table of figures, a column per model or rule."""
    yield from table(
        [head, *(RULES.get(who, who) for who in sides)],
        (
            [words, *(cell(name, side[name].to_json(), sign) for side in sides.values())]
            for name, words in SPEND_FIGURES.items()
        ),
    )


def _tenths(
    deciles: Sequence[tuple[float, float]], who: str, currency: str | None
) -> Iterator[str]:
    unit, digits = currency or "currency units", minor_digits(currency)
    yield from table(
        [f"decile of {who}", f"predicted, {unit}", f"spent, {unit}"],
        (
            [str(number), f"{predicted:,.{digits}f}", f"{spent:,.{digits}f}"]
            for number, (predicted, spent) in enumerate(deciles, start=1)
        ),
    )
