"""Live scoring: histories as they come, through the engine and the bundle of the run that serves.

What a published record knows beyond the history (who must not be contacted, who is held out, where
one stands among all) is taken from the run, so that a live record may stand beside published ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.block import block_of
from features.clock import instant, local_date
from features.engine import compute
from features.plan import plan
from serving.languages.language import ENGLISH
from serving.records import histories
from serving.records.record import encode, served, to_dicts
from serving.runs.explaining import explain, words_of
from serving.runs.scorer import score_rows
from serving.runs.scoring import advocacy_rate
from serving.runs.standing import Standing
from serving.runs.work import Packed
from serving.store import Control, PublishedRun, RunReader
from serving.store.bundles import fetch_bundle
from training.bundle import Bundle, golden, trees
from training.bundle.arrays import Flags
from training.bundle.histories import History
from training.bundle.histories import tables as read_histories
from training.bundle.rows import read

QUESTIONS = ("churn", "return", "advocate")
"""What a customer's reasons are about: the first of these that they were asked."""


class LiveScorer:
    """The bundle of a published run, ready to score.

    Parameters
    ----------
    run : PublishedRun
    bundle : Bundle
        The one that the run names.
    """

    def __init__(self, run: PublishedRun, bundle: Bundle) -> None:
        self.run, self.bundle = run, bundle
        self._plan = plan(bundle.columns)
        self._names = tuple(column.name for column in bundle.columns)
        self._words = words_of(bundle)
        self._standing = Standing.from_json(run.info.standing)

    def score(
        self,
        sent: Sequence[History],
        at: datetime,
        published: Mapping[str, bytes],
        kept: Mapping[str, bytes] | None = None,
        tag: str = ENGLISH,
    ) -> dict[str, bytes]:
        """Return the records of those customers who can be scored, as JSON.

        Parameters
        ----------
        sent : sequence of mapping
            Histories as `training.bundle.histories` reads them, ids distinct.
        at : datetime
            The cutoff, with a timezone: rows at or after it are not seen.
        published : mapping of str to bytes
            The run's records of those who have one.
        kept : mapping of str to bytes, optional
            The run's packed histories of these customers, to be seen too.
        tag : str
            The language of the reasons.

        Raises
        ------
        LadderError
            If a row is not as the tables say.
        """
        tables = read_histories(sent)
        if kept is not None:
            tables = histories.merge(histories.unpack(kept), tables)
        parsed = {key: json.loads(text) for key, text in published.items()}
        table = compute(block_of(tables, self.bundle.config), [instant(at)], self._plan)
        willing = self._allowed(table, tables, "profiling_allowed")
        if not willing.any():
            return {}
        if not willing.all():  # to copy a table costs as much as to score a customer
            table = table.filter(pa.array(willing))
        marked = [parsed.get(key, {}) for key in table["customer_id"].to_pylist()]
        refused = ~self._allowed(table, tables, "marketing_allowed")
        suppressed = refused | _flags(marked, "suppressed")
        held = _flags(marked, "held_out")
        day = local_date(instant(at), self.bundle.config.shop.timezone)
        rows = read(table, self._names)
        records = score_rows(table["customer_id"], rows, self.bundle, day, suppressed, held)
        records = self._standing.place(records, advocacy_rate(self.bundle))
        answers = [*to_dicts(records)]
        questions = [_question(answer) for answer in answers]
        reasons = _reasons(questions, rows.matrix(self._names), self.bundle)
        for answer, mine in zip(answers, reasons, strict=True):
            answer["reasons"] = None if mine is None else self._words.render(mine, tag)
        return {answer["customer_id"]: encode(served(answer)) for answer in answers}

    def reasoned(
        self,
        records: Mapping[str, bytes],
        reader: RunReader,
        tag: str = ENGLISH,
        about: str | None = None,
    ) -> dict[str, bytes]:
        """Return published records with reasons found now, from the packed vectors.

        Records are JSON by customer id. One is unchanged where it has reasons already, or nothing
        was asked of the customer. The reasons are about the first question that the customer was
        asked, or else `about` the outcome of a list.
        """
        parsed = {key: json.loads(text) for key, text in records.items()}
        questions = {key: about or _question(record) for key, record in parsed.items()}
        lacking = [key for key in parsed if parsed[key]["reasons"] is None and questions[key]]
        vectors = reader.vectors(lacking)
        if not vectors:
            return dict(records)
        packed = np.frombuffer(b"".join(vectors.values()), dtype="<f4").reshape(len(vectors), -1)
        reasons = _reasons([questions[key] for key in vectors], packed, self.bundle)
        found = dict(records)
        for key, mine in zip(vectors, reasons, strict=True):
            found[key] = encode({**parsed[key], "reasons": self._words.render(mine or (), tag)})
        return found

    def _allowed(self, table: pa.Table, tables: Mapping[str, pa.Table], name: str) -> Flags:
        """Return whether each row's customer allows something; silence allows it."""
        customers = tables["customers"]
        rows = pc.index_in(table["customer_id"], customers["customer_id"].combine_chunks())
        allowed = customers[name].combine_chunks().take(rows.combine_chunks())
        flags: Flags = allowed.fill_null(True).to_numpy(zero_copy_only=False)
        return flags


def _reasons(
    questions: Sequence[str | None], packed: Packed, bundle: Bundle
) -> list[list[str] | None]:
    """Return each customer's reasons, about the outcome that is in question; None without."""
    found: list[list[str] | None] = [None] * len(questions)
    for outcome in QUESTIONS:
        rows = [row for row, question in enumerate(questions) if question == outcome]
        if rows:
            for row, mine in zip(rows, explain(packed[rows], bundle, outcome), strict=True):
                found[row] = mine
    return found


def _question(record: Mapping[str, Any]) -> str | None:
    """Return the first question that a customer was asked, or None."""
    asked = (name for name in QUESTIONS if record[f"{name}_probability"] is not None)
    return next(asked, None)


def load(home: Path, run: PublishedRun) -> LiveScorer:
    """Return the scorer of a run, warm: a second's work, so that the first caller need not wait.

    Raises
    ------
    LadderError
        If the run's bundle is not there, damaged, or scores otherwise than where it was trained.
    """
    with Control(home) as control:
        bundle = golden.proven(fetch_bundle(control, run.info.model_version))
    warm(bundle)
    return LiveScorer(run, bundle)


def _flags(records: Sequence[Mapping[str, Any]], name: str) -> Flags:
    """Return what published records say; false where there is none."""
    return np.array([record.get(name, False) for record in records], dtype=bool)


def warm(bundle: Bundle) -> None:
    """Import LightGBM and parse the bundle's trees."""
    trees.library()
    models = [*bundle.outcomes.values(), *([bundle.spend] if bundle.spend else [])]
    for model in models:
        if model.blend:
            none = np.full((1, len(model.blend.names)), np.nan, dtype=np.float32)
            model.blend.score(none)
