"""What several files of a shop say together: nothing twice, and of the same customers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from features.guess.joining import joined
from features.guess.proposal import Guess
from features.resources.workspace import identifier
from features.tables import DATED


def agreeing(found: Sequence[tuple[str, Guess]]) -> list[tuple[str, Guess]]:
    """Return what several files hold, so that they fit each other.

    What a file of customers says besides is left out where another file says it, too, and referrals
    also where nobody is known to buy or do anything. Customers are known as they are in the other
    files: a shop's orders may name an e-mail, and its customers have a number besides.
    """
    found = joined(found)
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
