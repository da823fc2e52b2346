"""Champion and challenger: what a bundle says of itself, and how the two are compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from features.attributes.naming import KIND as ATTRIBUTE
from features.catalogue import Column
from features.config import Config
from features.errors import LadderError
from features.expressions.needs import fields_needed
from features.own import Own
from features.standard import declared
from training.bundle import tolerance
from training.bundle.bundle import Bundle
from training.bundle.shelf import Shelf
from training.judging import evaluation
from training.judging.judgement import Judgement
from training.learning import companions
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.promotion import Candidate, Decision, decide
from training.snapshots.cutoffs import Plan
from training.snapshots.dataset import Dataset
from training.snapshots.slicing import build
from training.statistics.bootstrap import Estimate, resample
from training.statistics.metrics import figures

WITHOUT: Mapping[str, Any] = {
    "censored": False,
    "earlier": False,
    "ranked": False,
    "companion_share": None,
}
"""What a bundle that knows nothing of these settings was made with."""


def digest(data: Any) -> str:
    """Return a short digest of JSON-ready data, the same for equal data.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def question(config: Config) -> str:
    """Return a digest of what is asked: bundles with different ones cannot be compared."""
    settings = config.settings()
    advocacy = [settings["advocacy"][key] for key in ("horizon_days", "positive_review_from")]
    return digest([settings["churn"], advocacy])


def recipe(config: Config, own: Own | None, settings: Settings) -> str:
    """Return a digest of how it is answered: features, learner and snapshots.

    Of features it knows those that the product and the shop's own file declare, and which tables,
    fields and attributes are mapped. Which of them hold anything, and which kinds of engagement
    and values of attributes there are, is up to the rows, and newer rows alone make a refresh.
    """
    columns = declared(config, own)
    read = frozenset[str]().union(*(fields_needed(column.expression) for column in columns))
    how, snapshots = settings.recipe.to_json(), config.settings()["training"]
    return digest([[c.to_json() for c in columns], _mapped(config, read), how, snapshots])


def _mapped(config: Config, read: frozenset[str]) -> list[str]:
    """Return the tables that a configuration has, and what it maps of the fields that are read."""
    tables = [name for name in ("orders", "engagement", "customers") if config.sources(name)]
    fields = {
        f"{table}.{field}"
        for table in tables
        for source in config.sources(table)
        for field in source.columns
    }
    attributes = {f"{ATTRIBUTE}{name}" for name, dated in config.attributes.items() if dated}
    return sorted({*tables, *(fields & read), *attributes})


def _filled(columns: tuple[Column, ...]) -> frozenset[str]:
    """Return the columns that rows fill; of an attribute its name, as its values come and go."""
    return frozenset(c.group if c.name.startswith(ATTRIBUTE) else c.name for c in columns)


def candidate(bundle: Bundle, outcome: str | None = None) -> Candidate:
    """Return a bundle as promotion sees it, compared by an outcome; by its first if not told."""
    metrics: Mapping[str, Any] = bundle.metrics
    compared = metrics["outcomes"][outcome or metrics["primary"]]
    return Candidate(
        bundle=bundle.id,
        until=metrics["until"],
        question=question(bundle.config),  # as told today: its own is of the version that wrote it
        recipe=metrics["recipe"],
        outcomes=tuple(metrics["outcomes"]),
        newest=compared["newest"],
        log_loss=tolerance.served(compared, "log_loss"),
        calibration=tolerance.errors(metrics["outcomes"]),
        alarms=tuple(alarm for found in metrics["outcomes"].values() for alarm in found["alarms"]),
        columns=_filled(bundle.columns),
    )


@dataclass(frozen=True)
class Contest:
    """A new bundle against the champion, on the new one's newest slice.

    They are compared by the first outcome that both predict.

    Parameters
    ----------
    bundle : Bundle
    data : Dataset
        The training's, its history open.
    judgements : sequence of Judgement
        One per plan of `data`, in the same order.
    settings : Settings
    """

    bundle: Bundle
    data: Dataset
    judgements: Sequence[Judgement]
    settings: Settings

    def decide(self, shelf: Shelf) -> Decision:
        """Hold the bundle against the champion of a shelf, whoever that is once it is done."""
        while True:
            now = shelf.champion()
            decision = self._against(shelf, now)
            if shelf.champion() == now:  # no other training has crowned its own meanwhile
                return decision

    def _against(self, shelf: Shelf, now: str | None) -> Decision:
        there = now is not None and shelf.path(now).is_dir()
        try:
            champion = Bundle.read(shelf.path(now)) if now and there else None
        except LadderError as error:
            why = f"the champion cannot be read to compare with: {error.came.rstrip('.')}"
            return Decision(False, self.bundle.id, now, why)
        if champion and (unknown := _unknown(champion)):
            why = f"a newer program made the champion; this one does not know {', '.join(unknown)}"
            return Decision(False, self.bundle.id, now, why)
        at = self._compared(champion)
        return decide(
            candidate(self.bundle, self.judgements[at].outcome),
            candidate(champion) if champion else None,
            lambda: self._own_log_loss(champion, at),
            lambda: self._gain_over(champion, at),
            gone=None if there else now,
        )

    def _compared(self, champion: Bundle | None) -> int:
        """Return which judgement is of the first outcome that both predict, else the first."""
        known = champion.outcomes if champion else {}
        both = (at for at, judged in enumerate(self.judgements) if judged.outcome in known)
        return next(both, 0)

    def _own_log_loss(self, champion: Bundle | None, at: int) -> float:
        """Return the log-loss on E of what the champion itself says there."""
        assert champion is not None, "asked only where there is one"
        ours = self.data.plans[at]
        plan = Plan(ours.outcome, ours.newest)
        sample, history = self.data.slices.sample, self.data.history
        # As it would have scored that day: what it stored is not made anew.
        slices = build(history, [plan], champion.columns, sample=sample, stored=True)
        test = slices.answers(plan.outcome, (plan.newest,))
        rows = slices.rows(plan.outcome, (plan.newest,))
        said = champion.outcomes[plan.outcome.name].probability(rows)
        return figures(test.labels, said, test.weight)["log_loss"]

    def _gain_over(self, champion: Bundle | None, at: int) -> Estimate:
        """Return how much lower the log-loss on E is than with the champion's recipe."""
        assert champion is not None, "asked only where there is one"
        plan, judged, ours = self.data.plans[at], self.judgements[at], self.data.slices
        any_act = companions.plan_of(plan, self.data.plans)
        asked = [plan, any_act] if any_act else [plan]
        theirs = build(self.data.history, asked, champion.columns, sample=ours.sample)
        theirs = replace(theirs, past=ours.past)
        settings = Settings(
            seed=self.settings.seed,
            orders=self.settings.orders,
            recipe=learner_of(champion),
            resamples=self.settings.resamples,
        )
        other = evaluation.judge(plan, theirs, settings, any_act=any_act)
        if judged.scores is None or other.scores is None:
            return Estimate(float("nan"), float("nan"), float("nan"))
        labels = judged.scores.labels
        # On one cutoff a customer has one row.
        return -resample(
            labels,
            {"new": judged.scores.served, "champion": other.scores.served},
            np.arange(len(labels)),
            weight=self.data.slices.answers(plan.outcome, (plan.newest,)).weight,
            resamples=settings.resamples,
            seed=settings.seed,
        ).difference("new", "champion", "log_loss")


def learner_of(bundle: Bundle) -> Recipe:
    """Return the settings that a bundle was learnt by, an older program's without what came later.

    Its recipe can then be fitted on newer slices as it was.
    """
    known = bundle.metrics["learner"]
    tuples = {name: tuple(v) if isinstance(v, list) else v for name, v in known.items()}
    return Recipe(**{**WITHOUT, **tuples})


def _unknown(bundle: Bundle) -> list[str]:
    """Return the settings of a bundle's learner that this program cannot fit by."""
    known = {field.name for field in fields(Recipe)}
    return sorted(set(bundle.metrics["learner"]) - known)
