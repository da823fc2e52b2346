"""Rows that are in memory already: pandas DataFrames, Arrow tables, anything that speaks Arrow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from features.errors import UsageError


def as_arrow(frame: Any, table: str) -> pa.Table:
    """Return a frame's columns as an Arrow table; columns of mixed objects become text.

    A frame is a pandas DataFrame, an Arrow table, or has ``__arrow_c_stream__``. The table that it
    is for is named in errors.

    Raises
    ------
    UsageError
        If it is none of these, or has columns of one name.
    """
    if hasattr(frame, "iloc"):
        # What was grouped by customer or day has them in its index.
        levels = [name for name in frame.index.names if name is not None]
        frame = frame.reset_index([name for name in levels if name not in frame.columns])
        names = [str(name) for name in frame.columns]
        _refuse_same_names(names, table)
        return pa.table({name: _column(frame.iloc[:, at]) for at, name in enumerate(names)})
    if not hasattr(frame, "__arrow_c_stream__"):
        raise UsageError(
            "Rows must come as a pandas DataFrame or an Arrow table.",
            f"{table} is a {type(frame).__name__}.",
            "Convert it, for example with pandas.DataFrame(...).",
        )
    rows = frame if isinstance(frame, pa.Table) else pa.table(frame)
    _refuse_same_names(rows.column_names, table)
    return rows


def _refuse_same_names(names: list[str], table: str) -> None:
    same = next((name for name in names if names.count(name) > 1), None)
    if same is not None:
        raise UsageError(
            "Every column of a frame must have a different name.",
            f"{table} has {names.count(same)} columns called {same}.",
            "Rename them, or drop all but one.",
        )


def _column(series: Any) -> pa.Array | pa.ChunkedArray:
    if getattr(series.dtype, "tz", None) is not None:
        # Array.from_pandas reads zoned times through an attribute that pandas 3.1 deprecates.
        return pa.chunked_array(series)
    missing = series.isna() if series.dtype == object else None
    if missing is None or _is_alike(series[~missing]):
        try:
            return pa.Array.from_pandas(series)
        except (pa.ArrowException, OverflowError, UnicodeEncodeError):
            missing = series.isna()
    cells = [None if gone else _text(cell) for gone, cell in zip(missing, series, strict=True)]
    return pa.array(cells, pa.string())


def _is_alike(cells: Iterable[object]) -> bool:
    """Return whether objects are of one type, and times all with a zone or all without.

    Arrow would make days of times beside dates, give local times the zone of others, and round
    large whole numbers beside fractions.
    """
    kinds = {(type(c), isinstance(c, datetime) and c.tzinfo is not None) for c in cells}
    return len(kinds) <= 1


def _text(cell: object) -> str:
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, bytes):
        return cell.decode(errors="replace")
    return str(cell).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
