"""Live scoring: histories sent with the request, answered by the model that serves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from operator import or_
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from features.errors import LadderError
from serving.endpoints import bodies
from serving.endpoints.access import (
    ScopedRoute,
    described,
    erased_of,
    live_of,
    needs,
    service_of,
    token_of,
)
from serving.endpoints.ids import readable, wrong_with
from serving.endpoints.languages import ACCEPT_LANGUAGE, language_of
from serving.endpoints.records import with_records
from serving.schemas.record import unknown
from serving.schemas.scores import LiveScores
from serving.schemas.sent import Sent, SentHistory
from serving.store import RunReader
from serving.store.erasures import Erased
from serving.store.objections import Objecting
from serving.web.problems import ProblemError

FEW = 4
"""Up to so many records are looked up one by one, faster than a thread begins; from then on, a
server that is a millisecond away would be waited for longest."""

router = APIRouter(route_class=ScopedRoute)


@router.post(
    "/v1/score-history",
    response_model=LiveScores,
    responses=described(401, 403, 409, 413, 422),
    openapi_extra=needs("score") | ACCEPT_LANGUAGE | bodies.described(Sent),
    tags=["scores"],
)
async def score_history(request: Request) -> Response:
    """Return records scored now, for instance of someone who ordered a minute ago.

    Up to 100 customers with 5,000 rows each, 8 MiB together. The same code computes features here
    and in a run, so that the same history gives the same record. Someone erased or without a row
    before the cutoff gets the neutral record. So does whoever objects to profiling, by the shop's
    tables as of the last run or by the `profile` that is sent.
    """
    sent = await bodies.read(request, Sent)
    service = service_of(request)
    service.count(token_of(request), "score-history", len(sent.customers))
    errors, wanted = _sorted_out(sent)
    left_out = partial(_left_out, erased_of(service), service.objecting)
    scorer, reader = live_of(service)
    if sent.merge and not reader.run.info.histories:
        detail = "The run keeps no histories, because `[store] history` is false. Send all rows."
        raise ProblemError(409, detail)
    tag = language_of(request)
    at = datetime.now(UTC) if sent.as_of is None else datetime.fromisoformat(sent.as_of)
    histories = await asyncio.to_thread(_plain, wanted, left_out)
    ids = [history["customer_id"] for history in histories]
    published = await _published(reader, ids)
    kept = await asyncio.to_thread(reader.histories, ids) if sent.merge else None
    try:
        async with service.scoring:
            found = await asyncio.to_thread(scorer.score, histories, at, published, kept, tag)
    except LadderError as error:
        raise ProblemError(
            422, "A row cannot be read. Its fields must be those of the input tables."
        ) from error
    listed = (found.get(history.customer_id) or unknown(history.customer_id) for history in wanted)
    head = {
        "run_id": reader.run.run_id,
        "model_version": reader.run.info.model_version,
        "as_of": at.isoformat(),
        "errors": errors,
    }
    return with_records(head, "scores", listed, tag)


async def _published(reader: RunReader, ids: Sequence[str]) -> dict[str, bytes]:
    """Return the run's records, without a language: of them only the flags are used."""
    if len(ids) > FEW:
        return await asyncio.to_thread(reader.records, ids, None)
    return {key: text for key in ids if (text := await reader.look_up(key, None))}


def _left_out(erased: Erased, objecting: Objecting, ids: Sequence[str]) -> list[bool]:
    """Return of each id whether nothing of it is used, as in a run."""
    return [*map(or_, erased(ids), objecting(ids))]


def _plain(
    sent: Sequence[SentHistory], left_out: Callable[[Sequence[str]], list[bool]]
) -> list[dict[str, Any]]:
    """Return histories as plain values, without those and without referrers who are left out."""
    gone = left_out([history.customer_id for history in sent])
    left = [history for history, is_gone in zip(sent, gone, strict=True) if not is_gone]
    histories = [history.model_dump(exclude_none=True) for history in left]
    for profile in (history.get("profile", {}) for history in histories):
        if "referred_by" in profile and left_out([profile["referred_by"]]) == [True]:
            del profile["referred_by"]
    return histories


def _sorted_out(sent: Sent) -> tuple[list[dict[str, Any]], list[SentHistory]]:
    """Return what is wrong with some customers, and the others."""
    errors: list[dict[str, Any]] = []
    wanted: dict[str, SentHistory] = {}
    for index, history in enumerate(sent.customers):
        wrong = wrong_with(history.customer_id)
        if history.customer_id in wanted:
            wrong = "The same id came before: send a customer's rows together."
        if wrong:
            shown = readable(history.customer_id)
            errors.append({"index": index, "customer_id": shown, "detail": wrong})
        else:
            wanted[history.customer_id] = history
    return errors, [*wanted.values()]
