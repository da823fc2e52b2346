"""Attributes of customers, where a file holds a row per change: who had what since when."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from features import attributes
from features.guess.completion import is_of_ids
from features.guess.glimpse import Glimpse
from features.levels import MOST_VALUES
from features.workspace import identifier

_LONGEST = 40
"""Letters of an attribute's name."""


def held(seen: Glimpse, mapped: Collection[str], since: str) -> dict[str, str]:
    """Return what customers have, by attribute: the columns that may become features.

    Dates, ids, texts of so many values that they sort nobody, and what is protected or personal
    are left out.

    Parameters
    ----------
    seen : Glimpse
        The file.
    mapped : collection of str
        Its columns that are something else.
    since : str
        The column that says since when a row holds.
    """
    found: dict[str, str] = {}
    for column in seen.types:
        name = called(column)
        if column in mapped or not name or name in found or not _sorts(seen, column):
            continue
        sql = seen.number(column)
        alone = {"customer_id": "", "valid_from": since, name: column}
        if attributes.wrong([alone]) is None:
            found[name] = column if sql == identifier(column) else sql
    return found


def called(column: str) -> str:
    """Return what an attribute is called that a column holds.

    Examples
    --------
    >>> called("Plan Größe"), called("planName"), called("2nd plan"), called("% off (EUR)")
    ('plan_grosse', 'plan_name', 'nd_plan', 'off_eur')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).casefold()
    bare = unicodedata.normalize("NFKD", spaced)
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return "_".join(re.findall(r"[a-z0-9]+", letters)).lstrip("0123456789_")[:_LONGEST]


def _sorts(seen: Glimpse, column: str) -> bool:
    """Return whether a column holds numbers, or texts that customers share."""
    if seen.is_date(column) or is_of_ids(column) or not seen.texts(column):
        return False
    if not seen.is_number(column) and seen.written(column):
        return False
    if seen.is_number(column) or seen.mark(column):
        return True
    return not seen.is_unique(column) and len(seen.texts(column)) <= MOST_VALUES
