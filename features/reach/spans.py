"""How far the rows of a history reach, in instants."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A table's rows, half-open: the first instant, and the midnight at which coverage ends."""

    first: int
    last_end: int


class KindSpan(NamedTuple):
    """An engagement kind: its first and last instant, its rows, and whether any has a value."""

    first: int
    last: int
    rows: int
    valued: bool = False
