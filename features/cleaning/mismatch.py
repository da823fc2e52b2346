"""A mapping that does not fit its source: what is said of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from features.cleaning.values import ATTRIBUTE
from features.errors import UsageError
from features.reading.sources import Relation
from features.resources.workspace import first_line
from features.settings.sections import Source
from features.settings.validation import nearest
from features.tables import Table

_SINCE_1970 = "Read seconds since 1970 with to_timestamp(column), milliseconds with it / 1000."


@dataclass(frozen=True)
class Mismatch:
    """A mapping and the source that it does not fit."""

    table: Table
    source: Source
    relation: Relation

    def unmapped(self, name: str) -> UsageError:
        """Return the error for a required column that nothing is mapped to."""
        taken = {*self.source.columns.values(), *(column.name for column in self.table.columns)}
        near = nearest(name, sorted(self.relation.columns.keys() - taken))
        return UsageError(
            f"{self.table.name} needs a column for {name}.",
            f"None is mapped, and {self._has}.",
            f'Add to [{self.table.name}] columns: {name} = "{near or "..."}".',
        )

    def wrong(self, name: str, sql: str, error: Exception) -> UsageError:
        """Return the error for a column that is not there, or an expression that is not SQL."""
        if not re.fullmatch(r"\w+", sql):
            return UsageError(
                "A mapping must be a column or a DuckDB expression over the source's columns.",
                f"{self._mapped(name)}: {first_line(error)}",
                f"Correct it in [{self.table.name}]; {self._has}.",
            )
        near = nearest(sql, self.relation.columns)
        return UsageError(
            "Every mapped column must be in the source.",
            f"{self._mapped(name)}, and {self._has}.",
            f"Did you mean {near}?" if near else f"Correct it in [{self.table.name}].",
        )

    def unplain(self, name: str, type_: str) -> UsageError:
        """Return the error for an attribute of lists or structures."""
        return UsageError(
            "An attribute must be text, a number, or true or false.",
            f"{self._mapped(name)} gives {type_}.",
            "Convert it with an expression.",
        )

    def undated(self, name: str, type_: str) -> UsageError:
        """Return the error for a number where an instant should be."""
        came = f"{self._mapped(name)} gives {type_}."
        return UsageError(f"{name} must be a date or a timestamp.", came, _SINCE_1970)

    def counted(self, name: str) -> UsageError:
        """Return the error for an instant counted since 1970 that would be read as local."""
        return UsageError(
            f"{name} must be an instant: what is counted since 1970 is counted in UTC.",
            f"{self._mapped(name)} gives a time without a zone, which would be local.",
            _SINCE_1970,
        )

    @property
    def _has(self) -> str:
        return f"{self.relation.label} has {', '.join(self.relation.columns) or 'no columns'}"

    def _mapped(self, name: str) -> str:
        name = name.removeprefix(ATTRIBUTE)
        sql = self.source.where if name == "where" else self.source.columns.get(name, name)
        return f"[{self.table.name}] {name} = {sql!r}"
