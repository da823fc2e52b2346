"""The marketer's desk in a real browser, on a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pyarrow as pa
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from serving.app import create_app
from serving.home import create_home
from serving.settings import Settings
from serving.store import Control, RunInfo, publish
from serving.tokens import mint
from serving.web.service import Service
from tests.serving.servers import served


@dataclass
class Desk:
    """Where the desk is, and a token that opens it."""

    url: str
    token: str


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory,
    scored: Callable[..., pa.Table],
    run_info: RunInfo,
) -> Iterator[Desk]:
    home = create_home(tmp_path_factory.mktemp("desk") / "models")
    publish(home, run_info, scored(200))
    token, text = mint("marketer", ["lists"], None)
    with Control(home) as control:
        control.add_token(token)
    with served(create_app(Service(Settings(home, b"0" * 64)))) as url:
        yield Desk(url, text)


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Policy" in said.text else None)
    answer = page.goto(desk.url)
    assert answer is not None
    assert "default-src 'none'" in (answer.header_value("content-security-policy") or "")
    yield page
    context.close()
    assert wrong == []


def enter(page: Page, desk: Desk) -> None:
    page.get_by_label("Token", exact=True).fill(desk.token)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="At risk")).to_be_focused()


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


def right_edge(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"]


def violations(page: Page) -> list[str]:
    """Return what axe finds, of every rule it has."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize(("scope", "finds"), [("all", True), ("lists", False)])
def test_reasons_that_the_run_does_not_hold_are_found_for_whose_token_may_ask(
    browser: Browser, caller: Callable[[str], httpx.Client], scope: str, finds: bool
) -> None:
    client = caller(scope)
    listed = client.get("/v1/lists/at-risk").json()["items"]
    who = next(one["customer_id"] for one in listed if one["reasons"] is None)
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda one: asked.append(one.url) if "/v1/scores" in one.url else None)
    page.goto(str(client.base_url))
    enter(page, Desk("", client.headers["authorization"].removeprefix("Bearer ")))
    lacking = page.get_by_text("not computed in this run")
    if finds:
        expect(lacking).to_have_count(0)
        told = caller("all").get(f"/v1/customers/{who}/score?reasons=true").json()["reasons"]
        row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=who))
        expect(row.get_by_role("listitem")).to_have_text(told)
    else:
        expect(lacking.first).to_be_visible()
    page.get_by_label("Rung", exact=True).select_option("repeat")
    expect(page.locator("tbody tr").first).to_contain_text("repeat")
    page.wait_for_load_state("networkidle")
    assert len(asked) == (2 if finds else 1), "a token that may not is not tried again"
    expect(page.get_by_role("status")).to_be_empty()
    page.close()


@pytest.fixture
def looking(browser: Browser, caller: Callable[[str], httpx.Client]) -> Iterator[Page]:
    """Yield the desk of someone who may see single customers."""
    client = caller("all")
    page = browser.new_page()
    page.goto(str(client.base_url))
    enter(page, Desk("", client.headers["authorization"].removeprefix("Bearer ")))
    yield page
    page.close()


def look_up(page: Page, customer: str) -> None:
    page.get_by_label("Customer", exact=True).fill(customer)
    page.keyboard.press("Enter")


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
    enter(page, desk)
    look_up(page, "c000096")
    expect(page.get_by_role("status")).to_contain_text("may not see single customers")


def test_the_keyboard_alone_is_enough(page: Page, desk: Desk) -> None:
    expect(page.get_by_label("Token", exact=True)).to_be_focused()
    page.keyboard.type(desk.token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="At risk")).to_be_focused()
    onwards = [step(page, "Tab") for _ in range(5)]
    assert onwards == ["tier", "rung", "download", "Customers", "more"]
    back = [step(page, "Shift+Tab") for _ in range(9)]
    assert back[:4] == onwards[3::-1]
    assert back[4:] == ["Find", "who", "Advocates", "Win back", "At risk"]
    step(page, "Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Win back")).to_be_visible()
    assert [step(page, "Tab") for _ in range(4)] == ["Advocates", "who", "Find", "rung"]
    page.keyboard.press("c")  # chooses what begins with it
    expect(page.get_by_label("Rung", exact=True)).to_have_value("client")


def step(page: Page, key: str) -> str:
    """Press a key and return what is focused then; whoever steps must see where they are."""
    page.keyboard.press(key)
    focused = page.locator(":focus")
    assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    return str(focused.evaluate("e => e.id || e.ariaLabel || e.innerText"))
