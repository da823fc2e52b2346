"""The data quality report of an open history: its tables, and what they lack beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from features.checking.measure import TableMeasure
from features.checking.outlook import outlooks
from features.cleaning.staging import Staged
from features.clock import DAY, local_date
from features.days import Days, together
from features.levels import uses
from features.pauses import FEW, LONG_AGO, pauses
from features.quality import Report, TableReport
from features.tables import DATED, TABLES
from features.units import count_of

if TYPE_CHECKING:
    from features.history import History

_MANY_DAYS = 60
_CROWDED = 0.05
_USUAL = 20
"""Of so many days one is crowded that holds such a share of all rows, so many times the median."""

_CROWD = 20
"""Customers of whom it cannot be by chance that none is in another table."""


def report_on(history: History, staged: list[Staged], objecting: int, notes: list[str]) -> Report:
    """Return the data quality report of a history that is open."""
    names = dict.fromkeys(one.table.name for one in staged)
    return Report(
        tables=tuple(_table_report(history, name, staged) for name in names),
        customers=history.customers,
        objecting=objecting,
        until=local_date(history.until, history.config.shop.timezone),
        notes=(
            *notes,
            *_strangers(history),
            *_strays(history),
            *_pauses(history),
            *_crowded(history),
            *_ended(history),
            *_long_subscribed(history),
        ),
        outlooks=outlooks(history.config, history.span, history.kinds),
        kinds=history.kinds,
        attributes=uses(history.config.attributes, history.values),
    )


def _strangers(history: History) -> Iterator[str]:
    """Yield a note on each table of which nobody is in the first dated one."""
    tables = history.measure.tables
    main = next(name for name in DATED if name in tables)
    for name in (name for name in TABLES if name in tables):
        customers = tables[name].customers
        if not tables[name].shared and min(customers, tables[main].customers) >= _CROWD:
            yield (
                f"none of {count_of(customers, 'customer')} in {name} is in {main}: are ids "
                "written alike in both, with their leading zeros?"
            )


def _strays(history: History) -> Iterator[str]:
    """Yield a note where few rows come long after all others, and end the history."""
    days: Days = {}
    for name in (name for name in DATED if name in history.measure.tables):
        days = together(days, history.measure.tables[name].days)
    dates = sorted(days)
    after = [n for n in range(1, len(dates)) if (dates[n] - dates[n - 1]).days > LONG_AGO]
    if after and (few := sum(days[day] for day in dates[after[-1] :])) < FEW * sum(days.values()):
        last, before = dates[after[-1]], dates[after[-1] - 1]
        yield (
            f"only {count_of(few, 'row')} came after {before}, from {last} on: if "
            f"{'it is a slip' if few == 1 else 'they are slips'}, everybody seems to have left "
            "meanwhile. Leave such rows out with `where`, or end the history before them."
        )


def _pauses(history: History) -> Iterator[str]:
    """Yield a note on the longest pause in the midst of a dated table's rows."""
    for name in (name for name in DATED if name in history.measure.tables):
        found = pauses(history.measure.tables[name].days)
        if not found:
            continue
        longest = max(found, key=lambda pause: pause.days)
        last = longest.begin - timedelta(days=1)
        yield (
            f"{name} {'have' if name == 'orders' else 'has'} no row between {last} and "
            f"{longest.end}, {count_of((longest.end - last).days, 'day')} later: whoever was "
            "active before seems to have left then. A training leaves out days of which half the "
            "horizon lies in there. If the shop was not shut, rows are missing: map them."
        )


def _crowded(history: History) -> Iterator[str]:
    """Yield a note on the fullest day of a dated table where it is far from usual."""
    for name in (name for name in DATED if name in history.measure.tables):
        days = history.measure.tables[name].days
        fullest = max(days, key=lambda one: days[one])
        rows, usual, share = (
            days[fullest],
            median(days.values()),
            days[fullest] / sum(days.values()),
        )
        if len(days) >= _MANY_DAYS and share >= _CROWDED and rows >= _USUAL * usual:
            yield (
                f"{count_of(rows, 'row')} of {name} ({share:.0%}) are dated {fullest}, "
                f"{rows / usual:.0f} times as many as on a usual day: if that is when they were "
                "entered, by a migration for example, the days since and between them are wrong. "
                "Map when it happened, or leave such rows out with `where`."
            )


def _ended(history: History) -> Iterator[str]:
    """Yield a note on each dated table whose rows end long before those of another."""
    zone, newest = history.config.shop.timezone, max(end for _, end in history.span.values())
    for name, (_, end) in history.span.items():
        if (days := (newest - end) // DAY) > LONG_AGO:
            last, others = local_date(end - 1, zone), local_date(newest - 1, zone)
            ends = "orders end" if name == "orders" else f"{name} ends"
            yield (
                f"{ends} on {last}, {count_of(days, 'day')} "
                f"before the newest rows, of {others}: whatever happened since counts as not done."
            )


def _long_subscribed(history: History) -> Iterator[str]:
    """Yield a note where subscribers of whom nothing else is heard come to count as lapsed."""
    churn, kind = history.config.churn, history.kinds.get("subscribed")
    if churn.event is None or churn.activity != "subscribed" or kind is None:
        return
    if history.until - kind.first > churn.active_days * DAY:
        yield (
            f"whoever subscribed more than {count_of(churn.active_days, 'day')} ago counts as "
            f"lapsed, {churn.event} or not: [churn] activity is subscribed, which happens once. "
            "Set active_days above the longest subscription, or name another activity."
        )


def _table_report(history: History, name: str, staged: list[Staged]) -> TableReport:
    sources = tuple(one.report for one in staged if one.table.name == name)
    table = history.measure.tables.get(name, TableMeasure())
    timezone = history.config.shop.timezone
    days = [None if at is None else local_date(at, timezone) for at in (table.first, table.last)]
    return TableReport(name, table.rows, table.customers, days[0], days[1], sources)
