"""Files for people and programs: Parquet, CSV and NDJSON, written whole or not at all."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import UsageError
from features.reading.blanks import BLANKS
from serving.dialects import MISREAD, PLAIN, Dialect
from serving.records.record import encode, to_dicts

Writer = Callable[[pa.Table, IO[bytes], Dialect], None]

FORMULA = "^[=+\\-@\t\r]"
"""How a text starts that a spreadsheet would run as a formula."""


def writer(path: Path) -> Writer:
    """Return what writes tables in the format that the suffix of `path` names.

    Raises
    ------
    UsageError
        If the suffix is not a known one.
    """
    try:
        return WRITERS[path.suffix.lower()]
    except KeyError:
        raise UsageError(
            f"An output file's suffix says its format: {', '.join(WRITERS)}.",
            f"Got {path.name!r}.",
            f"Write to {path.with_suffix('.csv').name}, for example.",
        ) from None


def write(table: pa.Table, path: Path, dialect: Dialect = PLAIN) -> None:
    """Write a table in the format that the suffix names; a failure leaves `path` as it was.

    The dialect is that of CSV; other formats have none.
    """
    put = writer(path)
    with replacing(path) as file:
        put(table, file, dialect)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file beside `path` that takes its place once written and on disk.

    A link stays, and what it names is replaced; a pipe or a device is written to as it is.
    """
    path = path.resolve()
    if not path.parent.is_dir():
        raise UsageError(
            "The folder of an output file must exist.",
            f"Got {str(path)!r}.",
            "Create the folder first, or write elsewhere.",
        )
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    draft = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _parquet(table: pa.Table, file: IO[bytes], _: Dialect) -> None:
    pq.write_table(table, file, compression="zstd")


def _ndjson(table: pa.Table, file: IO[bytes], _: Dialect) -> None:
    for record in to_dicts(table):
        file.write(encode(record) + b"\n")


def _csv(table: pa.Table, file: IO[bytes], dialect: Dialect) -> None:
    r"""Write RFC 4180 for people: CRLF, quotes where needed, formulas neutralised.

    A text that a spreadsheet would run (``=cmd()``) gets a leading apostrophe, which makes it text.
    For a spreadsheet, an id that it would change (``007``) is written as the formula ``="007"``.
    Lists are joined by "; ", structs are JSON. Programs that need ids untouched read Parquet or
    NDJSON.
    """
    bom, delimiter, decimal = dialect
    file.write(f"{bom}{delimiter.join(table.column_names)}\r\n".encode())
    for batch in table.to_batches(max_chunksize=10_000):
        columns = dict(zip(table.column_names, batch.columns, strict=True))
        texts = {name: _text(column, decimal) for name, column in columns.items()}
        if bom and "customer_id" in columns:
            texts["customer_id"] = _kept(columns["customer_id"], texts["customer_id"])
        cells = [_quoted(text, delimiter) for text in texts.values()]
        lines = pc.binary_join_element_wise(
            *cells, pa.scalar(delimiter, pa.string()), null_handling="replace", null_replacement=""
        )
        file.write("".join(f"{line}\r\n" for line in lines.to_pylist()).encode())


def _text(values: pa.Array, decimal: str) -> pa.Array:
    """Return an Arrow array as the text a person reads, null where there is nothing."""
    if pa.types.is_list(values.type):
        return _neutral(pc.binary_join(values, "; "))
    if pa.types.is_struct(values.type):
        return pa.array([encode(v).decode() if v else None for v in values.to_pylist()])
    if pa.types.is_floating(values.type):
        return pc.replace_substring(values.cast(pa.string()), ".", decimal)
    return _neutral(values) if pa.types.is_string(values.type) else values.cast(pa.string())


def _neutral(texts: pa.Array) -> pa.Array:
    """Return the texts with an apostrophe before what would be a formula."""
    return pc.replace_substring_regex(texts, f"({FORMULA})", "'\\1", max_replacements=1)


def _kept(ids: pa.Array, texts: pa.Array) -> pa.Array:
    """Return the texts of ids, with a formula where a spreadsheet would change an id."""
    formulas = pc.binary_join_element_wise('="', ids, '"', "")
    return pc.if_else(pc.match_substring_regex(ids, MISREAD), formulas, texts)


def text_of(held: bytes) -> str:
    """Return what a spreadsheet saved as text: in UTF-8, UTF-16, or as Windows wrote before.

    Excel goes back to the last where a file was UTF-8 when it was opened, unless told otherwise.

    Raises
    ------
    UnicodeDecodeError
        If it is none of these.
    """
    if held.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return held.decode("utf-16")
    try:
        return held.decode("utf-8-sig")
    except UnicodeDecodeError:
        return held.decode("cp1252")


def delimiter_of(text: str) -> str:
    """Return the delimiter of a CSV: comma, semicolon or tab, whichever its head has most.

    Spreadsheets write semicolons where numbers have decimal commas; one column alone has none.

    Examples
    --------
    >>> delimiter_of("customer_id;spend")
    ';'
    """
    return max((";", ",", "\t"), key=text.partition("\n")[0].count)


def customer_id_of(cell: str) -> str:
    """Return the customer id in a cell of a file, read as the shop's own tables are.

    Blanks around it do not count, a whole number may have been saved as a float, and what `write`
    puts around an id for a spreadsheet is taken away again.

    Examples
    --------
    >>> [customer_id_of(cell) for cell in ("'+4479", '="007"', " C-1042 ", "17850.0")]
    ['+4479', '007', 'C-1042', '17850']
    """
    text = cell.strip(BLANKS)
    if formula := re.fullmatch('="(.*)"', text):
        return formula[1]
    if text.startswith("'") and re.match(FORMULA, text[1:]):
        text = text[1:]
    return re.sub(r"^(-?[0-9]+)\.0+$", r"\1", text)


def _quoted(texts: pa.Array, delimiter: str) -> pa.Array:
    """Return the texts as CSV fields: quoted where they hold a quote, delimiter or line break."""
    doubled = pc.replace_substring(texts, '"', '""')
    quoted = pc.binary_join_element_wise('"', doubled, '"', "")
    return pc.if_else(pc.match_substring_regex(texts, f'[{delimiter}"\r\n]'), quoted, texts)


WRITERS: dict[str, Writer] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".ndjson": _ndjson,
}
"""Suffix to what writes its format."""
