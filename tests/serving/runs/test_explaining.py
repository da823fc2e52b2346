"""Whose reasons are found when, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.sample import SampleShop
from serving.runs import explaining, scoring
from serving.runs.explaining import explain, in_words, words_of
from serving.scoring import score
from tests.serving.shop import LIVED_UNTIL as DAY
from training.bundle import Bundle


def test_reasons_are_said_of_whom_a_list_could_name(
    made_up_run: scoring.Run, bundle: Bundle
) -> None:
    said = in_words(made_up_run.records, words_of(bundle))
    records = [r for r in said.to_pylist() if r["value_at_risk"] is not None]
    records.sort(key=lambda r: -r["value_at_risk"])
    fifth = int(np.ceil(len(records) / 5))
    assert all(r["reasons"] for r in records[:fifth])
    assert all("the risk" in sentence for r in records[:fifth] for sentence in r["reasons"])
    others = [r["reasons"] for r in records[fifth:]]
    advocates = [sentence for mine in others if mine for sentence in mine]
    assert all("advocacy" in sentence for sentence in advocates)
    assert others.count(None) > len(others) / 2


def test_reasons_of_all_and_of_none(
    made_up: SampleShop,
    bundle: Bundle,
    made_up_run: scoring.Run,
    history_of: Callable[..., Any],
) -> None:
    everybody = score(history_of(made_up), bundle, DAY, reasons="all")
    for record in everybody.to_pylist():
        asked = record["churn_probability"] is not None or record["return_probability"] is not None
        assert (record["reasons"] is not None) == asked
        if record["return_probability"] is not None:
            assert record["reasons"][0].startswith("Last ordered ")
    listed = in_words(made_up_run.records, words_of(bundle)).to_pylist()
    for record, mine in zip(everybody.to_pylist(), listed, strict=True):
        assert mine["reasons"] in (None, record["reasons"]), "on a list, of what it is about"
    nobody = score(history_of(made_up), bundle, DAY, reasons="none")
    assert nobody["reasons"].null_count == len(nobody)


def test_reasons_on_demand_equal_those_of_the_run(
    bundle: Bundle, made_up_run: scoring.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "EXPLAINED_AT_ONCE", 2)
    rows = np.flatnonzero([r is not None for r in made_up_run.records["reasons"].to_pylist()])[:5]
    asked = [i for i in rows if made_up_run.records["value_at_risk"][int(i)].is_valid]
    said = explain(made_up_run.packed[asked], bundle, "churn")
    for row, sentences in zip(asked, said, strict=True):
        stored = made_up_run.records["reasons"][int(row)].as_py()
        assert sentences == stored or "advocate" in stored[0]
