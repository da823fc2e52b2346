"""Types for text: which columns of a CSV, a JSON file or a database hold numbers, dates or flags.

An expression such as ``Quantity * UnitPrice`` needs numbers where a file has only text. Each source
offers its columns in up to three *scopes*: as they are; typed where every value fits; typed where
most values fit, so that a stray text becomes a counted bad row instead of an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

from features.resources.workspace import Workspace, literal, quoted

_DAY = r"\d{4,}[-/ ]\d{1,2}[-/ ]\d{1,2}"
_TIME = r"[T ] *\d{1,2}:\d{1,2}(:\d{1,2}(\.\d*)?)?"

LOCAL = rf"{_DAY}({_TIME})?"
"""A text day or instant that does not say how far it is from UTC.

DuckDB reads more as a timestamp, and leaves out what it does not know: of ``10:00 PM`` the half of
the day, of ``10:00 CEST`` the timezone.
"""

OFFSET = rf"(?i){_DAY}{_TIME} *(z|utc|gmt|[+-]\d{{2}}(:?\d{{2}})?)"
"""A text instant that does."""

NULL_WORDS = ("null", "none", "nan", "na", "n/a", "#n/a", "\\n", "-", "--")
"""What is written, in small or capital letters, where a number or a date is not known."""

_CODE = r"-?0\d+(\.\d*)?|-?\d{19,}(\.\d*)?|\+.*|\d+[eE]\d+"
"""What names something, though it reads as a number: 00123, +49171, 12e4, and 19 digits and more,
of which a number would keep 15."""

_MAJORITY = 0.5


Scopes = list[dict[str, str]]
"""The strict and the lenient scope: from column name to type, for :func:`cast`.

Columns that stay as they are are left out.
"""


@dataclass(frozen=True)
class Counts:
    """How many values of a text column read as each type; `filled` counts the non-blank ones."""

    filled: int
    whole: int
    number: int
    code: int
    instant: int
    offset: int
    flag: int

    def __add__(self, other: Counts) -> Counts:
        """Return the counts of both parts of a column."""
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def type_of_all(self) -> str | None:
        """Return the type that every value fits, None for text."""
        if self.filled == 0 or self.code:
            return None
        types = {
            "BIGINT": self.whole,
            "DOUBLE": self.number,
            "BOOLEAN": self.flag,
            "TIMESTAMPTZ": self.offset,
            "TIMESTAMP": self.instant if self.offset == 0 else 0,
        }
        return next((name for name, count in types.items() if count == self.filled), None)

    def type_of_most(self) -> str | None:
        """Return DOUBLE where most values are numbers, an empty column included."""
        if self.number >= _MAJORITY * self.filled:
            return "DOUBLE"
        return self.type_of_all()


def infer_scopes(workspace: Workspace, relation: str, columns: Mapping[str, str]) -> Scopes:
    """Return the strict and the lenient scope of a relation."""
    return scopes_of(type_counts(workspace, relation, columns))


def type_counts(
    workspace: Workspace, relation: str, columns: Mapping[str, str]
) -> dict[str, Counts]:
    """Count for each text column of a relation how many values read as each type."""
    texts = [name for name, type_ in columns.items() if type_ == "VARCHAR"]
    if not texts:
        return {}
    parts = ", ".join(f"{_counts(quoted(name))} AS c{i}" for i, name in enumerate(texts))
    (row,) = workspace.rows(f"SELECT {parts} FROM {relation}")
    return {name: Counts(**row[f"c{i}"]) for i, name in enumerate(texts)}


def scopes_of(counts: Mapping[str, Counts]) -> Scopes:
    """Return the strict and the lenient scope of columns, from their counts."""
    return [
        {name: type_ for name, c in counts.items() if (type_ := c.type_of_all())},
        {name: type_ for name, c in counts.items() if (type_ := c.type_of_most())},
    ]


def _counts(column: str) -> str:
    text = f"trim({column})"
    tests = {
        "filled": f"{text} <> '' AND NOT {stands_for_null(text)}",
        "whole": rf"regexp_full_match({text}, '-?\d{{1,18}}')",
        "number": f"try_cast({text} AS DOUBLE) IS NOT NULL",
        "code": f"regexp_full_match({text}, '{_CODE}')",
        "instant": f"try_cast({text} AS TIMESTAMP) IS NOT NULL AND "
        f"regexp_full_match({text}, '{LOCAL}|{OFFSET}')",
        "offset": f"regexp_full_match({text}, '{OFFSET}')",
        "flag": f"regexp_full_match({text}, '(?i)true|false')",
    }
    return "{" + ", ".join(f"'{k}': count(*) FILTER ({v})" for k, v in tests.items()) + "}"


def stands_for_null(text: str) -> str:
    """Return whether a text stands for a number or a date that is not known."""
    return f"lower({text}) IN ({', '.join(map(literal, NULL_WORDS))})"


def cast(column: str, type_: str | None) -> str:
    """Return the SQL that reads a text column as a type found for it, as it is for None."""
    if type_ == "TIMESTAMPTZ":
        return zoned(f"trim({column})")
    return column if type_ is None else f"try_cast(trim({column}) AS {type_})"


def zoned(value: str) -> str:
    """Return the SQL that reads a text instant with an offset, which may stand apart."""
    together = rf"regexp_replace({value}, '\s+([zZ]|[+-]\d\d(:?\d\d)?)$', '\1')"
    return f"try_cast({together} AS TIMESTAMPTZ)"
