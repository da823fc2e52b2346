"""A campaign from the desk: drawn, saved, taken away, found again and measured."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from serving.store import Control
from serving.store.campaigns import Campaigns
from tests.serving.desk.browsing import violations

Caller = Callable[[str], httpx.Client]


def draw(page: Page, **filled: str) -> Locator:
    """Draw a list and return how it is shown then."""
    form = page.locator("#draw-form")
    if not form.is_visible():
        page.get_by_text("Draw a list for a campaign").click()
    for label, value in filled.items():
        form.get_by_label(label.replace("_", " ")).fill(value)
    form.get_by_role("button", name="Draw and save").click()
    return page.locator("#campaign")


def kept(home: Path) -> Any:
    """Return the newest saved list and its people."""
    with Control(home) as control:
        campaigns = Campaigns(control)
        newest = campaigns.all()[0]
        return newest, [member for _, member in campaigns.members(newest.list_id, None)]


def give(page: Page, text: str) -> None:
    file = FilePayload(name="results.csv", mimeType="text/csv", buffer=text.encode())
    page.locator("#results-file").set_input_files(file)


def test_a_list_is_drawn_from_the_filters_and_taken_away(looking: Page, lived_in: Path) -> None:
    looking.get_by_label("Rung").select_option("client")
    expect(looking.locator("tbody tr").first).to_contain_text("client")
    shown = draw(looking, Contact_at_most="25", Cost_of_a_contact="0.1")
    expect(shown.get_by_role("heading")).to_be_focused()
    newest, people = kept(lived_in)
    assert newest.asked == {
        "kind": "at-risk",
        "top": 25,
        "contact_cost": 0.1,
        "one_of": {"rung": ["client"]},
    }
    held = [one.customer_id for one in people if one.contact == "held_out"]
    expect(shown).to_contain_text("25 people; Rung: client")
    expect(shown).to_contain_text(f"{len(held)} until {newest.ends_on:%b} {newest.ends_on.day}, ")
    expect(shown).to_contain_text("No effect can be told before there are results")
    expect(looking.get_by_role("row").nth(1)).to_contain_text("no results yet")
    assert violations(looking) == []
    with looking.expect_download() as started:
        shown.get_by_role("button", name="Download whom to contact").click()
    assert started.value.suggested_filename == f"{newest.list_id}.csv"
    text = started.value.path().read_text(encoding="utf-8-sig")
    named = [row["customer_id"] for row in csv.DictReader(text.splitlines())]
    assert named == [one.customer_id for one in people if one.contact == "yes"]
    expect(looking.get_by_role("status")).to_contain_text("nobody who is held out")
    looking.go_back()
    expect(looking.get_by_role("heading", name="At risk")).to_be_visible()


def test_results_are_added_and_tell_what_the_campaign_changed(
    looking: Page, lived_in: Path
) -> None:
    shown = draw(looking, Contact_at_most="40")
    expect(shown.get_by_role("heading")).to_be_focused()
    _, people = kept(lived_in)
    contacted = [one.customer_id for one in people if one.contact == "yes"]
    held = [one.customer_id for one in people if one.contact == "held_out"]
    give(looking, "customer_id,responded\nsomebody,perhaps\n")
    expect(looking.get_by_role("status")).to_contain_text("Line 2 says 'perhaps'")
    give(looking, "\n".join(["customer_id;spend", *(f"{who};20,5" for who in contacted[:30])]))
    took = f"Took {len(people)} results; not on the list: 0."
    expect(looking.get_by_role("status")).to_contain_text(took)
    expect(shown).to_contain_text(f"Responded: 75% of 40 contacted, 0% of {len(held)} held out.")
    expect(shown).to_contain_text("of +75 percentage points")
    expect(shown).to_contain_text("is more than chance explains")
    expect(shown).to_contain_text("€15.38 by each contacted, €0.00 by each held out")
    expect(looking.get_by_role("row").nth(1)).to_contain_text("+75 points (")
    # Whoever comes back later finds the same.
    looking.get_by_role("button", name="Advocates").click()
    expect(looking.get_by_role("heading", name="Advocates")).to_be_visible()
    looking.get_by_role("button", name="Saved lists").click()
    expect(shown).to_be_hidden()
    looking.get_by_role("row").nth(1).get_by_role("button", name="At risk,").click()
    expect(shown).to_contain_text("of +75 percentage points")


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ({"Contact_at_most": "5", "Or_spend_at_most": "5"}, "by people or by money, not by both"),
        ({"Or_spend_at_most": "5"}, "A budget needs a cost"),
    ],
)
def test_what_cannot_be_drawn_is_told_before_anything_is_saved(
    looking: Page, caller: Caller, filled: dict[str, str], said: str
) -> None:
    before = caller("all").get("/v1/saved-lists").json()
    draw(looking, **filled)
    expect(looking.get_by_role("status")).to_contain_text(said)
    assert caller("all").get("/v1/saved-lists").json() == before


def test_a_list_whose_answer_was_lost_is_not_drawn_twice(looking: Page, lived_in: Path) -> None:
    lost: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    looking.route("**/v1/saved-lists", lose)
    draw(looking, Contact_at_most="7")
    expect(looking.get_by_role("status")).to_contain_text("The server does not answer.")
    made, _ = kept(lived_in)
    shown = draw(looking, Contact_at_most="7")
    expect(shown).to_contain_text("7 people")
    assert lost == [201]
    assert kept(lived_in)[0] == made


def test_more_lists_that_are_asked_for_twice_come_once(looking: Page) -> None:
    looking.route(
        "**/v1/saved-lists", lambda route: route.continue_(url=f"{route.request.url}?limit=1")
    )
    for people in ("3", "4"):
        looking.get_by_role("button", name="Advocates", exact=True).click()
        shown = draw(looking, Contact_at_most=people)
        expect(shown).to_contain_text(f"{people} people")
        expect(shown).to_contain_text("Nobody on this list is held out")
    more = looking.locator("#saved-more")
    expect(looking.locator("#saved-rows tr")).to_have_count(1)
    more.evaluate("button => { button.click(); button.click(); }")
    expect(looking.locator("#saved-rows tr")).to_have_count(2)
    looking.wait_for_load_state("networkidle")
    expect(looking.locator("#saved-rows tr")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_a_saved_list_keeps_nobody_out(looking: Page, scheme: str, width: int) -> None:
    looking.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    looking.set_viewport_size({"width": width, "height": 800})
    shown = draw(looking, Contact_at_most="20")
    expect(shown).to_contain_text("No effect can be told")
    assert violations(looking) == []
    assert looking.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    looking.keyboard.press("Tab")
    expect(shown.get_by_role("button", name="Close")).to_be_focused()
    looking.keyboard.press("Enter")
    expect(shown).to_be_hidden()
    expect(looking.get_by_role("heading", name="Saved lists")).to_be_focused()
    looking.get_by_role("button", name=re.compile("^At risk,")).first.focus()
    looking.keyboard.press("Enter")
    expect(shown.get_by_role("heading")).to_be_focused()
