"""The columns of a shop: the catalogue's features, those of other kinds, its own, the facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# all but levels and own declare features when imported
from features import own
from features.attributes import levels
from features.attributes.levels import Values
from features.catalogue import CATALOGUE, Column
from features.config import Config
from features.definitions import attention, purchases, purchasing, rhythm, voice
from features.definitions.kinds import columns as kind_columns
from features.expressions.needs import kinds_named
from features.facts import columns as fact_columns
from features.own import Own

DECLARING = (rhythm, purchases, purchasing, attention, voice)
"""The modules whose import fills the catalogue."""


def own_features(config: Config) -> Own | None:
    """Return the features of the file that ``[features] extra`` names, None where none is named.

    Raises
    ------
    UsageError
        See `features.own.read` and `features.own.refuse_undated`; a name of the catalogue or of a
        fact is refused, too.
    """
    if config.features.extra is None:
        return None
    catalogued = CATALOGUE.columns(config.churn.horizon_days)
    taken = own.names_of((*catalogued, *fact_columns(config)))
    path, horizon_days = config.base / config.features.extra, config.churn.horizon_days
    found = own.read(path, taken, horizon_days)
    own.refuse_undated(found, config.attributes)
    return found


def declared(config: Config, extra: Own | None = None) -> tuple[Column, ...]:
    """Return what `standard_columns` chooses from for any history: named features, and facts."""
    every = ("orders", "engagement", "activity", "attributes")
    horizon_days = config.churn.horizon_days
    ours = extra.catalogue.columns(horizon_days, every) if extra else ()
    return (*CATALOGUE.columns(horizon_days, every), *ours, *fact_columns(config))


def standard_columns(
    config: Config,
    tables: Iterable[str],
    kinds: Iterable[str],
    fields: Iterable[str] | None = None,
    extra: Own | None = None,
    values: Mapping[str, Values] | None = None,
) -> tuple[Column, ...]:
    """Return the features a shop's history can fill, its own at their end, then its facts.

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
    extra : Own, optional
        The shop's own features.
    values : mapping of str to Values, optional
        Attributes with a history (`History.values`).
    """
    kinds, values = sorted(kinds), values or {}
    present = {*tables, "activity", *(["attributes"] if values else [])}
    horizon_days = config.churn.horizon_days
    named = CATALOGUE.columns(horizon_days, present, kinds, fields)
    covered = frozenset(kind for column in named for kind in kinds_named(column.expression))
    other = [kind for kind in kinds if kind not in covered]
    ours = extra.catalogue.columns(horizon_days, present, kinds, fields) if extra else ()
    known = levels.columns(values)
    generic = kind_columns(other, fields)
    return (*named, *generic, *known, *ours, *fact_columns(config))
