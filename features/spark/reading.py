"""Sources as Spark reads them: raw columns, nothing decided.

Parquet keeps its types; cells of CSV and JSON are text, as `features.reading.sources` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from features.errors import LadderError, UsageError
from features.reading import texts
from features.reading.delimited import sniffed
from features.reading.files import format_of, paths_of
from features.resources.workspace import Workspace, first_line
from features.settings.addresses import masked, resolve, scheme
from features.settings.sections import Source

CORRUPT = "ladder_corrupt_line"
"""Where Spark puts a line of a CSV that it cannot split."""

_ENCODINGS = {"utf-8": "UTF-8", "latin-1": "windows-1252", "utf-16": "UTF-16"}


@dataclass(frozen=True)
class Raw:
    """A source on the cluster.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
    untyped : bool
        Whether text cells may stand for numbers or dates.
    label : str
        What to call it in messages.
    corrupt : str or None
        The column of lines that could not be split.
    """

    frame: Any
    untyped: bool
    label: str
    corrupt: str | None = None


def read(spark: Any, source: Source, table: str, base: Path) -> Raw:
    """Return the raw rows of a source that feeds a table, not read yet; paths start from `base`.

    Raises
    ------
    UsageError
        If it is no file, or of a kind that a cluster does not read.
    LadderError
        If it cannot be read.
    """
    from pyspark.errors import PySparkException

    if source.source is None or source.query is not None or source.files:
        raise UsageError(
            "A cluster can only read files.",
            f"[{table}] is a query.",
            "Export its result to a folder of Parquet files, and set `source` to that folder.",
        )
    address = resolve(source.source)
    try:
        if scheme(address) is not None:
            return Raw(spark.read.parquet(address), False, masked(address))
        paths = paths_of(address, base)
        form = format_of(paths, address)
        if form == "parquet":
            names = [path.resolve().as_uri() for path in paths]
            return Raw(spark.read.option("mergeSchema", "true").parquet(*names), False, address)
        if form == "json":
            return Raw(_json(spark, paths, address), True, address)
        return Raw(_csv(spark, paths, source), True, address, CORRUPT)
    except PySparkException as error:
        raise unreadable(masked(address), error) from error


def unreadable(label: str, error: Exception) -> LadderError:
    """Return the error to raise where Spark cannot read a source."""
    reason = first_line(error)
    advice = (
        "Parquet is read from anywhere the cluster reaches; CSV and JSON from a folder that every "
        "machine sees under the same path."
    )
    if "NANOS" in reason:
        advice = (
            "Spark has no nanoseconds: write the times in microseconds, as pandas does with "
            "to_parquet(..., coerce_timestamps='us', allow_truncated_timestamps=True)."
        )
    return LadderError(f"Spark must be able to read {label}.", reason, advice)


def _json(spark: Any, paths: list[Path], address: str) -> Any:
    names = [path.resolve().as_uri() for path in paths]
    lines = spark.read.option("primitivesAsString", "true").option("mode", "FAILFAST")
    frame = lines.json(names)
    nested = [name for name, type_ in frame.dtypes if type_ != "string"]
    if nested:
        raise UsageError(
            "JSON on a cluster must be flat.",
            f"{address} nests {', '.join(nested)}.",
            "Write it as Parquet, or leave those cells out.",
        )
    return frame


def _csv(spark: Any, paths: list[Path], source: Source) -> Any:
    """Read CSV files as text, matching their columns by name."""
    frames = (_one_csv(spark, path, source) for path in paths)
    return reduce(lambda rows, more: rows.unionByName(more, allowMissingColumns=True), frames)


def _one_csv(spark: Any, path: Path, source: Source) -> Any:
    with (
        Workspace(threads=1) as workspace,
        texts.as_utf8(path, source.encoding, workspace.folder) as file,
    ):
        # DuckDB finds out how the file is written, as it does on one machine.
        found = sniffed(workspace, file)
    cells = [f"`{name.replace('`', '``')}` STRING" for name in (*found.names, CORRUPT)]
    return (
        spark.read.schema(", ".join(cells))
        .option("header", "true")
        .option("enforceSchema", "true")
        .option("sep", found.delimiter)
        .option("quote", found.quote)
        .option("escape", found.escape or '"')
        .option("encoding", _ENCODINGS[source.encoding])
        .option("multiLine", "true")
        .option("columnNameOfCorruptRecord", CORRUPT)
        .csv(path.resolve().as_uri())
    )
