"""The data quality report of an open history: its tables, and what they lack beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from features.attributes.levels import uses
from features.checking.measure import Measure, TableMeasure
from features.checking.outlook import outlooks
from features.checking.periods import score_between
from features.cleaning.staged import Staged
from features.clock import DAY, local_date
from features.config import Config
from features.quality import Report, TableReport
from features.reach.days import Days, together
from features.reach.pauses import FEW, LONG_AGO, pauses, shut_every_year
from features.reach.spans import KindSpan, Span
from features.settings.sections import Churn
from features.tables import DATED, TABLES
from features.units import count_of

_HALF_A_YEAR, _YEAR = 180, 365

_CROWDED_FROM_DAYS = 60
"""Days with rows that a table needs before one of them can stand out as crowded."""

_CROWDED_SHARE = 0.05
"""Share of a table's rows that a crowded day holds at least."""

_CROWDED_TIMES = 20
"""How many times the rows of the median day a crowded day holds at least."""

_UNUSUAL = 3
"""How many times the median distance between days with rows is long."""

_STRANGERS_FROM = 20
"""Customers from which on it cannot be chance that none is in another table, or came twice."""


def report_on(
    config: Config,
    measure: Measure,
    until: int,
    staged: list[Staged],
    objecting: int,
    notes: list[str],
) -> Report:
    """Return the data quality report of a history.

    Parameters
    ----------
    config : Config
    measure : Measure
        What the canonical tables hold.
    until : int
        The first instant that is not seen.
    staged : list of Staged
        The sources, each with the report on its rows.
    objecting : int
        Customers who object to profiling, and are in none of the tables.
    notes : list of str
        What is known already, to come before what the tables tell.
    """
    zone = config.shop.timezone
    span = measure.span(until, zone)
    names = dict.fromkeys(source.table.name for source in staged)
    dated = {name: measure.tables[name].days for name in DATED if name in measure.tables}
    active = "orders" if "orders" in dated and config.churn.activity is None else "engagement"
    return Report(
        tables=tuple(
            _table_report(name, measure.tables.get(name, TableMeasure()), staged, zone)
            for name in names
        ),
        customers=measure.customers,
        objecting=objecting,
        until=local_date(until, zone),
        notes=(
            *notes,
            *_strangers(measure.tables),
            *_undated(measure.undated, local_date(until, zone)),
            *_nobody_returns(measure.tables),
            *_nobody_leaves(config.churn, measure),
            *_strays(dated),
            *_pauses(dated),
            *_season(dated, config.churn),
            *score_between(active, dated.get(active, {}), config.churn),
            *_crowded(dated),
            *_ended(span, zone),
            *_long_subscribed(config.churn, measure.kinds, until),
        ),
        outlooks=outlooks(config, span, measure.kinds),
        kinds=measure.kinds,
        attributes=uses(config.attributes, measure.values),
    )


def _strangers(tables: Mapping[str, TableMeasure]) -> Iterator[str]:
    """Yield a note on each table of which nobody is in the first dated one."""
    main = next(name for name in DATED if name in tables)
    for name in (name for name in TABLES if name in tables):
        customers = tables[name].customers
        if not tables[name].shared and min(customers, tables[main].customers) >= _STRANGERS_FROM:
            yield (
                f"none of {count_of(customers, 'customer')} in {name} is in {main}: are ids "
                "written alike in both, with their leading zeros?"
            )


def _undated(people: int, until: date) -> Iterator[str]:
    """Yield a note on people in customers of whom nothing says since when they are customers."""
    if people:
        who = count_of(people, "person in customers has", "people in customers have")
        yield (
            f"{who} no signed_up_at and did nothing before {until}: not scored. Map signed_up_at, "
            "if the shop knows when they came."
        )


def _nobody_returns(tables: Mapping[str, TableMeasure]) -> Iterator[str]:
    """Yield a note where each customer has one order or event only."""
    name = next(name for name in DATED if name in tables)
    rows, customers = tables[name].rows, tables[name].customers
    if rows == customers >= _STRANGERS_FROM:
        yield (
            f"each of {count_of(customers, 'customer')} has one row in {name}, so nobody seems to "
            "have come back: is customer_id another one for every row, as some exports have it?"
        )


def _nobody_leaves(churn: Churn, measure: Measure) -> Iterator[str]:
    """Yield a note where the activity is of everybody up to the end, as in a panel.

    Values that are 0 are said of already (`features.checking.notes`).
    """
    table = measure.tables.get("engagement", TableMeasure())
    kind = measure.kinds.get(churn.activity or "")
    if kind is None or kind.valued or kind.rows < table.rows:
        return
    rows, everybody = [table.days[day] for day in sorted(table.days)], table.customers
    if rows == sorted(rows) and len(rows) > 2 and rows[-1] == everybody >= _STRANGERS_FROM:
        yield (
            f"each of {count_of(everybody, 'customer')} has a row of kind {churn.activity} on the "
            f"last of {count_of(len(rows), 'day')}, so nobody seems to have left: if rows also say "
            "that somebody did nothing, leave those out with `where`."
        )


def _strays(dated: Mapping[str, Days]) -> Iterator[str]:
    """Yield a note where few rows come long after all others, and end the history."""
    days: Days = {}
    for of_table in dated.values():
        days = together(days, of_table)
    dates = sorted(days)
    apart = [(later - day).days for day, later in pairwise(dates)]
    # Where rows are of months or of years, the newest follow as late as all others.
    long = max(LONG_AGO, _UNUSUAL * median(apart)) if apart else LONG_AGO
    after = [n for n, gap in enumerate(apart, start=1) if gap > long]
    if after and (few := sum(days[day] for day in dates[after[-1] :])) < FEW * sum(days.values()):
        last, before = dates[after[-1]], dates[after[-1] - 1]
        yield (
            f"only {count_of(few, 'row')} came after {before}, from {last} on: if "
            f"{'it is a slip' if few == 1 else 'they are slips'}, everybody seems to have left "
            "meanwhile. Leave such rows out with `where`, or end the history before them."
        )


def _pauses(dated: Mapping[str, Days]) -> Iterator[str]:
    """Yield a note on the longest pause in the midst of a dated table's rows."""
    for name, days in dated.items():
        found = pauses(days)
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


def _season(dated: Mapping[str, Days], churn: Churn) -> Iterator[str]:
    """Yield a note where every year the horizon fits into a time when nobody can be active."""
    name = "orders" if "orders" in dated and churn.activity is None else "engagement"
    shut = shut_every_year(dated.get(name, {}), max(churn.horizon_days, LONG_AGO))
    if churn.event is not None or shut is None or churn.horizon_days >= _YEAR:
        return
    advice = f"above {shut.days}"
    if shut.days >= _HALF_A_YEAR:
        advice = "to 365 and active_days to 730, so that every horizon holds a season"
    yield (
        f"{name} {'have' if name == 'orders' else 'has'} no row from {shut.begin} to "
        f"{shut.end - timedelta(days=1)}, and none at that time of another year: within a horizon "
        f"of {count_of(churn.horizon_days, 'day')} in there, everybody seems to leave. If the "
        f"shop is shut then every year, set [churn] horizon_days {advice}."
    )


def _crowded(dated: Mapping[str, Days]) -> Iterator[str]:
    """Yield a note on the fullest day of a dated table where it is far from usual."""
    for name, days in dated.items():
        if len(days) < _CROWDED_FROM_DAYS:
            continue
        fullest = max(days, key=days.__getitem__)
        rows, usual = days[fullest], median(days.values())
        share = rows / sum(days.values())
        if share >= _CROWDED_SHARE and rows >= _CROWDED_TIMES * usual:
            yield (
                f"{count_of(rows, 'row')} of {name} ({share:.0%}) are dated {fullest}, "
                f"{rows / usual:.0f} times as many as on a usual day: if that is when they were "
                "entered, by a migration for example, the days since and between them are wrong. "
                "Map when it happened, or leave such rows out with `where`."
            )


def _ended(span: Mapping[str, Span], zone: str) -> Iterator[str]:
    """Yield a note on each dated table whose rows end long before those of another."""
    newest = max(end for _, end in span.values())
    for name, (_, end) in span.items():
        if (days := (newest - end) // DAY) > LONG_AGO:
            last, others = local_date(end - 1, zone), local_date(newest - 1, zone)
            ends = "orders end" if name == "orders" else f"{name} ends"
            yield (
                f"{ends} on {last}, {count_of(days, 'day')} "
                f"before the newest rows, of {others}: whatever happened since counts as not done."
            )


def _long_subscribed(churn: Churn, kinds: Mapping[str, KindSpan], until: int) -> Iterator[str]:
    """Yield a note where subscribers of whom nothing else is heard come to count as lapsed."""
    kind = kinds.get("subscribed")
    if churn.event is None or churn.activity != "subscribed" or kind is None:
        return
    if until - kind.first > churn.active_days * DAY:
        yield (
            f"whoever subscribed more than {count_of(churn.active_days, 'day')} ago counts as "
            f"lapsed, {churn.event} or not: [churn] activity is subscribed, which happens once. "
            "Set active_days above the longest subscription, or name another activity."
        )


def _table_report(name: str, table: TableMeasure, staged: list[Staged], zone: str) -> TableReport:
    sources = tuple(source.report for source in staged if source.table.name == name)
    first, last = (None if at is None else local_date(at, zone) for at in (table.first, table.last))
    return TableReport(name, table.rows, table.customers, first, last, sources)
