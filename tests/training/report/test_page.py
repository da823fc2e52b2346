"""The report as a reader finds it: complete, self-contained, honest about what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from features.errors import LadderError
from tests.training.report.tenths import with_tenths
from training.bundle.bundle import Bundle
from training.judging.curves import SHARES
from training.report import render
from training.report.charts import BOTTOM, HEIGHT

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
        better = page[page.index("the model is better than", page.index(f'<h2 id="{name}">')) :]
        for figures in judged["gains"].values():
            value, low, high = (figures["auroc"][key] for key in ("value", "low", "high"))
            assert f"{value:+.3f} [{low:+.3f}, {high:+.3f}]" in better[: better.index("</table>")]
    skill = metrics["outcomes"]["churn"]["model"]["brier_skill"]
    assert f"{skill['value']:.3f} [{skill['low']:.3f}, {skill['high']:.3f}]" in page


def test_an_outcome_that_could_not_be_judged_is_not_called_judged(small_bundle: Bundle) -> None:
    judged = small_bundle.metrics["outcomes"]["churn"]
    prior = {**judged, "basis": "prior", "model": {}}
    metrics = {**small_bundle.metrics, "outcomes": {"churn": prior}}
    page = render(
        replace(small_bundle, metrics=metrics, report={**small_bundle.report, "curves": {}})
    )
    assert "); not judged on" in page
    assert "judged once on" not in page


def test_where_one_class_happened_nothing_is_claimed_of_the_rule_that_serves(
    small_bundle: Bundle,
) -> None:
    churn = small_bundle.metrics["outcomes"]["churn"]
    unknown = {name: dict.fromkeys(found) for name, found in churn["model"].items()}
    rules = dict.fromkeys(churn["baselines"], unknown)
    unjudged = {**churn, "basis": "rule", "model": unknown, "baselines": rules, "gains": rules}
    metrics = {**small_bundle.metrics, "outcomes": {"churn": unjudged}, "stake": 50.0}
    page = render(replace(small_bundle, metrics=metrics))
    assert "because the model is not shown to be better." in page
    assert "because its probabilities" not in page
    assert "Expected profit" not in page
    ruled = {**small_bundle.metrics["outcomes"], "churn": {**churn, "basis": "rule"}}
    page = render(replace(small_bundle, metrics={**small_bundle.metrics, "outcomes": ruled}))
    assert "The best simple rule serves, because its probabilities were better." in page
    assert "<p></p>" not in page


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
        "Do not use them for decisions with legal",
        "people who object to profiling",
        small_bundle.settings["data"]["first"],
        "Do the probabilities mean what they say?",
        "Whom it finds, and what that is worth",
        "What drives it",
        "How it is made",
        "Known limits",
        "churn: will not order for",
        "boosted trees (LightGBM)",
        "Of the fit that serves, over customers as of",
        "population stability index, net of chance",
    ):
        assert words in page
    churn = small_bundle.metrics["outcomes"]["churn"]
    glance = page[page.index("At a glance") : page.index("What it predicts")]
    assert f"<td>{churn['finding']}</td>" in glance, "a figure's meaning stands beside it"
    rate, times = churn["test_rate"], churn["model"]["lift_10"]["value"]
    assert f"{100 * rate:.1f}% of the customers left within 60 days" in glance
    assert f"ranks first, {100 * rate * times:.1f}% did: {times:.1f} [" in glance


def test_what_an_outcome_was_learnt_from_and_what_drives_it_stand_with_their_numbers(
    page: str, small_bundle: Bundle
) -> None:
    churn = small_bundle.metrics["outcomes"]["churn"]
    assert (
        f"Learnt from {churn['rows']:,} rows at {len(churn['cutoffs'])} cutoffs up to "
        f"{churn['cutoffs'][-1]} (it happened to {100 * churn['base_rate']:.1f}%); judged once on "
        f"{churn['test_rows']:,} customers as of {churn['newest']} (it happened to "
        f"{100 * churn['test_rate']:.1f}%)." in page
    )
    importance = small_bundle.metrics["importance"]["churn"]
    moved = small_bundle.report["moved"]["churn"]
    largest = sorted(importance, key=lambda name: (-importance[name], name))[:12]
    row = r'<code>(\w+)</code></td><td class="bar"><i [^>]+></i>([\d.]+)</td><td>([\d.]+)</td>'
    assert re.findall(row, page)[:12] == [
        (name, f"{importance[name]:.3f}", f"{moved[name]:.2f}") for name in largest
    ]


def test_the_only_act_is_not_told_twice(small_bundle: Bundle) -> None:
    churn = small_bundle.metrics["outcomes"]["churn"]
    better = {**churn, "model": {**churn["model"], "lift_10": churn["model"]["lift_20"]}}

    def glance(**outcomes: Any) -> str:
        metrics = {**small_bundle.metrics, "outcomes": outcomes}
        told = render(replace(small_bundle, metrics=metrics))
        return told[told.index("At a glance") : told.index("What it predicts")]

    alone = glance(refer=churn, advocate=churn)
    assert "referred a friend within" in alone
    assert "referred, shared or" not in alone
    assert "referred, shared or" in glance(refer=churn, advocate=better)


def test_ticks_that_read_alike_are_written_once(small_bundle: Bundle) -> None:
    feature = max(small_bundle.metrics["importance"]["churn"].items(), key=lambda one: one[1])[0]
    bins = [{"value": 1e-6 * at, "effect": at, "share": 0.1} for at in range(1, 6)]
    report = {**small_bundle.report, "effects": {"churn": {feature: bins}, "refer": {}}}
    told = render(replace(small_bundle, report=report))
    assert told.count("&lt;0.001</text>") == 1


def test_what_happened_in_a_group_has_an_interval_however_small_it_is(
    page: str, small_bundle: Bundle
) -> None:
    group = small_bundle.metrics["outcomes"]["churn"]["strata"]["first_time"]
    assert 0 <= group["low"] <= group["rate"] <= group["high"] <= 1
    rate, low, high = (f"{100 * group[part]:.1f}" for part in ("rate", "low", "high"))
    assert f"<td>{rate} [{low}, {high}]</td>" in page
    assert f"| {rate} [{low}, {high}] |" in small_bundle.card


def test_where_calibration_does_not_hold_the_section_says_so(
    page: str, small_bundle: Bundle
) -> None:
    churn = small_bundle.metrics["outcomes"]["churn"]
    off = {**churn["model"], "ece": {"value": 0.0512, "low": 0.04, "high": 0.06}}
    judged = {**churn, "basis": "model", "model": off}
    metrics = {**small_bundle.metrics, "outcomes": {"churn": judged}}
    said = "Calibration does not hold: churn is off by 0.051 (at most 0.030)"
    assert said in render(replace(small_bundle, metrics=metrics))
    assert said not in page


def test_tenths_that_were_put_together_are_not_called_ten(page: str, small_bundle: Bundle) -> None:
    curves = small_bundle.report["curves"]["churn"]
    few = {**curves["reliability"], "served": curves["reliability"]["served"][:3]}
    report = {**small_bundle.report, "curves": {"churn": {**curves, "reliability": few}}}
    merged = "to the most probable (more where many have the same probability)"
    assert merged in render(replace(small_bundle, report=report))
    assert merged not in page


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


def test_of_a_list_of_any_length_what_the_table_tells_is_drawn(
    page: str, small_bundle: Bundle
) -> None:
    churn = small_bundle.metrics["outcomes"]["churn"]
    begin = page.index("<title>Share it happens to by share contacted</title>", page.index("churn"))
    lines = re.findall(r'<polyline class="(\w+)" points="([^"]+)"', page[begin:])[:3]
    heights = {
        kind: [HEIGHT - BOTTOM - float(point.split(",")[1]) for point in points.split()]
        for kind, points in lines
    }
    at_random = heights["guide"][0]
    for kind, found in (("model", churn["model"]), ("baseline", churn["baselines"][churn["best"]])):
        for share in (5, 10, 20):
            times = heights[kind][SHARES.index(share) - 1] / at_random
            assert times == pytest.approx(found[f"lift_{share}"]["value"], rel=0.02)
        assert heights[kind][-1] == pytest.approx(at_random, abs=0.2), "a list of everybody"


def test_a_heading_is_not_repeated_and_percents_are_written_one_way(page: str) -> None:
    assert not re.search(r"<p[^>]*>(churn|refer): ", page)
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert re.findall(r".{20}\d\s%", text) == []
    assert re.search(r"\d%", text)


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


def test_names_of_a_shop_cannot_write_into_the_page(small_bundle: Bundle) -> None:
    shop = {**small_bundle.settings["shop"], "name": "<script>alert(1)</script>"}
    page = render(replace(small_bundle, settings={**small_bundle.settings, "shop": shop}))
    assert "<script" not in page


def test_a_bundle_of_another_version_is_refused_in_words(small_bundle: Bundle) -> None:
    """Whatever figure it lacks: a page is whole, or there is none."""
    metrics, report = small_bundle.metrics, small_bundle.report
    churn = metrics["outcomes"]["churn"]
    others = [
        *(replace(small_bundle, metrics=less) for less in lacking(metrics)),
        *(replace(small_bundle, report=less) for less in lacking(report)),
        *(
            replace(small_bundle, metrics={**metrics, "outcomes": {"churn": less}})
            for less in lacking(churn)
        ),
    ]
    refused = []
    for other in others:
        try:
            assert render(other).endswith("</html>\n")
        except LadderError as error:
            refused.append(str(error))
    assert len(refused) > 20
    assert all(" lacks some (" in said and "ladder train" in said for said in refused)


def lacking(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a mapping without each of its keys."""
    for key in data:
        yield {name: value for name, value in data.items() if name != key}
