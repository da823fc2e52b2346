"""Campaigns that ran during the horizon a model is judged on: they changed what happened in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from features.units import count_of
from serving.listing.drawing import OUTCOME
from serving.store.campaigns import Campaigns

NOTICED = 0.01
"""From this share of the customers that an outcome is judged on, those contacted are told of."""


def overlapping(campaigns: Campaigns, judged: Mapping[str, Any], gap_days: int) -> Iterator[str]:
    """Yield a sentence for each outcome whose judged customers were contacted for it meanwhile.

    Everybody on a list is taken for judged: lists name customers whom the model scored, of nearly
    all of whom the outcome is asked.

    Parameters
    ----------
    campaigns : Campaigns
        The saved lists.
    judged : mapping of str to mapping
        A bundle's ``metrics["outcomes"]``.
    gap_days : int
        Between the day that an outcome is judged as of and its horizon.
    """
    for kind, outcome in OUTCOME.items():
        if (found := judged.get(outcome)) is None or not found.get("test_rows"):
            continue
        start = date.fromisoformat(found["newest"])
        end = start + timedelta(gap_days + found["horizon_days"])
        reached = campaigns.named_between(kind, start, end)
        if reached >= NOTICED * found["test_rows"]:
            people = count_of(reached, "person", "people")
            yield (
                f"{outcome} is judged on what {count_of(found['test_rows'], 'customer')} did from "
                f"{start} until {end}, and {kind} lists of these days named {people} to contact: "
                "what these did is the campaigns' doing, too, and the more a campaign changes, the "
                "worse a good model looks"
            )
