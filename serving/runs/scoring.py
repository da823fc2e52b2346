"""Scoring a history for a run: records as of a day, and what the run keeps besides.

Blocks of whole customers pass through the engine and the bundle one after the other; what is kept
of a block is its records and its packed columns, from which reasons are explained afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features.config import Config
from features.errors import LadderError
from features.settings.sections import Standing as StandingSettings
from features.stages import Progress, silent, tables
from serving.records import attributes
from serving.records.record import floats
from serving.runs.explaining import Which, at_stake_column, explained, questions, top
from serving.runs.standing import Standing
from serving.runs.work import ATTRIBUTES, HISTORY, PACKED, Packed, Scoring, vectors_of
from training.bundle import Bundle

if TYPE_CHECKING:
    from features.history import History

DECISIVE = (
    ("shop", "timezone"),
    ("shop", "currency"),
    ("churn", "active_days"),
    ("churn", "horizon_days"),
    ("churn", "gap_days"),
    ("churn", "event"),
    ("churn", "activity"),
    ("advocacy", "horizon_days"),
    ("advocacy", "positive_review_from"),
    *(("standing", name) for name in StandingSettings.model_fields),
)
"""Settings that decide what a model's numbers mean."""


@dataclass(frozen=True)
class Run:
    """What a scoring made.

    Parameters
    ----------
    records : Arrow table of n rows
        The columns of ``ladder score``, customers in the order of their ids; reasons as they are
        kept (`serving.explanations.stored`).
    packed : float32 array of shape (n, n_columns)
        The bundle's columns of each customer, for reasons on demand.
    histories : list of n bytes, or None
        What each customer did, packed; None where ``[store] history`` is false.
    attributes : Arrow array of n lists of texts, or None
        What the shop knows of each customer, as `serving.records.attributes` has it; None where it
        maps nothing.
    named : tuple of str
        The attributes that it maps.
    """

    records: pa.Table
    packed: Packed
    histories: list[bytes] | None = None
    attributes: pa.ChunkedArray | None = None
    named: tuple[str, ...] = ()


def score_run(
    history: History,
    bundle: Bundle,
    as_of: date,
    which: Which = "listed",
    held_out: Collection[str] = (),
    progress: Progress = silent,
) -> Run:
    """Score a history as `serving.scoring.score` does, keeping what a published run needs besides.

    `held_out` are the customers in an open hold-out; reasons are as they are kept.

    Raises
    ------
    LadderError
        If nobody has a row before the cutoff, or the settings are not those of the training.
    """
    require_same_question(history.config, bundle)
    zone, store = history.config.shop.timezone, history.config.store
    named = tuple(sorted(history.config.attributes))
    work = Scoring(bundle, as_of, zone, frozenset(held_out), store.history, bool(named))
    parts: list[pa.Table] = []
    packed: list[Packed] = []
    kept: list[bytes] = []
    known: list[pa.Array] = []
    for scored in tables(history, work, "scoring", progress):
        parts.append(scored.drop_columns([PACKED, HISTORY, ATTRIBUTES]))
        packed.append(vectors_of(scored))
        kept += scored[HISTORY].to_pylist() if store.history else ()
        known += scored[ATTRIBUTES].chunks
    records, vectors = _placed(parts, bundle, as_of), np.concatenate(packed)
    at_stake = at_stake_column(money=records["value_at_risk"].null_count < len(records))
    wanted = (
        (outcome, top(floats(records, column), share))
        for outcome, column, share in questions(which, at_stake)
    )
    return Run(
        explained(records, vectors, bundle, wanted, progress),
        vectors,
        kept if store.history else None,
        pa.chunked_array(known, attributes.SAID) if named else None,
        named,
    )


def require_same_question(config: Config, bundle: Bundle) -> None:
    """Refuse settings under which the bundle's numbers would mean something else.

    Raises
    ------
    LadderError
        Naming the first setting that changed since the training, or attributes that are gone.
    """
    attributes.require(config, bundle)
    now, then = config.settings(), bundle.config.settings()
    for section, name in DECISIVE:
        was = then[section][name]
        if now[section][name] != was:
            raise LadderError(
                "Scoring must use the settings that the model was trained with.",
                f"[{section}] {name} is {now[section][name]!r} and was {was!r}.",
                "Run `ladder train` again, or restore the setting in ladder.toml.",
            )


def _placed(parts: Sequence[pa.Table], bundle: Bundle, as_of: date) -> pa.Table:
    records = pa.concat_tables(parts) if parts else None
    if not records:
        raise nobody_before(as_of)
    share = bundle.config.standing.high_value
    return Standing.of(records, share).place(records, advocacy_rate(bundle))


def nobody_before(as_of: date) -> LadderError:
    """Return the error of a day before which nobody has a row."""
    return LadderError(
        "Somebody must have a row before the day to score.",
        f"There is no row before {as_of}.",
        "Score a later day with --at, or map older rows.",
    )


def advocacy_rate(bundle: Bundle) -> float:
    """Return from when on advocacy is high, by default its training rate; NaN where skipped."""
    rate = bundle.thresholds["quadrant"]["advocate_probability"]
    return np.nan if rate is None else float(rate)
