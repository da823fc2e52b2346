"""Files with a column per year, as lists of donors have them: a row for each year instead."""

from __future__ import annotations

import re
from dataclasses import replace

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
    """Return the rows of a file with columns per year, and the query that gives them.

    Of another file, return its own, and None.

    What is empty or 0 in a year is no row.
    """
    years = [name for name in relation.columns if _YEAR.fullmatch(name)]
    if len(years) < _FEWEST:
        return relation, None
    taken = ", ".join(quoted(name) for name in relation.columns if name.lower() in _MADE)
    others = f"* exclude ({taken})" if taken else "*"
    query = (
        "select * exclude (year), make_date(cast(right(year, 4) as integer), 7, 1) as ordered_at\n"
        f"from (unpivot (select columns({others})::varchar from {FILE})\n"
        f"  on {', '.join(map(quoted, years))}\n"
        "  into name year value amount)\n"
        "where regexp_matches(amount, '[1-9]')"
    )
    workspace.run(f"CREATE VIEW {FILE} AS SELECT * FROM {relation.name}")
    workspace.run(f"CREATE TABLE {FILE}_rows AS {query}")
    columns = workspace.columns(f"SELECT * FROM {FILE}_rows")
    return replace(relation, name=f"{FILE}_rows", columns=columns), query


def read_by(query: str, guess: Guess) -> Guess:
    """Return a guess of the rows that a query gives as one of the file."""
    remarks = {**guess.remarks, "ordered_at": "only the year is known: its middle"}
    return replace(guess, query=query, files={FILE: ""}, remarks=remarks)
