"""What serves and how good it is; whether the server lives; numbers for Prometheus."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, PlainTextResponse

from serving.endpoints.access import ScopedRoute, described, erased_of, needs, service_of
from serving.schemas.about import Health, Model, Models, Run, Runs
from serving.web.problems import ProblemError
from training.bundle import tolerance

router = APIRouter(route_class=ScopedRoute)

NOT_WHOLE = (
    "The model behind the published run must be whole, as its manifest says. It is missing or "
    "damaged; the log says where. Run `ladder doctor` there, or publish anew with `ladder score`."
)


PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")


@router.get("/openapi.json", include_in_schema=False)
async def description(request: Request) -> JSONResponse:
    """Return the API's description, for callers of whatever path the proxy says it took off."""
    document = request.app.openapi()
    prefix = request.headers.get("x-forwarded-prefix", "").rstrip("/")
    below = {"servers": [{"url": prefix}]} if PREFIX.fullmatch(prefix) else {}
    return JSONResponse({**document, **below})


@router.get("/v1/runs", responses=described(401), openapi_extra=needs(), tags=["about"])
async def runs(request: Request) -> Runs:
    """Return the published runs and which one serves."""
    return Runs(
        runs=[
            Run(
                run_id=run.run_id,
                serving=run.serving,
                published_at=run.published_at,
                as_of=run.info.as_of,
                model_version=run.info.model_version,
                customers=run.customers,
                shop=run.info.shop,
                currency=run.info.currency,
                attributes=list(run.info.attributes),
                uncalibrated=tolerance.exceeding(
                    tolerance.errors(run.info.metrics.get("outcomes", {}))
                ),
            )
            for run in service_of(request).published
        ]
    )


@router.get("/v1/models", responses=described(401), openapi_extra=needs(), tags=["about"])
async def models(request: Request) -> Models:
    """Return the model versions in the store, with their figures beside the baselines."""
    published = service_of(request).published
    serving = next(run.info.model_version for run in published if run.serving)
    # Newest run first, so that the first of each version is its newest.
    newest = {run.info.model_version: run.info for run in reversed(published)}
    found = [
        Model(
            model_version=version,
            serving=version == serving,
            as_of=info.as_of,
            churn_horizon_days=info.churn_horizon_days,
            advocacy_horizon_days=info.advocacy_horizon_days,
            metrics=dict(info.metrics),
        )
        for version, info in newest.items()
    ]
    return Models(models=sorted(found, key=lambda model: not model.serving))


@router.get("/livez", responses=described(), tags=["orchestration"])
async def livez() -> Health:
    """Return whether the process answers."""
    return Health(status="ok")


@router.get("/readyz", responses=described(), tags=["orchestration"])
async def readyz(request: Request) -> Health:
    """Return whether a published run is being served, and which.

    Published records are served before the model is loaded: `live_scoring` says whether histories
    are scored too. 503 while the files of that run's model are missing or damaged; records are
    still served to whoever asks.
    """
    service = service_of(request)
    if service.bundle_fault:
        raise ProblemError(503, NOT_WHOLE, {"retry-after": "60"})
    erased_of(service)
    run_id = service.current.run.run_id
    return Health(status="ok", run_id=run_id, live_scoring=service.live_scoring)


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=described(401),
    openapi_extra=needs(),
    tags=["orchestration"],
)
async def metrics(request: Request) -> PlainTextResponse:
    """Return requests, latencies and the age of the run, for Prometheus."""
    text = request.app.state.metrics.text(service_of(request).current.run)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")
