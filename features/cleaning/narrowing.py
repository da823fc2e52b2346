"""What to write in ``ladder.toml`` so that some rows of a source are not read."""

from __future__ import annotations

import json
import re

from features.sections import Source
from features.workspace import quoted

_EXPRESSION = re.compile(r"[('\"*/+|]| - |^case\b", re.IGNORECASE)


def read_from(source: Source, name: str) -> str:
    """Return what a column of ours is read from, as `where` has it.

    Examples
    --------
    >>> source = Source(columns={"ordered_at": "Created at", "amount": "Quantity * Price"})
    >>> [read_from(source, name) for name in ("ordered_at", "amount", "currency")]
    ['"Created at"', 'Quantity * Price', 'currency']
    """
    text = source.columns.get(name, name)
    return text if text.isidentifier() or _EXPRESSION.search(text) else quoted(text)


def narrowed(source: Source, condition: str) -> str:
    """Return the line that reads only rows which meet a condition, besides those that are there.

    Examples
    --------
    >>> print(narrowed(Source(where="a > 1"), "b is not null"))
    where = "(a > 1) and b is not null"
    """
    both = f"({source.where}) and {condition}" if source.where else condition
    return f"where = {json.dumps(both, ensure_ascii=False)}"
