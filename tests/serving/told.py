"""A few columns that reasons are about."""

from __future__ import annotations

from features.catalogue import Column
from features.clock import Window
from features.contract import Orders

COUNT = Orders().count()


def column(name: str, group: str, unit: str, reason: str, days: int | None = None) -> Column:
    """Return a column of which only the words matter."""
    return Column(name, COUNT, Window.before(days), unit, f"About {group}.", reason, group)


COLUMNS = (
    column("spend_30d", "spend", "money", "{value} spent in the last {window}", 30),
    column("spend_90d", "spend", "money", "{value} spent in the last {window}", 90),
    column("days_since_order", "days_since_order", "days", "last ordered {value} ago"),
    column("opens", "opens", "share", "{value} of e-mails opened"),
    column("tickets", "tickets", "tickets", "{value} opened"),
    column("visits", "visits", "visits", "{value}"),
)
BY_NAME = {column.name: column for column in COLUMNS}
