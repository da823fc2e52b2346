"""Results of saved lists: what became of their people, and what the campaign changed."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request

from features.errors import LadderError
from serving.endpoints import bodies
from serving.endpoints.access import ScopedRoute, described, needs, service_of, token_of
from serving.endpoints.downloads import CSV
from serving.endpoints.saved import find
from serving.listing.effects import effect, spend_effect
from serving.schemas.saved import EffectBody, Measured, Outcome, OutcomeAnswer, SpendEffectBody
from serving.store.campaigns import Campaigns, Result
from serving.web.problems import ProblemError

router = APIRouter(route_class=ScopedRoute)


@router.get(
    "/v1/saved-lists/{list_id}/outcome",
    operation_id="measured",
    responses=described(401, 403, 404, 422),
    openapi_extra=needs("lists"),
    tags=["lists"],
)
async def measured(list_id: str, request: Request) -> Measured:
    """Return what the campaign of a list changed so far."""
    campaigns = Campaigns(service_of(request).control)
    await find(campaigns, list_id)
    return await asyncio.to_thread(_measured, campaigns, list_id)


@router.post(
    "/v1/saved-lists/{list_id}/outcome",
    operation_id="outcome",
    responses=described(401, 403, 404, 413, 422),
    openapi_extra=needs("lists") | bodies.described(Outcome),
    tags=["lists"],
)
async def outcome(list_id: str, request: Request) -> OutcomeAnswer:
    """Take what became of a list's people, and tell what the campaign changed so far.

    Send results of those held out too: the difference between both arms is the effect. A
    customer's newest result counts. With the content type `text/csv` it takes a file as
    `ladder outcome` does.
    """
    campaigns = Campaigns(service_of(request).control)
    await find(campaigns, list_id)
    if bodies.media_type(request) == CSV:
        given = await asyncio.to_thread(_in_file, await request.body(), campaigns, list_id)
    else:
        told = await bodies.read(request, Outcome)
        given = [Result(**result.model_dump()) for result in told.results]
    strangers = await asyncio.to_thread(
        campaigns.add_results, list_id, given, token_of(request).token_id
    )
    return OutcomeAnswer(
        **vars(await asyncio.to_thread(_measured, campaigns, list_id)),
        taken=len({result.customer_id for result in given} - set(strangers)),
        not_on_the_list=len(set(strangers)),
    )


def _in_file(held: bytes, campaigns: Campaigns, list_id: str) -> list[Result]:
    """Return the results in a file; 422 where it has none."""
    from serving.listing.responses import read  # Arrow, for those who send files

    try:
        found = read(held, "The file", campaigns.people(list_id))
    except LadderError as error:
        raise ProblemError(422, str(error).replace("\n", " ")) from error
    return [*found.results, *found.others]


def _measured(campaigns: Campaigns, list_id: str) -> Measured:
    so_far = campaigns.results(list_id)
    spent = spend_effect(so_far)
    return Measured(
        list_id=list_id,
        effect=EffectBody(**vars(effect(so_far))),
        spend=SpendEffectBody(**vars(spent)) if spent else None,
    )
