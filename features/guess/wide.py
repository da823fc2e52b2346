"""Files with a column per year or gift, as lists of donors have them: a row for each instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from features.guess import numbered
from features.guess.proposal import Guess
from features.reading.sources import Relation
from features.resources.workspace import Workspace, quoted

FILE = "wide"
"""What the query calls the file."""

_YEAR = re.compile(r"(?:FY|CY|year)?[ _-]?(?:19|20)\d\d", re.IGNORECASE)
_FEWEST = 3
_MADE = {"year", "amount", "ordered_at"}
"""Columns of the query; a file's own of that name, such as a total, are left out."""


def in_rows(workspace: Workspace, relation: Relation) -> tuple[Relation, str | None]:
    """Return the rows of a file with columns per year or gift, and the query that gives them.

    Of another file, return its own, and None.
    """
    query = _per_year(relation.columns) or numbered.query_of(list(relation.columns), FILE)
    if query is None:
        return relation, None
    workspace.run(f"CREATE VIEW {FILE} AS SELECT * FROM {relation.name}")
    workspace.run(f"CREATE TABLE {FILE}_rows AS {query}")
    columns = workspace.columns(f"SELECT * FROM {FILE}_rows")
    return replace(relation, name=f"{FILE}_rows", columns=columns), query


def _per_year(columns: Iterable[str]) -> str | None:
    """Return a query with a row for each year; what is empty or 0 in one is no row."""
    years = [name for name in columns if _YEAR.fullmatch(name)]
    if len(years) < _FEWEST:
        return None
    taken = ", ".join(quoted(name) for name in columns if name.lower() in _MADE)
    others = f"* exclude ({taken})" if taken else "*"
    return (
        "select * exclude (year), make_date(cast(right(year, 4) as integer), 7, 1) as ordered_at\n"
        f"from (unpivot (select columns({others})::varchar from {FILE})\n"
        f"  on {', '.join(map(quoted, years))}\n"
        "  into name year value amount)\n"
        "where regexp_matches(amount, '[1-9]')"
    )


def read_by(query: str, guess: Guess) -> Guess:
    """Return a guess of the rows that a query gives as one of the file."""
    if "ordered_at" in guess.file_columns:
        remark = {"ordered_at": "only the year is known: its middle"}
        guess = replace(guess, remarks=guess.remarks | remark)
    return replace(guess, query=query, files={FILE: ""})
