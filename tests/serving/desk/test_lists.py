"""The lists of the desk: who is on them, why, and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Browser, Page, Route, expect

from tests.serving.desk.browsing import Desk, enter


def test_the_desk_shows_who_is_at_risk_and_why(page: Page, desk: Desk) -> None:
    enter(page, desk)
    expect(page.get_by_text("Tea & Sons: 200 customers as of Jun 1, 2026")).to_be_visible()
    first = page.get_by_role("row").nth(1)
    expect(first.get_by_role("rowheader")).to_have_text("c000096")
    expect(first).to_contain_text("£79.18")
    expect(first).to_contain_text("78 days since the last order")
    assert page.get_by_role("row").count() == 51


def test_a_list_whose_chances_were_off_says_by_how_much(page: Page, desk: Desk) -> None:
    caution = page.locator("#caution")
    enter(page, desk)
    expect(caution).to_be_hidden()
    page.get_by_role("button", name="Win back").click()
    expect(caution).to_contain_text("they were off by 4.1 percentage points on average")
    page.get_by_role("button", name="Advocates").click()
    expect(caution).to_be_hidden()


def test_a_list_says_how_good_its_chances_were_beside_the_rule(page: Page, desk: Desk) -> None:
    figures = {"auroc": {"low": 0.7}, "lift_10": {"value": 2.24, "low": 2.1, "high": 2.36}}
    rule = {"auroc": {"low": 0.6}, "lift_10": {"value": 1.71, "low": 1.5, "high": 1.9}}
    idle = figures | {"auroc": {"low": 0.5}}
    judged = {"basis": "model", "best": "rfm", "newest": "2026-03-03"}
    outcomes = {
        "churn": {**judged, "model": figures, "baselines": {"rfm": rule}},
        "return": {**judged, "basis": "prior", "model": {}, "baselines": {}},
        "advocate": {**judged, "model": idle, "baselines": {"rfm": idle}},
    }

    def known(route: Route) -> None:
        answer = route.fetch()
        models = answer.json()["models"]
        models[0]["metrics"] = {"outcomes": outcomes}
        route.fulfill(response=answer, json={"models": models})

    page.route("**/v1/models", known)
    enter(page, desk)
    trust = page.locator("#trust")
    expect(trust).to_contain_text("evaluated as of Mar 3, 2026")
    expect(trust).to_contain_text("it happened 2.2 times (2.1 to 2.4) as often")
    expect(trust).to_contain_text("with the best simple rule, 1.7 times as often")
    page.get_by_role("button", name="Win back").click()
    expect(trust).to_contain_text("their order is random")
    page.get_by_role("button", name="Advocates").click()
    expect(trust).to_contain_text("nothing ranked customers better than chance")
    expect(page.get_by_role("columnheader", name="Expected spend in 90 days")).to_be_visible()


def test_filters_lists_and_more_rows(page: Page, desk: Desk) -> None:
    enter(page, desk)
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_role("row")).to_have_count(101)
    page.get_by_label("Risk", exact=True).select_option("high")
    expect(page.locator("tbody .tier.high").first).to_be_visible()
    expect(page.locator("tbody .tier.low")).to_have_count(0)
    page.get_by_role("button", name="Win back").click()
    expect(page.get_by_role("heading", name="Win back")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Chance of returning")).to_be_visible()


def test_a_list_of_nobody_shows_no_empty_table(page: Page, desk: Desk) -> None:
    enter(page, desk)
    table, download = page.get_by_role("table"), page.get_by_role("button", name="Download")
    page.get_by_label("Rung").select_option("awareness")
    expect(page.get_by_role("status")).to_contain_text("No customer matches")
    expect(table).to_be_hidden()
    expect(download).to_be_hidden()
    page.get_by_label("Rung").select_option("")
    expect(table).to_be_visible()
    expect(download).to_be_visible()


def test_a_list_that_nothing_is_predicted_for_says_so_and_no_chance_is_a_certainty(
    page: Page, desk: Desk
) -> None:
    def unpredicted(route: Route) -> None:
        answer = route.fetch()
        models = answer.json()["models"]
        models[0]["metrics"] = {"skipped": [{"outcomes": ["share", "advocate"], "why": ""}]}
        route.fulfill(response=answer, json={"models": models})

    def changed(route: Route) -> None:
        answer = route.fetch()
        page = answer.json()
        for record, chance in zip(page["items"], (0.9996, 0.0004, 1, 0.256), strict=False):
            record["churn_probability"] = chance
        empty = {} if "at-risk" in route.request.url else {"items": [], "total": 0, "next": None}
        route.fulfill(response=answer, json=page | empty)

    page.route("**/v1/models", unpredicted)
    page.route("**/v1/lists/*", changed)
    enter(page, desk)
    chances = page.locator("tbody td:nth-child(3)")
    expect(chances.nth(3)).to_have_text("26%")
    assert chances.all_text_contents()[:4] == [">99%", "<1%", "100%", "26%"]
    page.get_by_role("button", name="Advocates").click()
    expect(page.get_by_role("status")).to_contain_text("The model does not predict this.")
    page.get_by_role("button", name="Win back").click()
    expect(page.get_by_role("status")).to_have_text("Nobody is on this list.")


def test_where_no_money_is_known_none_is_spoken_of(page: Page, desk: Desk) -> None:
    """A service without orders lists by the chance of leaving."""

    def without_money(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "sort": "churn_probability"})

    enter(page, desk)
    expect(page.locator("#list-about")).to_contain_text("the most money at stake first")
    page.route("**/v1/lists/at-risk*", without_money)
    page.get_by_label("Risk", exact=True).select_option("high")
    expect(page.locator("#list-about")).to_contain_text("the most likely first")


def test_the_whole_list_can_be_taken_away(page: Page, desk: Desk) -> None:
    enter(page, desk)
    with page.expect_download() as started:
        page.get_by_role("button", name="Download").click()
    assert started.value.suggested_filename == "at-risk.csv"
    text = started.value.path().read_text(encoding="utf-8")
    assert text.startswith("\ufeffcustomer_id,known,as_of,"), "Excel knows UTF-8 by its mark"
    # Fifty rows stand below the button.
    expect(page.get_by_role("status")).to_contain_text("holds the whole list")
    expect(page.get_by_role("status")).to_be_in_viewport(ratio=1)


def test_reasons_that_the_run_does_not_hold_are_found_and_are_about_the_list(
    browser: Browser, caller: Callable[[str], httpx.Client]
) -> None:
    client = caller("lists")
    page = browser.new_page()
    page.goto(str(client.base_url))
    enter(page, Desk("", client.headers["authorization"].removeprefix("Bearer ")))
    for kind, tab in (("at-risk", "At risk"), ("advocates", "Advocates")):
        listed = client.get(f"/v1/lists/{kind}").json()["items"]
        who = next(one["customer_id"] for one in listed if one["reasons"] is None)
        page.get_by_role("button", name=tab).click()
        expect(page.get_by_text("not computed in this run")).to_have_count(0)
        found = client.get(f"/v1/lists/{kind}?reasons=true").json()["items"]
        told = next(one["reasons"] for one in found if one["customer_id"] == who)
        row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=who))
        expect(row.get_by_role("listitem")).to_have_text(told)
    expect(page.get_by_role("status")).to_be_empty()
    page.close()
