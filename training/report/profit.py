"""What acting on a model is worth in the shop's money, beside the best simple rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from features.money import written
from features.units import count_of
from training import card
from training.bundle.bundle import Bundle
from training.bundle.figures import scaled
from training.card import ASSUMED, CUSTOMERS
from training.judging import curves
from training.report import charts, gain, markup
from training.report.charts import Axis, Series
from training.statistics.tally import LENGTHS, Campaign


@dataclass(frozen=True)
class Profit:
    """What contacting whoever is likely to leave earns.

    Parameters
    ----------
    judged : mapping
        Of churn: what `Judgement.to_json` made.
    gain : mapping of str to sequence of float
        Share reached at each of `training.judging.curves.SHARES`, of ``model`` and ``baseline``.
    stake : float
        What is lost with a customer who leaves.
    currency : str
    """

    judged: Mapping[str, Any]
    gain: Mapping[str, list[float]]
    stake: float
    currency: str

    def earned(self, side: str) -> list[float]:
        """Return the profit per `CUSTOMERS` customers at each share contacted."""
        campaign, rate = Campaign(), self.judged["test_rate"]
        contacted = (share / 100 for share in curves.SHARES)
        leavers = (rate * reached for reached in self.gain[side])
        return [
            CUSTOMERS * self.stake * (left * campaign.reached - (share - left) * campaign.wasted)
            for share, left in zip(contacted, leavers, strict=True)
        ]

    def beside(self, figure: str) -> tuple[str, str, str]:
        """Return a profit of the model, of the best rule and their difference, with intervals."""
        best = self.judged["best"]
        sides = self.judged["model"], self.judged["baselines"][best], self.judged["gains"][best]
        model, rule, more = (scaled(side[figure], CUSTOMERS * self.stake) for side in sides)
        shown = markup.interval(model, 0), markup.interval(rule, 0)
        return (*shown, markup.interval(more, 0, sign=True))


def of(
    bundle: Bundle, name: str, judged: Mapping[str, Any], found: Mapping[str, Any]
) -> Profit | None:
    """Return the profit; None for other outcomes than churn, or where it is not known."""
    stake = bundle.metrics["stake"] if name == "churn" else None
    if stake is None or judged["model"]["profit"]["value"] is None:
        return None
    return Profit(judged, found["gain"], stake, bundle.config.shop.currency or "money")


def drawn(profit: Profit) -> str:
    """Return the profit by the length of a list, as a drawing."""
    model, rule = profit.earned("model"), profit.earned("baseline")
    every = [*model, *rule]
    y = Axis(f"profit per {CUSTOMERS:,} customers, {profit.currency}", min(every), max(every))
    lines = [Series("", (0, 1), (0, 0), "guide"), *gain.both(model, rule)]
    return markup.drawing(
        charts.lines("Profit by share contacted", gain.CONTACTED, y, lines),
        f"Expected profit per {CUSTOMERS:,} eligible customers. The best cut is the highest "
        "point; it was found on the same customers, which flatters model and rule alike.",
    )


def render(bundle: Bundle, profit: Profit) -> Iterator[str]:
    """Yield the best cut, the profit of lists of some lengths, and what it rests on."""
    yield markup.paragraph(at_best_cut(profit))
    yield _table(profit)
    yield markup.paragraph(_worth(bundle, profit.stake), "note")


def at_best_cut(profit: Profit) -> str:
    """Return in a sentence what the best cut is expected to earn, beside the best rule."""
    return card.at_best_cut(profit.currency, *profit.beside("profit"))


def _table(profit: Profit) -> str:
    rows = ([f"{share}%", *profit.beside(f"profit_{share}")] for share in LENGTHS)
    return markup.table(
        ["contacted", f"profit, model ({profit.currency})", "profit, best rule", "more"],
        rows,
        f"Per {CUSTOMERS:,} eligible customers, the most probable contacted, with 95% "
        "intervals. More: paired on the same customers.",
    )


def _worth(bundle: Bundle, stake: float) -> str:
    shop = bundle.config.shop
    margin = (
        f"at a margin of {100 * shop.margin:.0f}%"
        if shop.margin
        else "all spend being profit (no margin set)"
    )
    horizon = count_of(bundle.config.churn.horizon_days, "day")
    return (
        f"A customer who leaves costs {written(stake, shop.currency)} in {horizon}, "
        f"on average over those who are likely to, {margin}. {ASSUMED}"
    )
