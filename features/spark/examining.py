"""Whether what the workers counted can be used: refusals, in the words of one machine."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from features.cleaning.refusal import refuse_if_bad
from features.cleaning.staged import Staged
from features.quality import SourceReport
from features.resources.workspace import Workspace
from features.spark.feeds import Feed


def examined(home: Workspace, feed: Feed, report: SourceReport | None) -> Staged:
    """Return a source with what was counted of it, unless too much of it is bad."""
    staged = feed.staged(report or feed.blank())
    refuse_bad(home, staged)
    return staged


def refuse_bad(home: Workspace, staged: Staged) -> None:
    """Stop where too much is bad; what is advised comes from the samples that were brought here."""
    if staged.report.bad_share <= staged.limit:
        return
    columns = ", ".join(f"NULL AS {column.name}" for column in staged.table.columns)
    home.register("samples", _samples(staged.report))
    home.run(f"CREATE OR REPLACE TABLE sampled AS SELECT problem, sample, {columns} FROM samples")
    refuse_if_bad(home, replace(staged, name="sampled"))


def _samples(report: SourceReport) -> pa.Table:
    rows = [
        {"problem": problem.reason, "sample": text}
        for problem in report.problems
        for text in problem.samples
    ]
    schema = pa.schema([("problem", pa.string()), ("sample", pa.string())])
    return pa.Table.from_pylist(rows, schema)
