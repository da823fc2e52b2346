"""What several files of a shop say together: nothing twice, and of the same customers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from features.guess.joining import joined
from features.guess.matching import letters, words
from features.guess.merged import how_to_join, how_to_read, old_and_new, own_and_new
from features.guess.names import NAMES
from features.guess.proposal import Guess
from features.resources.workspace import identifier
from features.tables import DATED

_NEARLY_ALL = 0.9
_WHEN = {"ordered_at", "occurred_at"}


def agreeing(found: Sequence[tuple[str, Guess]]) -> list[tuple[str, Guess]]:
    """Return what several files hold, so that they fit each other.

    What a file of customers says besides is left out where another file says it, too, and referrals
    also where nobody is known to buy or do anything. Customers are known as they are in the other
    files: a shop's orders may name an e-mail, and its customers have a number besides. Files of
    things (`left_out`) are not among them.
    """
    beside = left_out(found)
    found = joined([(address, guess) for address, guess in found if address not in beside])
    held = [guess for _, guess in found if not guess.is_derived]
    told = {kind for guess in held for kind in guess.kinds}
    known = {guess.columns.get("customer_id", "") for guess in held if guess.table in DATED}
    kept = [
        (address, guess)
        for address, guess in found
        if not guess.is_derived or _adds(guess, told, is_alone=not known)
    ]
    if len(known) != 1:
        return kept
    return [(address, _known_by(guess, *known)) for address, guess in kept]


def left_out(found: Sequence[tuple[str, Guess]]) -> dict[str, str]:
    """Return the files that tell of no customer's doings, each with what to say of it.

    They are of products or of shops, say which ids became another, or have orders whose lines
    another file has. There are none unless another file says who did something and when: else
    nothing would be left to be completed by hand.
    """
    whole = [one.columns.keys() for _, one in found if one.table in DATED and not old_and_new(one)]
    if not any("customer_id" in columns and columns & _WHEN for columns in whole):
        return {}
    telling = {address for address, guess in found if not _is_of_things(address, guess)}
    things = dict.fromkeys(
        (address for address, _ in found if address not in telling),
        "tells nothing of customers, and is left out.",
    )
    ids = {address: pair for address, guess in found if (pair := old_and_new(guess))}
    told = {address: how_to_join(address, *pair) for address, pair in ids.items()}
    return things | told | _told_in_lines(found)


def _told_in_lines(found: Sequence[tuple[str, Guess]]) -> dict[str, str]:
    """Return the files whose orders stand with their lines in another, each with what to say."""
    orders = [(address, one) for address, one in found if one.table == "orders" and one.bought]
    told = {}
    for address, one in orders:
        others = [where for where, other in orders if other is not one and _tells_more(other, one)]
        if others:
            told[address] = f"has the orders whose lines {others[0]} has, and is left out."
    return told


def _tells_more(lines: Guess, orders: Guess) -> bool:
    """Return whether a file of lines has nearly all orders of another.

    What is told of products makes lines: files of one kind may share a part of their orders.
    """
    if "product_id" in orders.columns or not {"product_id", "quantity"} & lines.columns.keys():
        return False
    if lines.file_columns == orders.file_columns or lines.query or orders.query:
        return False
    last = min(max(lines.bought), max(orders.bought))
    told = {one for one in orders.bought if one <= last}
    return len(told & lines.bought) >= _NEARLY_ALL * len(told)


def merging(found: Sequence[tuple[str, Guess]]) -> dict[str, str]:
    """Return the files of customers that say which ids became another, each with what to say."""
    return {
        address: how_to_read(address, *pair)
        for address, guess in found
        if (pair := own_and_new(guess))
    }


def _is_of_things(address: str, guess: Guess) -> bool:
    """Return whether a file tells neither of customers nor of what they did."""
    columns = guess.columns
    if guess.table == "customers":
        is_known = [*columns] != ["customer_id"] or letters(columns["customer_id"]) != "id"
        return not (is_known or guess.query or _is_of_people(address))
    if guess.table == "orders":
        is_bought = "amount" in columns and columns.keys() & {"order_id", "ordered_at"}
        is_nobody = letters(columns.get("customer_id", "id")) == "id"  # which anything may have
        return is_nobody and not is_bought
    return not columns.keys() & {"customer_id", *_WHEN}


def _is_of_people(address: str) -> bool:
    """Return whether the name of a file is that of customers.

    Examples
    --------
    >>> [_is_of_people(name) for name in ("raw_customers.csv", "Members.csv", "stores.csv")]
    [True, True, False]
    """
    called = ("people", *NAMES["customers"]["customer_id"].split())
    spoken = (word.removesuffix("s") for word in words(PurePosixPath(address).stem))
    return any(name.startswith(word) for word in spoken if len(word) > 3 for name in called)


def _adds(guess: Guess, told: Collection[str], *, is_alone: bool) -> bool:
    """Return whether what a file of customers says besides is neither told nor of no use."""
    if guess.kinds == ("referred",):
        return not is_alone and "referred" not in told
    return not {"subscribed", "cancelled"}.intersection(told)


def _known_by(guess: Guess, column: str) -> Guess:
    """Return a guess whose customers are known by a column, where their file has one called so."""
    own = guess.columns.get("customer_id")
    if guess.table in DATED or guess.is_derived or "referred_by" in guess.columns:
        return guess
    if column == own or column not in guess.file_columns:
        return guess
    return replace(
        guess,
        columns={**guess.columns, "customer_id": column},
        where=f"{identifier(column)} is not null",
        remarks={**guess.remarks, "customer_id": "as in the other files"},
    )
