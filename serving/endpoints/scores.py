"""One customer's record, or up to a thousand."""

from __future__ import annotations

import asyncio
import json
from hashlib import blake2b
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from serving.endpoints.access import described, live_of, needs, permit, service_of
from serving.schemas.record import Record, unknown
from serving.schemas.scores import Asked, Scores
from serving.service import Service
from serving.tokens import Token

router = APIRouter()

CACHED = "private, max-age=60"
LONGEST_ID = 200
CONTROL = frozenset(map(chr, (*range(32), *range(127, 160))))


@router.get(
    "/v1/customers/{customer_id:path}/score",
    response_model=Record,
    responses={
        304: {"description": "The record is the one you have."},
        **described(401, 403, 422),
    },
    openapi_extra=needs("score"),
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
    service.count(permit(request, "score"), "score", 1)
    record = await service.current.look_up(customer_id) or unknown(customer_id)
    if reasons:
        record = await _with_reasons(service, customer_id, record)
    # Of the content, not of the run: a record may change within a run when someone is erased.
    tag = f'"{blake2b(record, digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "cache-control": CACHED}
    if tag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    return Response(record, 200, headers, "application/json")


async def _with_reasons(service: Service, customer_id: str, record: bytes) -> bytes:
    """Return a record with its reasons, found from the packed features where it has none."""
    if json.loads(record)["reasons"] is not None:
        return record
    scorer, reader = live_of(service)
    return await asyncio.to_thread(scorer.reasoned, customer_id, record, reader)


def _permit_score(request: Request) -> Token:
    return permit(request, "score")


@router.post(
    "/v1/scores",
    response_model=Scores,
    responses=described(401, 403, 413, 422),
    openapi_extra=needs("score"),
    tags=["scores"],
)
async def scores(
    token: Annotated[Token, Depends(_permit_score)], asked: Asked, request: Request
) -> Response:
    """Return the records of up to 1,000 customers.

    An id that no customer can have is reported in `errors` and does not fail the others.
    """
    service = service_of(request)
    service.count(token, "scores", len(asked.ids))
    errors = [
        {"index": index, "customer_id": readable(wanted), "detail": wrong}
        for index, wanted in enumerate(asked.ids)
        if (wrong := wrong_with(wanted))
    ]
    refused = {error["index"] for error in errors}
    wanted = [text for index, text in enumerate(asked.ids) if index not in refused]
    reader = service.current
    found = await asyncio.to_thread(reader.records, wanted)
    listed = b",".join(found.get(text) or unknown(text) for text in wanted)
    body = b'{"run_id":%b,"scores":[%b],"errors":%b}' % (
        json.dumps(reader.run.run_id).encode(),
        listed,
        json.dumps(errors).encode(),
    )
    return Response(body, 200, {"cache-control": CACHED}, "application/json")


def wrong_with(customer_id: str) -> str | None:
    """Return what keeps a text from being a customer's id, or None.

    Examples
    --------
    >>> wrong_with("C-1042/b")
    >>> wrong_with("")
    'An id has 1 to 200 characters.'
    """
    if not 1 <= len(customer_id) <= LONGEST_ID:
        return f"An id has 1 to {LONGEST_ID} characters."
    if not CONTROL.isdisjoint(customer_id):
        return "An id has no control characters."
    if readable(customer_id) != customer_id:
        return "An id is whole Unicode text, without lone surrogates."
    return None


def readable(text: str) -> str:
    """Return a text that UTF-8 can carry: JSON's escapes can say what it cannot."""
    return text.encode("utf-8", "replace").decode()
