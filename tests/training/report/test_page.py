"""The report as a reader finds it: complete, self-contained, honest about what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from training.bundle.bundle import Bundle
from training.report import render

VOID = {"meta"}


class Nesting(HTMLParser):
    """Collects elements and fails where one is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Leave elements that close themselves, as in SVG."""


@pytest.fixture(scope="module")
def page(small_bundle: Bundle) -> str:
    return render(small_bundle)


def test_the_page_is_whole_and_fetches_nothing(page: str) -> None:
    reader = Nesting()
    reader.feed(page)
    assert reader.open == []
    assert all(link.startswith("#") for link in reader.links), "nothing outside the page"
    assert "<script" not in page
    assert "url(" not in page


def test_every_section_is_found_from_the_top(page: str) -> None:
    reader = Nesting()
    reader.feed(page)
    ids = re.findall(r'<h2 id="([^"]+)"', page)
    assert reader.links == [f"#{name}" for name in ids]
    assert {"churn", "refer", "limits", "words"} <= set(ids)


def test_every_figure_stands_beside_its_baselines(page: str, small_bundle: Bundle) -> None:
    metrics = small_bundle.metrics
    for name, judged in metrics["outcomes"].items():
        assert f'<h2 id="{name}">' in page
        for rule in judged["baselines"]:
            assert metrics["names"][rule].replace("'", "&#x27;") in page
        if judged["basis"] == "prior":
            assert "too little to learn from" in page
            continue
        for figures in (judged["model"], *judged["baselines"].values()):
            value, low, high = (figures["auroc"][key] for key in ("value", "low", "high"))
            assert f"{value:.3f} [{low:.3f}, {high:.3f}]" in page
    assert "the model is better than" in page
    skill = metrics["outcomes"]["churn"]["model"]["brier_skill"]
    assert f"{skill['value']:.3f} [{skill['low']:.3f}, {skill['high']:.3f}]" in page


def test_what_acting_earns_and_how_the_base_rate_moved_are_told(
    make_bundle: Callable[..., Bundle],
) -> None:
    bundle = make_bundle(("churn", "spend"))
    page, churn = render(bundle), bundle.metrics["outcomes"]["churn"]
    earned = churn["model"]["profit"]["value"] * bundle.metrics["stake"] * 1_000
    assert f"Expected profit at the best cut, EUR per 1,000 customers: {earned:,.0f} [" in page
    assert "The base rate moved from" in page
    assert churn["moved"] in page
    assert churn["moved"] in bundle.card
    assert f"{churn['chosen']['censored_rows']:,.0f} rows of newer slices" in churn["beside"]
    assert churn["beside"] in page
    assert churn["beside"] in bundle.card
    assert f"customers: {earned:,.0f} [" in bundle.card


def test_spend_is_told_at_a_glance_among_the_questions_and_in_words(
    page: str, make_bundle: Callable[..., Bundle]
) -> None:
    bundle = make_bundle(("churn", "spend"))
    told = render(bundle)
    at_a_glance = told[told.index("At a glance") : told.index("What it predicts")]
    assert bundle.metrics["spend"]["verdict"].removeprefix("spend: ")[1:40] in at_a_glance
    asked = "the money that whoever stays spends within"
    assert f"spend: {asked}" in told
    assert f"**spend**: {asked}" in bundle.card
    assert "<dt>rank correlation</dt>" in told
    assert asked not in page
    assert "<dt>rank correlation</dt>" not in page


def test_an_outcome_that_could_not_be_judged_is_not_called_judged(small_bundle: Bundle) -> None:
    judged = small_bundle.metrics["outcomes"]["churn"]
    prior = {**judged, "basis": "prior", "model": {}}
    metrics = {**small_bundle.metrics, "outcomes": {"churn": prior}}
    page = render(replace(small_bundle, metrics=metrics, report={}))
    assert "positive); not judged on" in page
    assert "judged once on" not in page


def with_tenths(bundle: Bundle, *groups: str) -> Bundle:
    """Return a bundle whose churn was told by tenths of these groups, too."""
    tenths = [{"customers": 100, "predicted": 0.1, "happened": 0.125} for _ in range(10)]
    churn = bundle.metrics["outcomes"]["churn"]
    told = {**dict.fromkeys(groups, tenths), **churn["reliability"]}
    outcomes = {**bundle.metrics["outcomes"], "churn": {**churn, "reliability": told}}
    return replace(bundle, metrics={**bundle.metrics, "outcomes": outcomes})


def test_calibration_is_shown_by_group_and_by_tenths_where_a_group_is_large_enough(
    page: str, small_bundle: Bundle
) -> None:
    for name in ("first-time", "last bought through web", "last bought through store"):
        assert f'<th scope="row">{name}</th>' in page
    assert "in groups large enough to tell" not in page
    shown = render(with_tenths(small_bundle, "last bought through <web>", "client"))
    heads = ("tenth", "client", "last bought through &lt;web&gt;")
    assert "".join(f'<th scope="col">{head}</th>' for head in heads) in shown
    assert "<td>10.0 / 12.5%</td>" in shown


def test_what_a_manager_asks_is_answered(page: str, small_bundle: Bundle) -> None:
    for words in (
        "Small &amp; Co",
        "Not for decisions with legal",
        "people who object to profiling",
        small_bundle.settings["data"]["first"],
        "Do the probabilities mean what they say?",
        "Whom it finds, and what that is worth",
        "What drives it",
        "Known limits",
    ):
        assert words in page


def test_churn_is_told_in_money_where_spend_is_known(
    make_bundle: Callable[..., Bundle], page: str
) -> None:
    with_money = render(make_bundle(("churn", "spend")))
    assert "profit, best rule" in with_money
    assert "profit, model (EUR)" in with_money
    assert "profit per 1,000 customers, EUR" in with_money
    assert "no margin set" in with_money
    assert "own spending of the past year" in with_money
    assert "error of the total, %" in with_money
    assert "profit, best rule" not in page


def test_spend_of_a_bundle_of_an_earlier_program_is_told(
    make_bundle: Callable[..., Bundle],
) -> None:
    bundle = make_bundle(("churn", "spend"))
    figure = {"value": 0.4, "low": 0.3, "high": 0.5}
    earlier = {
        **dict.fromkeys(("correlation", "baseline", "gain", "total"), figure),
        "rows": 400,
        "total_error": 0.4,
        "deciles": [[1.0, 2.0], [3.0, 2.0]],
        "verdict": "spend: of those who stay, rank correlation 0.400",
    }
    page = render(replace(bundle, metrics={**bundle.metrics, "spend": earlier}))
    assert "Of those who stay, rank correlation 0.400" in page
    assert "What was spent against what was said" in page
    few = {**bundle.metrics["spend"], "model": {}, "deciles": [], "verdict": "spend: too little."}
    assert '<p class="lead">Too little.</p>' in render(
        replace(bundle, metrics={**bundle.metrics, "spend": few})
    )


def test_what_a_list_finds_has_intervals_and_stands_beside_the_best_rule(
    page: str, small_bundle: Bundle
) -> None:
    churn = small_bundle.metrics["outcomes"]["churn"]
    best = churn["best"]
    for share in (1, 5, 10, 20):
        lift = churn["model"][f"lift_{share}"]
        assert f"{lift['value']:.1f} [{lift['low']:.1f}, {lift['high']:.1f}]" in page
        for found, form in (
            (churn["model"], ".1f"),
            (churn["baselines"][best], ".1f"),
            (churn["gains"][best], "+.1f"),
        ):
            value, low, high = (
                f"{100 * found[f'gain_{share}'][end]:{form}}" for end in ("value", "low", "high")
            )
            assert f"<td>{value} [{low}, {high}]</td>" in page


def test_a_heading_is_not_repeated_and_percents_are_written_one_way(page: str) -> None:
    assert not re.search(r"<p[^>]*>(churn|refer): ", page)
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert re.findall(r".{20}\d\s%", text) == []
    assert re.search(r"\d%", text)


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


def test_what_happened_has_an_interval_in_every_tenth(page: str, small_bundle: Bundle) -> None:
    for curves in small_bundle.report["curves"].values():
        for one in curves["reliability"]["served"]:
            assert one["low"] <= one["happened"] <= one["high"]
            value, low, high = (f"{100 * one[end]:.1f}" for end in ("happened", "low", "high"))
            assert f"<td>{value} [{low}, {high}]</td>" in page
    assert 'class="span model"' in page


def test_the_same_bundle_gives_the_same_bytes_also_after_reading(
    small_bundle: Bundle, page: str, tmp_path: Path
) -> None:
    read = Bundle.read(small_bundle.write(tmp_path / "bundle"))
    assert render(read) == page


def test_a_bundle_of_an_earlier_program_still_has_a_report(small_bundle: Bundle) -> None:
    later = {"beside", "gains", "moved", "reliability"}
    outcomes = {
        name: {key: value for key, value in judged.items() if key not in later}
        for name, judged in small_bundle.metrics["outcomes"].items()
    }
    metrics = {**small_bundle.metrics, "outcomes": outcomes}
    del metrics["stake"]
    page = render(replace(small_bundle, report={}, metrics=metrics))
    assert "At a glance" in page
    assert "<svg" not in page


def test_names_of_a_shop_cannot_write_into_the_page(small_bundle: Bundle) -> None:
    shop = {**small_bundle.settings["shop"], "name": "<script>alert(1)</script>"}
    page = render(replace(small_bundle, settings={**small_bundle.settings, "shop": shop}))
    assert "<script" not in page


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
