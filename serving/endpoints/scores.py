"""One customer's record, or up to a thousand."""

from __future__ import annotations

import asyncio
import json
from hashlib import blake2b
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from serving.endpoints.access import (
    ScopedRoute,
    described,
    live_of,
    needs,
    service_of,
    token_of,
)
from serving.endpoints.ids import readable, wrong_with
from serving.endpoints.languages import ACCEPT_LANGUAGE, language_headers, language_of
from serving.endpoints.records import with_records
from serving.schemas.record import Record, unknown
from serving.schemas.scores import Asked, Scores
from serving.store import RunReader
from serving.web.service import Service

router = APIRouter(route_class=ScopedRoute)

CACHED = "private, max-age=60"


@router.get(
    "/v1/customers/{customer_id:any}/score",
    response_model=Record,
    responses={
        304: {"description": "The record is the one you have."},
        **described(401, 403, 422),
    },
    openapi_extra=needs("score") | ACCEPT_LANGUAGE,
    tags=["scores"],
)
async def score(
    customer_id: Annotated[str, Path(description="percent-encoded, `/` included")],
    request: Request,
    reasons: Annotated[bool, Query(description="find reasons now where the run has none")] = False,
) -> Response:
    """Return a customer's published record.

    Someone unknown gets 200 with `"known": false` and nulls, so that a call at send time never
    breaks a campaign. Send the `ETag` back as `If-None-Match` to save the answer.
    """
    service = service_of(request)
    service.count(token_of(request), "score", 1)
    tag = language_of(request)
    record = await service.current.look_up(customer_id, tag)
    if reasons and record is not None:
        _, found = await _reasoned(service, service.current, {customer_id: record}, tag)
        record = found.get(customer_id)
    record = record or unknown(customer_id)
    # Of the content, not of the run: a record may change within a run when someone is erased, and
    # reads otherwise in another language.
    etag = f'"{blake2b(record, digest_size=12).hexdigest()}"'
    headers = {"etag": etag, "cache-control": CACHED, **language_headers(tag)}
    seen = request.headers.get("if-none-match", "")
    if etag in seen or seen.strip() == "*":
        return Response(None, 304, headers)
    return Response(record, 200, headers, "application/json")


async def _reasoned(
    service: Service, reader: RunReader, records: dict[str, bytes], tag: str
) -> tuple[RunReader, dict[str, bytes]]:
    """Return records with their reasons, found now where they have none, and the run they are of.

    While the model of a run just published is being loaded, that is the run before it: an answer
    belongs wholly to one run.
    """
    if all(json.loads(record)["reasons"] is not None for record in records.values()):
        return reader, records
    scorer, its = live_of(service)
    if its is not reader:
        records = await asyncio.to_thread(its.records, [*records], tag)
    async with service.scoring:
        return its, await asyncio.to_thread(scorer.reasoned, records, its, tag)


@router.post(
    "/v1/scores",
    response_model=Scores,
    responses=described(401, 403, 413, 422),
    openapi_extra=needs("score") | ACCEPT_LANGUAGE,
    tags=["scores"],
)
async def scores(body: Asked, request: Request) -> Response:
    """Return the records of up to 1,000 customers.

    An id that no customer can have is reported in `errors` and does not fail the others. `reasons`
    finds them for customers whom the run has none of, a few milliseconds each.
    """
    service = service_of(request)
    service.count(token_of(request), "scores", len(body.ids))
    errors = [
        {"index": index, "customer_id": readable(wanted), "detail": wrong}
        for index, wanted in enumerate(body.ids)
        if (wrong := wrong_with(wanted))
    ]
    refused = {error["index"] for error in errors}
    wanted = [text for index, text in enumerate(body.ids) if index not in refused]
    reader, tag = service.current, language_of(request)
    found = await asyncio.to_thread(reader.records, wanted, tag)
    if body.reasons:
        reader, found = await _reasoned(service, reader, found, tag)
    head = {"run_id": reader.run.run_id, "errors": errors}
    listed = (found.get(text) or unknown(text) for text in wanted)
    return with_records(head, "scores", listed, tag)
