"""Scoring a history: every customer's record as of a day, with reasons for whom a list could name.

Blocks of whole customers pass through the engine and the bundle one after the other; what is kept
of a block is its records and its packed columns, from which reasons are explained afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.config import Config
from features.config import Standing as StandingSettings
from features.errors import LadderError
from serving import attributes, reasons
from serving.progress import Report
from serving.records import Floats, Standing, floats
from serving.records import replace as exchanged
from serving.work import ATTRIBUTES, HISTORY, PACKED, Packed, Scoring, vectors_of
from training.bundle import Bundle
from training.bundle.rows import Dense

if TYPE_CHECKING:
    from features.history import History

Which = Literal["listed", "all", "none"]

LISTED_BY_VALUE, LISTED_ADVOCATES = 0.2, 0.1
"""Shares of the customers, by value at risk and by advocate probability, that lists could name."""


EXPLAINED_AT_ONCE = 10_000
"""Customers whose contributions, a row of a float64 matrix each, are in memory together."""

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
        The columns of ``ladder score``, customers in the order of their ids.
    packed : float32 array of shape (n, n_columns)
        The bundle's columns of each customer, for reasons on demand.
    histories : list of n bytes, or None
        What each customer did, packed; None where ``[store] history`` is false.
    attributes : Arrow array of n lists of texts, or None
        What the shop knows of each customer (`serving.attributes`); None where it maps nothing.
    named : tuple of str
        The attributes that it maps.
    """

    records: pa.Table
    packed: Packed
    histories: list[bytes] | None = None
    attributes: pa.ChunkedArray | None = None
    named: tuple[str, ...] = ()


def score(history: History, bundle: Bundle, as_of: date, reasons: Which = "listed") -> pa.Table:
    """Return every customer's record as of a day: exactly the columns of ``ladder score``.

    Parameters
    ----------
    history : History
        Rows at or after the cutoff are never seen.
    bundle : Bundle
    as_of : date
        The cutoff is the start of this day in the shop's timezone.
    reasons : {"listed", "all", "none"}
        Whose reasons are explained; ``listed`` is the top fifth by value at risk and the top tenth
        by advocate probability.

    Returns
    -------
    Arrow table
        A row per customer with any history and without objection to profiling.
    """
    return score_run(history, bundle, as_of, reasons).records


def score_run(
    history: History,
    bundle: Bundle,
    as_of: date,
    which: Which = "listed",
    held_out: Collection[str] = (),
    report: Report | None = None,
) -> Run:
    """Score a history as `score` does, keeping what a published run needs besides.

    Parameters
    ----------
    history, bundle, as_of
        As in `score`.
    which : {"listed", "all", "none"}
        Whose reasons are explained.
    held_out : collection of str
        Customers in an open hold-out.
    report : Report, optional
        Told how far the work is.

    Raises
    ------
    LadderError
        If nobody has a row before the cutoff, or the settings are not those of the training.
    """
    require_same_question(history.config, bundle)
    config = history.config
    work = Scoring(
        bundle,
        as_of,
        config.shop.timezone,
        frozenset(held_out),
        config.store.history,
        bool(config.attributes),
    )
    parts: list[pa.Table] = []
    packed: list[Packed] = []
    kept: list[bytes] | None = [] if work.keeps_history else None
    said: list[pa.Array] = []
    done = 0
    for scored, customers in history.each(work):
        parts.append(scored.drop_columns([PACKED, HISTORY, ATTRIBUTES]))
        said += scored[ATTRIBUTES].chunks
        packed.append(vectors_of(scored))
        if kept is not None:
            kept += scored[HISTORY].to_pylist()
        done += customers
        if report:
            report("scoring", done / max(1, history.customers))
    records = _placed(parts, bundle, as_of)
    vectors = np.concatenate(packed)
    at_stake = at_stake_column(money=records["value_at_risk"].null_count < len(records))
    asked = (
        (outcome, _top(floats(records, column), share))
        for outcome, column, share in questions(which, at_stake)
    )
    told = explained(records, vectors, bundle, asked, report)
    if not work.keeps_attributes:
        return Run(told, vectors, kept)
    named = tuple(sorted(config.attributes))
    return Run(told, vectors, kept, pa.chunked_array(said, attributes.SAID), named)


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
                "A model scores under the settings it was trained with.",
                f"[{section}] {name} is {now[section][name]!r} and was {was!r}.",
                "Run `ladder train` again, or set it back in ladder.toml.",
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
        "Somebody must have a row before the day that is scored.",
        f"Nobody has one before {as_of}.",
        "Score a later day with --at, or map older rows.",
    )


def advocacy_rate(bundle: Bundle) -> float:
    """Return from when on advocacy is high, by default its training rate; NaN where skipped."""
    rate = bundle.thresholds["quadrant"]["advocate_probability"]
    return np.nan if rate is None else float(rate)


class Question(NamedTuple):
    """Whom to give reasons: a share of the customers, those with the largest numbers first."""

    outcome: str
    column: str
    share: float


def questions(which: Which, at_stake: str) -> tuple[Question, ...]:
    """Return whose reasons are about what; later questions take precedence.

    Parameters
    ----------
    which : {"listed", "all", "none"}
    at_stake : str
        The column that a list of those at risk is sorted by (`at_stake_column`).
    """
    if which == "none":
        return ()
    if which == "listed":
        return (
            Question("advocate", "advocate_probability", LISTED_ADVOCATES),
            Question("churn", at_stake, LISTED_BY_VALUE),
        )
    return (
        Question("advocate", "advocate_probability", 1.0),
        Question("return", "return_probability", 1.0),
        Question("churn", at_stake, 1.0),
    )


def at_stake_column(*, money: bool) -> str:
    """Return the column of what is at stake, which in a shop without money is the probability."""
    return "value_at_risk" if money else "churn_probability"


def explained(
    records: pa.Table,
    packed: Packed,
    bundle: Bundle,
    asked: Iterable[tuple[str, NDArray[np.int64]]],
    report: Report | None = None,
) -> pa.Table:
    """Return the records with the reasons of those they are wanted for.

    Parameters
    ----------
    records : Arrow table of n rows
    packed : float32 array of shape (n, n_columns)
    bundle : Bundle
    asked : iterable of (str, int64 array)
        Outcomes, and the rows whose reasons are about them.
    report : Report, optional
    """
    said: list[list[str] | None] = [None] * len(records)
    for outcome, rows in asked:
        if report:
            report("finding reasons", None)
        for row, sentences in zip(rows, explain(packed[rows], bundle, outcome), strict=True):
            said[row] = sentences
    kind = records.schema.field("reasons").type
    return exchanged(records, "reasons", pa.array(said, kind))


def _top(values: Floats, share: float) -> NDArray[np.int64]:
    """Return the rows with the largest values: a share of those that have one, rounded up."""
    known = int((~np.isnan(values)).sum())
    order = np.argsort(-values, kind="stable")  # NaN comes last
    return np.sort(order[: among_first(known, share)])


def among_first(known: int, share: float) -> int:
    """Return how many a share of those known are."""
    return int(np.ceil(known * share))


def explain(packed: Packed, bundle: Bundle, outcome: str, raising: bool = False) -> list[list[str]]:
    """Return sentences on one outcome for some customers of a run.

    Parameters
    ----------
    packed : float32 array of shape (k, n_columns)
        Their rows of `Run.packed`.
    bundle : Bundle
    outcome : str
    raising : bool
        Whether only what raises the prediction is said, as on a list.

    Returns
    -------
    list of k lists of sentences
    """
    model = bundle.outcomes.get(outcome)
    if model is None:
        return [[] for _ in packed]
    named = {column.name: column for column in bundle.columns}
    usual = bundle.thresholds.get("usual")
    said: list[list[str]] = []
    for start in range(0, len(packed), EXPLAINED_AT_ONCE):
        some = packed[start : start + EXPLAINED_AT_ONCE]
        said += (
            reasons.sentences(
                reasons.raising(found) if raising else found,
                named,
                bundle.settings["shop"]["currency"],
            )
            for found in reasons.of(model, Dense(some, list(named)), named, usual)
        )
    return said
