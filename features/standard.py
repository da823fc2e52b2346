"""The columns of a shop: the catalogue's features, counts of other kinds, and the facts."""

from __future__ import annotations

from collections.abc import Iterable

# each of these declares features when imported
from features import attention, purchases, rhythm, voice
from features.catalogue import CATALOGUE, Column, generic_columns
from features.config import Config
from features.facts import columns as fact_columns
from features.needs import kinds_named

DECLARING = (rhythm, purchases, attention, voice)
"""The modules whose import fills the catalogue."""


def standard_columns(
    config: Config,
    tables: Iterable[str],
    kinds: Iterable[str],
    fields: Iterable[str] | None = None,
) -> tuple[Column, ...]:
    """Return the features a shop's history can fill, then its facts.

    Parameters
    ----------
    config : Config
        The shop's settings; spans given in horizons follow the churn horizon.
    tables : iterable of str
        Which of ``orders`` and ``engagement`` have rows.
    kinds : iterable of str
        The engagement kinds in the history.
    fields : iterable of str, optional
        The optional fields that hold something, such as ``orders.category`` (`History.fields`);
        all for None.
    """
    kinds = sorted(kinds)
    present = {*tables, "activity"}
    named = CATALOGUE.columns(config.churn.horizon_days, present, kinds, fields)
    covered = frozenset(kind for column in named for kind in kinds_named(column.expression))
    other = [kind for kind in kinds if kind not in covered]
    return (*named, *generic_columns(other), *fact_columns(config))
