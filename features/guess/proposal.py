"""`Guess`: a section of ``ladder.toml`` that a file leads to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from features.reading.texts import Encoding
from features.tables import DATED, TABLES
from features.workspace import identifier

YEARS = 4 * 365
"""Days of history that are enough to judge who comes back within a year."""


@dataclass(frozen=True)
class Guess:
    """A proposed section of ``ladder.toml``.

    Parameters
    ----------
    table : str
        Which table the file seems to hold.
    columns : dict of str to str
        The mapping found.
    where : str or None
        Which rows to read: those with a customer, of orders that came about.
    remarks : dict of str to str
        By column, what a person should look at.
    file_columns : tuple of str
        The file's columns.
    currency : str or None
        The currency in it, or by far the commonest.
    kinds : tuple of str
        The engagement kinds in it, the commonest first.
    encoding : str
        How a CSV file's text is written.
    is_utc : bool
        Whether times are said to be UTC.
    days : int or None
        From the first row's date to the last one's.
    days_apart : float or None
        The median of days between neighbouring days of a customer, in a history of `YEARS`.
    is_derived : bool
        Whether a file of customers says this besides: who brought whom, who cancelled.
    """

    table: str
    columns: dict[str, str]
    where: str | None = None
    remarks: dict[str, str] = field(default_factory=dict)
    file_columns: tuple[str, ...] = ()
    currency: str | None = None
    kinds: tuple[str, ...] = ()
    encoding: Encoding = "utf-8"
    is_utc: bool = False
    days: int | None = None
    days_apart: float | None = None
    is_derived: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that nothing was found for."""
        return tuple(name for name in self._required if name not in self.columns)

    @property
    def is_likely(self) -> bool:
        """Whether at least half of what the table requires was found."""
        return 2 * len(self.missing) <= len(self._required)

    @property
    def _required(self) -> tuple[str, ...]:
        return tuple(column.name for column in TABLES[self.table].columns if column.required)


def agreeing(found: Sequence[tuple[str, Guess]]) -> list[tuple[str, Guess]]:
    """Return what several files hold, so that they fit each other.

    What a file of customers says besides is left out where another file says it, too, and referrals
    also where nobody is known to buy or do anything. Customers are known as they are in the other
    files: a shop's orders may name an e-mail, and its customers have a number besides.
    """
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
