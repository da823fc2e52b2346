"""What acting on a model is worth in the shop's money, beside the best simple rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.bundle.bundle import Bundle
from training.card import ASSUMED, CUSTOMERS
from training.curves import SHARES
from training.metrics import Campaign
from training.report import markup

SHOWN = (1, 5, 10, 20, 30)


def table(bundle: Bundle, name: str, judged: Mapping[str, Any], curves: Mapping[str, Any]) -> str:
    """Return what contacting a share of customers reaches, and for churn what it earns."""
    value = bundle.metrics.get("stake") if name == "churn" else None
    heads = ["contacted", "reached by the model", "by the best rule", "better than at random"]
    rows = []
    for share in SHOWN:
        at = SHARES.index(share)
        model, rule = curves["gain"]["model"][at], curves["gain"]["baseline"][at]
        row = [f"{share} %", markup.share(model), markup.share(rule)]
        row.append(f"{model / (share / 100):.1f} times")
        if value is not None:
            row += [_profit(bundle, judged, value, share, reached) for reached in (model, rule)]
        rows.append(row)
    if value is not None:
        heads += ["profit, model", "profit, best rule"]
    shown = markup.table(heads, rows)
    return (
        shown if value is None else _best_cut(bundle, judged, value) + shown + _worth(bundle, value)
    )


def _best_cut(bundle: Bundle, judged: Mapping[str, Any], value: float) -> str:
    """Return what contacting whoever is worth it earns, as the model and the best rule choose."""
    best = judged["best"]
    sides = (judged["model"], judged["baselines"][best], judged["gains"][best])
    model, rule, gain = (
        markup.interval({end: _scaled(number, value) for end, number in side["profit"].items()}, 0)
        for side in sides
    )
    return markup.paragraph(
        f"Expected profit at the best cut, {bundle.config.shop.currency or 'money'} per "
        f"{CUSTOMERS:,} customers: {model} by the model, {rule} by the best rule, {gain} more."
    )


def _scaled(number: float | None, value: float) -> float | None:
    return None if number is None else CUSTOMERS * value * number


def _profit(
    bundle: Bundle, judged: Mapping[str, Any], value: float, share: int, reached: float
) -> str:
    contacted = CUSTOMERS * share / 100
    leavers = CUSTOMERS * judged["test_rate"] * reached
    campaign = Campaign()
    profit = value * (leavers * campaign.reached - (contacted - leavers) * campaign.wasted)
    return f"{profit:,.0f} {bundle.config.shop.currency or ''}".rstrip()


def _worth(bundle: Bundle, value: float) -> str:
    shop = bundle.config.shop
    margin = f"a margin of {shop.margin:.0%}" if shop.margin else "all of it profit (no margin set)"
    return markup.paragraph(
        f"Profit per {CUSTOMERS:,} customers asked about. A customer who leaves costs {value:,.2f} "
        f"{shop.currency or ''} in the horizon on average, {margin}. {ASSUMED}",
        "note",
    )
