"""Whole lists: CSV for people, NDJSON for programs, streamed in constant memory."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import AsyncIterator, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

from starlette.responses import StreamingResponse

from serving.dialects import PLAIN, Dialect, kept
from serving.endpoints.languages import language_headers
from serving.schemas.record import Record
from serving.store import RunReader
from serving.store.pages import Query
from serving.web.problems import ProblemError
from serving.web.service import MOST_DOWNLOADS

CSV, NDJSON, PAGE = "text/csv", "application/x-ndjson", "application/json"
WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""How a text starts that a spreadsheet would run."""


def preferred(accept: str) -> str:
    """Return which of our formats ``Accept`` asks for: a page of JSON where it names none.

    Of formats that are as welcome as each other, a whole list comes before a page, because whoever
    takes anything names it besides.

    References
    ----------
    RFC 9110, 12.5.1: media ranges with weights, of which 0 means not at all.

    Examples
    --------
    >>> preferred("text/csv"), preferred("text/csv;q=0"), preferred("*/*")
    ('text/csv', 'application/json', 'application/json')
    """
    named = dict(_weighed(kind) for kind in accept.split(","))
    best = max((CSV, NDJSON, PAGE), key=lambda name: named.get(name, 0.0))
    return best if named.get(best) else PAGE


def _weighed(named: str) -> tuple[str, float]:
    """Return a media range of the header and its weight; 1 where none is said that can be read."""
    name, *parameters = (part.strip().lower() for part in named.split(";"))
    found = next((text[2:] for text in parameters if text.startswith("q=")), "")
    return name, float(found) if WEIGHT.fullmatch(found) else 1.0


def download(
    reader: RunReader,
    query: Query,
    media_type: str,
    slots: asyncio.Semaphore,
    tag: str,
    dialect: Dialect = PLAIN,
) -> StreamingResponse:
    """Return a whole list as a stream, so that a million rows take the memory of a few hundred.

    Parameters
    ----------
    reader : RunReader
    query : Query
    media_type : {"text/csv", "application/x-ndjson"}
    slots : asyncio.Semaphore
        Of those who download.
    tag : str
        The language of the reasons.
    dialect : Dialect
        Of CSV.

    Raises
    ------
    ProblemError
        503 where as many as may do so download already.
    """
    if slots.locked():
        detail = f"{MOST_DOWNLOADS} whole lists are being sent. Ask again when one of them is done."
        raise ProblemError(503, detail, {"retry-after": "10"})
    name = f"{query.kind}-{reader.run.info.as_of}.{'csv' if media_type == CSV else 'ndjson'}"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        **language_headers(tag),
    }
    source = reader.stream(query, tag=tag)
    rendered = csv_chunks(source, dialect) if media_type == CSV else ndjson_chunks(source)
    return StreamingResponse(_sent(rendered, source, slots), 200, headers, media_type)


async def _sent(
    rendered: Generator[bytes], source: Generator[Sequence[bytes]], slots: asyncio.Semaphore
) -> AsyncIterator[bytes]:
    """Yield chunks that threads read; at the end, let the file that `source` reads go."""
    reading = None

    def let_go(_: object = None) -> None:
        rendered.close()
        source.close()

    try:
        async with slots:
            while True:
                reading = asyncio.ensure_future(asyncio.to_thread(next, rendered, None))
                # Shielded, because a thread that reads cannot be called back.
                if (chunk := await asyncio.shield(reading)) is None:
                    break
                yield chunk
    finally:
        # Also when the client leaves early: the run's file must be let go.
        if reading is None or reading.done():
            let_go()
        else:
            reading.add_done_callback(let_go)


def ndjson_chunks(chunks: Iterator[Sequence[bytes]]) -> Generator[bytes]:
    """Yield records a line each, as they are stored."""
    for chunk in chunks:
        yield b"\n".join(chunk) + b"\n"


def csv_chunks(chunks: Iterator[Sequence[bytes]], dialect: Dialect) -> Generator[bytes]:
    """Yield records, as they are stored, as a file for people."""
    rows = ([*map(json.loads, chunk)] for chunk in chunks)
    return csv_rows(tuple(Record.model_fields), rows, dialect)


def csv_rows(
    columns: Sequence[str], chunks: Iterable[Sequence[Mapping[str, Any]]], dialect: Dialect
) -> Generator[bytes]:
    """Yield RFC 4180 with a heading; formulas neutralised, because people open it."""
    mark, divider, _ = dialect
    yield f"{mark}{divider.join(columns)}\r\n".encode()
    for chunk in chunks:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=divider)
        writer.writerows(_cells(row, columns, dialect) for row in chunk)
        yield text.getvalue().encode()


def _cells(row: Mapping[str, Any], columns: Sequence[str], dialect: Dialect) -> list[Any]:
    cells = {name: cell(row.get(name), dialect.decimal) for name in columns}
    if formula := kept(row["customer_id"], dialect):
        cells["customer_id"] = formula
    return [*cells.values()]


def cell(value: Any, point: str = ".") -> Any:
    """Return a value as a spreadsheet may show it.

    Examples
    --------
    >>> cell("=1+1"), cell(["a", "b"]), cell(None), cell(True), cell(0.5, ",")
    ("'=1+1", 'a; b', '', 'true', '0,5')
    """
    if isinstance(value, float):
        return repr(value).replace(".", point)
    if isinstance(value, list):
        return cell("; ".join(value))
    if isinstance(value, dict | bool):
        return json.dumps(value)
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value
