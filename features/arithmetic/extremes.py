"""The largest and the smallest value of each window's rows."""

from __future__ import annotations

import numpy as np

from features.arithmetic.fields import Integers
from features.arithmetic.selection import Selection
from features.arithmetic.sums import Numbers
from features.clock import Window


def extreme(function: np.ufunc, selection: Selection, field: str, window: Window) -> Numbers:
    """Return the extreme of a field by ``np.maximum`` or ``np.minimum``; NaN without rows."""
    if window.start is not None and window.start >= window.end:
        return np.full((len(selection.cutoffs), selection.events.n_customers), np.nan)
    found = selection.cached(_extremes, function, field, window.end)
    return found[window.start] / selection.scale(field)


def _extremes(
    selection: Selection, function: np.ufunc, field: str, end: int
) -> dict[int | None, Numbers]:
    """Return the extreme of each window that ends here, from one pass over the rows.

    The windows' starts cut a customer's rows into pieces; a window's extreme is that of all pieces
    from its start on.
    """
    starts = [s for s in selection.layout.starts[end] if s is None or s < end]
    found = {start: np.full(selection.position(end).shape, np.nan) for start in starts}
    # reduceat wants every border to be a row
    values = np.append(selection.values(field), 0)
    for k in range(len(selection.cutoffs)):
        borders = np.stack([selection.position(b)[k] for b in (*starts, end)], axis=1)
        filled = np.flatnonzero(borders[:, -1] > borders[:, 0])
        borders = borders[filled]
        # the piece behind each end is thrown away; a piece without rows gives a row of the next
        pieces = function.reduceat(values, borders.reshape(-1)).reshape(borders.shape)
        best = np.full(len(filled), np.nan)
        for i in range(len(starts) - 1, -1, -1):
            some = borders[:, i] < borders[:, i + 1]
            best[some] = _better(function, best[some], pieces[some, i])
            found[starts[i]][k][filled] = best
    return found


def _better(function: np.ufunc, best: Numbers, piece: Integers) -> Numbers:
    """Return the better of two, whichever is known."""
    better: Numbers = function(np.where(np.isnan(best), piece, best), piece)
    return better
