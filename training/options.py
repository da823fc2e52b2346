"""How a training works, apart from what it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from features.resources.budget import DEFAULT
from training.learning.recipe import Recipe


@dataclass(frozen=True)
class Options:
    """What `training.train.train` may do and use; the defaults serve every shop.

    Parameters
    ----------
    recipe : Recipe, optional
        Settings of the learner. By default those that a search found for the champion, else the
        usual ones.
    tune : int, optional
        Settings of the learner to try (`training.tuning`); none by default. At 0, what an earlier
        search found does not count either.
    sample : float, optional
        Learn from every advocate and this share of the other customers; from everybody by default.
    memory, processes
        What reading and computing features may take of this machine
        (`features.history.open_history`).
    master : str, optional
        The Spark cluster that reads and computes; this machine by default.
    tracking_uri : str, optional
        A team's MLflow server; the home's own store by default.
    make_home : callable, optional
        Given the home once the history has been read and can be learnt from.
    """

    recipe: Recipe | None = None
    tune: int | None = None
    sample: float | None = None
    memory: str = DEFAULT
    processes: int = 1
    master: str | None = None
    tracking_uri: str | None = None
    make_home: Callable[[Path], object] | None = None
