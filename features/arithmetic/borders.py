"""The instants at which windows begin and end, and where rows fall among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from features.arithmetic.fields import Codes, Integers
from features.clock import DAY, Window

_MANY_ROWS, _FEW_BORDERS = 10_000, 64
"""From so many rows and up to so many borders, rows are compared with each border in turn."""


@dataclass(frozen=True)
class Layout:
    """The borders of some windows, out of all.

    Slots are the stretches of time between borders: a row's slot is the number of borders at or
    before it.

    Parameters
    ----------
    width : int
        How many slots.
    narrowed : int32 array
        For a slot between all borders, the slot between these.
    begins : mapping of int or None to int64 array of shape (n_cutoffs,)
        For a border in days from the cutoff, the slot that begins there, at each cutoff; None is
        the beginning of time.
    starts : mapping of int to tuple of int or None
        For each end of a window, the starts of the windows that end there, the earliest first.
    """

    width: int
    narrowed: Codes
    begins: Mapping[int | None, Integers]
    starts: Mapping[int, tuple[int | None, ...]]


class Borders:
    """Every instant at which a window begins or ends, counted from the first cutoff.

    Rows are looked up among all of them once; what needs fewer borders narrows the answer.

    Parameters
    ----------
    cutoffs : int64 array of shape (n_cutoffs,)
        Distances from the first.
    windows : iterable of Window
        All that will be asked for.
    """

    def __init__(self, cutoffs: Integers, windows: Iterable[Window]) -> None:
        days = _days(windows)
        instants = np.array(days, dtype=np.int64)[:, None] * DAY + cutoffs
        self._instants, places = np.unique(instants, return_inverse=True)
        self._places = dict(zip(days, places.reshape(instants.shape), strict=True))
        self._beginning = np.zeros_like(cutoffs)
        self._layouts: dict[frozenset[Window], Layout] = {}

    def slots(self, time: Integers, first_cutoff: int) -> Codes:
        """Return each row's slot between all borders."""
        instants = self._instants + first_cutoff
        if len(time) < _MANY_ROWS or len(instants) > _FEW_BORDERS:
            return np.searchsorted(instants, time, side="right").astype(np.int32)
        slots = np.zeros(len(time), dtype=np.uint8)
        for instant in instants:  # a search jumps about for every row; comparing does not
            slots += (time >= instant).view(np.uint8)
        return slots.astype(np.int32)

    def layout(self, windows: frozenset[Window]) -> Layout:
        """Return the borders that these windows need."""
        if windows not in self._layouts:
            self._layouts[windows] = self._narrow(windows)
        return self._layouts[windows]

    def _narrow(self, windows: frozenset[Window]) -> Layout:
        places = {day: self._places[day] for day in _days(windows)}
        kept = np.zeros(len(self._instants) + 1, dtype=np.int32)
        for place in places.values():
            kept[place + 1] = 1
        narrowed = kept.cumsum(dtype=np.int32)
        begins: dict[int | None, Integers] = {None: self._beginning}
        begins |= {day: narrowed[place + 1].astype(np.int64) for day, place in places.items()}
        return Layout(int(narrowed[-1]) + 1, narrowed, begins, _starts(windows))


@lru_cache(maxsize=64)
def borders(distances: tuple[int, ...], windows: frozenset[Window]) -> Borders:
    """Return the borders for cutoffs at these distances from the first, made once."""
    return Borders(np.array(distances, dtype=np.int64), windows)


def _days(windows: Iterable[Window]) -> list[int]:
    """Return the borders in days from the cutoff."""
    borders = {border for window in windows for border in (window.start, window.end)}
    return sorted(border for border in borders if border is not None)


def _starts(windows: Iterable[Window]) -> dict[int, tuple[int | None, ...]]:
    found: dict[int, list[int | None]] = {}
    for window in sorted(windows, key=lambda window: (window.start is not None, window.start or 0)):
        found.setdefault(window.end, []).append(window.start)
    return {end: tuple(starts) for end, starts in found.items()}
