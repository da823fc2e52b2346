"""A scored run on its way to the store: records without words, reasons beside them."""

from __future__ import annotations

import json
from dataclasses import replace

from serving.explanations.stored import StoredReason
from serving.runs.explaining import with_reasons
from serving.runs.publishing import batches
from serving.scoring import Run


def test_reasons_are_kept_apart_and_none_is_not_the_same_as_nothing_to_say(
    made_up_run: Run,
) -> None:
    told = StoredReason("spend_ever", "churn", 1, "money", 12.5)
    kept = [[told.json, told.json], [], *[None] * (len(made_up_run.records) - 2)]
    run = replace(made_up_run, records=with_reasons(made_up_run.records, kept))
    rows = [row for batch in batches(run) for row in batch.select(["record", "told"]).to_pylist()]
    assert all(json.loads(row["record"])["reasons"] is None for row in rows)
    found = [
        row["told"] and [StoredReason.from_dict(one) for one in json.loads(row["told"])]
        for row in rows
    ]
    assert found[:3] == [[told, told], [], None]
