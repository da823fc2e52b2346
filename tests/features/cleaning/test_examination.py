"""Exact duplicates: told by numbers first, and in parts where there are many."""

from __future__ import annotations

import pytest

from features.cleaning import examination
from features.cleaning.examination import duplicates
from features.resources.workspace import Workspace


@pytest.mark.parametrize("at_once", [1_000_000, 70])
def test_good_rows_that_repeat_another_are_counted(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "_LINES_AT_ONCE", at_once)
    with Workspace() as workspace:
        workspace.run(
            "CREATE TABLE rows_read AS SELECT hash(i // 3) AS line, 'c' || (i // 6) AS customer_id,"
            " i % 10 = 0 AS fatal FROM range(300) AS rows(i)"
        )
        # of 100 lines, each there three times, 30 are bad once
        assert duplicates(workspace, "rows_read", 300) == 100 * 2 - 30


def test_rows_of_two_customers_are_no_duplicates_though_their_hashes_agree() -> None:
    with Workspace() as workspace:
        workspace.run(
            "CREATE TABLE rows_read AS SELECT 7::UBIGINT AS line, 'c' || i AS customer_id, "
            "false AS fatal FROM range(2) AS rows(i)"
        )
        assert duplicates(workspace, "rows_read", 2) == 0
