"""Trees as data: there and back, with spans in days."""

from __future__ import annotations

import json

import pytest

from features.catalogue import Column
from features.contract import Orders
from features.expressions.expression import Horizons, Measure
from features.expressions.trees import from_json, resolve, to_json, walk


def test_every_tree_survives_json(everything: tuple[Column, ...]) -> None:
    for column in everything:
        text = json.dumps(to_json(column.expression), allow_nan=False)
        assert from_json(json.loads(text)) == column.expression
        assert len(list(walk(column.expression))) == text.count('"node"')


@pytest.mark.parametrize(
    ("horizons", "horizon_days", "days"),
    [(1, 90, 90), (0.25, 90, 22), (0.125, 28, 4), (0.125, 3, 1), (0.01, 28, 1), (4, 365, 1460)],
)
def test_horizons_become_whole_days_and_at_least_one(
    horizons: float, horizon_days: int, days: int
) -> None:
    tree = Orders().count().between(-Horizons(2 * horizons), -Horizons(horizons))
    (span,) = [node for node in walk(resolve(tree, horizon_days)) if type(node).__name__ == "Span"]
    assert span.__dict__ == {"start": -max(1, round(2 * horizons * horizon_days)), "end": -days}


def test_constants_in_horizons_follow_too() -> None:
    tree: Measure = Orders().days_since_last() / Horizons(0.5)
    assert "'value': 45" in str(to_json(resolve(tree, 90)))
    filled = Orders().days_since_last().fill(Horizons(2))
    assert "'value': 180" in str(to_json(resolve(filled, 90)))


def test_no_horizon_is_the_cutoff() -> None:
    tree = Orders().count().between(Horizons(-1), Horizons(0))
    assert resolve(tree, 90) == Orders().count().over(90)


@pytest.mark.parametrize("data", [{"node": "Exec"}, {"node": ""}, {}])
def test_an_unknown_node_is_refused(data: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="an expression node must be one of"):
        from_json(data)
