"""What was paid: of a file's sums the one that counts, once, and without what was given back."""

from __future__ import annotations

from dataclasses import replace

from features.guess.matching import in_hundredths, named_amount
from features.guess.profile import FileProfile
from features.guess.proposal import Guess
from features.resources.workspace import quoted

Texts = dict[str, str]

FILE = "lines"
"""What the query calls a file of lines."""

_OF_LINES = ("quantity", "product_id", "category", "discount")
"""What is no longer read where an order's lines are read as one row."""


def complete_amount(file: FileProfile, columns: Texts, remarks: Texts) -> bool:
    """Add the amount where a file has it in other words.

    Returns
    -------
    bool
        Whether the amount is the whole order's and stands beside each of its lines.
    """
    amount, order = columns.get("amount"), columns.get("order_id", "")
    if amount and file.is_repeated_in_each(amount, order) and _is_of_lines(file, columns):
        lines = (one for one in named_amount(file) if not file.is_repeated_in_each(one, order))
        line = next(lines, None)
        if line is None and not {"quantity", "price"} <= columns.keys():
            remarks["amount"] = "the order's beside each of its lines: read once"
            return True
        del columns["amount"]
        if line is not None:
            columns["amount"] = line
            remarks["amount"] = f"the line's: {amount} is the order's beside each of its lines"
    quantity, price = columns.get("quantity"), columns.get("price")
    if "amount" not in columns and price and quantity:
        _multiply(file, columns, remarks, quantity, price)
    elif "amount" not in columns and price:
        columns["amount"] = price
        remarks["amount"] = "is it paid for the whole line?"
    return False


def _is_of_lines(file: FileProfile, columns: Texts) -> bool:
    """Return whether an order's rows are its lines, not what was paid for it from time to time."""
    varying = file.varying_in_each(columns["order_id"])
    return not {columns.get("customer_id"), columns.get("ordered_at")}.intersection(varying)


def _multiply(file: FileProfile, columns: Texts, remarks: Texts, quantity: str, price: str) -> None:
    """Take the price times the quantity for the amount, unless it is the line's already."""
    if (product := columns.get("product_id")) and file.grows_with(price, quantity, product):
        columns["amount"] = price
        remarks["amount"] = "paid for the whole line: it grows with the quantity"
        return
    columns["amount"] = f"{file.number(quantity)} * {file.number(price)}"
    if in_hundredths(price) and file.is_whole(price):
        columns["amount"] += " / 100"
        remarks["amount"] = "read as hundredths"


def one_row_per_order(file: FileProfile, guess: Guess) -> Guess:
    """Return a guess of lines that reads a row for each order: of what is the same in its lines."""
    varying = file.varying_in_each(guess.columns["order_id"])
    listed = ", ".join(map(quoted, varying))
    return replace(
        guess,
        query=f"select distinct * exclude ({listed})\nfrom {FILE}",
        files={FILE: ""},
        columns={k: v for k, v in guess.columns.items() if k not in _OF_LINES},
        file_columns=tuple(name for name in guess.file_columns if name not in varying),
    )
