"""Which orders of a file did not come about or were undone, and what is said of the others."""

from __future__ import annotations

from collections.abc import Iterator

from features.guess.completion import condition_on_values
from features.guess.matching import letters
from features.guess.names import CANCELLED_AT, OPEN_STATUSES, REFUNDED, UNDONE_STATUSES
from features.guess.profile import FileProfile
from features.reading.notation import READ, flag_sql
from features.resources.workspace import identifier

_STATUSES = ("status", "statut", "orderstate", "paymentstate", "financialstate")
"""How columns end that say what became of an order."""
_OF_PEOPLE = (
    *("customer", "client", "kunde", "member", "mitglied", "account", "user", "contact", "donor"),
    *("subscri", "abo", "loyalty", "email", "marketing", "marital", "employment"),
)
"""How columns begin that say what became of something else."""
_OF_PARCELS = ("fulfil", "deliver", "ship", "versand", "liefer")
_NAMED = 10
"""So many statuses are named."""
_FREE_TEXT = 50
"""So many statuses are notes."""
_SUBSCRIPTIONS = ("interval", "billinginterval", "currentperiodend", "trialend", "trialstart")
"""Columns of subscriptions: one that ended began, and was paid until then."""
_ENDED = ("cancel", "annul", "anul", "gekundigt", "expire", "unpaid")
_ROWS = ("linetype", "rowtype", "recordtype")
"""What says of a row that it is an order, a line of one or its payment."""
_ORDERS = ("sale", "order")
_BALANCES = ("balanceimpact", "auswirkungaufguthaben")
_UNDONE = (
    *("cancelled", "canceled", "iscancelled", "iscanceled", "ordercancelled", "ordercanceled"),
    *("voided", "isvoid", "isvoided", "deleted", "isdeleted", "storniert", "annule", "anulado"),
    *("test", "istest", "testorder", "istestorder"),
)
"""Columns that say yes of an order that is none, and how it is called that it was paid."""
_PAID = ("paid", "ispaid", "captured", "bezahlt", "paye", "pagado")


def conditions_on_orders(file: FileProfile, *, refunded: bool) -> list[str]:
    """Return the conditions on orders that came about, where a file says that others did not.

    Those that were `refunded` did where their refunds are read, too.
    """
    undone = [
        condition_on_values(file, column, words, negated=True)
        for column, held in _statuses(file).items()
        if (words := [text for text in held if _is_undone(file, text, refunded=refunded)])
    ]
    return [*undone, *_on_dates_and_flags(file), *_on_rows(file)]


def remarks_on_statuses(file: FileProfile) -> tuple[str, ...]:
    """Return what statuses hold, and how to leave out orders that may never have been paid."""
    return tuple(
        remark
        for column, held in _statuses(file).items()
        if len(held) > 1
        for remark in _remarks(file, column, held)
    )


def _remarks(file: FileProfile, column: str, held: dict[str, int]) -> Iterator[str]:
    (first, rows), *others = list(held.items())[:_NAMED]
    named = ", ".join([f"{first} ({rows} rows)", *(f"{text} ({n})" for text, n in others)])
    more = f" and {len(held) - _NAMED} more" if len(held) > _NAMED else ""
    yield f"{column} holds {named}{more}: what `where` does not name counts"
    if letters(column).startswith(_OF_PARCELS):
        return
    is_open = [
        text
        for text in held
        if _plain(text).startswith(OPEN_STATUSES) and not _is_undone(file, text, refunded=False)
    ]
    if is_open:
        condition = condition_on_values(file, column, is_open, negated=True)
        yield f"If {' and '.join(is_open)} never came to be paid, add to `where`: {condition}"


def _statuses(file: FileProfile) -> dict[str, dict[str, int]]:
    """Return by column of statuses how many rows hold each of them."""
    found = {
        column: file.counts(column)
        for column in file.types
        if letters(column).endswith(_STATUSES) and not letters(column).startswith(_OF_PEOPLE)
    }
    return {column: held for column, held in found.items() if len(held) < _FREE_TEXT}


def _is_undone(file: FileProfile, status: str, *, refunded: bool) -> bool:
    word = _plain(status)
    if word.startswith(REFUNDED):
        return not refunded
    if word.startswith(_ENDED) and _is_of_subscriptions(file):
        return False
    unpaid = word.startswith("awaiting") and "payment" in word
    return unpaid or word.startswith(UNDONE_STATUSES)


def _plain(status: str) -> str:
    """Return a status as letters, without what WooCommerce puts before each in its tables.

    It calls those not paid yet pending, and those that wait for a transfer on hold.
    """
    own = status.casefold().removeprefix("wc-")
    return "pendingpayment" if status == "wc-pending" else letters(own)


def _is_of_subscriptions(file: FileProfile) -> bool:
    return any(letters(column) in _SUBSCRIPTIONS for column in file.types)


def _on_dates_and_flags(file: FileProfile) -> Iterator[str]:
    """Yield the conditions on orders that neither a date nor a flag says were undone or unpaid.

    What most rows would fail is about something else.
    """
    for column in file.types:
        condition = _on_date(file, column) or _on_flag(file, column)
        if condition and file.rows() / 2 <= file.rows(condition) < file.rows():
            yield condition


def _on_date(file: FileProfile, column: str) -> str | None:
    """Return the condition on rows without the date on which an order was cancelled."""
    if letters(column) not in CANCELLED_AT.split() or _is_of_subscriptions(file):
        return None
    if file.is_date(column):
        return f"{identifier(column)} is null"
    is_written = file.types[column] == "VARCHAR" and file.texts(column) and file.written(column)
    return f"coalesce(trim({identifier(column)}), '') = ''" if is_written else None


def _on_flag(file: FileProfile, column: str) -> str | None:
    """Return the condition on rows that are not said to be undone, unpaid or a test."""
    is_paid = letters(column) in _PAID
    if not is_paid and letters(column) not in _UNDONE:
        return None
    name, texts = identifier(column), file.texts(column)
    if file.types[column] == "BOOLEAN":
        said = name
    elif read := flag_sql(f"cast({name} as varchar)", texts, gaps=False):
        said = f"({read})"
    elif {text.strip().lower() for text in texts} <= READ:
        said = f"try_cast({name} as boolean)"
    else:
        return None
    return f"{said} is not {'false' if is_paid else 'true'}"


def _on_rows(file: FileProfile) -> Iterator[str]:
    """Yield the condition on rows that are orders or payments, where others are about them.

    Such are the lines of an order, its payments, and what was authorized but not paid.
    """
    for column in file.types:
        if letters(column) in _ROWS:
            held = file.commonest(column)
            orders = [text for text in held if letters(text) in _ORDERS]
            if orders and len(held) > len(orders):
                yield condition_on_values(file, column, orders, negated=False)
                return
        if letters(column) in _BALANCES and "Memo" in file.commonest(column):
            yield condition_on_values(file, column, ["Memo"], negated=True)  # only authorized
            return
