"""Caveats: what a person should know of a list before anything is spent on it, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from features.config import Config
from serving.listing.economics import Campaign
from serving.listing.holdout import Rule
from serving.listing.lists import Drawn
from serving.runs.remarks import uncalibrated
from training.bundle import Bundle

NO_MARGIN = (
    "No margin is set, so all spend counts as profit: set margin under [shop] in ladder.toml."
)
NO_COSTS = (
    "These settings make contacting free: set the cost of a contact and of an offer, with the "
    "list or under [lists] in ladder.toml."
)
NOBODY_TOLD = (
    "In the evaluation, neither the model nor any simple rule ranked customers better than "
    "chance: the probability of {outcome} says little about whom to contact."
)
ONE_RATE = (
    "There was too little data to learn {outcome}: similar customers have the same probability, "
    "and their order says nothing."
)
ONE_MEAN = (
    "There was too little data to learn spend: similar customers get the same amount, and only "
    "their probabilities differ."
)
TOO_SHORT = (
    "Lists of fewer than {smallest} people have no hold-out, so the effect of this one cannot be "
    "measured."
)


def doubtful(bundle: Bundle, outcome: str) -> Iterator[str]:
    """Yield that an outcome could not be predicted, or how far its probabilities were off."""
    if bundle.outcomes[outcome].basis == "prior":
        yield ONE_RATE.format(outcome=outcome)
    judged = bundle.metrics.get("outcomes", {}).get(outcome, {})
    found = (judged.get("model"), *judged.get("baselines", {}).values())
    lowest = [figures["auroc"]["low"] for figures in found if figures]
    if lowest and all(low is not None and low <= 0.5 for low in lowest):
        yield NOBODY_TOLD.format(outcome=outcome)
    yield from (
        f"{sentence[0].upper()}{sentence[1:]}" for sentence in uncalibrated(bundle, outcome)
    )


def unmeasured(drawn: Drawn, rule: Rule) -> Iterator[str]:
    """Yield that a list is too short for a hold-out, where the shop wants one."""
    if 0 < len(drawn.members) < rule.smallest and rule.share:
        yield TOO_SHORT.format(smallest=rule.smallest)


def unpriced(drawn: Drawn, bundle: Bundle, config: Config, campaign: Campaign) -> Iterator[str]:
    """Yield which amounts the list had to assume because the shop did not set them."""
    if drawn.profit and bundle.spend is not None and bundle.spend.basis == "prior":
        yield ONE_MEAN
    if drawn.profit and not (campaign.contact_cost or campaign.offer):
        yield NO_COSTS
    if drawn.profit and config.shop.margin is None:
        yield NO_MARGIN
