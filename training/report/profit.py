"""What acting on a model is worth in the shop's money, beside the best simple rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.bundle.bundle import Bundle
from training.curves import SHARES
from training.metrics import Campaign
from training.report import markup

SHOWN = (1, 5, 10, 20, 30)
CUSTOMERS = 1_000
"""Profits are per so many customers."""


def value_of_a_customer(bundle: Bundle) -> float | None:
    """Return the mean profit that is lost with a customer, None where spend is not learnt."""
    if bundle.spend is None:
        return None
    leavers = bundle.money.leavers or (0.0,)
    lost = max(0.0, bundle.spend.base - sum(leavers) / len(leavers))
    return lost * (bundle.config.shop.margin or 1.0)


def table(bundle: Bundle, name: str, judged: Mapping[str, Any], curves: Mapping[str, Any]) -> str:
    """Return what contacting a share of customers reaches, and for churn what it earns."""
    value = value_of_a_customer(bundle) if name == "churn" else None
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
    return markup.table(heads, rows) + (_assumed(bundle, value) if value is not None else "")


def _profit(
    bundle: Bundle, judged: Mapping[str, Any], value: float, share: int, reached: float
) -> str:
    contacted = CUSTOMERS * share / 100
    leavers = CUSTOMERS * judged["test_rate"] * reached
    campaign = Campaign()
    profit = value * (leavers * campaign.reached - (contacted - leavers) * campaign.wasted)
    return f"{profit:,.0f} {bundle.config.shop.currency or ''}".rstrip()


def _assumed(bundle: Bundle, value: float) -> str:
    campaign, shop = Campaign(), bundle.config.shop
    margin = f"a margin of {shop.margin:.0%}" if shop.margin else "all of it profit (no margin set)"
    return markup.paragraph(
        f"Profit per {CUSTOMERS:,} customers asked about. Assumed: a customer who leaves costs "
        f"{value:,.2f} {shop.currency or ''} in the horizon on average, {margin}; an offer keeps "
        f"{campaign.success:.0%} of those who would have left and costs {campaign.offer:.0%} of "
        f"that from everyone who stays; contacting costs {campaign.contact:.0%} of it. Only a "
        "hold-out tells what an offer really does.",
        "note",
    )
