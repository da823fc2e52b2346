"""Which files an address means, of what kind they are, and how DuckDB is told of them."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from features.errors import LadderError, UsageError
from features.resources.workspace import literal

_FORMATS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".json", ".ndjson", ".jsonl"), "json"),
}
PACKED = (".gz", ".zst")
_ADVICE = {
    **dict.fromkeys(
        (".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), "Save the sheet as CSV (UTF-8)."
    ),
    **dict.fromkeys(
        (".zip", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz"),
        "Unpack it and name what is inside; .csv.gz and .csv.zst are read as they are.",
    ),
    **dict.fromkeys((".avro", ".orc", ".feather", ".arrow"), "Save it as Parquet."),
    **dict.fromkeys(
        (".db", ".sqlite", ".sqlite3"),
        "Read a table of it by a query: in ladder.toml, write source = "
        '"sqlite:///FILE" and query = "select * from ...".',
    ),
    ".duckdb": "Export its table in DuckDB: COPY orders TO 'orders.parquet'.",
}
"""By the ending of files that hold rows, in all likelihood, and cannot be read: what to do."""

_RENAME = f"Rename them to one of {', '.join(_FORMATS)}."


def paths_of(address: str, base: Path) -> list[Path]:
    """Return the files that a path, a folder or a glob means, in order of their names.

    A relative address starts from `base`.

    Raises
    ------
    UsageError
        If there is none.
    LadderError
        If all are empty.
    """
    relative = Path(os.path.expanduser(address))  # which leaves the home of nobody as it is
    path = base / relative
    found = [path]
    if not path.exists():  # else brackets may be part of its name
        pattern = str(Path(glob.escape(str(base))) / relative)
        found = sorted({Path(name) for name in glob.glob(pattern, recursive=True)})
    if len(found) == 1 and found[0].is_dir():
        found = sorted(file for file in found[0].rglob("*") if _is_data(file, found[0]))
    files = [file for file in found if file.is_file()]
    if not files:
        raise UsageError(
            "A source must exist.",
            f"There is no file {path}.",
            "Correct the path: it is relative to ladder.toml.",
        )
    if not any(file.stat().st_size for file in files):
        raise LadderError(
            "A source must have rows.", f"{address} is empty.", "Export it again, or leave it out."
        )
    return [file for file in files if file.stat().st_size]


def unread(address: str, base: Path) -> list[Path]:
    """Return the files of a folder that hold rows, in all likelihood, and are left out."""
    folder = base / os.path.expanduser(address)
    if not folder.is_dir():
        return []
    files = (file for file in folder.rglob("*") if file.suffix.lower() in _ADVICE)
    return sorted(file for file in files if file.is_file() and not _is_hidden(file, folder))


def _is_data(file: Path, folder: Path) -> bool:
    return _suffix(file) in _FORMATS and not _is_hidden(file, folder)


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)


def _suffix(file: Path) -> str:
    return (Path(file.stem) if file.suffix.lower() in PACKED else file).suffix.lower()


def format_of(paths: Sequence[Path], address: str) -> str:
    """Return ``csv``, ``parquet`` or ``json``, told by the names' endings.

    Raises
    ------
    UsageError
        If they are of several kinds, or of another one.
    """
    formats = {_FORMATS.get(_suffix(path)) for path in paths}
    if len(formats) == 1 and (only := formats.pop()):
        return only
    raise UsageError(
        "A source must be files of one kind, CSV, Parquet or JSON, with the right suffix.",
        f"{address} matches {' and '.join(sorted({path.name for path in paths})[:2])}.",
        next((_ADVICE[one] for one in map(_suffix, paths) if one in _ADVICE), _RENAME),
    )


def path_literal(path: Path) -> str:
    """Return the SQL that means this file and no other: DuckDB takes names for patterns.

    Examples
    --------
    >>> path_literal(Path("orders[1].csv"))
    "'orders[[]1].csv'"
    """
    return literal(glob.escape(str(path)))
