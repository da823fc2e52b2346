"""A profile of a file that a person shows: types, values, how numbers and dates are written."""

from __future__ import annotations

import re

from features.reading.formats import (
    counted_instant,
    date_formats,
    is_iso,
    leave_open_the_month,
    month_sql,
)
from features.reading.months import english_months
from features.reading.notation import decimal_mark, in_brackets, number_sql, plain, plain_sql
from features.reading.scopes import cast, infer_scopes, stands_for_null
from features.reading.sources import Relation
from features.resources.workspace import Workspace, identifier, literal, quoted

_LOOK_AT = 20_000
_VALUES = 2_000
_LISTED = 100
_OUTSTANDING = 5
_ENOUGH = 2_000_000
_FINGERPRINTS = 500
_PRICES = ("99", "98", "95", "49", "45")
"""How prices end, without the mark before their hundredths."""
_FEWEST_PRICES = 4
"""Different numbers that end so, for it to be no chance."""
_YEARS = frozenset(map(str, range(1900, 2101)))
_CALENDAR = ("month", "monat", "mois"), ("day", "tag", "jour")
"""What columns of months and of days beside a column of years are called."""

MIDDLE = "the day is not known: the month's middle"
"""What to look at where dates are months."""


class FileProfile:
    """What a file shows: its first rows or, where a method says so, the whole of it."""

    def __init__(self, workspace: Workspace, relation: Relation) -> None:
        self.workspace, self.all_rows = workspace, relation.name
        self.first_rows = f"(SELECT * FROM {relation.name} LIMIT {_LOOK_AT})"
        self._read_as, _ = infer_scopes(workspace, self.first_rows, relation.columns)
        self.types = {**relation.columns, **self._read_as}
        self._texts: dict[str, list[str]] = {}
        self._unique: dict[str, bool] = {}

    def is_date(self, column: str) -> bool:
        """Return whether a column has a type of dates."""
        return self.types[column].startswith(("DATE", "TIMESTAMP"))

    def is_number(self, column: str) -> bool:
        """Return whether a column has a type of numbers."""
        type_ = self.types[column]
        return type_.startswith(("DOUBLE", "FLOAT", "DECIMAL")) or self.is_whole(column)

    def is_whole(self, column: str) -> bool:
        """Return whether a column has a type of whole numbers."""
        return self.types[column].endswith(("INT", "INTEGER"))

    def is_flag(self, column: str) -> bool:
        """Return whether a column may say yes or no: text that is no number, or 0 and 1."""
        if self.is_date(column):
            return False
        texts = self.texts(column)
        if not self.is_number(column) and decimal_mark(texts) is None:
            return True
        return {text.strip() for text in texts} <= {"0", "1", "0.0", "1.0"}

    def mark(self, column: str) -> str | None:
        """Return the decimal mark of numbers written as text; any will do where there are none."""
        if self.types[column] != "VARCHAR":
            return None
        texts = self.texts(column)
        return decimal_mark(texts) if texts else "."

    def may_be_thousands(self, column: str) -> bool:
        """Return whether numbers have three digits after every point."""
        texts = [text for text in self.texts(column) if "." in text]
        return bool(texts) and all(re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", text) for text in texts)

    def may_be_hundredths(self, column: str) -> bool:
        """Return whether whole numbers end as prices do: half of them like 1999 and 2495."""
        texts = self.texts(column) if self.is_whole(column) else []
        if any(len(text.strip("-")) < 3 for text in texts):  # nothing costs less than one
            return False
        prices = sum(text.endswith(_PRICES) for text in texts)
        return prices >= max(len(texts) / 2, _FEWEST_PRICES)

    def number(self, column: str) -> str:
        """Return the SQL that reads a column of numbers, however they are written."""
        mark = None if self.is_number(column) else self.mark(column)
        texts = self.texts(column)
        name = plain_sql(identifier(column), texts)
        bracketed = any(map(in_brackets, texts))
        return number_sql(name, mark, bracketed=bracketed) if mark and texts else name

    def written(self, column: str) -> tuple[str, str] | None:
        """Return the SQL that reads a column of dates, and what to look at; None for no dates."""
        held, name = self.texts(column), identifier(column)
        texts = [plain(text) for text in held]
        if all(map(is_iso, texts)):
            # Some with an offset and some without are no type, yet are read.
            return column if texts == held else plain_sql(name, held), "when"
        text = name if self.types[column] == "VARCHAR" else f"cast({name} as varchar)"
        text = plain_sql(text, held)
        if read := month_sql(text, texts):
            return read, MIDDLE
        if german := english_months(text, texts):
            text, texts = german
        if formats := date_formats(texts):
            listed = ", ".join(map(literal, formats))
            read = f"strptime({text}, {listed})"
            if len(formats) > 1:
                read = f"try_strptime({text}, [{listed}])"
            is_open = leave_open_the_month(texts)
            return read, "is the day before the month?" if is_open else "when"
        if not self.is_number(column):
            return None
        return counted_instant(name, texts) or self._by_year(column, texts)

    def _by_year(self, column: str, texts: list[str]) -> tuple[str, str] | None:
        """Return the SQL of dates told by years, with the months and days of columns beside."""
        if not self.is_whole(column) or not all(text in _YEARS for text in texts):
            return None
        of = re.sub("(year|jahr|ann[eé]e)$", "", column.lower())  # as in "enrollment year"
        named = {name.lower(): identifier(name) for name in self.types if self.is_whole(name)}
        month, day = (
            next((named[of + part] for part in parts if of + part in named), "")
            for parts in _CALENDAR
        )
        year = identifier(column)
        if month and day:
            return f"make_date({year}, {month}, {day})", "when"
        if month:
            return f"make_date({year}, {month}, 15)", MIDDLE
        return f"make_date({year}, 7, 1)", "only the year is known: its middle"

    def texts(self, column: str) -> list[str]:
        """Return some values of a column as text, none where there is no such column.

        They are of all sorts: the first in order would all be written alike. What stands for a
        value that is not known is none.
        """
        if column not in self.types:
            return []
        if column not in self._texts:
            rows = self.workspace.rows(
                f"SELECT DISTINCT text FROM ({self._as_text(column)}) "
                f"WHERE trim(text) <> '' AND NOT {stands_for_null('trim(text)')} "
                f"ORDER BY md5(text) LIMIT {_VALUES}"
            )
            self._texts[column] = sorted(row["text"] for row in rows)
        return self._texts[column]

    def commonest(self, column: str | None, among: str = "true") -> tuple[str, ...]:
        """Return what stands in a column, the commonest first, at most a hundred.

        `among` is a condition on rows.
        """
        return tuple(self._counts(column, among)) if column in self.types else ()

    def stands_out(self, column: str, text: str, times: int = _OUTSTANDING) -> bool:
        """Return whether a text stands in a column so many times as often as any other."""
        counts = self._counts(column)
        others = (rows for other, rows in counts.items() if other != text)
        return counts.get(text, 0) >= max(times * max(others, default=0), 1)

    def counts(self, column: str) -> dict[str, int]:
        """Return how many rows of the whole file hold each text, the commonest first."""
        rows = self.workspace.rows(
            f"SELECT {quoted(column)}::VARCHAR AS text, count(*) AS n FROM {self.all_rows} "
            f"WHERE trim({quoted(column)}::VARCHAR) <> '' "
            f"GROUP BY text ORDER BY n DESC, text LIMIT {_LISTED}"
        )
        return {row["text"]: row["n"] for row in rows}

    def rows(self, condition: str = "true") -> int:
        """Return how many rows of the whole file meet a condition."""
        return self.workspace.number(f"SELECT count(*) FROM {self._typed()} WHERE {condition}")

    def _counts(self, column: str, among: str = "true") -> dict[str, int]:
        """Return how many rows hold each value, the commonest first, at most a hundred."""
        rows = self.workspace.rows(
            f"SELECT text, count(*) AS n FROM ({self._as_text(column, among)}) "
            f"WHERE text IS NOT NULL GROUP BY text ORDER BY n DESC, text LIMIT {_LISTED}"
        )
        return {row["text"]: row["n"] for row in rows}

    def _as_text(self, column: str, among: str = "true") -> str:
        """Return the query for one column, as ``text``: the file may have another of that name."""
        return f"SELECT {quoted(column)}::VARCHAR AS text FROM {self.first_rows} WHERE {among}"

    def range(self, column: str, among: str = "true") -> tuple[float, float]:
        """Return the least and the greatest of a column's numbers; infinite where there are none.

        An empty range is upside down: its least is above its greatest. `among` is a condition.
        """
        number = f"try_cast({quoted(column)} AS DOUBLE)"
        found = self.workspace.rows(
            f"SELECT coalesce(min({number}), 'inf'::DOUBLE) AS low, "
            f"coalesce(max({number}), '-inf'::DOUBLE) AS high FROM {self.first_rows} WHERE {among}"
        )[0]
        return found["low"], found["high"]

    def days(self, instant: str) -> int | None:
        """Return how many days the whole file reaches by an instant, None where none is read.

        `instant` is a column, or SQL over the columns.
        """
        moments = self._moments(instant, "NULL")
        found = self.workspace.rows(
            f"SELECT date_diff('day', min(moment), max(moment)) AS days FROM ({moments})"
        )
        days: int | None = found[0]["days"]
        return days

    def days_apart(self, instant: str, customer: str) -> float | None:
        """Return the median of days between neighbouring days of a customer in the whole file.

        None where nobody has two. Of a large file, some customers will do. Both arguments are
        columns, or SQL over the columns.
        """
        found = self.workspace.rows(
            "SELECT median(day - earlier) AS days FROM (SELECT day, "
            "lag(day) OVER (PARTITION BY who ORDER BY day) AS earlier FROM "
            f"(SELECT DISTINCT who, moment::DATE AS day FROM ({self._moments(instant, customer)}) "
            "WHERE who IS NOT NULL AND moment IS NOT NULL "
            f"AND hash(who) % (SELECT 1 + count(*) // {_ENOUGH} FROM {self.all_rows}) = 0))"
        )
        days: float | None = found[0]["days"]
        return days

    def _moments(self, instant: str, customer: str) -> str:
        """Return the query for whose moment each row is, null where it cannot be read."""
        moment, who = (identifier(one) if one in self.types else one for one in (instant, customer))
        return (
            f"SELECT TRY(CAST(({moment}) AS TIMESTAMPTZ)) AS moment, ({who})::VARCHAR AS who "
            f"FROM {self._typed()}"
        )

    def _typed(self) -> str:
        """Return the query for all rows, with the types of their columns."""
        typed = ", ".join(
            f"{cast(quoted(name), self._read_as.get(name))} AS {quoted(name)}"
            for name in self.types
        )
        return f"(SELECT {typed} FROM {self.all_rows})"

    def is_unique(self, column: str | None) -> bool:
        """Return whether no value of a column stands in two rows of the whole file."""
        if column not in self.types:
            return False
        if column not in self._unique:
            repeated = f"count({quoted(column)}) - count(DISTINCT {quoted(column)})"
            found = self.workspace.number(f"SELECT {repeated} FROM {self.all_rows}")
            self._unique[column] = not found
        return self._unique[column]

    def is_once_in_each(self, column: str, group: str) -> bool:
        """Return whether of several rows with one value of `group` one alone fills a column."""
        filled = f"count(*) FILTER (coalesce(trim({quoted(column)}::VARCHAR), '') <> '')"
        found = self.workspace.rows(
            "SELECT min(filled) = 1 AND max(filled) = 1 AND max(held) > 1 AS once FROM "
            f"(SELECT {filled} AS filled, count(*) AS held FROM {self.all_rows} "
            f"WHERE {quoted(group)} IS NOT NULL GROUP BY {quoted(group)})"
        )
        return bool(found[0]["once"])

    def fingerprints(self, customer: str | None, order: str | None) -> frozenset[int]:
        """Return fingerprints of customers' orders, the least of them; none of other columns.

        Of files with the same orders, the least are the same.
        """
        if customer not in self.types or order not in self.types:
            return frozenset()
        both = f"trim({quoted(customer)}::VARCHAR), trim({quoted(order)}::VARCHAR)"
        rows = self.workspace.rows(
            f"SELECT DISTINCT hash({both}) AS of_order FROM {self.all_rows} "
            f"WHERE {quoted(customer)} IS NOT NULL AND {quoted(order)} IS NOT NULL "
            f"ORDER BY of_order LIMIT {_FINGERPRINTS}"
        )
        return frozenset(row["of_order"] for row in rows)

    def has_gaps(self, column: str | None) -> bool:
        """Return whether a column is empty anywhere in the whole file."""
        if column not in self.types:
            return False
        text = f"coalesce(trim({quoted(column)}::VARCHAR), '')"
        return self.workspace.number(f"SELECT count(*) FROM {self.all_rows} WHERE {text} = ''") > 0
