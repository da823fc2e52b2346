"""`Evidence`: what one outcome is learnt from, and judged on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from features.goodbyes import Subject
from training.bundle.arrays import Floats
from training.bundle.ranks import Ranks
from training.learning.settings import Settings
from training.snapshots.beside import Slice
from training.snapshots.cutoffs import Plan
from training.snapshots.examples import Examples
from training.snapshots.outcome import Outcome
from training.snapshots.season import Seasons
from training.snapshots.slices import Slices

Acts = Callable[[], Sequence[Floats]]


@dataclass(frozen=True)
class Evidence:
    """What the evaluation fit of an outcome sees, and what it is held against.

    Parameters
    ----------
    outcome : Outcome
        Whose label is yes or no.
    learnt : Examples
        Of the evaluation cutoffs: about so many as a fit may see, which stand for all.
    others : tuple of Slice
        Earlier and censored ones, to teach beside them.
    test : Examples
        The n rows of E.
    channel : Arrow dictionary array of shape (n,), or None
        Through which channel each customer bought last, where the shop noted any.
    acts : callable
        Returns what the evaluation fits of the acts say, where the outcome is any of them.
    seasons : Seasons
    told : mapping of str to Subject
        What features tell of.
    ranks : Ranks or None
        Of E.
    """

    outcome: Outcome
    learnt: Examples
    others: tuple[Slice, ...]
    test: Examples
    channel: pa.DictionaryArray | None
    acts: Acts
    seasons: Seasons
    told: Mapping[str, Subject]
    ranks: Ranks | None

    @classmethod
    def of(
        cls, plan: Plan, slices: Slices, test: Examples, acts: Acts, settings: Settings
    ) -> Evidence:
        """Gather it of the slices; `test` are those of E."""
        outcome, recipe = plan.outcome, settings.recipe
        return cls(
            outcome=outcome,
            learnt=slices.learnt(outcome, plan.evaluation, recipe.most_rows, settings.seed),
            others=slices.beside(
                outcome, plan.evaluation, recipe.taught_by(plan.evaluation_others), recipe.most_rows
            ),
            test=test,
            channel=slices.channels(outcome, (plan.newest,)),
            acts=acts,
            seasons=slices.seasons(plan),
            told=slices.told,
            ranks=slices.ranks(outcome, plan.newest),
        )
