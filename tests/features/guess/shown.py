"""Files that a shop shows, and what is made of them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from features.config import Config
from features.guess import Guess, guesses, template
from features.history import open_history

SHOP_ORDERS = """Order Number;Client ID;Order Date;Qty;Unit Price;Currency
1001;007;25/12/2023 10:00;2;3.50;EUR
1002;8;01/02/2024 11:30;-1;3.50;EUR
1003;;02/02/2024 12:00;1;1.00;EUR
"""
EVENTS = """user_id,event_type,created_at,value
a,site_visited,2024-05-01T10:00:00Z,3
b,nps,2024-05-02T10:00:00Z,9
a,site_visited,2024-05-03T10:00:00Z,1
"""
PEOPLE = """id,signup_date,accepts_marketing,referrer
a,2024-01-01,true,
b,2024-01-02,false,a
"""


def shown(folder: Path, text: str, name: str = "shown.csv") -> Guess:
    (folder / name).write_text(text, encoding="utf-8")
    return guesses(folder / name)[0]


def read(folder: Path, name: str) -> dict[str, list[dict[str, Any]]]:
    """Return the tables that the written configuration reads."""
    written = template([(name, found) for found in guesses(folder / name)])
    with open_history(Config.from_dict(tomllib.loads(written), folder)) as history:
        return {table: history.table(table).to_pylist() for table in ("orders", "engagement")}
