"""The reference: FastAPI with a route that does nothing, under the server's own settings."""

from __future__ import annotations

import sys

from fastapi import FastAPI

from serving.commands.serve import bind
from serving.web.server import Server


def application() -> FastAPI:
    """Return an application without middleware: nobody can do less."""
    app = FastAPI()

    @app.get("/v1/customers/{customer_id:path}/score", response_model=None)
    async def score() -> dict[str, str]:
        return {}

    @app.get("/readyz", response_model=None)
    async def ready() -> dict[str, str]:
        return {}

    return app


def main(port: int) -> None:
    """Serve until asked to stop."""
    with bind("127.0.0.1", port) as listener:
        Server(application(), lambda: None).run_on(listener)


if __name__ == "__main__":
    main(int(sys.argv[1]))
