"""Lines, refunds and reviews in files of their own, which name the order but not the customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from features.guess.matching import letters
from features.guess.names import NAMES
from features.guess.proposal import Guess
from features.resources.workspace import identifier

_OF_THE_ORDER = ("customer_id", "ordered_at", "channel", "currency")


def joined(found: Sequence[tuple[str, Guess]]) -> list[tuple[str, Guess]]:
    """Return what files hold, where an order's lines and refunds have its customer and its date.

    What is said of an order, such as a review, has its customer.
    Orders whose lines are read are not read beside them, nor are their payments: the same money
    would count twice. Where refunds are read, so are the orders that were refunded.
    """
    told: list[tuple[str, Guess]] = []
    in_lines: list[Guess] = []
    refunds = any(_gives_back(guess) for _, guess in found)
    for address, guess in found:
        if asked := _asked_about(guess, found):
            told.append(_with_customer(address, guess, *asked))
            continue
        orders = [(where, one) for where, one in found if _is_of_order(guess, one)]
        counted = orders and not _gives_back(guess) and any(orders[0][1] is one for one in in_lines)
        if len(orders) != 1 or counted:
            told.append((address, guess))
            continue
        ((beside, order),) = orders
        told.append(
            (f"{address} with {beside}", _with_order(address, guess, beside, order, refunds))
        )
        if not _gives_back(guess):
            in_lines.append(order)
    return [
        (address, guess.with_refunds() if refunds else guess)
        for address, guess in told
        if not any(guess is order for order in in_lines)
    ]


def _gives_back(guess: Guess) -> bool:
    return guess.columns.get("is_return") == "true"


def _is_of_order(guess: Guess, order: Guess) -> bool:
    """Return whether rows without a customer are of orders, of which a file has one row each."""
    own, key = guess.columns.get("order_id"), order.columns.get("order_id")
    if guess.table != "orders" or "customer_id" in guess.columns or "amount" not in guess.columns:
        return False
    if order.table != "orders" or not order.is_row_per_order or guess.encoding != order.encoding:
        return False
    if not {"customer_id", "ordered_at"} <= order.columns.keys() or own not in guess.file_columns:
        return False
    return letters(key or "") in ("id", letters(own or ""))


def _asked_about(guess: Guess, found: Sequence[tuple[str, Guess]]) -> tuple[str, Guess, str] | None:
    """Return the file of the orders that events without a customer are about, and their column."""
    if guess.table != "engagement" or "customer_id" in guess.columns:
        return None
    hints = NAMES["orders"]["order_id"].split()
    for where, one in found:
        key = letters(one.columns.get("order_id", ""))
        if (
            one.table == "orders"
            and "customer_id" in one.columns
            and one.encoding == guess.encoding
        ):
            for own in guess.file_columns:
                if letters(own) == key or (key == "id" and letters(own) in hints):
                    return where, one, own
    return None


def _with_customer(
    address: str, guess: Guess, beside: str, order: Guess, own: str
) -> tuple[str, Guess]:
    """Return what was said of orders with the customer of each."""
    customer = "order_customer_id" if "customer_id" in guess.file_columns else "customer_id"
    query = (
        f"select said.*, bought.{customer}\n"
        f"from said join (\n"
        f"  select {identifier(order.columns['order_id'])} as number, "
        f"any_value({_sql(order, 'customer_id')}) as {customer}\n"
        f"  from orders group by number\n"
        f") as bought on said.{identifier(own)} = bought.number\n"
        f"where bought.{customer} is not null"
    )
    joined_ = replace(
        guess,
        columns={"customer_id": customer, **guess.columns},
        remarks={**guess.remarks, "customer_id": f"as {beside} has it for the order"},
        query=query,
        files={"said": address, "orders": beside},
        file_columns=(*guess.file_columns, customer),
    )
    return f"{address} with {beside}", joined_


def _with_order(address: str, guess: Guess, beside: str, order: Guess, refunds: bool) -> Guess:
    """Return what the rows of one file say with the customer of their order in another."""
    rows = "refunds" if _gives_back(guess) else "lines"
    own = guess.columns.keys() - (() if _gives_back(guess) else {"ordered_at"})
    wanted = [name for name in _OF_THE_ORDER if name in order.columns.keys() - own]
    taken = {column.lower() for column in guess.file_columns}
    called = {name: f"order_{name}" if name in taken else name for name in wanted}
    key = identifier(order.columns["order_id"])
    read = ", ".join(_read(order, name, called[name]) for name in wanted)
    where = order.where_with_refunds if refunds else order.where
    query = (
        f"select {rows}.*, {', '.join(f'bought.{name}' for name in called.values())}\n"
        f"from {rows} join (\n"
        f"  select {key} as number, {read}\n"
        f"  from orders{f' where {where}' if where else ''}\n"
        f") as bought on {rows}.{identifier(guess.columns['order_id'])} = bought.number"
    )
    return replace(
        guess,
        columns={**guess.columns, **called},
        remarks={**guess.remarks, "customer_id": f"as {beside} has it for the order"},
        query=query,
        files={rows: address, "orders": beside},
        file_columns=(*guess.file_columns, *called.values()),
        currency=guess.currency or order.currency,
        days=order.days,
        days_apart=order.days_apart,
        is_utc=guess.is_utc or order.is_utc,
        statuses=order.statuses,
    )


def _read(guess: Guess, name: str, called: str) -> str:
    """Return the SQL of a query that reads a column of ours and calls it otherwise."""
    sql = _sql(guess, name)
    return sql if sql == called else f"{sql} as {called}"


def _sql(guess: Guess, name: str) -> str:
    column = guess.columns[name]
    return identifier(column) if column in guess.file_columns else column
