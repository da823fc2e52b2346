"""A model judged on days of a campaign is told of with that campaign."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from serving.home import create_home
from serving.listing.overlap import overlapping
from serving.store import Control
from serving.store.campaigns import Campaigns, Member, SavedList, new_list_id

JUDGED = {
    "churn": {"newest": "2026-05-01", "horizon_days": 28, "test_rows": 200},
    "advocate": {"newest": "2026-05-01", "horizon_days": 28, "test_rows": 200},
    "return": {"newest": None, "horizon_days": 28, "test_rows": None},
}


def save(campaigns: Campaigns, kind: str, as_of: date, **arms: str) -> None:
    made = SavedList(new_list_id(), {"kind": kind}, "run", as_of, date(2026, 8, 1), {}, 0)
    campaigns.save(made, [Member(one, arm, {}) for one, arm in arms.items()], "somebody")


def test_whom_a_campaign_reached_while_a_model_was_judged_is_said(tmp_path: Path) -> None:
    with Control(create_home(tmp_path / "models")) as control:
        campaigns = Campaigns(control)
        assert not [*overlapping(campaigns, JUDGED, gap_days=0)]
        save(campaigns, "at-risk", date(2026, 4, 30), before="yes")
        save(campaigns, "at-risk", date(2026, 5, 29), after="yes")
        save(campaigns, "advocates", date(2026, 5, 4), one="yes")  # of 200: hardly anybody
        save(campaigns, "at-risk", date(2026, 5, 1), a="yes", b="yes", c="held_out")
        save(campaigns, "at-risk", date(2026, 5, 28), a="yes", d="yes")
        (said,) = overlapping(campaigns, JUDGED, gap_days=0)
        assert "200 customers did from 2026-05-01 until 2026-05-29" in said
        assert "at-risk lists of these days named 3 people to contact" in said
        assert len([*overlapping(campaigns, JUDGED, gap_days=7)]) == 1
