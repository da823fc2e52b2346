"""What happened among customers who were asked to refer, share or review, beside the others.

A probability of advocacy means "under the asking practised so far": some customers will be asked,
and on the day nobody knows whom. Calibration is therefore not judged within these two groups; their
predictions and rates side by side show how much of a rate is due to the asking.
"""

from __future__ import annotations

from training.bundle.arrays import Flags, Floats
from training.judging.groups import Group
from training.snapshots.examples import Examples

ASKED, UNASKED = "asked in the horizon", "not asked"

MEANS = (
    "Nobody knew on the day who would be asked. The figures tell what happened under the asking "
    "practised, not what asking does: the shop chose whom to ask."
)
"""What must stand beside these figures."""


def figures(test: Examples, probability: Floats, was_asked: Flags) -> dict[str, Group]:
    """Return what was predicted and what happened, of those asked and of the others.

    Parameters
    ----------
    test : Examples
        Of E.
    probability : float64 array of shape (n,)
        What serves.
    was_asked : bool array of shape (n,)

    Returns
    -------
    dict of str to Group
        Those that have rows, without a calibration error.
    """
    sides = {ASKED: was_asked, UNASKED: ~was_asked}
    return {
        name: Group.of(test, probability, rows, judged=False)
        for name, rows in sides.items()
        if rows.any()
    }
