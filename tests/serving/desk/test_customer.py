"""One customer, looked up by id."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from tests.serving.desk.browsing import Desk, enter, look_up, violations


def test_one_customer_is_looked_up_by_id(
    looking: Page, caller: Callable[[str], httpx.Client]
) -> None:
    listed = caller("all").get("/v1/lists/at-risk").json()["items"]
    who = next(one["customer_id"] for one in listed if one["reasons"] is None)
    told = caller("all").get(f"/v1/customers/{who}/score?reasons=true").json()
    looking.get_by_role("button", name="Advocates").click()
    look_up(looking, f" {who} ")
    person = looking.get_by_role("region", name=who)
    expect(person.get_by_role("heading", name=who)).to_be_focused()
    expect(person).to_contain_text("May be contacted.")
    expect(person).to_contain_text(f"Chance of leaving{told['churn_probability']:.0%}")
    expect(person).not_to_contain_text("Chance of returning")
    expect(person.get_by_role("listitem")).to_have_text(told["reasons"])
    assert violations(looking) == []
    person.get_by_role("button", name="Close").click()
    expect(person).to_be_hidden()
    expect(looking.get_by_label("Customer", exact=True)).to_be_focused()


def test_who_is_in_no_run_is_not_found_and_who_only_looked_has_no_chances(
    looking: Page, caller: Callable[[str], httpx.Client]
) -> None:
    look_up(looking, "nobody/of <this> name")
    expect(looking.get_by_role("status")).to_contain_text(
        "No customer nobody/of <this> name in this run."
    )
    scores = caller("all").post("/v1/scores", json={"ids": [f"C{n:06}" for n in range(500)]})
    who = next(
        one["customer_id"]
        for one in scores.json()["scores"]
        if one["known"] and not one["risk_tier"]
    )
    look_up(looking, who)
    person = looking.get_by_role("region", name=who)
    expect(person).to_contain_text("Nothing is predicted yet")
    expect(person).not_to_contain_text("Chance of")
    expect(looking.get_by_role("status")).to_be_empty()


def test_a_token_for_lists_alone_finds_no_single_customer(page: Page, desk: Desk) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    enter(page, desk)
    look_up(page, "c000096")
    status = page.get_by_role("status")
    expect(status).to_contain_text("may not see single customers")
    for _ in range(4):
        page.keyboard.press("Tab")
        focused, said = page.locator(":focus").bounding_box(), status.bounding_box()
        assert focused
        assert said
        assert focused["y"] + focused["height"] <= said["y"], "it lies over what is focused"
