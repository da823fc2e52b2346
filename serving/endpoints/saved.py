"""Saved lists: drawn with a hold-out and kept, and read by those who contact."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from features.errors import LadderError, UsageError
from serving import dialects
from serving.dialects import PLAIN, Dialect
from serving.endpoints.about import NOT_WHOLE
from serving.endpoints.access import ScopedRoute, described, needs, service_of, token_of
from serving.endpoints.downloads import CSV, csv_rows, preferred
from serving.endpoints.languages import ACCEPT_LANGUAGE, language_headers, language_of
from serving.endpoints.lists import filters
from serving.explanations.sentences import Words
from serving.languages.notes import in_language
from serving.listing.effects import effect_of
from serving.schemas.lists import LONGEST_PAGE, SPREADSHEET
from serving.schemas.saved import (
    EffectBody,
    KeptList,
    KeptLists,
    ListAsked,
    Saved,
    SavedMember,
    SavedPage,
)
from serving.store.campaigns import LIST_ID, Campaigns, SavedList
from serving.store.run import to_datetime
from serving.tokens import Token
from serving.web.logs import Entry
from serving.web.problems import ProblemError
from serving.web.service import Service

router = APIRouter(route_class=ScopedRoute)
log = logging.getLogger("ladder")

DOCUMENTED: dict[str, Any] = {
    "openapi_extra": needs("lists") | ACCEPT_LANGUAGE,
    "tags": ["lists"],
}

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
    response.status_code, tag = 201 if made else 200, language_of(request)
    response.headers.update(language_headers(tag))
    return _body(saved, tag)


@router.get("/v1/saved-lists", responses=described(401, 403, 422), **DOCUMENTED)
async def kept(
    request: Request,
    response: Response,
    before: Annotated[int | None, Query(ge=0, le=2**63 - 1, description="from `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> KeptLists:
    """Return the saved lists, newest first, with what was asked for and what each changed so far.

    Those that `ladder list --out` saved are among them. Nobody is named.
    """
    tag, campaigns = language_of(request), Campaigns(service_of(request).control)
    response.headers.update(language_headers(tag))
    return await asyncio.to_thread(_kept, campaigns, tag, before, limit)


def _kept(campaigns: Campaigns, tag: str, before: int | None, limit: int) -> KeptLists:
    found = campaigns.all(before, limit + 1)
    responses = campaigns.responses([saved.list_id for saved in found])
    lists = [
        KeptList(
            **vars(_body(saved, tag)),
            asked=_asked(saved.asked),
            effect=EffectBody(**vars(effect_of(responses[saved.list_id]))),
        )
        for saved in found
    ]
    if len(found) <= limit:
        return KeptLists(lists=lists, next=None)
    more = f"/v1/saved-lists?limit={limit}&before={found[limit - 1].saved_at}"
    return KeptLists(lists=lists[:limit], next=more)


def _asked(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was asked for as whoever asks writes it."""
    written = {
        **kept.get("one_of", {}),
        **{f"min_{name}": value for name, value in kept.get("at_least", {}).items()},
        "where": [f"{one['name']} {one['op']} {one['value']}" for one in kept.get("where", ())],
    }
    plain = {name: kept[name] for name in kept if name not in ("one_of", "at_least", "where")}
    return plain | {name: value for name, value in written.items() if value}


@router.get(
    "/v1/saved-lists/{list_id}/members",
    operation_id="members",
    response_model=SavedPage,
    responses={
        200: {
            "description": "A page; or, by `Accept`, all of them as CSV.",
            "content": {CSV: {"schema": {"type": "string"}}},
        },
        **described(401, 403, 404, 422),
    },
    **DOCUMENTED,
)
async def members(
    list_id: str,
    request: Request,
    after: Annotated[int, Query(ge=-1, le=2**31 - 1, description="from `next`")] = -1,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = LONGEST_PAGE,
    spreadsheet: Annotated[bool, Query(description=SPREADSHEET)] = False,
) -> Response:
    """Return whom to contact, best first; those held out are never among them.

    Nor is who must not be contacted any more by the run that serves now, or is not in it: a page
    may hold fewer.
    """
    service, tag = service_of(request), language_of(request)
    saved = await find(Campaigns(service.control), list_id)
    if preferred(request.headers.get("accept", "")) == CSV:
        await service.count_now(token_of(request), "saved-list", saved.summary["contacted"])
        dialect = dialects.spreadsheet(tag) if spreadsheet else PLAIN
        return await asyncio.to_thread(_file, service, saved, tag, dialect)
    page, last = await asyncio.to_thread(_page, service, saved, tag, after, limit)
    await service.count_now(token_of(request), "saved-list", len(page))
    address = f"/v1/saved-lists/{list_id}/members?limit={limit}&after={last}"
    body = SavedPage(
        list_id=list_id,
        items=[SavedMember(**member) for member in page],
        next=None if last is None else address,
    )
    return Response(body.model_dump_json(), 200, language_headers(tag), "application/json")


def _page(
    service: Service, saved: SavedList, tag: str, after: int, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return some of those to contact, and after which position the others come, if there are."""
    rows = [*Campaigns(service.control).members(saved.list_id, "yes", after, limit + 1)]
    people = [member for _, member in rows[:limit]]
    said = service.current.contact([member.customer_id for member in people])
    page = [
        {"customer_id": member.customer_id, **_shown(member.shown, saved.words, tag)}
        for member in people
        if said.get(member.customer_id, "no") != "no"
    ]
    return page, rows[limit - 1][0] if len(rows) > limit else None


def _file(service: Service, saved: SavedList, tag: str, dialect: Dialect) -> StreamingResponse:
    """Return all whom to contact as a file."""
    first = next(Campaigns(service.control).members(saved.list_id, "yes", -1, 1), None)
    columns = ("customer_id", *(first[1].shown if first else ()))

    def pages() -> Iterator[list[dict[str, Any]]]:
        after: int | None = -1
        while after is not None:
            page, after = _page(service, saved, tag, after, LONGEST_PAGE)
            yield page

    headers = {
        "content-disposition": f'attachment; filename="{saved.list_id}.csv"',
        **language_headers(tag),
    }
    return StreamingResponse(csv_rows(columns, pages(), dialect), 200, headers, CSV)


def _shown(kept: Mapping[str, Any], words: Words, tag: str) -> dict[str, Any]:
    """Return what a list shows of somebody, reasons as sentences."""
    return {**kept, "reasons": words.render(kept["reasons"] or [], tag)}


async def find(campaigns: Campaigns, list_id: str) -> SavedList:
    """Return the list of that name; 404 where there is none."""
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


def _body(saved: SavedList, tag: str) -> Saved:
    summary = {name: value for name, value in saved.summary.items() if name in Saved.model_fields}
    return Saved(
        list_id=saved.list_id,
        kind=saved.asked["kind"],
        run_id=saved.run_id,
        as_of=saved.as_of,
        ends_on=saved.ends_on,
        saved_at=to_datetime(saved.saved_at),
        **summary | {"notes": in_language(summary["notes"], tag)},
    )
