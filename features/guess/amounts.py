"""What was paid: of a file's sums the one that counts, once, and without what was given back."""

from __future__ import annotations

from dataclasses import replace

from features.guess.matching import in_hundredths, letters, named_amount
from features.guess.profile import FileProfile
from features.guess.proposal import Guess
from features.resources.workspace import identifier, quoted

Texts = dict[str, str]

FILE = "lines"
"""What the query calls a file of lines."""

_SEVERAL = 10
_NEARLY_ALL = 0.99
_MUCH = 4
"""How many times as much prices must differ as a whole than for each piece."""

_GIVEN_BACK = (
    *("amountrefunded", "refundedamount", "refundamount", "orderrefundamount", "refundedtotal"),
    *("totalrefunded", "totalrefunds"),
)
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
    if amount and _is_repeated_in_each(file, amount, order) and _is_of_lines(file, columns):
        lines = (one for one in named_amount(file) if not _is_repeated_in_each(file, one, order))
        line = next((one for one in lines if file.texts(one)), None)
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


def less_refunds(file: FileProfile, columns: Texts, *, repeated: bool) -> tuple[str, str] | None:
    """Return the amount without what was given back, and the column that says so; None without one.

    The amount is the order's, which may be `repeated` beside each line.
    """
    amount, order = columns.get("amount", ""), columns.get("order_id", "")
    back = next((one for one in file.types if letters(one) in _GIVEN_BACK), None)
    if back is None or back == amount or not {amount, order} <= file.types.keys():
        return None
    if not (repeated or file.is_unique(order) or file.is_once_in_each(amount, order)):
        return None
    is_open = file.may_be_thousands(amount) or file.may_be_thousands(back)
    if is_open or in_hundredths(amount) != in_hundredths(back):
        return None
    paid, given = (_number_or_none(file, one) for one in (amount, back))
    found = file.workspace.rows(
        "SELECT min(paid) >= 0 AND min(given) >= 0 AND max(given) > 0 AS given FROM "
        f"(SELECT try_cast({paid} AS DOUBLE) AS paid, try_cast({given} AS DOUBLE) AS given "
        f"FROM {file.first_rows})"
    )
    if not found[0]["given"]:
        return None
    net = f"{paid} - coalesce({given}, 0)"
    is_whole = in_hundredths(amount) and file.is_whole(amount) and file.is_whole(back)
    return (f"({net}) / 100" if is_whole else net), back


def _number_or_none(file: FileProfile, column: str) -> str:
    """Return the SQL that reads a column of numbers; what is empty is none."""
    sql = file.number(column)
    if sql == identifier(column) or not file.has_gaps(column):
        return sql
    name = identifier(column)
    return sql.replace(name, f"nullif({name}, '')", 1)


def _is_of_lines(file: FileProfile, columns: Texts) -> bool:
    """Return whether an order's rows are its lines, not what was paid for it from time to time."""
    varying = _varying_in_each(file, columns["order_id"])
    return not {columns.get("customer_id"), columns.get("ordered_at")}.intersection(varying)


def _multiply(file: FileProfile, columns: Texts, remarks: Texts, quantity: str, price: str) -> None:
    """Take the price times the quantity for the amount, unless it is the line's already."""
    if (product := columns.get("product_id")) and _grows_with(file, price, quantity, product):
        columns["amount"] = price
        remarks["amount"] = "paid for the whole line: it grows with the quantity"
        return
    columns["amount"] = f"{file.number(quantity)} * {file.number(price)}"
    if in_hundredths(price) and file.is_whole(price):
        columns["amount"] += " / 100"
        remarks["amount"] = "read as hundredths"


def one_row_per_order(file: FileProfile, guess: Guess) -> Guess:
    """Return a guess of lines that reads a row for each order: of what is the same in its lines."""
    varying = _varying_in_each(file, guess.columns["order_id"])
    listed = ", ".join(map(quoted, varying))
    return replace(
        guess,
        query=f"select distinct * exclude ({listed})\nfrom {FILE}",
        files={FILE: ""},
        columns={k: v for k, v in guess.columns.items() if k not in _OF_LINES},
        file_columns=tuple(name for name in guess.file_columns if name not in varying),
    )


def _is_repeated_in_each(file: FileProfile, column: str, group: str) -> bool:
    """Return whether several rows with one value of `group` all hold the same in a column.

    Such values are mostly different from group to group: rows of one price each are no totals.
    """
    if not {column, group} <= file.types.keys():
        return False
    held = quoted(column)
    found = file.workspace.rows(
        "SELECT count(*) AS n, count(*) FILTER (kinds = 1) AS alike, "
        "count(DISTINCT one) AS different FROM "
        f"(SELECT count(DISTINCT {held}) AS kinds, any_value({held}) AS one "
        f"FROM {file.all_rows} WHERE {quoted(group)} IS NOT NULL "
        f"GROUP BY {quoted(group)} HAVING count({held}) > 1)"
    )[0]
    enough = found["n"] >= _SEVERAL and 2 * found["different"] >= found["n"]
    return bool(enough and found["alike"] >= _NEARLY_ALL * found["n"])


def _varying_in_each(file: FileProfile, group: str) -> list[str]:
    """Return the columns that differ between rows with one value of `group`."""
    kinds = {
        name: f"max(count(DISTINCT coalesce({quoted(name)}::VARCHAR, ''))) OVER ()"
        for name in file.types
    }
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in kinds.items())
    found = file.workspace.rows(
        f"SELECT {listed} FROM {file.all_rows} GROUP BY {quoted(group)} LIMIT 1"
    )[0]
    return [name for name in file.types if name != group and found[name] > 1]


def _grows_with(file: FileProfile, price: str, quantity: str, product: str) -> bool:
    """Return whether a price is of all pieces: of one product, it grows with their number."""
    paid, pieces = (f"try_cast({file.number(name)} AS DOUBLE)" for name in (price, quantity))
    what = quoted(product)
    of_one, of_all = "var_pop(ln(paid / pieces)) * count(*)", "var_pop(ln(paid)) * count(*)"
    found = file.workspace.rows(
        "SELECT sum(of_one) AS of_one, sum(of_all) AS of_all, count(*) AS products FROM "
        f"(SELECT {of_one} AS of_one, {of_all} AS of_all FROM "
        f"(SELECT {what} AS what, {paid} AS paid, {pieces} AS pieces FROM {file.first_rows}) "
        "WHERE paid > 0 AND pieces > 0 GROUP BY what HAVING count(DISTINCT pieces) > 1)"
    )[0]
    return bool(found["products"] and _MUCH * found["of_one"] < found["of_all"])
