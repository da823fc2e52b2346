"""Golden rows: raw histories of made-up customers, and what a bundle must say of them.

They prove, wherever a bundle is read, that engine and models still compute what they computed
where it was trained, without holding a row of anybody real.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from features.catalogue import Column
from features.clock import instant
from features.config import Config
from features.engine import compute
from features.errors import LadderError
from training.bundle import histories
from training.bundle.arrays import Floats
from training.bundle.bundle import Bundle
from training.bundle.histories import History
from training.bundle.outcome import OutcomeModel, SpendModel

TOLERANCE = 1e-9

Probabilities = dict[str, list[float]]


def make(
    customers: Sequence[History],
    as_of: datetime,
    config: Config,
    columns: Sequence[Column],
    outcomes: Mapping[str, OutcomeModel],
    spend: SpendModel | None = None,
) -> dict[str, Any]:
    """Return the content of ``golden.json``.

    Parameters
    ----------
    customers : sequence of mapping
        Histories as `training.bundle.histories` reads them.
    as_of : datetime
        The cutoff, with a timezone.
    config : Config
    columns : sequence of Column
    outcomes : mapping of str to OutcomeModel
        Every model is asked of every customer, eligible or not.
    spend : SpendModel, optional
        As well.
    """
    table = _features(customers, as_of, config, columns)
    return {
        "as_of": as_of.isoformat(),
        "customers": list(customers),
        "expected": {
            "customer_id": table.column("customer_id").to_pylist(),
            "probability": _probabilities(table, outcomes),
            "amount": spend.amount(table).tolist() if spend else None,
        },
    }


def check(bundle: Bundle) -> None:
    """Score the golden rows of a bundle again.

    Raises
    ------
    LadderError
        If a probability differs by more than 1e-9, or an amount by more than that share of it.
    """
    golden = bundle.golden
    table = _features(
        golden["customers"],
        datetime.fromisoformat(golden["as_of"]),
        bundle.config,
        bundle.columns,
    )
    found = _probabilities(table, bundle.outcomes)
    for name, expected in golden["expected"]["probability"].items():
        _hold(bundle, name, np.array(found[name]) - np.array(expected))
    if bundle.spend:
        expected = np.array(golden["expected"]["amount"])
        apart = bundle.spend.amount(table) - expected
        _hold(bundle, bundle.spend.name, apart / np.maximum(expected, 1.0))


def proven(path: Path) -> Bundle:
    """Read a bundle that is to serve, and score its golden rows.

    Raises
    ------
    LadderError
        If it is damaged, or scores otherwise than where it was trained.
    """
    bundle = Bundle.read(path)
    check(bundle)
    return bundle


def _hold(bundle: Bundle, name: str, apart: Floats) -> None:
    """Refuse what differs."""
    most = float(np.max(np.abs(apart), initial=0.0))
    if not most <= TOLERANCE:
        raise LadderError(
            "A bundle must score its made-up customers as on the machine that trained it.",
            f"{name} of {bundle.id} differs by {most:.2g}.",
            "Install the versions that requirements/ names, or run `ladder train` here.",
        )


def _features(
    customers: Sequence[History], as_of: datetime, config: Config, columns: Sequence[Column]
) -> pa.Table:
    return compute(histories.block(customers, config), [instant(as_of)], columns)


def _probabilities(table: pa.Table, outcomes: Mapping[str, OutcomeModel]) -> Probabilities:
    return {name: model.probability(table).tolist() for name, model in outcomes.items()}
