"""The versions that served: which of them would have scored a day, knowing nothing of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from features.config import Config
from features.errors import LadderError
from training.bundle import golden
from training.bundle.bundle import Bundle
from training.bundle.shelf import Shelf
from training.comparison import question
from training.snapshots.outcomes import Skipped

OTHER_QUESTION = (
    "it answers another question (its horizons, its activity or what counts as a positive review "
    "differ)"
)
SCORES_OTHERWISE = "it no longer scores its made-up customers as it did where it was trained"


@dataclass(frozen=True)
class Champions:
    """The versions that were champion at some time and can be held against what happened.

    Parameters
    ----------
    bundles : tuple of Bundle
        By the end of their data; of those that end on one day, the one crowned last comes last.
    skipped : tuple of Skipped
        The other champions, with the reason.
    """

    bundles: tuple[Bundle, ...]
    skipped: tuple[Skipped, ...]

    @property
    def first(self) -> date:
        """Return the first day that a champion knew nothing of."""
        return until(self.bundles[0])

    def serving(self, day: date) -> Bundle:
        """Return the newest champion that knew nothing of a day or later."""
        return [bundle for bundle in self.bundles if until(bundle) <= day][-1]


def until(bundle: Bundle) -> date:
    """Return the day from which on a bundle knows nothing."""
    return date.fromisoformat(bundle.metrics["until"])


def find(shelf: Shelf, config: Config) -> Champions:
    """Return a shelf's champions of now and before.

    Raises
    ------
    LadderError
        If there is none that answers what the configuration asks.
    """
    found, skipped = [], []
    for bundle in _crowned(shelf):
        try:
            read = Bundle.read(shelf.path(bundle))
        except LadderError as error:
            skipped.append(Skipped((bundle,), error.came.rstrip(".")))
            continue
        if why := _unlike_then(read, config):
            skipped.append(Skipped((bundle,), why))
        else:
            found.append(read)
    if not found:
        _refuse(shelf, skipped)
    return Champions(tuple(sorted(found, key=until)), tuple(skipped))


def _unlike_then(bundle: Bundle, config: Config) -> str:
    """Return why what a bundle says now is not what it said of this question; nothing if it is."""
    if question(bundle.config) != question(config):
        return OTHER_QUESTION
    try:
        golden.check(bundle)
    except LadderError as error:
        return f"{SCORES_OTHERWISE}: {error.came.rstrip('.')}"
    return ""


def _crowned(shelf: Shelf) -> Iterator[str]:
    """Yield the champions that are still on the shelf, by when each was crowned last."""
    there, champion = set(shelf.ids()), shelf.champion()
    promoted = [str(one["bundle"]) for one in shelf.decisions() if one["promoted"]]
    order = [*promoted, *([champion] if champion else [])]
    for at, bundle in enumerate(order):
        if bundle in there and bundle not in order[at + 1 :]:
            yield bundle


def _refuse(shelf: Shelf, skipped: Sequence[Skipped]) -> None:
    reasons = "; ".join(f"{one.names[0]}: {one.why}" for one in skipped)
    raise LadderError(
        f"A version in {shelf.folder} must have served what this configuration asks.",
        f"{reasons}." if skipped else "None has served.",
        "Run `ladder train`, or `ladder backtest` without --as-served, which needs no version.",
    )
