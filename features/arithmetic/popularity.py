"""How popular the products of rows are, by the chart in the tree that asks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from features.arithmetic.fields import MILLIONTHS, Integers
from features.arithmetic.selection import Selection
from features.arithmetic.sums import Numbers, ratio, running_sums, sum_by_cutoff
from features.clock import Window
from features.expressions import expression as x
from features.expressions.popularity import UNRANKED, Popularity


def popularity(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    """Return the mean rank of every cutoff's and customer's rows."""
    assert isinstance(node, Popularity)
    assert node.field is not None
    chart, words = node.chart, selection.events.field(node.field).words
    if chart is None or words is None:
        return np.full(selection.ends(window).shape, np.nan)
    codes, places = selection.values(node.field), chart.places(words)

    def ranks() -> Iterator[Integers]:
        for cutoff in selection.cutoffs.tolist():
            yield chart.at(cutoff).take(places).take(codes, mode="clip")

    known = (running_sums(each != UNRANKED) for each in ranks())
    summed = (running_sums(np.where(each == UNRANKED, 0, each)) for each in ranks())
    count = sum_by_cutoff(known, selection, window)
    return ratio(sum_by_cutoff(summed, selection, window), count * MILLIONTHS)
