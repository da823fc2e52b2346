"""Scoring where the rows are: no record comes to this machine unless it is to be published.

The workers score their customers and keep the records. What only the whole run can tell (places,
what spend is high, whom a list could name) is worked out by a sort on the cluster, of which this
machine sees a few numbers; with those the workers finish the records. The answers are those of
`serving.scoring` on one machine, to the bit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.block import Block
from features.spark.kept import Kept
from features.spark.ranking import Ranking
from serving.explanations.sentences import Words
from serving.records.attributes import SAID
from serving.records.record import SCHEMA, floats
from serving.runs.explaining import (
    Question,
    Which,
    at_stake_column,
    explained,
    in_words,
    part_of,
    questions,
)
from serving.runs.publishing import ready
from serving.runs.scoring import advocacy_rate, nobody_before, require_same_question
from serving.runs.standing import Standing, between, neighbours, quantile_places
from serving.runs.totals import Totals
from serving.runs.work import ATTRIBUTES, HISTORY, PACKED, Packed, Scoring, vectors_of
from training.bundle import Bundle
from training.bundle.arrays import Integers

if TYPE_CHECKING:
    from features.spark.spread import SparkHistory

BESIDE = {PACKED: pa.binary(), HISTORY: pa.binary(), ATTRIBUTES: SAID}
ROWS = pa.schema([*SCHEMA, *(pa.field(name, kind) for name, kind in BESIDE.items())])
"""A record with what a published run keeps besides, in types that Spark has."""

_PLACED = {"churn_percentile": "churn_probability", "advocacy_percentile": "advocate_probability"}
"""Percentiles, and the columns that they are of."""

_SPEND = "expected_spend"


@dataclass(frozen=True)
class SpreadRun:
    """A scored run whose records are on the cluster.

    Parameters
    ----------
    rows : Kept
        Of `ROWS`, in the order of the customers.
    totals : Totals
    standing : Standing
        Of which only what a published run keeps.
    histories : bool
        Whether what each customer did was kept.
    attributes : tuple of str
        Those of customers that were kept.
    """

    rows: Kept
    totals: Totals
    standing: Standing
    histories: bool
    attributes: tuple[str, ...]

    def write(self, address: str, words: Words, tag: str) -> None:
        """Write the records as a new folder of Parquet files, reasons as sentences."""
        self.rows.write(SCHEMA, address, partial(_with_sentences, words=words, tag=tag))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the run as the store takes it, a part of the customers at a time."""
        kept = partial(_ready, histories=self.histories, attributes=bool(self.attributes))
        for table in self.rows.stream(kept):
            yield from table.to_batches()


@contextmanager
def scored(
    history: SparkHistory,
    bundle: Bundle,
    as_of: date,
    which: Which = "listed",
    held_out: Collection[str] = (),
    *,
    histories: bool = True,
) -> Iterator[SpreadRun]:
    """Yield a cluster's run, scored as `serving.runs.scoring.score_run` does on one machine.

    `histories` says whether to keep what each customer did, which only a published run needs.

    Raises
    ------
    LadderError
        As in `serving.runs.scoring.score_run`.
    """
    require_same_question(history.config, bundle)
    zone = history.config.shop.timezone
    named = tuple(sorted(history.config.attributes))
    work = Scoring(bundle, as_of, zone, frozenset(held_out), histories, bool(named))
    with history.keep(partial(_scored_flat, work), ROWS) as rows:
        totals = sum(rows.found(Totals.of), start=Totals())
        if not totals.customers:
            raise nobody_before(as_of)
        asked = questions(which, at_stake_column(money=totals.at_risk is not None))
        columns = dict.fromkeys(
            [*_PLACED.values(), _SPEND, *(question.column for question in asked)]
        )
        with Ranking(rows, tuple(columns)) as ranking:
            standing, tops = _standing_and_tops(ranking, asked, bundle.config.standing.high_value)
            finishing = Finishing(bundle, standing.high_spend, tops)
            with ranking.finish(tuple(_PLACED), finishing, ROWS) as finished:
                yield SpreadRun(finished, totals, standing, histories, named)


@dataclass(frozen=True)
class Top:
    """Who is asked a question: everybody before somebody, and that one.

    Parameters
    ----------
    outcome, column : str
    value : float
        The smallest number among them.
    customer_id : str
        Of those who have just that number, the last one in the order of the ids' bytes.
    """

    outcome: str
    column: str
    value: float
    customer_id: str

    def rows(self, records: pa.Table) -> Integers:
        """Return which of some records belong to them."""
        values = floats(records, self.column)
        until = pc.less_equal(records["customer_id"], self.customer_id).to_numpy()
        return np.flatnonzero((values > self.value) | ((values == self.value) & until))


@dataclass(frozen=True)
class Finishing:
    """What is left to do when everybody's percentiles are known: quadrants, and some reasons."""

    bundle: Bundle
    high_spend: float
    tops: tuple[Top, ...]

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Return rows with quadrant and reasons, sorted as they came."""
        nobody = np.empty(0)
        standing = Standing(nobody, nobody, self.high_spend)
        records = standing.divide(
            rows.select(SCHEMA.names).cast(SCHEMA), advocacy_rate(self.bundle)
        )
        vectors = _vectors(rows, len(self.bundle.columns))
        asked = ((top.outcome, top.rows(records)) for top in self.tops)
        records = explained(records, vectors, self.bundle, asked)
        for name in BESIDE:
            records = records.append_column(name, rows[name])
        return records


def _scored_flat(work: Scoring, block: Block) -> pa.Table:
    """Return what is scored of a block with the packed columns as bytes."""
    scored = work(block)
    data = vectors_of(scored).astype("<f4", copy=False)
    width = data.shape[1] * data.itemsize
    packed = pa.Array.from_buffers(pa.binary(width), len(data), [None, pa.py_buffer(data)])
    at = scored.schema.get_field_index(PACKED)
    return scored.set_column(at, PACKED, packed.cast(pa.binary()))


def _vectors(rows: pa.Table, width: int) -> Packed:
    packed = b"".join(rows[PACKED].to_pylist())
    return np.frombuffer(packed, dtype="<f4").reshape(len(rows), width)


def _standing_and_tops(
    ranking: Ranking, asked: Sequence[Question], high_value: float
) -> tuple[Standing, tuple[Top, ...]]:
    """Return the run's standing, and who gets reasons for which outcome.

    A run keeps quantiles of two probabilities and one of spend; all are read off the order at once.
    """
    counts = ranking.counts
    kept = {
        # Counted from the largest, where quantiles count from the smallest.
        column: [counts[column] - 1 - int(place) for place in quantile_places(counts[column])]
        for column in _PLACED.values()
    }
    near = [counts[_SPEND] - 1 - place for place in neighbours(counts[_SPEND], high_value)]
    last = {question: part_of(counts[question.column], question.share) - 1 for question in asked}
    wanted: dict[str, set[int]] = {name: set(kept.get(name, ())) for name in counts}
    wanted[_SPEND] |= {*near}
    for question, place in last.items():
        wanted[question.column] |= {place} if place >= 0 else set()
    found = ranking.at(wanted)
    churn, advocacy = (
        np.array([found[column][place].value for place in places], dtype=np.float64)
        for column, places in kept.items()
    )
    spend = np.array([found[_SPEND][place].value for place in near], dtype=np.float64)
    tops = (
        Top(question.outcome, question.column, *found[question.column][place][1:])
        for question, place in last.items()
        if place >= 0
    )
    return Standing(churn, advocacy, between(spend, counts[_SPEND], high_value)), tuple(tops)


def _with_sentences(rows: pa.Table, *, words: Words, tag: str) -> pa.Table:
    """Return the records among some rows with their reasons as sentences."""
    return in_words(rows.select(SCHEMA.names), words, tag)


def _ready(rows: pa.Table, *, histories: bool, attributes: bool) -> pa.Table:
    """Return some rows as the store takes them."""
    (batch,) = rows.combine_chunks().to_batches()
    records = batch.select(SCHEMA.names)
    history = batch[HISTORY] if histories else None
    kept = rows[ATTRIBUTES] if attributes else None
    return pa.Table.from_batches([ready(records, batch[PACKED], history, kept)])
