"""The application: endpoints, errors, gate and desk around one service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

from serving.endpoints import about, desk, lists, live, people, results, saved, scores
from serving.schemas.problem import ProblemBody
from serving.schemas.record import EXAMPLE, Record
from serving.schemas.saved import Outcome
from serving.schemas.sent import Sent
from serving.web import problems
from serving.web.gate import Gate
from serving.web.head import Head
from serving.web.metrics import Metrics
from serving.web.service import Service
from serving.webhooks.courier import delivering

DESCRIPTION = """
Per customer and as of a day: will they leave, will they speak for the shop, where do they stand,
why, and what is at stake. Answers are published records; only `/v1/score-history` computes.
"""


class _Zip(GZipMiddleware):
    """Compresses large answers; single records, the fastest answer we give, pass it by."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, compressed where that pays."""
        single = scope["type"] == "http" and scope["path"].endswith("/score")
        await (self.app(scope, receive, send) if single else super().__call__(scope, receive, send))


class _Api(FastAPI):
    """Describes its tokens and errors itself."""

    def openapi(self) -> dict[str, Any]:
        """Return the API's description, with its token and its errors as they are."""
        if self.openapi_schema is None:
            document = get_openapi(
                title=self.title,
                version=self.version,
                description=self.description,
                routes=self.routes,
            )
            components = document.setdefault("components", {})
            schemas = components.setdefault("schemas", {})
            # What no parameter and no answer of FastAPI's has.
            for shape in (ProblemBody, Sent, Outcome):
                schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
                schemas |= schema.pop("$defs", {})
                schemas[shape.__name__] = schema
            # FastAPI would leave out the example's nulls, which callers must expect.
            schemas[Record.__name__]["example"] = EXAMPLE
            _drop_foreign_errors(document)
            components["securitySchemes"] = {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`ladder token create`",
                }
            }
            self.openapi_schema = document
        return self.openapi_schema


def create_app(service: Service) -> FastAPI:
    """Return the application that answers from a service's published run."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.watching(), delivering(service.control):
            yield

    app = _Api(
        title="Loyalty Ladder",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None,  # `about` has the address
        # Their pages load scripts from third parties.
        docs_url=None,
        redoc_url=None,
        # Spans and logs would carry paths, which hold ids, and messages of errors.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.service, app.state.metrics = service, Metrics()
    modules = (scores, live, lists, saved, results, people, about, desk)
    app.state.routes = [*app.routes, *(one for module in modules for one in module.router.routes)]
    for module in modules:
        app.include_router(module.router)
    problems.install(app)
    app.add_middleware(_Zip, minimum_size=2048, compresslevel=5)
    app.add_middleware(Head)
    app.add_middleware(Gate, service=service, metrics=app.state.metrics)
    return app


def _drop_foreign_errors(document: dict[str, Any]) -> None:
    """Remove FastAPI's own error bodies: ours are problems, and documented as such."""
    for operations in document["paths"].values():
        for operation in operations.values():
            invalid = operation["responses"].get("422", {})
            if "application/json" in invalid.get("content", {}):
                del operation["responses"]["422"]
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
