"""How far the desk's numbers can be relied on, where a marketer looks."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.serving.desk.browsing import Desk, enter, violations


def figure(value: float, off: float = 0.02) -> dict[str, float]:
    return {"value": value, "low": value - off, "high": value + off}


def judgement(auroc: float, rule: float, basis: str = "model") -> dict[str, Any]:
    sides = [
        {"auroc": figure(value), "lift_10": figure(lift, 0.2), "ece": figure(0.013)}
        for value, lift in ((auroc, 3.4), (rule, 2.4))
    ]
    return {
        "basis": basis,
        "best": "rfm",
        "newest": "2026-03-03",
        "horizon_days": 90,
        "test_rate": 0.42,
        "model": sides[0] if basis != "prior" else {},
        "baselines": {"rfm": sides[1]} if basis != "prior" else {},
        "gains": {"rfm": {"auroc": figure(auroc - rule)}},
    }


METRICS = {
    "until": "2026-06-01",
    "outcomes": {
        "churn": judgement(0.876, 0.83),
        "return": judgement(0.6, 0.6, "prior"),
        "refer": judgement(0.71, 0.70),
        "share": judgement(0.51, 0.5),
        "advocate": judgement(0.7, 0.72, "rule"),
    },
    "skipped": [{"outcomes": ["review"], "why": "nobody reviewed"}],
}
STAYED = {"basis": "model", "model": {"total_error": figure(-0.2)}}
EVERYBODY = {**STAYED, "expected": {"served": {"total_error": figure(-0.1)}}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("width", "spend", "sum_"),
    [
        (1280, EVERYBODY, "The sum of everyone's expected spend was off by 10%."),
        (360, STAYED, "The sum that was expected of those who stayed was off by 20%."),
    ],
)
def test_each_chance_has_a_verdict_and_stands_beside_the_rule(
    page: Page, desk: Desk, scheme: str, width: int, spend: dict[str, Any], sum_: str
) -> None:
    def known(route: Route) -> None:
        answer = route.fetch()
        (model,) = answer.json()["models"]
        route.fulfill(
            response=answer, json={"models": [model | {"metrics": METRICS | {"spend": spend}}]}
        )

    page.route("**/v1/models", known)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    enter(page, desk)
    page.get_by_role("button", name="Reliability").click()
    expect(page.locator("#model-about")).to_have_text(
        "Model 3f9a2c learnt from what happened before Jun 1, 2026; it gives the chances as of "
        "Jun 1, 2026. It was evaluated as of Mar 3, 2026, on a time that it had not learnt from. "
        f"{sum_} Not predicted: Leaves a positive review. ladder check says why."
    )
    rows = page.get_by_role("row")
    churn = rows.filter(has_text="Leaves within 90 days")
    expect(churn).to_contain_text("Ranks customers better than the best simple rule.")
    expect(churn).to_contain_text("88% (86% to 90%); the rule 83%")
    expect(churn).to_contain_text("3.4 times (3.2 to 3.6); the rule 2.4")
    expect(churn).to_contain_text("1.3 points")
    expect(rows.filter(has_text="Returns")).to_contain_text("Too little data to learn from")
    expect(rows.filter(has_text="Refers")).to_contain_text("about as well as")
    expect(rows.filter(has_text="Shares")).to_contain_text("do not choose by this")
    expect(rows.filter(has_text="Speaks for us")).to_contain_text("A simple rule gives these")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_page_can_be_marked_and_opened_again(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.url}/#model")
    page.get_by_label("Token", exact=True).fill(desk.token)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="How far the chances")).to_be_focused()
    expect(page.get_by_role("button", name="Reliability")).to_have_attribute("aria-current", "page")
    page.get_by_role("button", name="At risk").click()
    expect(page.get_by_role("rowheader").first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="How far the chances")).to_be_visible()
