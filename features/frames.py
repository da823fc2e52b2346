"""Rows that are in memory already: pandas DataFrames, Arrow tables, anything that speaks Arrow."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from features.errors import UsageError

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands for text that no encoding can hold; an id with it is a bad row."""


def as_arrow(frame: Any, table: str) -> pa.Table:
    """Return a frame's columns as an Arrow table; columns of mixed objects become text.

    Parameters
    ----------
    frame : pandas.DataFrame, pyarrow.Table, or an object with ``__arrow_c_stream__``
    table : str
        The table it is for, to name in errors.

    Raises
    ------
    UsageError
        If it is none of these.
    """
    if isinstance(frame, pa.Table):
        return frame
    if hasattr(frame, "iloc"):
        return _from_pandas(frame)
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.table(frame)
    raise UsageError(
        "Rows must come as a pandas DataFrame or an Arrow table.",
        f"{table} is a {type(frame).__name__}.",
        "Convert it, for example with pandas.DataFrame(...).",
    )


def _from_pandas(frame: Any) -> pa.Table:
    columns = {str(name): _column(frame[name]) for name in frame.columns}
    return pa.table(columns)


def _column(series: Any) -> pa.Array | pa.ChunkedArray:
    if getattr(series.dtype, "tz", None) is not None:
        # Array.from_pandas reads zoned times through an attribute that pandas 3.1 deprecates.
        return pa.chunked_array(series)
    try:
        return pa.Array.from_pandas(series)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        missing = series.isna()
        cells = [None if gone else _text(cell) for gone, cell in zip(missing, series, strict=True)]
        return pa.array(cells, pa.string())


def _text(cell: object) -> str:
    return str(cell).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
