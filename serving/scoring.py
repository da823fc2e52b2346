"""Scoring a history from Python: every customer's record as of a day, with reasons in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pyarrow as pa

from features.clock import DayLike, day_of
from features.errors import UsageError
from serving.runs.explaining import Which, in_words, words_of
from serving.runs.scoring import score_run
from training.bundle import Bundle

if TYPE_CHECKING:
    from features.history import History


def score(history: History, bundle: Bundle, as_of: DayLike, reasons: Which = "listed") -> pa.Table:
    """Return every customer's record as of a day: exactly the columns of ``ladder score``.

    Parameters
    ----------
    history : History
        Rows at or after the cutoff are never seen.
    bundle : Bundle
    as_of : date, its text, or a midnight
        The cutoff is the start of this day in the shop's timezone.
    reasons : {"listed", "all", "none"}
        Whose reasons are explained; ``listed`` is the top fifth by value at risk and the top tenth
        by advocate probability.

    Returns
    -------
    Arrow table
        A row per customer with any history and without objection to profiling.

    Raises
    ------
    UsageError
        If one of them is not what it must be.
    LadderError
        See `serving.runs.scoring.score_run`.
    """
    _require(history, bundle, reasons)
    day = day_of(as_of, history.config.shop.timezone)
    return in_words(score_run(history, bundle, day, reasons).records, words_of(bundle))


def _require(history: object, bundle: object, reasons: object) -> None:
    """Refuse what is easily passed instead: frames, a training, a bundle's folder."""
    for must, fits, got in (
        ("The history must be one that is open", hasattr(history, "each"), history),
        ("The bundle must be a `training.bundle.Bundle`", isinstance(bundle, Bundle), bundle),
    ):
        if not fits:
            raise UsageError(
                f"{must}.",
                f"Got a {type(got).__name__}.",
                "Write: with open_history(config, frames=...) as history: "
                "score(history, trained.bundle, day). Bundle.read(folder) reads one from a folder.",
            )
    if reasons not in get_args(Which):
        raise UsageError(
            f"`reasons` must be one of {', '.join(get_args(Which))}.",
            f"Got {reasons!r}.",
            "Leave it out for those whom a list could name.",
        )
