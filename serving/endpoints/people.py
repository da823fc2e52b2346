"""A person's right to be forgotten."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Path, Request

from serving.endpoints.access import ScopedRoute, described, erased_of, needs, service_of, token_of
from serving.endpoints.ids import POSSIBLE, wrong_with
from serving.schemas.people import Erasure, Taught
from serving.store.erasures import Erasures, person
from serving.web.problems import ProblemError
from serving.web.service import Service

router = APIRouter(route_class=ScopedRoute)


@router.delete(
    "/v1/customers/{customer_id:any}",
    status_code=202,
    responses=described(401, 403, 405, 422),
    openapi_extra=needs("erase"),
    tags=["people"],
)
async def erase(
    customer_id: Annotated[
        str, Path(description="percent-encoded, `/` included", json_schema_extra=POSSIBLE)
    ],
    request: Request,
) -> Erasure:
    """Erase a customer from every run, list and result, and never read them in again.

    The answer is the same for somebody unknown, and when repeated. Models are not changed: those
    that may have learnt from the person are named, with the moment each ceased to serve. The
    shop's own files, and lists that other tools took, are for the shop to clean.
    """
    if request.scope["raw_path"].endswith(b"/score"):
        # Not encoded, so it is the address of a record, and erasing `.../score` helps nobody.
        detail = "A record is read with GET; DELETE takes the address of the customer."
        raise ProblemError(405, detail, {"allow": "GET"})
    if wrong := wrong_with(customer_id) or _garbled(request):
        raise ProblemError(422, wrong)
    service = service_of(request)
    erased_of(service)
    taught = await asyncio.to_thread(_forget, service, customer_id, token_of(request).token_id)
    service.reload()
    return Erasure(status="erased", model_versions=taught)


def _garbled(request: Request) -> str | None:
    """Return what is wrong with an address whose bytes are no UTF-8.

    A server reads them as signs of lost characters, an id that nobody has: whoever asked would be
    told that somebody is erased who is not.
    """
    try:
        unquote_to_bytes(request.scope["raw_path"]).decode()
    except UnicodeDecodeError:
        return "An id in an address is percent-encoded UTF-8."
    return None


def _forget(service: Service, customer_id: str, who: str) -> list[Taught]:
    # Here, because it needs Arrow, which a server that is being started does not wait for.
    from serving.erasure import forget

    control = service.control
    forget(control, customer_id, who)
    taught = Erasures(control).taught(person(service.settings.secret, customer_id))
    return [Taught(model_version=version, retired_at=at) for version, at in taught.items()]
