"""Files whose columns have no names: they are refused before anything is guessed."""

from __future__ import annotations

import re
from pathlib import Path

from features.errors import LadderError
from features.reading.sources import Relation

_VALUE = re.compile(r"[-+]?\d[\d.,]*|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.*")
"""What no column is called: a number, a date."""
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:")


def refuse_spaces(path: Path, relation: Relation) -> None:
    """Refuse a file whose columns are divided by spaces: it reads as one column."""
    if len(relation.columns) == 1 and len((names := next(iter(relation.columns))).split()) > 2:
        raise LadderError(
            "The columns of a text file must be separated by commas, semicolons, tabs or bars.",
            f"{path.name} begins with one column: {names.strip()}.",
            "Save it as CSV. A spreadsheet can open columns of fixed width and do this.",
        )


def refuse_values_as_names(path: Path, relation: Relation) -> None:
    """Refuse a file whose first line is a row: half of its columns would be called like values."""
    values = [name for name in relation.columns if _VALUE.fullmatch(name)]
    if 2 * len(values) >= len(relation.columns) or any(map(_INSTANT.match, values)):
        raise LadderError(
            "A CSV file's first line must name its columns.",
            f"{path.name} begins with {', '.join(relation.columns)}.",
            "Add a line of names: customer_id, order_id, ordered_at, amount, for example.",
        )
