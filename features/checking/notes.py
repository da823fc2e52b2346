"""What a shop should know of its rows besides bad ones, said once."""

from __future__ import annotations

from collections.abc import Iterator

from features.checking.findings import CURRENCIES_SHOWN, ONE_ORDER, Findings
from features.cleaning.refusal import mapped_sql, where_line
from features.config import Config
from features.errors import LadderError
from features.reading.files import unread
from features.resources.workspace import literal
from features.settings.addresses import scheme
from features.settings.sections import Source
from features.settings.validation import nearest
from features.tables import DATED, KINDS, TABLES
from features.units import count_of

_FILES_SHOWN = 3
_TILL_SHARE, _TILL_TIMES = 0.05, 5
"""Share of a table's rows, and how many times those of the next, that no person has."""

_IDLE = 0.1
"""Share of rows of the activity with a value of 0 beyond which they may say that there was none."""
_MANY = 0.01
"""Share of rows in several sources, and of orders that take too long, beyond which it is said."""


def notes_on(config: Config, found: Findings) -> Iterator[str]:
    """Yield what a shop should know of its rows, a sentence each; nothing here stops the work.

    Raises
    ------
    LadderError
        If orders are in several currencies, or not in the shop's.
    """
    _check_currency(config, sorted(found.currencies)[:CURRENCIES_SHOWN])
    yield from _left_out(config)
    yield from _orders(config, found)
    for table in TABLES:
        if mails := found.mails[table]:
            ids = count_of(mails, f"customer id in {table} holds", f"customer ids in {table} hold")
            yield f"{ids} an @: an e-mail is not a good id."
    yield from _till(found)
    for (column, text), rows in sorted(found.placeholders.items()):
        yield _placeholder(column, text, rows)
    yield from _overlap(found)
    for kind in sorted(found.kinds, key=str.encode):
        near = "" if kind in KINDS else nearest(kind, KINDS, cutoff=0.8)
        if near:
            seen = count_of(found.kinds[kind], "row")
            yield f"kind {kind} ({seen}) is not known by name; is it {near}?"
    yield from _idle_rows(config, found)
    yield from _customers(config, found)


def _orders(config: Config, found: Findings) -> Iterator[str]:
    """Yield notes on what counts as a purchase, and as one order."""
    if config.shop.margin is None and "orders" in found.tables:
        yield "[shop] margin is not set: spend counts as profit."
    if 2 * found.purchases < found.lines:
        lines = count_of(found.lines, "row")
        yield (
            f"only {found.purchases:,} of {lines} of orders count as purchases; returns and orders "
            "without an amount do not. Check amount and is_return."
        )
    if found.long_orders > _MANY * found.orders:
        yield (
            f"{found.long_orders / found.orders:.0%} of orders have purchases more than "
            f"{ONE_ORDER} days apart: a customer's lines with the same order_id are one order. If "
            "numbers are reused, map order_id to an expression that includes the day."
        )


def _overlap(found: Findings) -> Iterator[str]:
    """Yield notes on what several sources have in common."""
    for table, rows in found.overlapping.items():
        if rows > _MANY * found.several[table]:
            yield (
                f"{count_of(rows, 'row')} of {table} {'is' if rows == 1 else 'are'} in several "
                "sources: if the files overlap, name them in one source, by a folder or a glob, "
                'with duplicates = "drop".'
            )
    if found.in_sources > _MANY * found.orders:
        yield (
            f"{count_of(found.in_sources, 'order is', 'orders are')} in several sources with other "
            "amounts or lines: an order counts again if its lines or payments are read beside it. "
            "Leave out all sources of the same orders but one."
        )


def _customers(config: Config, found: Findings) -> Iterator[str]:
    """Yield notes on rows that say several things, or strange ones, of one customer."""
    if found.repeated and not any(config.attributes.values()):
        yield (
            f"customers has {count_of(found.repeated, 'more row')} than people: the strictest "
            "consent and the earliest sign-up are used."
        )
    if found.switched:
        who = count_of(found.switched, "subscriber has", "subscribers have")
        yield (
            f"{who} {config.churn.event} at the instant of a new subscription, and so left: if "
            "they only switched their plan, leave such rows out with `where`."
        )
    if found.self_referred:
        own = count_of(found.self_referred, "customer is", "customers are")
        yield f"{own} said to have referred themselves: taken as not referred."


def _till(found: Findings) -> Iterator[str]:
    """Yield a note on a customer with so many of a table's rows that it may be a till or a program.

    Where an id stands for nobody by its name, `_placeholder` says so.
    """
    for table in DATED:
        busiest = [(n, id_) for (name, id_), n in found.busiest.items() if name == table]
        if len(busiest) < 2:
            continue
        (second, _), (first, customer) = sorted(busiest)[-2:]
        rows = found.rows[table]
        named = ("customer_id", customer) in found.placeholders
        if not named and first >= max(_TILL_SHARE * rows, _TILL_TIMES * second):
            yield (
                f"customer {customer!r} has {first:,} of {count_of(rows, 'row')} of {table} "
                f"({first / rows:.0%}), {first / second:.0f} times as many as the next: if that is "
                "a till, guests or a program, leave it out with `where`."
            )


def _placeholder(column: str, text: str, rows: int) -> str:
    """Return a note on rows whose id may stand for nobody."""
    if column == "customer_id":
        return (
            f"{count_of(rows, 'row is', 'rows are')} of the customer {text!r}: if that stands "
            "for nobody, leave them out with `where`."
        )
    return (
        f"{count_of(rows, 'row has', 'rows have')} the {column} {text!r}: if that stands for "
        f"nothing, map {column} to an expression: nullif(..., {literal(text)})."
    )


def _idle_rows(config: Config, found: Findings) -> Iterator[str]:
    """Yield a note on rows that count as activity, and may say that there was none."""
    activity = config.churn.activity or ""
    zeros, rows = found.zeros[activity], found.kinds[activity]
    if _IDLE * rows < zeros < rows:
        source = next((each for each in config.engagement if "value" in each.columns), Source())
        line = where_line(source, f"{mapped_sql(source, 'value')} <> 0")
        yield (
            f"{zeros:,} of {count_of(rows, 'row')} of kind {activity}, which keep customers "
            "active, have the value 0. If these say that somebody did nothing, hardly anybody "
            f"seems to leave: leave them out, with {line} under [[engagement]]."
        )


def _left_out(config: Config) -> Iterator[str]:
    """Yield a note on each folder with files that hold rows, and are of no kind that is read."""
    sources = [source for table in TABLES for source in config.sources(table)]
    for address in (
        named for source in sources for named in (source.source, *source.files.values())
    ):
        if address and scheme(address) is None and (files := unread(address, config.base)):
            shown = ", ".join(file.name for file in files[:_FILES_SHOWN])
            yield f"{count_of(len(files), 'file')} in {address} cannot be read: {shown}."


def _check_currency(config: Config, currencies: list[str]) -> None:
    own = config.shop.currency
    if len({text.upper() for text in currencies} | {own} - {None}) <= 1:
        return
    kept = next((text for text in currencies if text.upper() == own), own or currencies[0])
    source = next((orders for orders in config.orders if "currency" in orders.columns), Source())
    line = where_line(source, f"{mapped_sql(source, 'currency')} = {literal(kept)}")
    raise LadderError(
        f"Orders must be in one currency{f', {own}' if own else ''}.",
        f"The currency column contains {', '.join(currencies)}.",
        f"Convert the amounts, or exclude the others: {line}.",
    )
