"""The desk says everything in every language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files
from typing import get_args

import pytest
from playwright.sync_api import Browser, Page, expect

from serving.languages.language import language, languages
from serving.schemas.record import Rung, Tier
from tests.serving.servers import Running

DESK = files("serving").joinpath("desk")
NAMES = {"Loyalty Ladder", "ladder serve", "ladder token create", "ladder report", "lists"}
"""What is called the same everywhere."""


class Texts(HTMLParser):
    """The texts that a page shows."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_data(self, data: str) -> None:
        self.found.add(" ".join(data.split()))

    def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value for name, value in attrs if name == "aria-label" and value}


def shown() -> set[str]:
    """Return every text of the desk in English."""
    page = Texts()
    page.feed(DESK.joinpath("index.html").read_text(encoding="utf-8"))
    scripts = [one.read_text(encoding="utf-8") for one in DESK.iterdir() if one.name[-3:] == ".js"]
    script = "\n".join(scripts)
    called = {json.loads(f'"{text}"') for text in re.findall(r'\b(?:t|heading)\("([^"]+)"', script)}
    # Texts stand in tables at the top of a script, and are what is more than a name there.
    tables = re.findall(r"^(?:export )?const [A-Z]+ = [{\[].*?[}\]];$", script, re.M | re.S)
    listed = {text for table in tables for text in re.findall(r'"([^"]*)"', table)}
    held = {text.replace("_", " ") for kind in (Rung, Tier) for text in get_args(kind)}
    wordy = {text for text in listed if not text.islower()}
    return {text for text in page.found | called | wordy | held if text} - NAMES


@pytest.mark.parametrize("tag", languages()[1:])
def test_every_text_has_words_in_every_language_and_the_same_numbers(tag: str) -> None:
    words = language(tag).words["desk"]
    assert words.keys() == shown()
    for english, other in words.items():
        assert set(re.findall(r"\{\w+\}", other)) == set(re.findall(r"\{\w+\}", english))


@pytest.fixture
def german(browser: Browser, running: Running) -> Iterator[Page]:
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    page.goto(running.url)
    yield page
    context.close()


def test_a_german_browser_shows_a_german_desk(german: Page, running: Running) -> None:
    page = german
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page).to_have_title("Loyalty Ladder: der Arbeitsplatz fürs Marketing")
    page.get_by_label("Token", exact=True).fill(running.tokens["lists"])
    page.get_by_role("button", name="Öffnen").click()
    expect(page.get_by_role("heading", name="Gefährdet")).to_be_focused()
    expect(page.get_by_role("columnheader", name="Gefährdeter Wert")).to_be_visible()
    expect(page.locator("#list-about")).to_contain_text("binnen 90 Tagen abwandern")
    expect(page.get_by_label("Risiko", exact=True)).to_contain_text("hoch")
    expect(page.locator("#run")).to_contain_text("Kunden, Stand 01.06.2026")
    page.get_by_role("button", name="Zurückgewinnen").click()
    expect(page.locator("#caution")).to_contain_text("im Mittel 4,1 Prozentpunkte daneben")
    page.get_by_text("Eine Liste für eine Kampagne auslosen").click()
    for name in ("Fürsprecher", "Gespeicherte Listen", "Verlässlichkeit"):
        left = set(page.locator("body").inner_text().split("\n")) & shown()
        assert left <= {"Token"}
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("heading", name="Wie weit auf die Vorhersagen")).to_be_visible()


@pytest.mark.parametrize(("scope", "said"), [(None, "öffnet nichts"), ("score", "keine Listen")])
def test_a_token_that_opens_nothing_is_refused_in_german(
    german: Page, running: Running, scope: str | None, said: str
) -> None:
    german.get_by_label("Token", exact=True).fill(running.tokens[scope] if scope else "wrong")
    german.get_by_role("button", name="Öffnen").click()
    expect(german.get_by_role("status")).to_contain_text(said)


def test_a_language_that_has_no_file_reads_english(browser: Browser, running: Running) -> None:
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    page.goto(running.url)
    expect(page.get_by_role("button", name="Open")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    context.close()
