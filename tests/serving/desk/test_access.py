"""Tokens, keyboards, screen readers, phones and the dark: nobody is kept out who may come in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.serving.desk.browsing import Desk, enter, violations


def test_a_wrong_token_is_told_and_a_right_one_is_kept_nowhere(page: Page, desk: Desk) -> None:
    page.get_by_label("Token", exact=True).fill("wrong")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("status").locator("code")).to_have_text("ladder token create")
    enter(page, desk)
    assert desk.token not in page.content()
    assert page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])") == (
        '[{},{},""]'
    )
    page.reload()
    expect(page.get_by_role("button", name="Open")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_keeps_anybody_out(page: Page, desk: Desk, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    assert violations(page) == []
    assert right_edge(page, "#show-token button") <= right_edge(page, "#token-help")
    enter(page, desk)
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    day = page.get_by_text("Jun 1, 2026", exact=True)
    assert day.evaluate("node => node.getClientRects().length") == 1, "a date stays in one line"
    assert violations(page) == []
    # The page itself never scrolls sideways: its table does.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_where_nothing_was_saved_the_page_says_how_to(
    page: Page, desk: Desk, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    enter(page, desk)
    page.get_by_role("button", name="Saved lists").click()
    expect(page.get_by_text("No list is saved yet.")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)
    assert violations(page) == []


def right_edge(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"]


def test_the_keyboard_alone_is_enough(page: Page, desk: Desk) -> None:
    expect(page.get_by_label("Token", exact=True)).to_be_focused()
    page.keyboard.type(desk.token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="At risk")).to_be_focused()
    draw = "Draw a list for a campaign"
    onwards = [step(page, "Tab") for _ in range(6)]
    assert onwards == ["tier", "rung", "download", draw, "list-table", "more"]
    back = [step(page, "Shift+Tab") for _ in range(12)]
    assert back[:5] == onwards[4::-1]
    pages = ["At risk", "Win back", "Advocates", "Saved lists", "Reliability"]
    assert back[5:] == ["Find", "who", *pages[::-1]]
    step(page, "Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Win back")).to_be_visible()
    assert [step(page, "Tab") for _ in range(6)] == [*pages[2:], "who", "Find", "rung"]
    page.keyboard.press("c")  # chooses what begins with it
    expect(page.get_by_label("Rung", exact=True)).to_have_value("client")


def step(page: Page, key: str) -> str:
    """Press a key and return what is focused then; whoever steps must see where they are."""
    page.keyboard.press(key)
    focused = page.locator(":focus")
    assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    return str(focused.evaluate("e => e.id || e.ariaLabel || e.innerText"))
