"""Lists: a page at a time as JSON, or whole as CSV for people and NDJSON for programs."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response, StreamingResponse

from serving.endpoints.access import described, needs, permit, service_of
from serving.endpoints.cursors import Cursor, question, seal, unseal
from serving.problems import ProblemError
from serving.schemas import ListKind, ListPage, ListQuery, Record
from serving.service import Service
from serving.store import RunReader
from serving.store.pages import SORTS
from serving.store.pages import Query as StoreQuery
from serving.tokens import Token

router = APIRouter()

CSV, NDJSON = "text/csv", "application/x-ndjson"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""How a text starts that a spreadsheet would run."""


def _permit_lists(request: Request) -> Token:
    return permit(request, "lists")


@router.get(
    "/v1/lists/{kind}",
    response_model=ListPage,
    responses={
        200: {
            "description": "A page, or with another `Accept` the whole list.",
            "content": {
                CSV: {"schema": {"type": "string"}},
                NDJSON: {"schema": {"type": "string"}},
            },
        },
        **described(401, 403, 410, 422),
    },
    openapi_extra=needs("lists"),
    tags=["lists"],
)
async def preview(
    kind: ListKind,
    asked: Annotated[ListQuery, Query()],
    token: Annotated[Token, Depends(_permit_lists)],
    request: Request,
) -> Response:
    """Return who is at risk, may be won back, or would speak for the shop.

    Only people who may be contacted and are in no hold-out. `at-risk` sorts by `value_at_risk`
    (usual), `extended_value_at_risk`, `churn_probability` or `expected_spend`; `win-back` by
    `return_probability`; `advocates` by `advocate_probability` (usual), `refer_probability` or
    `share_probability`. `Accept: text/csv` gives the whole list for a spreadsheet (formulas
    neutralised), `application/x-ndjson` for a program. A page's `next` stays within its run.
    """
    service = service_of(request)
    reader = service.current
    query = await asyncio.to_thread(to_query, kind, asked, reader)
    accept = request.headers.get("accept", "")
    for media_type, render in ((CSV, csv_chunks), (NDJSON, ndjson_chunks)):
        if media_type in accept:
            await service.count_now(token, f"list:{kind}", await _total(reader, query))
            return _whole(reader, query, render, media_type, kind)
    return await _page(service, token, kind, asked, query)


def to_query(kind: ListKind, asked: ListQuery, reader: RunReader) -> StoreQuery:
    """Return the store's query; refuse a sort column that the list does not have."""
    sort = asked.sort or _usual_sort(kind, reader)
    if sort not in SORTS[kind]:
        raise ProblemError(422, f"`sort` of {kind} must be one of: {', '.join(SORTS[kind])}.")
    words = {name: getattr(asked, name) for name in ("risk_tier", "rung", "quadrant")}
    lowest = {
        name.removeprefix("min_"): value
        for name in type(asked).model_fields
        if name.startswith("min_") and (value := getattr(asked, name)) is not None
    }
    return StoreQuery(kind, sort, {name: fits for name, fits in words.items() if fits}, lowest)


def _usual_sort(kind: ListKind, reader: RunReader) -> str:
    """Return the first sort column that has values: a shop without orders has no money."""
    filled = (sort for sort in SORTS[kind] if reader.count(StoreQuery(kind, sort)))
    return next(filled, SORTS[kind][0])


async def _page(
    service: Service, token: Token, kind: ListKind, asked: ListQuery, query: StoreQuery
) -> Response:
    """Return one page and the address of the next."""
    reader, after = _continue(service, asked.cursor, query)
    records, more = await asyncio.to_thread(reader.page, query, asked.limit, after)
    total = await _total(reader, query)
    await service.count_now(token, f"list:{kind}", len(records))
    address = None
    if more is not None:
        cursor = Cursor(reader.run.run_id, question(query), more)
        given = asked.model_dump(exclude_none=True, exclude={"cursor"}, exclude_defaults=True)
        given |= {"sort": query.sort, "cursor": seal(cursor, service.settings.secret)}
        address = f"/v1/lists/{kind}?{urlencode(given, doseq=True)}"
    head = {
        "kind": kind,
        "run_id": reader.run.run_id,
        "as_of": reader.run.info.as_of.isoformat(),
        "currency": reader.run.info.currency,
        "sort": query.sort,
        "total": total,
        "next": address,
    }
    body = json.dumps(head).encode().removesuffix(b"}") + b',"items":[%b]}' % b",".join(records)
    return Response(body, 200, {"cache-control": "no-store"}, "application/json")


def _continue(
    service: Service, text: str | None, query: StoreQuery
) -> tuple[RunReader, tuple[float, int] | None]:
    """Return the run to read and where to go on in it."""
    if text is None:
        return service.current, None
    cursor = unseal(text, service.settings.secret)
    if cursor is None or cursor.question != question(query):
        detail = "`cursor` must come from `next` of a page with the same filters and order."
        raise ProblemError(422, detail)
    reader = service.reader(cursor.run_id)
    if reader is None:
        raise ProblemError(410, "The run of this cursor is retired. Begin again without `cursor`.")
    return reader, cursor.after


async def _total(reader: RunReader, query: StoreQuery) -> int:
    return await asyncio.to_thread(reader.count, query)


Render = Callable[[Iterator[Sequence[bytes]]], Iterator[bytes]]


def _whole(
    reader: RunReader, query: StoreQuery, render: Render, media_type: str, kind: str
) -> StreamingResponse:
    """Return a whole list as a stream, so that a million rows take the memory of a few hundred."""
    name = f"{kind}-{reader.run.info.as_of}.{'csv' if media_type == CSV else 'ndjson'}"
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}

    async def chunks() -> AsyncIterator[bytes]:
        source = reader.stream(query)
        rendered = render(source)
        try:
            while (chunk := await asyncio.to_thread(next, rendered, None)) is not None:
                yield chunk
        finally:
            # Also when the client leaves early: the run's file must be let go.
            rendered.close()  # type: ignore[attr-defined] # both are generators
            source.close()  # type: ignore[attr-defined]

    return StreamingResponse(chunks(), 200, headers, media_type)


def ndjson_chunks(chunks: Iterator[Sequence[bytes]]) -> Iterator[bytes]:
    """Yield records a line each, as they are stored."""
    for chunk in chunks:
        yield b"\n".join(chunk) + b"\n"


def csv_chunks(chunks: Iterator[Sequence[bytes]]) -> Iterator[bytes]:
    """Yield RFC 4180 with a heading; formulas neutralised, because people open it."""
    columns = tuple(Record.model_fields)
    yield ",".join(columns).encode() + b"\r\n"
    for chunk in chunks:
        text = io.StringIO()
        writer = csv.writer(text)
        for record in map(json.loads, chunk):
            writer.writerow(cell(record.get(name)) for name in columns)
        yield text.getvalue().encode()


def cell(value: Any) -> Any:
    """Return a value as a spreadsheet may show it.

    Examples
    --------
    >>> cell("=1+1"), cell(["a", "b"]), cell(None), cell(True)
    ("'=1+1", 'a; b', '', 'true')
    """
    if isinstance(value, list):
        return cell("; ".join(value))
    if isinstance(value, dict | bool):
        return json.dumps(value)
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value
