"""How one cell becomes text, an instant, a number or a flag: SQL fragments, null where it cannot.

Nothing here raises on a bad value; `features.cleaning.rules` says what a null means.
"""

from __future__ import annotations

from dataclasses import dataclass

from features import clock
from features.reading.scopes import LOCAL, OFFSET, zoned
from features.resources.workspace import literal

_FLOATS = {"FLOAT", "DOUBLE", "DECIMAL"}
_WHOLE = {f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")}
_NUMBERS = _FLOATS | _WHOLE | {"INTEGER", "UINTEGER"}
_LARGEST_EXACT = 2**53
_DIGITS = {"FLOAT": 2**24, "DOUBLE": _LARGEST_EXACT}
"""From where on floats leave out whole numbers."""

EARLIEST = f"TIMESTAMPTZ '{clock.EARLIEST} 00:00:00+00'"
"""Earlier instants are placeholders (`features.clock.EARLIEST`)."""


@dataclass(frozen=True)
class Cell:
    """A value in SQL.

    Parameters
    ----------
    sql, type : str
        Its name and the DuckDB type it has.
    untyped : bool
        Whether text may stand for a number: in CSV, JSON and databases.
    parts : tuple of (str, str)
        Names and SQL of the source's columns that an expression reads; empty for a plain column.
    nothing : str or None
        SQL of whether the expression chose to give nothing; None where it does not choose.
    """

    sql: str
    type: str
    untyped: bool = False
    parts: tuple[tuple[str, str], ...] = ()
    nothing: str | None = None

    @property
    def base(self) -> str:
        """The type without its parameters."""
        return self.type.partition("(")[0]

    @property
    def is_zoned(self) -> bool:
        """Whether it holds instants that know how far they are from UTC."""
        return self.base.startswith("TIMESTAMP") and ("ZONE" in self.base or "TZ" in self.base)

    @property
    def kind(self) -> str:
        """What its values are, however many bits they have: numbers, local times, instants, ..."""
        if self.base.startswith("TIMESTAMP"):
            return "instant" if self.is_zoned else "time"
        return "number" if self.base in _NUMBERS else self.type

    @property
    def is_dated(self) -> bool:
        """Whether the type can hold an instant."""
        return self.base.startswith(("TIMESTAMP", "DATE")) or self.base in ("VARCHAR", '"NULL"')

    @property
    def is_plain(self) -> bool:
        """Whether it is text, a number, or true or false."""
        return self.base in _NUMBERS | {"VARCHAR", "BOOLEAN", "ENUM", "UUID", '"NULL"'}

    @property
    def is_text(self) -> bool:
        """Whether it holds text."""
        return self.base == "VARCHAR"


def text(cell: Cell) -> str:
    """Return the cell as text, blank or not: whole floats as integers."""
    if cell.base in _FLOATS:
        whole = f"{cell.sql} = trunc({cell.sql}) AND abs({cell.sql}) < {_LARGEST_EXACT}"
        digits = f"CAST(CAST({cell.sql} AS BIGINT) AS VARCHAR)"
        other = f"nullif(CAST({cell.sql} AS VARCHAR), 'nan')"
        return f"CASE WHEN {whole} THEN {digits} ELSE {other} END"
    if cell.untyped and cell.is_text:
        # 17850.0 is how a spreadsheet or pandas writes the number 17850 beside empty cells.
        return (
            f"CASE WHEN {cell.sql} LIKE '%.%0' "
            rf"THEN regexp_replace({cell.sql}, '^(-?\d+)\.0+$', '\1') ELSE {cell.sql} END"
        )
    if cell.base == "JSON":
        return f"{cell.sql} ->> '$'"  # else with its quotes
    if cell.base == "BLOB":
        return f"TRY(decode({cell.sql}))"
    return f"CAST({cell.sql} AS VARCHAR)"


def present(cell: Cell) -> str:
    """Return whether the cell holds anything: NaN is what numbers have for null."""
    if cell.is_text:
        # null text is not known to be blank, and yet holds nothing
        return f"coalesce({not_blank(cell.sql)}, false)"
    if cell.base in _DIGITS:
        return f"coalesce(NOT isnan({cell.sql}), false)"
    return f"({cell.sql} IS NOT NULL)"


def inexact(cell: Cell) -> str | None:
    """Return whether the cell is a number that may stand for several; None where it cannot be."""
    if cell.base not in _DIGITS:
        return None
    # NaN, which is larger than every number to DuckDB, is none.
    return f"({present(cell)} AND abs({cell.sql}) >= {_DIGITS[cell.base]})"


def not_blank(sql: str) -> str:
    """Return whether a text is more than blanks.

    One that begins with a visible ASCII character is; only others need to be looked at closely.
    """
    return f"(({sql} >= '!' AND {sql} < '~') OR trim({sql}) <> '')"


def trimmed(sql: str) -> str:
    """Return a text without blanks around it; one of visible ASCII at both ends has none."""
    plain = f"strlen({sql}) = length({sql}) AND {sql} >= '!' AND NOT suffix({sql}, ' ')"
    return f"CASE WHEN {plain} THEN {sql} ELSE trim({sql}) END"


def instant(cell: Cell, text: str, timezone: str, naive: str) -> str:
    """Return the cell as TIMESTAMPTZ, which may be infinite.

    The cell is a date, a timestamp with or without zone, or ISO 8601 `text`, without blanks around
    it. A date is its midnight in the shop's timezone; times without a zone are in that of `naive`.

    Notes
    -----
    ICU, which DuckDB asks, gives standard time to local times that a clock change skips or repeats.
    """
    if cell.base == "DATE":
        return _at(timezone, cell.sql)
    if cell.is_zoned:
        return f"CAST({cell.sql} AS TIMESTAMPTZ)"
    if cell.base.startswith("TIMESTAMP"):
        return _at(naive, cell.sql)
    local = _at(timezone, text)
    if naive != timezone:
        local = f"CASE WHEN contains({text}, ':') THEN {_at(naive, text)} ELSE {local} END"
    return (
        f"CASE WHEN regexp_full_match({text}, '{LOCAL}') THEN {local} "
        f"WHEN regexp_full_match({text}, '{OFFSET}') THEN {zoned(text)} END"
    )


def _at(timezone: str, value: str) -> str:
    return f"timezone({literal(timezone)}, try_cast({value} AS TIMESTAMP))"


def number(cell: Cell, text: str) -> str:
    """Return the cell as DOUBLE, which may be infinite; `text` as for :func:`instant`."""
    plain = cell.base in _NUMBERS or cell.base == "BOOLEAN"
    return f"try_cast({cell.sql if plain else text} AS DOUBLE)"


def flag(cell: Cell) -> str:
    """Return the cell as BOOLEAN; numbers other than 0 are true."""
    if cell.base == "BOOLEAN":
        return cell.sql
    if cell.base in _NUMBERS:
        return f"CASE WHEN {present(cell)} THEN {cell.sql} <> 0 END"
    return f"try_cast(trim(CAST({cell.sql} AS VARCHAR)) AS BOOLEAN)"
