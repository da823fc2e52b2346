"""`Guess`: a section of ``ladder.toml`` that a file leads to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from features.reading.texts import Encoding
from features.resources.workspace import names_in
from features.tables import TABLES

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
    where_with_refunds : str or None
        The same where refunds are read from another file: an order that was refunded came about.
    statuses : tuple of str
        Sentences about orders whose status leaves open whether they were paid.
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
    is_row_per_order : bool
        Whether no order is in two rows.
    gross : str or None
        The amount where refunds are read from another file: with what was given back.
    bought : frozenset of int
        Fingerprints of customers' orders: the same ones of each file, and all of a small one.
    query : str or None
        What joins several files.
    files : dict of str to str
        By the names that the query knows them by, the addresses of these files; empty for the
        guessed file's own.
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
    is_row_per_order: bool = False
    where_with_refunds: str | None = None
    statuses: tuple[str, ...] = ()
    gross: str | None = None
    bought: frozenset[int] = frozenset()
    query: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    is_derived: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that nothing was found for."""
        return tuple(name for name in self._required if name not in self.columns)

    def with_refunds(self) -> Guess:
        """Return the guess where refunds are read from another file."""
        columns = self.columns | ({"amount": self.gross} if self.gross else {})
        return replace(self, where=self.where_with_refunds, columns=columns)

    @property
    def unread(self) -> tuple[str, ...]:
        """Columns of the file that nothing is read from."""
        mapped = {*self.columns.values()}
        written = [*mapped.difference(self.file_columns), self.where or "", self.query or ""]
        read = mapped | names_in(" ".join(written))
        return tuple(name for name in self.file_columns if name not in read)

    @property
    def is_likely(self) -> bool:
        """Whether at least half of what the table requires was found."""
        return 2 * len(self.missing) <= len(self._required)

    @property
    def _required(self) -> tuple[str, ...]:
        return tuple(column.name for column in TABLES[self.table].columns if column.required)
