"""Asking the API for saved lists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from serving.schemas.saved import Saved
from serving.store import Control
from serving.store.campaigns import Campaigns

Caller = Callable[[str], httpx.Client]


def make(client: httpx.Client, key: str | None = None, **asked: Any) -> httpx.Response:
    headers = {"idempotency-key": key} if key else {}
    return client.post("/v1/saved-lists", json={"kind": "at-risk", **asked}, headers=headers)


def saved(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = make(client, **asked)
    assert answer.status_code == 201, answer.text
    Saved.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


def everybody(client: httpx.Client, list_id: str, limit: int = 7) -> list[dict[str, Any]]:
    """Return the members to contact, page by page."""
    address, found = f"/v1/saved-lists/{list_id}/members?limit={limit}", []
    while address:
        page = client.get(address).json()
        found += page["items"]
        address = page["next"]
    return found


def held_out(home: Path, list_id: str) -> list[str]:
    with Control(home) as control:
        people = [one for _, one in Campaigns(control).members(list_id, None)]
    return [one.customer_id for one in people if one.contact == "held_out"]
