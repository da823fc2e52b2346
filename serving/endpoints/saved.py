"""Saved lists: drawn with a hold-out and kept, read by those who contact, answered by results."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from features.errors import LadderError, UsageError
from serving.endpoints.about import NOT_WHOLE
from serving.endpoints.access import ScopedRoute, described, needs, service_of, token_of
from serving.endpoints.languages import ACCEPT_LANGUAGE, language_headers, language_of
from serving.endpoints.lists import filters
from serving.explanations.sentences import Words
from serving.listing.effects import effect, spend_effect
from serving.logs import Entry
from serving.schemas.saved import (
    EffectBody,
    ListAsked,
    Outcome,
    OutcomeAnswer,
    Saved,
    SavedMember,
    SavedPage,
    SpendEffectBody,
)
from serving.store.campaigns import LIST_ID, Campaigns, Result, SavedList
from serving.store.run import to_datetime
from serving.tokens import Token
from serving.web.problems import ProblemError
from serving.web.service import Service

router = APIRouter(route_class=ScopedRoute)
log = logging.getLogger("ladder")

DOCUMENTED: dict[str, Any] = {"openapi_extra": needs("lists"), "tags": ["lists"]}

LINKS: dict[str, Any] = {
    name: {"operationId": name, "parameters": {"list_id": "$response.body#/list_id"}}
    for name in ("members", "outcome")
}
"""How the document says what may be asked of a list next."""


@router.post(
    "/v1/saved-lists",
    status_code=201,
    responses={
        200: {"description": "The list that this Idempotency-Key made before.", "model": Saved},
        201: {"links": LINKS},
        **described(401, 403, 409, 413, 422),
    },
    **DOCUMENTED,
)
async def save(
    body: ListAsked,
    request: Request,
    response: Response,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Saved:
    """Draw a list from the run that serves, with a hold-out, and keep it.

    Those held out are on no other list until the horizon of this one ends. Send an
    `Idempotency-Key` to be able to ask again after a broken connection.
    """
    service, token = service_of(request), token_of(request)
    key = _key(token, idempotency_key) if idempotency_key else None
    async with service.drawing:
        saved, made = await asyncio.to_thread(_save, service, token, body, key)
    service.forget_counts()
    response.status_code = 201 if made else 200
    return _body(saved)


@router.get(
    "/v1/saved-lists/{list_id}/members",
    operation_id="members",
    responses=described(401, 403, 404, 422),
    openapi_extra=needs("lists") | ACCEPT_LANGUAGE,
    tags=["lists"],
)
async def members(
    list_id: str,
    request: Request,
    response: Response,
    after: Annotated[int, Query(ge=-1, le=2**31 - 1, description="from `next`")] = -1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> SavedPage:
    """Return whom to contact, best first; those held out are never among them.

    Nor is who must not be contacted any more, by the run that serves now: a page may hold fewer.
    """
    service = service_of(request)
    campaigns = Campaigns(service.control)
    saved = await _found(campaigns, list_id)
    tag = language_of(request)
    rows = await asyncio.to_thread(lambda: [*campaigns.members(list_id, "yes", after, limit + 1)])
    people = [member for _, member in rows[:limit]]
    ids = [member.customer_id for member in people]
    refusing = await asyncio.to_thread(service.current.suppressed, ids)
    page = [
        SavedMember(customer_id=member.customer_id, **_shown(member.shown, saved.words, tag))
        for member in people
        if member.customer_id not in refusing
    ]
    await service.count_now(token_of(request), "saved-list", len(page))
    more = None
    if len(rows) > limit:
        more = f"/v1/saved-lists/{list_id}/members?limit={limit}&after={rows[limit - 1][0]}"
    response.headers.update(language_headers(tag))
    return SavedPage(list_id=list_id, items=page, next=more)


def _shown(kept: Mapping[str, Any], words: Words, tag: str) -> dict[str, Any]:
    """Return what a list shows of somebody, reasons as sentences."""
    return {**kept, "reasons": words.render(kept["reasons"] or [], tag)}


@router.post(
    "/v1/saved-lists/{list_id}/outcome",
    operation_id="outcome",
    responses=described(401, 403, 404, 413, 422),
    **DOCUMENTED,
)
async def outcome(list_id: str, body: Outcome, request: Request) -> OutcomeAnswer:
    """Take what became of a list's people, and tell what the campaign changed so far.

    Send results of those held out too: the difference between both arms is the effect. A
    customer's newest result counts.
    """
    campaigns = Campaigns(service_of(request).control)
    await _found(campaigns, list_id)
    given = [Result(**result.model_dump()) for result in body.results]
    strangers = await asyncio.to_thread(
        campaigns.add_results, list_id, given, token_of(request).token_id
    )
    so_far = await asyncio.to_thread(campaigns.results, list_id)
    spent = spend_effect(so_far)
    return OutcomeAnswer(
        list_id=list_id,
        taken=len({result.customer_id for result in given} - set(strangers)),
        not_on_the_list=len(set(strangers)),
        effect=EffectBody(**vars(effect(so_far))),
        spend=SpendEffectBody(**vars(spent)) if spent else None,
    )


async def _found(campaigns: Campaigns, list_id: str) -> SavedList:
    # Only what we may have named: a database refuses some texts that an address can carry.
    named = LIST_ID.fullmatch(list_id)
    found = await asyncio.to_thread(campaigns.find, list_id) if named else None
    if found is None:
        raise ProblemError(404, "No list has this id. POST /v1/saved-lists creates one.")
    return found


def _key(token: Token, given: str) -> str:
    """Return the key of a request: two callers may use the same text."""
    return sha256(f"{token.token_id}\0{given}".encode("utf-8", "surrogatepass")).hexdigest()


def _save(
    service: Service, token: Token, body: ListAsked, key: str | None
) -> tuple[SavedList, bool]:
    """Draw and keep a list; return it and whether it was made now."""
    from serving.listing.drawing import NotDrawnError
    from serving.listing.drawing import Request as Drawing
    from serving.listing.saving import request_data, save

    plain = body.model_dump(include={"kind", "top", "budget", "contact_cost", "offer"})
    drawing = Drawing(**plain, **filters(body))
    try:
        saved, listed = save(service.control, drawing, token.token_id, key=key)
    except (UsageError, NotDrawnError) as error:
        status = 422 if isinstance(error, UsageError) else 409
        raise ProblemError(status, str(error).replace("\n", " ")) from error
    except LadderError as error:
        # Of this machine, as is where its files lie: the log says it, the answer does not.
        log.error(Entry(message="a list cannot be drawn", came=error.came))
        raise ProblemError(503, NOT_WHOLE, {"retry-after": "60"}) from error
    if saved.asked != request_data(drawing):
        raise ProblemError(422, "This Idempotency-Key was used for another request. Use a new one.")
    return saved, listed is not None


def _body(saved: SavedList) -> Saved:
    return Saved(
        list_id=saved.list_id,
        kind=saved.asked["kind"],
        run_id=saved.run_id,
        as_of=saved.as_of,
        ends_on=saved.ends_on,
        saved_at=to_datetime(saved.saved_at),
        **{name: value for name, value in saved.summary.items() if name in Saved.model_fields},
    )
