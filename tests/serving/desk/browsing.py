"""What a visitor of the desk does, and what is looked at of its pages."""

from __future__ import annotations

from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect


@dataclass
class Desk:
    """Where the desk is, and a token that opens it."""

    url: str
    token: str


def enter(page: Page, desk: Desk) -> None:
    page.get_by_label("Token", exact=True).fill(desk.token)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="At risk")).to_be_focused()


def look_up(page: Page, customer: str) -> None:
    page.get_by_label("Customer", exact=True).fill(customer)
    page.keyboard.press("Enter")


def violations(page: Page) -> list[str]:
    """Return what axe finds, of every rule it has."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]
