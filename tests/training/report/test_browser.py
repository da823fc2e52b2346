"""The report as a browser shows it: on a desk, a phone and paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.training.report.tenths import with_tenths
from training.bundle.bundle import Bundle
from training.report import render


def test_every_axis_says_what_it_counts(browser: Browser, page: str) -> None:
    view = browser.new_page()
    view.set_content(page)
    titles = view.evaluate(
        "[...document.querySelectorAll('svg')].map("
        "one => [...one.querySelectorAll('.title')].map(title => title.textContent))"
    )
    view.close()
    assert {len(of_one) for of_one in titles} == {2}
    # Along a yes or no, the ticks say it.
    assert all(y and (x or "yes" in page) for x, y in titles)
    assert {"days", "visits"} & {x for x, _ in titles}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_that_keeps_anybody_out(
    browser: Browser, make_bundle: Callable[..., Bundle], scheme: Literal["light", "dark"]
) -> None:
    # The page's own policy lets nothing run in it, axe neither.
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    view = context.new_page()
    view.set_content(render(make_bundle(("churn", "spend"))))
    found = Axe().run(view).response["violations"]
    context.close()
    assert [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found] == []


def test_a_browser_shows_it_on_a_desk_and_a_phone_without_a_complaint(
    browser: Browser, page: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(page, encoding="utf-8")
    for width in (1280, 1000, 360):
        view = browser.new_page(viewport={"width": width, "height": 800})
        view.goto(file.as_uri())
        assert not view.console_messages()
        assert [request.url for request in view.requests()] == [file.as_uri()]
        assert view.evaluate("document.documentElement.scrollWidth") <= width
        assert view.locator("svg").count() >= 6
        ends = (
            "[...document.querySelectorAll('caption span')].map(s => s.getClientRects()[0].right)"
        )
        assert max(view.evaluate(ends)) <= width, "a caption is read without scrolling its table"
        bars = "[...document.querySelectorAll('.bar i')].map(i => i.getBoundingClientRect().right)"
        assert max(view.evaluate(bars)) <= width, "so is the longest bar"
        hidden = (
            "[...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth)"
        )
        assert width < 1000 or view.evaluate(f"{hidden}.length") == 0, "on a desk nothing scrolls"
        view.close()


def test_it_fits_on_paper_and_follows_a_dark_desk(
    browser: Browser, small_bundle: Bundle, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    channels = (f"last bought through channel {number}" for number in range(7))
    many = with_tenths(small_bundle, "first_time", "repeat", "client", *channels)
    file.write_text(render(many), encoding="utf-8")
    view = browser.new_page(viewport={"width": 700, "height": 990}, color_scheme="dark")
    view.goto(file.as_uri())
    paper = "getComputedStyle(document.body).backgroundColor"
    assert view.evaluate(paper) == "rgb(20, 25, 31)"
    view.emulate_media(media="print")
    assert view.evaluate(paper) == "rgb(255, 255, 255)"
    assert view.evaluate("document.documentElement.scrollWidth") <= 700
    edges = "[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right)"
    assert max(view.evaluate(edges)) <= 700, "nothing is cut off on paper"
    # A printer leaves backgrounds out unless told that they mean something.
    bars = "getComputedStyle(document.querySelector('.bar i')).printColorAdjust"
    assert view.evaluate(bars) == "exact"
    view.close()


def test_the_longest_bar_is_the_strongest_driver(browser: Browser, page: str) -> None:
    view = browser.new_page()
    view.set_content(page)
    (bars,) = view.evaluate(
        "[...document.querySelectorAll('.drivers')].slice(0, 1).map("
        "one => [...one.querySelectorAll('.bar')].map("
        "cell => [cell.querySelector('i').offsetWidth, Number(cell.textContent)]))"
    )
    for width, size in bars:
        assert width / bars[0][0] == pytest.approx(size / bars[0][1], abs=0.02)
    view.close()
