"""A scored run on its way to the store: records without words, reasons beside them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from serving.explanations.stored import StoredReason
from serving.runs import publishing
from serving.runs.explaining import with_reasons
from serving.runs.publishing import batches
from serving.runs.scoring import Run


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


def test_a_run_of_many_batches_keeps_what_is_each_customers_own(
    made_up_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = len(made_up_run.records)
    said = [[f"plan: {number}"] for number in range(count)]
    run = replace(
        made_up_run,
        histories=[b"%d" % number for number in range(count)],
        attributes=pa.chunked_array([said[:5], said[5:]]),
    )
    monkeypatch.setattr(publishing, "BATCH", 7)
    made = pa.Table.from_batches([*batches(run)])
    assert made["customer_id"].equals(run.records["customer_id"])
    vectors = np.array(made["vector"].to_pylist(), np.float32)
    np.testing.assert_array_equal(vectors, run.packed)
    assert made["history"].to_pylist() == run.histories
    assert made["attributes"].to_pylist() == said
