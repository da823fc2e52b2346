"""From a table of features and facts to records: the part that knows nothing of files or runs.

Everything here is a function of one customer's row and the bundle, so that a run, a block of it
and a customer scored live get the same numbers. What depends on the whole run (percentiles,
quadrant) is in `serving.runs.standing.Standing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from features.rung import ORDER_FACTS, RUNG_FACTS, rung
from serving.records.record import OUTCOMES, SCHEMA, column, risk_tier
from training.bundle import Bundle
from training.bundle.advocacy import ACTS, any_of
from training.bundle.arrays import Flags, Floats
from training.bundle.bundle import SPEND
from training.bundle.money import expected_spend, value_at_risk
from training.bundle.rows import Rows, read

PROBABILITIES = tuple(outcome for outcome in OUTCOMES if outcome != SPEND)


def score_table(
    table: pa.Table, bundle: Bundle, as_of: date, suppressed: Flags, held_out: Flags
) -> pa.Table:
    """Return a record per row, without what only a whole run can tell.

    Parameters
    ----------
    table : Arrow table of n rows
        What the engine computed at one cutoff with the bundle's columns.
    bundle : Bundle
    as_of : date
        The day of the cutoff.
    suppressed, held_out : bool arrays of shape (n,)

    Returns
    -------
    Arrow table
        The columns of ``ladder score``; percentiles, quadrant and reasons are null.
    """
    rows = read(table, [column.name for column in bundle.columns])
    return score_rows(table["customer_id"], rows, bundle, as_of, suppressed, held_out)


def score_rows(
    ids: pa.ChunkedArray,
    rows: Rows,
    bundle: Bundle,
    as_of: date,
    suppressed: Flags,
    held_out: Flags,
) -> pa.Table:
    """Return the records of `score_table`, for customers whose rows have been read already."""
    chances = probabilities(rows, bundle)
    churn = chances["churn"]
    values: dict[str, object] = {
        "customer_id": ids,
        "as_of": [as_of] * len(rows),
        "churn_horizon_days": [bundle.settings["churn"]["horizon_days"]] * len(rows),
        "advocacy_horizon_days": [bundle.settings["advocacy"]["horizon_days"]] * len(rows),
        "model_version": [bundle.id] * len(rows),
        "risk_tier": _tiers(rows, bundle, churn),
        **{f"{outcome}_probability": chances[outcome] for outcome in PROBABILITIES},
        **_money(rows, bundle, churn, chances["refer"]),
        "rung": rung(rows.facts(_rung_facts(bundle)), bundle.config.standing.client_periods),
        "expected_next_order": _next_orders(rows, bundle, as_of, churn),
        "bases": _bases(bundle, chances),
        "basis": _basis(bundle, "churn", churn),
        "suppressed": suppressed,
        "held_out": held_out,
    }
    nothing = pa.nulls(len(rows))
    arrays = [
        _typed(values[field.name], field.type) if field.name in values else nothing.cast(field.type)
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _rung_facts(bundle: Bundle) -> tuple[str, ...]:
    kept = {column.name for column in bundle.columns}
    return (*RUNG_FACTS, *(name for name in ORDER_FACTS if name in kept))


def probabilities(table: pa.Table | Rows, bundle: Bundle) -> dict[str, Floats]:
    """Return each outcome's probability, NaN for whom it is not asked of or where it is skipped.

    `advocate` is at least the likeliest of the three acts and at most their sum, because it means
    any of them.
    """
    rows = Rows.of(table)
    chances = {outcome: _probability(rows, bundle, outcome) for outcome in PROBABILITIES}
    return chances | {"advocate": any_of(chances["advocate"], [chances[act] for act in ACTS])}


def _probability(rows: Rows, bundle: Bundle, outcome: str) -> Floats:
    chance = np.full(len(rows), np.nan)
    if model := bundle.outcomes.get(outcome):
        eligible = model.eligible(rows)
        if eligible.any():
            chance[eligible] = model.probability(rows.among(eligible))
    return chance


def _money(rows: Rows, bundle: Bundle, churn: Floats, refer: Floats) -> dict[str, Floats]:
    """Return what a customer is worth and what is at stake, for those asked about churn."""
    stays = np.full(len(rows), np.nan)
    eligible = ~np.isnan(churn)
    if bundle.spend and eligible.any():
        stays[eligible] = bundle.spend.amount(rows.among(eligible))
    leaves = bundle.money.leaves(rows.strata)
    at_risk = value_at_risk(churn, stays, leaves)
    extended = np.full(len(rows), np.nan)
    if friends := bundle.money.friends:
        horizons = (bundle.settings[part]["horizon_days"] for part in ("churn", "advocacy"))
        extended = friends.extended(at_risk, churn, friends.expected(refer, *horizons))
    return {
        "spend_if_stays": stays,
        "expected_spend": expected_spend(churn, stays, leaves),
        "value_at_risk": at_risk,
        "extended_value_at_risk": extended,
    }


def _tiers(rows: Rows, bundle: Bundle, churn: Floats) -> list[str | None]:
    facts = rows.facts(("activity_ever", "activity_recent"))
    lapsed = (facts["activity_ever"] > 0) & ~(facts["activity_recent"] > 0)
    return risk_tier(churn, lapsed, **bundle.thresholds["risk_tier"])


def _next_orders(rows: Rows, bundle: Bundle, as_of: date, churn: Floats) -> list[date | None]:
    """Return the day on which the next order is due, for those asked about churn."""
    if bundle.money.next_order is None:
        return [None] * len(rows)
    facts = rows.facts(("gap_count", "gap_mean_log", "days_since_activity"))
    days = np.where(np.isnan(churn), np.nan, bundle.money.next_order.days(facts))
    return [None if np.isnan(d) else as_of + timedelta(days=int(d)) for d in days]


def _bases(bundle: Bundle, chances: Mapping[str, Floats]) -> pa.Array:
    """Return where each number of each customer comes from; spend is asked with churn."""
    chance_of = {**chances, SPEND: chances["churn"]}
    columns = [column(_basis(bundle, name, chance_of[name]), pa.string()) for name in OUTCOMES]
    return pa.StructArray.from_arrays(columns, OUTCOMES)


def _basis(bundle: Bundle, outcome: str, chance: Floats) -> list[str | None]:
    model = bundle.spend if outcome == SPEND else bundle.outcomes.get(outcome)
    return [None if np.isnan(a) or model is None else model.basis for a in chance]


def _typed(values: Any, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    return column(values, kind)
