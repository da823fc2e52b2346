"""Whom lists around a day exclude from one of that day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from serving.home import create_home
from serving.listing.exclusions import Exclusions
from serving.store import Control
from serving.store.campaigns import Campaigns, Member, SavedList, new_list_id

DAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("as_of", "rest_days", "rests"),
    [
        (date(2026, 6, 1), 28, True),
        (date(2026, 5, 5), 28, True),
        (date(2026, 5, 4), 28, False),
        (date(2026, 6, 20), 28, True),
        (date(2026, 6, 1), 0, False),
        (date(2029, 6, 1), 28, False),
        (date(2029, 6, 1), 0, False),
    ],
)
def test_a_contact_leaves_alone_for_the_rest_days_before_and_after_it(
    tmp_path: Path, as_of: date, rest_days: int, rests: bool
) -> None:
    """Whoever tries days of the past after one of today does not find people left out there."""
    with Control(create_home(tmp_path / "models")) as control:
        campaigns = Campaigns(control)
        for day in (as_of, date(2031, 1, 1)):
            made = SavedList(new_list_id(), {"kind": "at-risk"}, "run", day, day, {}, 0)
            campaigns.save(made, [Member("a", "yes", {})], "somebody")
        reached = campaigns.reached(DAY, max(90, rest_days))
        found = Exclusions(frozenset(), reached, DAY, 90, rest_days, 2)
        later = SavedList(new_list_id(), {"kind": "at-risk"}, "run", DAY, DAY, {}, 0)
        saved = campaigns.save(later, [Member("a", "yes", {})], "other", rest_days=rest_days)
    assert found.customer_ids == ({"a"} if rests else frozenset())
    assert (saved is None) is rests
