"""What is in a staged source is counted: rows, bad ones by their reasons, duplicates."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from features.quality import UNREADABLE, Problem, SourceReport
from features.reading.sources import Relation
from features.resources.workspace import Workspace

_AGAIN = "lines_that_occur_again"
_LINES_AT_ONCE = 10_000_000


def examine(
    workspace: Workspace, table: str, staged: str, relation: Relation, *, drop: bool
) -> SourceReport:
    """Count what is in a staged source (`features.cleaning.mapping.stage`).

    It feeds `table` and lies in the workspace's table `staged`. The report notes by `drop` whether
    exact duplicates are removed.
    """
    found = workspace.rows(
        "SELECT problem AS reason, count(*) AS rows, fatal, min(DISTINCT sample, 3) AS samples "
        f"FROM {staged} WHERE problem IS NOT NULL GROUP BY problem, fatal "
        "ORDER BY rows DESC, reason"
    )
    problems = [
        Problem(row["reason"], row["rows"], row["fatal"], tuple(row["samples"] or ()))
        for row in found
    ]
    if relation.unreadable:
        problems.append(Problem(UNREADABLE, relation.unreadable, True, relation.samples))
    read = workspace.number(f"SELECT count(*) FROM {staged}") + relation.unreadable
    repeated = duplicates(workspace, staged, read)
    return SourceReport(table, relation.label, read, tuple(problems), repeated, drop)


def duplicates(workspace: Workspace, staged: str, rows: int) -> int:
    """Return how many good rows repeat another one exactly.

    Lines are hashes, so that most rows are told apart by numbers alone, and sorting numbers takes a
    fraction of what grouping takes. Only rows whose line occurs twice are compared in full.

    Of many `rows`, whose lines would fill the memory, some are looked at after others.
    """
    parts = 1 + rows // _LINES_AT_ONCE
    return sum(_duplicates(workspace, staged, f"line % {parts} = {part}") for part in range(parts))


def _duplicates(workspace: Workspace, staged: str, condition: str) -> int:
    good = f"{staged} WHERE NOT fatal AND {condition}"
    found = workspace.table(f"SELECT line FROM {good}")["line"]
    lines = np.concatenate([np.empty(0, np.uint64), *(part.to_numpy() for part in found.chunks)])
    lines.sort()
    again = lines[1:][lines[1:] == lines[:-1]]
    if not len(again):
        return 0
    workspace.register(_AGAIN, pa.table({"line": again}))
    repeated = workspace.number(
        f"SELECT count(*) - count(DISTINCT (line, customer_id)) FROM {good} "
        f"AND line IN (SELECT line FROM {_AGAIN})"
    )
    workspace.unregister(_AGAIN)
    return repeated
