"""The instants at which windows begin and end, and where rows fall among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from features.clock import DAY, Window
from features.events import Events, Integers


@dataclass(frozen=True)
class Layout:
    """The borders of some windows, out of all.

    Slots are the stretches of time between borders: a row's slot is the number of borders at or
    before it.

    Parameters
    ----------
    width : int
        How many slots.
    narrowed : int64 array
        For a slot between all borders, the slot between these.
    begins : mapping of int or None to int64 array of shape (n_cutoffs,)
        For a border in days from the cutoff, the slot that begins there, at each cutoff; None is
        the beginning of time.
    """

    width: int
    narrowed: Integers
    begins: Mapping[int | None, Integers]


class Borders:
    """Every instant at which a window begins or ends.

    Rows are looked up among all of them once; what needs fewer borders narrows the answer.

    Parameters
    ----------
    cutoffs : int64 array of shape (n_cutoffs,)
    windows : iterable of Window
        All that will be asked for.
    """

    def __init__(self, cutoffs: Integers, windows: Iterable[Window]) -> None:
        self.cutoffs = cutoffs
        days = _days(windows)
        instants = np.array(days, dtype=np.int64)[:, None] * DAY + cutoffs
        self._instants, places = np.unique(instants, return_inverse=True)
        self._places = dict(zip(days, places.reshape(instants.shape), strict=True))
        self._slots: dict[Events, Integers] = {}
        self._layouts: dict[frozenset[Window], Layout] = {}

    def slots(self, events: Events) -> Integers:
        """Return each row's slot between all borders."""
        if events not in self._slots:
            self._slots[events] = np.searchsorted(self._instants, events.time, side="right")
        return self._slots[events]

    def layout(self, windows: frozenset[Window]) -> Layout:
        """Return the borders that these windows need."""
        if windows not in self._layouts:
            self._layouts[windows] = self._narrow(windows)
        return self._layouts[windows]

    def _narrow(self, windows: frozenset[Window]) -> Layout:
        places = {day: self._places[day] for day in _days(windows)}
        kept = np.zeros(len(self._instants) + 1, dtype=np.int64)
        for place in places.values():
            kept[place + 1] = 1
        narrowed = kept.cumsum()
        begins: dict[int | None, Integers] = {None: np.zeros_like(self.cutoffs)}
        begins |= {day: narrowed[place + 1] for day, place in places.items()}
        return Layout(int(narrowed[-1]) + 1, narrowed, begins)


def _days(windows: Iterable[Window]) -> list[int]:
    """Return the borders in days from the cutoff."""
    borders = {border for window in windows for border in (window.start, window.end)}
    return sorted(border for border in borders if border is not None)
