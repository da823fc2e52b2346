"""From Arrow tables to the NumPy arrays that models compute with."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.errors import LadderError

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int8]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Facts = Mapping[str, Floats]


def matrix(table: pa.Table, names: Sequence[str], rows: Integers | None = None) -> Floats32:
    """Return the named feature columns as one matrix, null as NaN.

    Parameters
    ----------
    table : pa.Table
        A row per customer and cutoff.
    names : sequence of str
        Feature columns, in the order the model was fitted on.
    rows : int64 array of shape (n_rows,), optional
        Positions of those that are wanted; all by default.

    Returns
    -------
    float32 array of shape (n_rows, n_names)

    Raises
    ------
    LadderError
        If a column is missing.
    """
    require(frozenset(table.schema.names), names)
    part, wanted = _looked_at(table, names, rows)
    count = table.num_rows if rows is None else len(rows)
    out: Floats32 = np.empty((count, len(names)), dtype=np.float32)
    for position, name in enumerate(names):
        out[:, position] = part.column(name).to_numpy()[wanted]
    return out


def facts(table: pa.Table, names: Sequence[str], rows: Integers | None = None) -> dict[str, Floats]:
    """Return the named fact columns as float64 arrays of shape (n_rows,), null as NaN.

    Parameters are those of `matrix`.

    Raises
    ------
    LadderError
        If a column is missing.
    """
    require(frozenset(table.schema.names), names)
    part, wanted = _looked_at(table, names, rows)
    return {
        name: np.asarray(part.column(name).to_numpy()[wanted], dtype=np.float64) for name in names
    }


def touched(table: pa.Table, rows: Integers) -> tuple[pa.Table, Integers]:
    """Return the chunks of a table that hold some rows, and where in them those are.

    What a training computes has a chunk per cutoff and block, and NumPy's view of a column is a
    copy of all of them. Nothing is copied here.

    Parameters
    ----------
    table : pa.Table
    rows : int64 array of shape (n_rows,)
        Positions in it, in any order.
    """
    lengths = np.array([len(chunk) for chunk in table.column(0).chunks] if table.columns else [])
    if len(lengths) < 2:
        return table, rows
    ends = lengths.cumsum()
    chunk = np.searchsorted(ends, rows, "right")
    held = np.zeros(len(lengths), dtype=np.bool_)
    held[chunk] = True
    spans = zip((ends - lengths)[held].tolist(), lengths[held].tolist(), strict=True)
    parts = [table.slice(start, length) for start, length in spans] or [table.slice(0, 0)]
    left_out = np.where(held, 0, lengths).cumsum()
    return pa.concat_tables(parts), rows - left_out[chunk]


def _looked_at(
    table: pa.Table, names: Sequence[str], rows: Integers | None
) -> tuple[pa.Table, Integers | slice]:
    """Return as much of some columns as holds the wanted rows, and where those are."""
    columns = table.select(list(names))
    return (columns, slice(None)) if rows is None else touched(columns, rows)


def require(known: Container[str], names: Sequence[str]) -> None:
    """Raise unless every named column is known.

    Raises
    ------
    LadderError
        Naming the first missing column.
    """
    missing = [name for name in names if name not in known]
    if missing:
        raise LadderError(
            f"A table to score must have the {len(names)} columns the model was fitted on.",
            f"{len(missing)} are missing, the first is {missing[0]!r}.",
            "Compute the table with the columns of the same bundle.",
        )
