"""Lists: a page at a time as JSON, or whole as a download."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from serving.dialects import PLAIN, spreadsheet
from serving.endpoints.access import ScopedRoute, described, needs, service_of, token_of
from serving.endpoints.cursors import Cursor, question, seal, unseal
from serving.endpoints.downloads import CSV, NDJSON, download, preferred
from serving.endpoints.languages import ACCEPT_LANGUAGE, language_of
from serving.endpoints.records import with_records
from serving.languages.notes import in_language
from serving.listing.unmatched import unmatched
from serving.records.conditions import parse
from serving.schemas.lists import (
    AdvocatesQuery,
    AtRiskQuery,
    Filters,
    ListKind,
    ListPage,
    ListQuery,
    WinBackQuery,
)
from serving.store import RunReader
from serving.store.pages import SORTS
from serving.store.pages import Query as StoreQuery
from serving.tokens import Token
from serving.web.problems import ProblemError
from serving.web.service import Service

router = APIRouter(route_class=ScopedRoute)

DOCUMENTED: dict[str, Any] = {
    "response_model": ListPage,
    "responses": {
        200: {
            "description": "A page; or, by `Accept`, the whole list as CSV or NDJSON.",
            "content": {
                CSV: {"schema": {"type": "string"}},
                NDJSON: {"schema": {"type": "string"}},
            },
        },
        **described(401, 403, 404, 410, 422),
    },
    "openapi_extra": needs("lists") | ACCEPT_LANGUAGE,
    "tags": ["lists"],
}


@router.get("/v1/lists/at-risk", **DOCUMENTED)
async def at_risk(parameters: Annotated[AtRiskQuery, Query()], request: Request) -> Response:
    """Return who may leave: a preview that draws no hold-out and records nothing about anyone.

    Only people who may be contacted and are in no hold-out. `Accept: text/csv` gives the whole
    list, its formulas neutralised (with `spreadsheet`, as one of the reader's language opens it);
    `application/x-ndjson` for a program.
    """
    return await _answer(request, "at-risk", parameters)


@router.get("/v1/lists/win-back", **DOCUMENTED)
async def win_back(parameters: Annotated[WinBackQuery, Query()], request: Request) -> Response:
    """Return lapsed customers who may return; otherwise as `at-risk`."""
    return await _answer(request, "win-back", parameters)


@router.get("/v1/lists/advocates", **DOCUMENTED)
async def advocates(parameters: Annotated[AdvocatesQuery, Query()], request: Request) -> Response:
    """Return who may speak for the shop; otherwise as `at-risk`.

    Ask all customers for reviews alike: platforms forbid asking only the happy ones.
    """
    return await _answer(request, "advocates", parameters)


async def _answer(request: Request, kind: ListKind, parameters: ListQuery) -> Response:
    """Return a page, or the whole list in the format that the caller accepts."""
    service = service_of(request)
    reader = service.current
    query = await asyncio.to_thread(to_query, kind, parameters, reader)
    tag = language_of(request)
    media_type = preferred(request.headers.get("accept", ""))
    if media_type not in (CSV, NDJSON):
        return await _page(service, token_of(request), parameters, query, tag)
    dialect = spreadsheet(tag) if parameters.spreadsheet else PLAIN
    answer = download(reader, query, media_type, service.downloads, tag, dialect)
    await service.count_now(token_of(request), f"list:{kind}", await _total(reader, query))
    return answer


def to_query(kind: ListKind, parameters: ListQuery, reader: RunReader) -> StoreQuery:
    """Return the store's query for what a caller asked."""
    sort = parameters.sort or _usual_sort(kind, reader)
    return StoreQuery(kind, sort, **filters(parameters))


def filters(parameters: Filters) -> dict[str, Any]:
    """Return what a caller wants of customers, as the fields of the store's query."""
    given = parameters.model_dump(include={*Filters.model_fields} - {"where"}, exclude_none=True)
    lowest = {name: value for name, value in given.items() if name.startswith("min_")}
    return {
        "one_of": {name: fits for name, fits in given.items() if name not in lowest and fits},
        "at_least": {name.removeprefix("min_"): value for name, value in lowest.items()},
        "where": tuple(parse(text) for text in parameters.where),
    }


def _usual_sort(kind: ListKind, reader: RunReader) -> str:
    """Return the first sort column that has values: a shop without orders has no money."""
    filled = (sort for sort in SORTS[kind] if reader.count(StoreQuery(kind, sort)))
    return next(filled, SORTS[kind][0])


async def _page(
    service: Service, token: Token, parameters: ListQuery, query: StoreQuery, tag: str
) -> Response:
    """Return one page and the address of the next."""
    reader, after = _continue(service, parameters.cursor, query)
    records, more = await asyncio.to_thread(reader.page, query, parameters.limit, after, tag)
    if parameters.reasons:
        records = await _reasoned(service, reader, records, query, tag)
    total = await _total(reader, query)
    await service.count_now(token, f"list:{query.kind}", len(records))
    notes = [] if total else await asyncio.to_thread(list, unmatched(query.where, reader))
    address = None
    if more is not None:
        cursor = Cursor(reader.run.run_id, question(query), more)
        given = parameters.model_dump(exclude_none=True, exclude={"cursor"}, exclude_defaults=True)
        given |= {"sort": query.sort, "cursor": seal(cursor, service.settings.secret)}
        address = f"/v1/lists/{query.kind}?{urlencode(given, doseq=True)}"
    head = {
        "kind": query.kind,
        "run_id": reader.run.run_id,
        "as_of": reader.run.info.as_of.isoformat(),
        "currency": reader.run.info.currency,
        "sort": query.sort,
        "total": total,
        "notes": in_language(notes, tag),
        "next": address,
    }
    return with_records(head, "items", records, tag)


async def _reasoned(
    service: Service, reader: RunReader, records: list[bytes], query: StoreQuery, tag: str
) -> list[bytes]:
    """Return a page with reasons about the list, as far as the model of its run is loaded."""
    scorer = service.live
    if scorer is None or scorer.run.run_id != reader.run.run_id:
        return records
    page = {json.loads(record)["customer_id"]: record for record in records}
    async with service.scoring:
        found = await asyncio.to_thread(scorer.reasoned, page, reader, tag, query.outcome)
    return [*found.values()]


def _continue(
    service: Service, text: str | None, query: StoreQuery
) -> tuple[RunReader, tuple[float, int] | None]:
    """Return the run to read and where to go on in it."""
    if text is None:
        return service.current, None
    cursor = unseal(text, service.settings.secret)
    if cursor is None or cursor.question != question(query):
        detail = "`cursor` must come from `next` of a page with the same filters and order."
        raise ProblemError(404, detail)
    reader = service.reader(cursor.run_id)
    if reader is None:
        raise ProblemError(410, "The run of this cursor is retired. Start again without `cursor`.")
    return reader, cursor.after


async def _total(reader: RunReader, query: StoreQuery) -> int:
    return await asyncio.to_thread(reader.count, query)
