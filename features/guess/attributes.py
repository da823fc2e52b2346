"""Attributes of customers, where a file holds a row per change: who had what since when."""

from __future__ import annotations

import re
from collections.abc import Collection

from features.attributes import naming
from features.attributes.levels import MOST_VALUES
from features.guess.completion import is_of_ids
from features.guess.profile import FileProfile
from features.resources.workspace import identifier

_LONGEST = 40
"""Letters of an attribute's name."""


def attribute_columns(file: FileProfile, mapped: Collection[str], since: str) -> dict[str, str]:
    """Return what customers have, by attribute: the columns that may become features.

    Dates, ids, texts of so many values that they sort nobody, and what is protected or personal
    are left out.

    The `mapped` columns are something else, as is the one that says since when a row holds.
    """
    found: dict[str, str] = {}
    for column in file.types:
        name = attribute_name(column)
        if column in mapped or not name or name in found or not _sorts(file, column):
            continue
        sql = file.number(column)
        alone = {"customer_id": "", "valid_from": since, name: column}
        if naming.problem([alone]) is None:
            found[name] = column if sql == identifier(column) else sql
    return found


def attribute_name(column: str) -> str:
    """Return the name of the attribute that a column holds.

    Examples
    --------
    >>> [attribute_name(name) for name in ("Plan Größe", "planName", "2nd plan", "% off (EUR)")]
    ['plan_grosse', 'plan_name', 'nd_plan', 'off_eur']
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).casefold()
    words = re.findall(r"[a-z0-9]+", naming.without_accents(spaced))
    return "_".join(words).lstrip("0123456789_")[:_LONGEST]


def _sorts(file: FileProfile, column: str) -> bool:
    """Return whether a column holds numbers, or texts that customers share."""
    if file.is_date(column) or is_of_ids(column) or not file.texts(column):
        return False
    if not file.is_number(column) and file.written(column):
        return False
    if file.is_number(column) or file.mark(column):
        return True
    return not file.is_unique(column) and len(file.texts(column)) <= MOST_VALUES
